"""Each watchdog on figures by hand: silent within its bound, a warning first, then what the recipe says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipe_material import plain

from mmzero import machine, watchdogs
from mmzero.recipe import Recipe
from mmzero.watchdogs import of_the_machine, of_the_probe, steps_until_full


def recipe(of_steps=100, learning=None, noise=None, **parts):
    phase = {"train": "solver", "steps": of_steps, "tasks": {"bank": 1}, "learning": learning or {}, "noise": noise}
    return Recipe.model_validate({**plain(), "schedule": {"phases": [phase]}, **parts})


def of_learning(wanted, recent, since):
    return watchdogs.of_learning(wanted, wanted.schedule.phases[0], recent, since)


def made(**dogs):
    return recipe(watchdogs=dogs)


def steps(figure, *values, role="solver", first=0):
    return [{"index": first + i, "role": role, figure: value} for i, value in enumerate(values)]


def told(found):
    return [(one.then, one.what) for one in found]


def thens(found):
    return [one.then for one in found]


def test_a_gap_is_told_at_once_and_stops_after_so_many_steps_in_a_row():
    wanted = made(gap={"bound": 0.5, "steps": 3, "then": "stop"})
    assert told(of_learning(wanted, steps("gap", 0.1, 0.5), [])) == []
    [(then, what)] = told(of_learning(wanted, steps("gap", 0.1, 0.51), []))
    assert then == "warn" and "differ by 0.51 nats a token, since this step, and watchdogs.gap allows 0.5;" in what
    assert thens(of_learning(wanted, steps("gap", 9, 0.1, 9, 9), [])) == []
    [(then, what)] = told(of_learning(wanted, steps("gap", 0.1, 9, 9, float("nan")), []))
    assert then == "stop" and "for 3 steps in a row" in what
    assert told(of_learning(made(gap=None), steps("gap", 9, 9, 9), [])) == []


def test_a_gap_means_nothing_where_answers_are_imitated_or_saw_another_picture():
    assert told(of_learning(recipe(learning={"loss": "nll"}), steps("gap", 9.0, 9.0, 9.0), [])) == []
    assert told(of_learning(recipe(noise={"siblings": 2}), steps("gap", 9.0, 9.0, 9.0), [])) == []


def test_roles_have_their_own_entropy():
    wanted = made(entropy={"bound": 0.1, "steps": 2, "then": "roll_back"})
    other = steps("entropy", 0.0, role="proposer", first=3)
    mixed = [*steps("entropy", 0.5, 0.05, first=1), *other, *steps("entropy", 0.05, first=4)]
    [found] = of_learning(wanted, mixed, [])
    assert (found.then, found.upto) == ("roll_back", 2), (
        "the version before the first of them; a later one has collapsed"
    )
    assert thens(of_learning(wanted, [*steps("entropy", 0.5, 0.5, first=1), *other], [])) == ["warn"]


def test_a_warning_that_goes_on_is_told_ever_more_rarely():
    wanted = made(entropy={"bound": 0.1, "steps": 3, "then": "warn"})
    barks = [n for n in range(1, 130) if told(of_learning(wanted, steps("entropy", *[0.0] * n), []))]
    assert barks == [1, 3, 10, 100]


def test_skipped_updates_are_counted_since_the_last_checkpoint():
    wanted = made(skipped={"bound": 2, "then": "roll_back"})
    recent = steps("skipped", 1, 0, 1)
    [(then, what)] = told(of_learning(wanted, recent, recent))
    assert then == "warn" and what.startswith("2 updates were skipped since the last checkpoint")
    recent = steps("skipped", 1)
    assert told(of_learning(wanted, recent, recent))[0][1].startswith("1 update was skipped since the last checkpoint")
    recent = steps("skipped", 1, 1, 1)
    assert thens(of_learning(wanted, recent, recent)) == ["roll_back"]
    assert thens(of_learning(wanted, recent, recent[1:])) == ["warn"]
    recent = steps("skipped", 3, 0)
    assert told(of_learning(wanted, recent, recent)) == [], "told when it happened, not again"


def test_memory_and_disk():
    wanted = made(memory={"bound": 0.9, "steps": 1, "then": "stop"}, growth=False)
    assert thens(of_the_machine(wanted, steps("room/main", 0.9))) == []
    assert told(of_the_machine(wanted, steps("room/main", 0.92)))[0][1].startswith("92% of a machine's main memory")
    assert thens(of_the_machine(wanted, steps("room/main", 0.92))) == ["stop"]
    assert thens(of_the_machine(wanted, steps("room/disk", 1.0))) == []
    [(then, what)] = told(of_the_machine(wanted, steps("room/disk", 0.94)))
    assert then == "stop" and "fit 0.9 times" in what and "make room there" in what


def test_memory_that_grows_is_told_where_it_is_full_before_the_end():
    shares = [0.5 + 0.002 * i for i in range(40)]
    wanted = recipe(1000)
    [(then, what)] = told(of_the_machine(wanted, steps("room/gpu", *shares)))
    assert then == "warn" and "grown from 50% to 58% in 40 steps and is full in about 211 more" in what
    assert told(of_the_machine(recipe(100), steps("room/gpu", *shares))) == []
    assert told(of_the_machine(wanted, steps("room/gpu", *shares[1:]))) == [], "told every 40th step"


def test_growth_by_hand():
    assert steps_until_full([0.1 * i for i in range(6)]) is None, "too few"
    assert steps_until_full([0.01 * i for i in range(21)]) == pytest.approx(80)
    assert steps_until_full([0.5] * 20) is None
    assert steps_until_full([0.3] * 10 + [0.6] * 10) is None, "a leap is no growth"


@given(st.lists(st.floats(0, 1), min_size=12, max_size=30), st.floats(1e-4, 1e-2))
def test_noise_without_growth_is_never_steady(noise, rate):
    shuffled = np.array(noise)
    mirrored = [*shuffled, *shuffled[::-1]]
    assert steps_until_full(mirrored) is None
    grows = [rate * i for i in range(len(noise))]
    assert steps_until_full(grows) == pytest.approx((1 - grows[-1]) / rate, rel=1e-6)


def test_memory_in_use_is_what_a_container_would_not_give_back(tmp_path, monkeypatch):
    stat = tmp_path / "memory.stat"
    stat.write_text("anon 300\nfile 9000\nshmem 50\nkernel 50\n")
    monkeypatch.setattr(machine, "_CGROUP_USE", {str(stat): ("anon", "shmem", "kernel")})
    monkeypatch.setattr(machine, "memory", lambda: 1000)
    monkeypatch.setattr(machine, "_machines_memory", lambda: 4000)
    assert machine.memory_in_use() == 0.4
    monkeypatch.setattr(machine, "memory", lambda: 4000)  # no limit: the machine's own
    assert 0 < machine.memory_in_use() < 1


def test_a_bound_that_would_skip_what_is_clipped_is_refused():
    with pytest.raises(ValueError, match=r"skip_above is 1 and max_grad_norm 2, .* raise skip_above"):
        recipe(learning={"optimizer": {"max_grad_norm": 2, "skip_above": 1}})


class Evaluated:
    """As much of a journal as the probe asks for."""

    def __init__(self, samples=1, **right):
        self.samples, self._right = samples, {int(version[1:]): row for version, row in right.items()}

    def evaluated_versions(self, _):
        return sorted(self._right)

    def evaluation(self, _, version):
        return [{"task_id": str(i), "correct": one} for i, one in enumerate(self._right[version])] * self.samples


def test_a_probe_that_is_surely_worse_than_the_best_before_asks_for_that_version():
    good, bad, middling = [True] * 40, [True] * 28 + [False] * 12, [True] * 39 + [False]
    wanted = recipe(evaluate={"roll_back": "upper_bound_below_zero"})
    [one] = of_the_probe(wanted, Evaluated(v0=bad, v4=good, v8=bad), 8)
    # 12 of 40 fell: mean -0.3, deviation sqrt(12*28/40/39) = 0.464, half 1.96*0.464/sqrt(40) = 0.144
    assert (one.then, one.upto) == ("roll_back", 4) and "worse than those of version 4 by 30.0%" in one.what
    assert "15.6% to 44.4%, 40 tasks" in one.what
    [many] = of_the_probe(wanted, Evaluated(samples=8, v0=bad, v4=good, v8=bad), 8)
    assert many.what == one.what, "eight samples of a task are one witness"
    assert list(of_the_probe(wanted, Evaluated(v0=bad, v4=good, v8=middling), 8)) == []
    sinking = {f"v{at}": [True] * right + [False] * (40 - right) for at, right in ((4, 40), (8, 38), (12, 35))}
    [slow] = of_the_probe(
        wanted, Evaluated(v0=bad, **sinking), 12
    )  # not surely worse than version 8, and surely than 4
    assert slow.upto == 4 and list(of_the_probe(wanted, Evaluated(v0=bad, **sinking), 8)) == []
    assert list(of_the_probe(wanted, Evaluated(v0=bad, v4=good), 4)) == []
    assert list(of_the_probe(wanted, Evaluated(v0=good), 0)) == []
    assert thens(of_the_probe(recipe(), Evaluated(v0=good, v4=bad), 4)) == ["warn"]
    assert list(of_the_probe(wanted, Evaluated(v0=good, v4=bad, v8=bad), 6)) == [], "nothing was asked of version 6"


def test_all_that_is_found_is_told_before_the_worst_of_it_is_done(monkeypatch):
    """A stop comes before a roll back."""
    found = [
        watchdogs.Finding("a", "roll_back", 3),
        watchdogs.Finding("b", "stop", 0),
        watchdogs.Finding("c", "warn", 0),
    ]
    notes = []
    monkeypatch.setattr(watchdogs, "_found", lambda *_: iter(found))
    rooms = type("Rooms", (), {"recipe": None, "watch": type("Watch", (), {"note": staticmethod(notes.append)})})
    with pytest.raises(watchdogs.CampaignStopped, match=r"^b; then resume$"):
        watchdogs.look(rooms, None, None)
    assert notes == ["warning: a", "warning: b", "warning: c"]
    found[1] = next(of_learning(made(gap={"bound": 0.5, "steps": 1, "then": "stop"}), steps("gap", 9.0), []))
    with pytest.raises(
        watchdogs.CampaignStopped, match=r"then resume with watchdogs\.gap\.then set to roll_back, so that"
    ):
        watchdogs.look(rooms, None, None)
    del found[1]
    with pytest.raises(watchdogs.RollBack, match=r"^a$"):
        watchdogs.look(rooms, None, None)
