"""What `make learn` makes of runs that have ended: what an answer is worth, who leads and how surely."""

import pytest

from mmzero.recipe.read import read

from . import learn
from .learn import Course


def row(task, **said):
    return {"task_id": task, "answer_kind": "number", "answer": "4", "said": "4", "correct": True} | said


def test_a_task_is_worth_its_share_of_right_answers_or_its_overlap():
    boxes = {"answer_kind": "boxes", "answer": "0, 0, 100, 100", "correct": False}
    rows = [
        row("a"), row("a", correct=False), row("b"), row("c", correct=False),
        row("d", said="0, 0, 100, 50", **boxes), row("e", said="somewhere", **boxes),
    ]  # fmt: skip
    assert learn.worth(rows) == {"a": 0.5, "b": 1.0, "c": 0.0, "d": pytest.approx(0.5), "e": 0.0}


def test_a_lead_is_averaged_over_seeds_and_its_interval_is_over_tasks():
    """Task by task the leads are (1 + 0) / 2 and (0 + 0) / 2: mean 0.25, deviation 0.353553, half 1.96 * 0.25."""
    ours = [{"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 1.0}]
    theirs = [{"b": 0.0, "a": 0.0}, {"a": 1.0, "b": 1.0, "only here": 1.0}]
    found = learn.lead(ours, theirs)
    assert (found.mean, found.n) == (0.25, 2)
    assert (found.low, found.high) == pytest.approx((0.25 - 0.489991, 0.25 + 0.489991), abs=1e-5)


def test_a_campaign_is_set_beside_its_controls_and_its_own_cold_start():
    ours = Course({"a": 0.0, "b": 1.0}, {"a": 0.0, "b": 0.0}, {"a": 1.0, "b": 1.0})
    coin = Course({"a": 0.0, "b": 1.0}, {"a": 0.0, "b": 0.0}, {"a": 0.0, "b": 0.0})
    found = {("t", 1): ours, ("t_random", 1): coin}
    means = {
        name: {what: one.mean for what, one in parts.items()} for name, parts in learn.compared("t", found).items()
    }
    assert means == {"t_random": {"lead": 1.0, "moved": -0.5}, "its cold start": {"lead": 1.0}}
    shown = learn.rows(found)
    assert shown[0][:5] == ("t", "1", "50.0", "100.0", "+50.0") and shown[0][6:8] == ("0.0", "+100.0")
    assert shown[1][4] == "-50.0" and shown[1][7] == "+0.0"
    direct = {at: Course(one.before, None, one.after) for at, one in found.items()}
    assert set(learn.compared("t", direct)) == {"t_random"} and learn.rows(direct)[0][6:] == ("", "", "")


def test_every_tiny_campaign_that_is_to_be_believed_has_its_control():
    assert learn.controls("tiny") == ["tiny_random", "tiny_format"]
    for name in ("vision_r1_tiny", "visual_rft_tiny", "evolve_tiny"):
        assert learn.controls(name) == [f"{name}_random"]
        ours, control = read(name)[0], read(f"{name}_random")[0]
        assert control.roles != ours.roles and control.name == f"{name}_random"
        assert control == ours.model_copy(update={"roles": control.roles, "name": control.name})
        assert {one.use for role in control.roles.values() for one in role.rewards} == {"rewards/control.py:coin"}


def test_where_the_cold_start_ends():
    assert learn.cold_start(read("vision_r1_tiny")[0]) == read("vision_r1_tiny")[0].schedule.phases[0].steps
    assert learn.cold_start(read("tiny")[0]) == 0


def test_a_campaign_without_a_control_is_refused():
    with pytest.raises(SystemExit, match="no recipe 'vision_r1' with a control"):
        learn.main(["vision_r1"])
