"""Rewards are weighed and explained; whatever goes wrong in one is missing by name, and never a zero."""

import math
from functools import partial

import pytest
from play_material import answers, says, task

from mmzero.errors import CampaignStopped
from mmzero.scoring import figures, reward, score, solved
from mmzero.types import Cursor, Episode, Proposal, Rejection

CURSOR = Cursor(5, 0, 1, 3)


def scored(function, *rollouts, weight=1.0, most_missing=1.0):
    episode = Episode(task=rollouts[0].task, rollouts=rollouts)
    return score([episode], [reward("own.py:own", function, weight)], CURSOR, {}, most_missing)


def test_the_weighed_parts_add_up():
    both = [reward("a/one.py:f", lambda answer: int(answer), 0.5), reward("two.three:g", lambda length: length, -1.0)]
    (one,) = score([Episode(task=task(), rollouts=(answers("4"),))], both, CURSOR, {}, 0.0)
    assert one.parts == {"one.f": 4.0, "two.three.g": 2.0} and one.reward == 0.5 * 4 - 2


def test_one_function_told_two_things_pays_twice():
    def near(answer, to):
        return float(int(answer) - to)

    both = [reward("own.py:near", partial(near, to=1), 1.0), reward("own.py:near", partial(near, to=3), 10.0)]
    (one,) = score([Episode(task=task(), rollouts=(answers("4"),))], both, CURSOR, {}, 0.0)
    assert one.reward == 3.0 + 10.0 and list(one.parts.values()) == [3.0, 1.0]


def test_what_is_told_already_is_not_shown():
    assert scored(partial(lambda level, answer: level, level=7), answers("4"))[0].reward == 7.0


def test_a_reward_is_shown_what_it_asks_for():
    def own(scene, step, siblings, votes, truth, finish, unknown=1, **rest):
        assert (scene, step, siblings, votes, truth.value, finish) == ({"things": 4}, 5, ("4", None), None, 4, "stop")
        assert unknown == 1 and not rest
        return 1.0

    assert [one.reward for one in scored(own, answers("4"), says("?", sibling=1), most_missing=0)] == [1.0, 1.0]


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", (1.0,), 10**400])
def test_what_is_no_finite_number_is_missing(value):
    (one,) = scored(lambda: value, answers("4"))
    assert one.reward is None and one.missing.startswith("own.own")


def test_parts_that_overflow_together_are_missing():
    (one,) = scored(lambda: 1e308, answers("4"), weight=10.0)
    assert one.reward is None and "inf" in one.missing


def test_a_reward_that_raises_is_named_and_one_that_does_not_apply_is_left_out():
    (one,) = scored(lambda answer: 1 / (int(answer) - 4), answers("4"))
    assert one.reward is None and "own.own raised ZeroDivisionError" in one.missing
    (one,) = scored(lambda: None, answers("4"))
    assert one.reward is None and one.missing == "no reward applies"


def test_past_the_budget_the_campaign_stops_and_says_on_what():
    def own(answer):
        return 1 / int(answer)

    rollouts = [answers(text, sibling=i) for i, text in enumerate("0111")]
    assert [one.reward for one in scored(own, *rollouts, most_missing=0.25)] == [None, 1.0, 1.0, 1.0]
    with pytest.raises(CampaignStopped, match=r"1 of 4 rewards of step 5 .*<answer>0</answer>"):
        scored(own, *rollouts, most_missing=0.24)


def proposer_episode(lost=False):
    """Three proposals: one solved by one vote of two, one rejected, one whose votes may have been lost."""
    request = task("proposal/1", family="proposal", right=None)
    rollouts = tuple(says("x", request, sibling=i, role="proposer") for i in range(3))
    first, third = (task(f"m{i}", parent=rollouts[i].id) for i in (0, 2))
    children = (
        Episode(task=first, rollouts=(answers("4", first), answers("5", first, sibling=1))),
        Episode(task=third, rollouts=(), failure="sampler")
        if lost
        else Episode(task=third, rollouts=(answers("4", third), answers("4", third, sibling=1))),
    )
    made = (Proposal(family="count", level=2), Rejection("no_json", "…"), Proposal(family="count", level=2))
    return Episode(task=request, rollouts=rollouts, proposals=made, children=children)


def test_a_proposer_is_shown_its_own_votes():
    def own(votes, proposal, rejection, batch, archive):
        assert (proposal is None) == (rejection is not None) == (votes is None)
        return len(batch) * 100 + archive["count/2"] * 10 + sum(votes or ())

    paid = score([proposer_episode()], [reward("own.py:own", own, 1.0)], CURSOR, {"count/2": 3}, 0.0)
    assert [one.reward for one in paid] == [231.0, 230.0, 232.0]


def test_lost_votes_and_lost_groups_are_no_reward_and_no_missing_one():
    lost = Episode(task=task("lost"), rollouts=(), failure="sampler")
    paid = score([lost, proposer_episode(lost=True)], [reward("own.py:own", lambda: 1.0, 1.0)], CURSOR, {}, 0.0)
    assert [one.rollout.sibling for one in paid] == [0, 1]
    assert score([lost], [], CURSOR, {}, 0.0) == ()


def test_solved_needs_a_truth():
    assert solved(answers("4")) and not solved(answers("5")) and not solved(says("4"))
    assert not solved(answers("4", task(right=None)))


def test_figures_of_a_solvers_step():
    rollouts = (answers("4"), answers("5", sibling=1), says("4", sibling=2), answers("4", sibling=3, finish="length"))
    shown = figures(
        [Episode(task=task(), rollouts=rollouts)],
        scored(lambda answer: float(answer), *rollouts),
    )
    assert (
        shown["reward"] == pytest.approx(13 / 3) and shown["missing"] == 1 and shown["part/own.own"] == shown["reward"]
    )
    assert (shown["accuracy"], shown["malformed"], shown["truncated"], shown["failures"]) == (0.5, 0.25, 0.25, 0)
    assert "votes_solved" not in shown and "proposals_valid" not in shown


def test_figures_of_a_proposers_step():
    episode = proposer_episode()
    shown = figures([episode], score([episode], [reward("own.py:own", lambda: 1.0, 1.0)], CURSOR, {}, 0.0))
    assert shown["votes_solved"] == 0.75 and shown["proposals_valid"] == pytest.approx(2 / 3)
    assert shown["rejected/no_json"] == 1 and "accuracy" not in shown
    assert figures([proposer_episode(lost=True)], ())["failures"] == 1
