"""Tables by hand for every shipped reward, loaded by their files as a campaign loads them."""

import pytest

from mmzero import shipped
from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.types import COMPUTED, Answer, Proposal

FOUR = Answer(kind="number", value=4, warrant=COMPUTED)


def load(use, **with_):
    return plugins.load(Plugin.model_validate({"use": f"rewards/{use}", "with": with_}), shipped.root())


@pytest.mark.parametrize(("answer", "earned"), [("4", 1.0), ("5", 0.0), ("", 0.0), (None, 0.0), ("3 or 4", 0.0)])
def test_correct(answer, earned):
    assert load("answer.py:correct")(answer, FOUR) == earned


@pytest.mark.parametrize(
    ("response", "earned"),
    [
        ("<think>a</think><answer>4</answer>", 1.0),
        (" <think>\n</think>\n<answer></answer>\n", 1.0),
        ("<think>a</think><answer>4</answer> done", 0.0),
        ("<answer>4</answer><think>a</think>", 0.0),
        ("<think>a</think><answer>3</answer><answer>4</answer>", 0.0),
        ("<think><answer></think>a</think><answer>4</answer>", 0.0),
        ("", 0.0),
    ],
)
def test_think_answer(response, earned):
    assert load("format.py:think_answer")(response) == earned


@pytest.mark.parametrize(
    ("solved", "n", "earned"), [(0, 4, 0.0), (1, 4, 1.0), (2, 4, 4 / 3), (3, 4, 1.0), (4, 4, 0.0), (1, 2, 2.0), (4, 8, 8 / 7)]
)  # fmt: skip
def test_unbiased(solved, n, earned):
    votes = (True,) * solved + (False,) * (n - solved)
    assert load("learnability.py:unbiased")(votes) == pytest.approx(earned)


def test_a_proposal_that_became_no_task_taught_nothing():
    assert load("learnability.py:unbiased")(None) == 0.0


def test_unbiased_is_on_average_the_variance_it_stands_for():
    """All sixteen outcomes of four votes at p = 1/2 weigh the same: their mean is 4p(1-p) = 1."""
    paid = load("learnability.py:unbiased")
    outcomes = [tuple(bool(i >> bit & 1) for bit in range(4)) for i in range(16)]
    assert sum(map(paid, outcomes)) / 16 == pytest.approx(1.0)


def test_repetition():
    a, other_knobs, b = (
        Proposal(family="count", level=3),
        Proposal(family="count", level=3, knobs=(("by", "shape"),)),
        Proposal(family="count", level=4),
    )
    paid = load("novelty.py:repetition", threshold=0.1)
    assert paid(proposal=None, batch=(), archive={}) == 0.0
    assert paid(proposal=a, batch=(a, other_knobs, b, b), archive={}) == pytest.approx(0.4)
    assert paid(proposal=a, batch=(a, b, b, b), archive={"count/3": 3, "count/4": 2}) == pytest.approx(0.15 + 0.25)
    assert paid(proposal=b, batch=(a,) * 19 + (b,), archive={"count/3": 1}) == 0.0
    assert load("novelty.py:repetition")(a, (a,), {}) == pytest.approx(0.95)


def test_a_coin_is_the_same_each_time_falls_on_both_sides_and_changes_with_the_step():
    coin = load("control.py:coin")
    falls = [coin((i, i + 1), 3) for i in range(1000)]
    assert falls == [coin((i, i + 1), 3) for i in range(1000)]
    assert set(falls) == {0.0, 1.0} and 440 < sum(falls) < 560  # four standard deviations
    assert falls != [coin((i, i + 1), 4) for i in range(1000)]
