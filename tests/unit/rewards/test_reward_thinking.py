"""Thinking is paid in full where a glance fails, and costs what a glance would have got where it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped_material import truth

from mmzero import shipped
from mmzero.answers import form
from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.roles import reply
from mmzero.scoring import load
from mmzero.types import Episode

GLANCE, LONG = "at a glance.", "one and two and three make six in all."


def earned(*said, **with_):
    """(thought, answer) of each sibling where 4 is right."""
    function = plugins.load(
        Plugin.model_validate({"use": "rewards/thinking.py:where_it_pays", "with": with_}), shipped.root()
    )
    texts = [reply.write(*one) for one in said]
    answers = [answer for _, answer in said]
    return function(response=texts, answer=answers, truth=[truth("number", 4)] * len(said))


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ([(GLANCE, "4"), (LONG, "4")], [1.0, 0.5]),  # a glance suffices, so thinking costs all of its price
        ([(GLANCE, "7"), (LONG, "4")], [0.0, 1.0]),  # and here it does not
        ([(GLANCE, "4"), (GLANCE, "7"), (LONG, "4"), (LONG, "7")], [1.0, 0.0, 0.75, 0.0]),
        ([(LONG, "4"), (LONG, "7")], [1.0, 0.0]),  # nobody tried a glance
        ([("", "4"), ("", "4")], [1.0, 1.0]),
    ],
)
def test_by_hand(said, values):
    assert [value for value, _ in earned(*said)] == values


def test_its_price_and_what_counts_as_a_glance():
    said = [(GLANCE, "4"), (LONG, "4")]
    assert [value for value, _ in earned(*said, price=0.2)] == [1.0, 0.8]
    assert [value for value, _ in earned(*said, quick=20)] == [1.0, 1.0]
    assert [parts["thinks"] for _, parts in earned(*said)] == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"price is 1\.0; it must be"):
        earned(*said, price=1.0)


@given(st.lists(st.tuples(st.sampled_from([GLANCE, LONG, ""]), st.sampled_from(["4", "7"])), min_size=1, max_size=9))
def test_right_always_beats_wrong_and_a_glance_that_is_right_beats_all(said):
    found = earned(*said)
    for (thought, answer), (value, _) in zip(said, found, strict=True):
        assert value == 0.0 if answer == "7" else 0.5 <= value <= 1.0
        if answer == "4" and thought != LONG:
            assert value == 1.0


@pytest.mark.parametrize(
    ("text", "thought"),
    [
        ("<think> a b </think><answer>4</answer>", "a b"), ("<think>cut off here", "cut off here"), ("no marks", ""),
        ("", ""), ("<answer>4</answer></think>", ""),
    ],
)  # fmt: skip
def test_a_thought_is_what_stands_between_its_marks(text, thought):
    assert form.thought(text) == thought


def test_a_recipe_calls_it_by_the_group():
    from play_material import answers, says, task

    plugin = Plugin.model_validate({"use": "rewards/thinking.py:where_it_pays", "per": "group"})
    loaded = load(plugin, shipped.root() / "rewards" / "thinking.py")
    of = task()
    rollouts = (answers("4", of, sibling=0), says(reply.write(LONG, "4"), of, sibling=1), answers("7", of, sibling=2))
    from mmzero.scoring import score
    from mmzero.types import Cursor

    scored = score([Episode(task=of, rollouts=rollouts)], [loaded], Cursor(0, 0, 0, 0), {}, most_missing=0.0)
    assert [one.reward for one in scored] == [1.0, 0.75, 0.0]
    assert [one.parts["thinking.where_it_pays/thinks"] for one in scored] == [0.0, 1.0, 0.0]
