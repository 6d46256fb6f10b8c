"""Each grammar of boxes, asked and written: what is written out is read as what is there, by questions of banks, suites and
annotations alike."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from play_material import recipe
from pydantic import ValidationError

from mmzero import evaluate, families, sources
from mmzero.answers import asking, boxes, matches
from mmzero.answers.asking import LABELLED, ROWS, SCORED, asked
from mmzero.errors import UserError
from mmzero.families.skin import PLAIN
from mmzero.plan.refusals import refuse_unknown_names
from mmzero.recipe.tree import Bank, Coco
from mmzero.sources.curriculum import Curriculum
from mmzero.sources.posterior import Posterior
from mmzero.sources.state import State
from mmzero.sources.written import written
from mmzero.types import COMPUTED, Answer, Cursor

GRAMMARS = ("rows", "scored", "labelled")
QUESTION = f"Give the bounding boxes of all red squares{ROWS}, boxes parted by semicolons."
CORNER = st.integers(0, 900)
BOX = st.tuples(CORNER, CORNER, st.integers(1, 100), st.integers(1, 100)).map(
    lambda one: (one[0], one[1], one[0] + one[2], one[1] + one[3])
)


def test_a_question_is_asked_in_another_grammar_and_only_where_it_asks_for_boxes():
    assert asked(QUESTION, "rows") == QUESTION
    assert asked(QUESTION, "scored") == "Give the bounding boxes of all red squares" + SCORED
    assert asked(QUESTION, "labelled") == "Give the bounding boxes of all red squares" + LABELLED
    assert asked("How many are red?", "scored") == "How many are red?"


@given(st.lists(BOX, max_size=4, unique=True), st.sampled_from(GRAMMARS))
def test_what_is_written_out_is_read_as_what_is_there(there, grammar):
    truth = Answer(kind="boxes", value=tuple(there), warrant=COMPUTED)
    said = boxes.read(asking.written(asked(QUESTION, grammar), truth))
    assert [one.box for one in said.found] == [tuple(map(float, box)) for box in there]
    assert said.status == ("read" if there else "none")
    assert {one.score for one in said.found} <= {{"scored": 1.0}.get(grammar)}
    assert {one.label for one in said.found} <= {{"labelled": "all red squares"}.get(grammar, "")}


def test_written_as_published():
    two = Answer(kind="boxes", value=((1, 2, 3, 4), (5, 6, 7, 8)), warrant=COMPUTED)
    assert asking.written(asked(QUESTION, "scored"), two) == (
        "[{'Position': [1, 2, 3, 4], 'Confidence': 1.00}, {'Position': [5, 6, 7, 8], 'Confidence': 1.00}]"
    )
    none = Answer(kind="boxes", value=(), warrant=COMPUTED)
    assert [asking.written(asked(QUESTION, one), none) for one in GRAMMARS] == ["none", "No Objects", "[]"]
    assert asking.written("How many?", Answer(kind="number", value=4, warrant=COMPUTED)) == "4"


# --- banks and suites


def bank(**more):
    return recipe(sources={"bank": {"kind": "bank", "families": ["boxes", "largest"], **more}})


def drawn(tree, prompts, state=State()):  # noqa: B008 - frozen
    phase = tree.schedule.phases[1].model_copy(update={"prompts": prompts})
    return sources.tasks(tree, phase, Cursor(1, 0, 1, 0), state, lambda png: "hash")


@pytest.mark.parametrize("levels", ["auto", [2, 5]])
def test_a_share_of_a_banks_questions_asks_for_what_is_not_there(levels, monkeypatch):
    """Of the families that can: a quarter of 600, half of which are boxes."""
    monkeypatch.setattr(families, "png", lambda image: b"")
    monkeypatch.setattr(families.family("boxes"), "draw", lambda scene, skin: None)
    monkeypatch.setattr(families.family("largest"), "draw", lambda scene, skin: None)
    tree = bank(grammar="scored", absent=0.25, levels=levels)
    tasks = drawn(tree, 600)
    found = Counter((one.family, not one.answer.value) for one in tasks)
    assert not found["largest", True] and all(SCORED in one.question for one in tasks)
    share = found["boxes", True] / (found["boxes", True] + found["boxes", False])
    assert share == pytest.approx(0.25, abs=0.08)
    assert all(matches("No Objects", one.answer) for one in tasks if not one.answer.value)
    absent = next(one for one in tasks if not one.answer.value)
    assert written(tree, absent) == "<think>in all 0.</think><answer>No Objects</answer>"
    assert drawn(tree, 600)[:50] == tasks[:50]


def test_the_curriculum_leaves_what_is_absent_to_the_recipe():
    seen = Posterior().after([(("boxes", "absent", 0), 4, 4), (("boxes", "one", 0), 4, 4)], [])
    chooser = Curriculum(("boxes",), Bank(kind="bank"), seen, {})
    assert list(chooser.known("boxes", 0)) == ["one"]


def test_a_suite_is_asked_in_the_grammar_that_the_recipe_says():
    for grammar, words in (("rows", ROWS), ("scored", SCORED), ("labelled", LABELLED)):
        tree = bank().model_copy(update={"evaluate": evaluate_of(grammar)})
        held = evaluate.held_out(tree, lambda png: "hash", "probe-detection")
        theirs = [one.question for one in held if one.answer.kind == "boxes"]
        assert theirs and all(words in one for one in theirs)


def evaluate_of(grammar):
    return bank().evaluate.model_copy(update={"grammar": grammar, "tasks": 20})


def test_absence_that_no_question_could_be_answered_with_is_refused():
    with pytest.raises(
        ValidationError, match=r"absent is 0\.1 and its grammar rows.* set grammar to scored or labelled"
    ):
        Bank(kind="bank", absent=0.1)
    refuse_unknown_names(bank(grammar="scored", absent=0.1))
    with pytest.raises(UserError, match=r"absent is 0\.1, but none of its families .*; add boxes to them"):
        refuse_unknown_names(bank(grammar="scored", absent=0.1, families=["largest"]))


# --- annotations


def test_annotations_are_asked_in_each_grammar():
    for grammar, words in (("rows", ROWS), ("scored", SCORED), ("labelled", LABELLED)):
        asks = Coco(kind="coco", path="instances.json", grammar=grammar).asks
        assert asks.startswith("Give the bounding boxes of all objects of the category '{category}'" + words)
    own = Coco(kind="coco", path="instances.json", ask="Where is every {category}?")
    assert own.asks == "Where is every {category}?"


def test_an_ask_that_no_grammar_can_be_put_to_is_refused():
    with pytest.raises(
        ValidationError, match=r"grammar is scored, but its ask does not hold 'as x1.*leave ask or grammar out"
    ):
        Coco(kind="coco", path="instances.json", ask="Where is every {category}?", grammar="scored")


def test_the_same_task_is_the_same_in_every_grammar_but_for_its_question():
    rows, scored = (families.mint("boxes", 2, 4, PLAIN, lambda png: "hash", grammar=one) for one in GRAMMARS[:2])
    assert (rows.id, rows.answer, rows.scene) == (scored.id, scored.answer, scored.scene)
    assert rows.question != scored.question
