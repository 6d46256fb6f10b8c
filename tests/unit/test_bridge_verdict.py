"""What is learned of an answer that was reasoned from a description, and why another is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmzero.bridge.verdict import REASONS, heard, repeated, written
from mmzero.recipe.tree import Bridge
from mmzero.roles import reply
from mmzero.types import COMPUTED, Answer, Rejection

FOUR = Answer(kind="number", value=4, warrant=COMPUTED)
VOICE = {"address": "http://localhost:1/v1", "model": "m"}
THOUGHT = "There are three red dots on the left and one blue dot beside them, so there are four dots altogether."


def settings(**more):
    return Bridge.model_validate({"of": "bank", "sees": VOICE, "reasons": VOICE, **more})


def judged(said, description="Dots.", truth=FOUR, **more):
    return written(said, description, truth, settings(**more))


def formed(thought, answer="4"):
    return f"<think>{thought}</think><answer>{answer}</answer>"


@pytest.mark.parametrize(
    "said",
    [
        formed(THOUGHT, " 4.0 "),
        f"<think>\n{THOUGHT}\n</think>\n\nSo it is \\boxed{{4}}.",  # as reasoners speak
        f"{THOUGHT}</think>\nThey are four: <answer>4</answer> as I said",  # its template opened the thought
    ],
)
def test_what_is_right_is_learned_in_one_form(said):
    assert judged(said) == reply.write(THOUGHT, "4")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (THOUGHT, "no answer"),
        (f"<think>{THOUGHT}</think> four of them", "no answer"),
        (formed(THOUGHT, "5"), "wrong"),
        (formed(THOUGHT, "4 or 5"), "wrong"),
        (formed("Four dots."), "short"),
        ("<answer>4</answer>", "short"),  # right, and nothing was thought
        (formed("Three red dots and one blue dot there. " * 9), "repeats"),
        (formed(f"{THOUGHT} Wait, one is hidden. So the answer is 5."), "inconsistent"),
        (formed(f"{THOUGHT} \\boxed{{5}}"), "inconsistent"),
        (formed(f"I was told of dots and cannot see the picture itself. {THOUGHT}"), "blind"),
        (formed(f"No image was given here at all. {THOUGHT}"), "blind"),
        (formed(f"The dots were described to me. {THOUGHT}"), "blind"),
        (formed(f"{THOUGHT} <|im_end|>"), "marks"),
        (formed(f"{THOUGHT} <image>"), "marks"),
    ],
)
def test_what_is_left_out_has_its_reason(said, reason):
    found = judged(said)
    assert isinstance(found, Rejection) and found.reason == reason and reason in REASONS


def test_a_thought_may_conclude_in_its_own_words():
    for end in ("The answer is 4, as nothing is hidden.", "Final answer: 4", "So the answer must be 4.", "\\boxed{4}"):
        assert judged(formed(f"{THOUGHT} Is the answer 5? No. {end}")) == reply.write(
            f"{THOUGHT} Is the answer 5? No. {end}", "4"
        )


def test_a_description_that_answers_leaves_nothing_to_reason():
    assert judged(formed(THOUGHT), "Dots. The answer is 4.").reason == "told"
    assert judged(formed(THOUGHT), "Dots. The answer is 14.") == reply.write(THOUGHT, "4")


def test_bounds_are_the_recipes():
    assert judged(formed(THOUGHT), words=[21, 30]).reason == "short"
    assert judged(formed(THOUGHT), words=[1, 19]).reason == "long"
    again = formed("one two three four five six one two three four five six")  # 7 runs, of which the last came before
    assert judged(again, words=[1, 99], repeats=0.14).reason == "repeats"
    assert isinstance(judged(again, words=[1, 99], repeats=0.15), str)


def test_repetition_is_counted_in_runs_of_six_words():
    assert repeated(list("abcdef")) == repeated(list("aaa")) == 0.0
    assert repeated(list("abcdefabcdef")) == pytest.approx(1 / 7)
    assert repeated(["a"] * 10) == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("said", "learned"),
    [
        ("According to the description, four dots stand in one row here.", "In the picture, four dots stand in one row here."),
        ("The description says that four dots stand in one row here.", "The picture shows that four dots stand in one row here."),
        ("There are, based on the detailed image description, four dots here.", "There are, in the picture, four dots here."),
        ("Four dots stand there, as described, in a single row here.", "Four dots stand there, as seen, in a single row here."),
        ("I look at this description of the picture and count four dots.", "I look at the picture and count four dots."),
    ],
)  # fmt: skip
def test_a_text_becomes_the_picture_that_it_was_about(said, learned):
    assert judged(formed(said), words=[1, 99]) == reply.write(learned, "4")


def test_of_the_one_who_sees_only_its_own_words_are_heard():
    assert heard(formed("three red. one blue.", "4")) == "three red. one blue."
    assert heard("<think>what is asked?</think>\n Three red dots. ") == "Three red dots."
    assert heard("Three red dots,\none \x1b[2J blue.") == "Three red dots,\none [2J blue."
    assert heard("Three <|im_end|> dots").reason == "marks"
    assert heard("<think>Hm.</think>\n").reason == heard("").reason == "unanswered"


PIECES = ("<think>", "</think>", "<answer>", "</answer>", "4", "\\boxed{", "}", "the answer is", " a b c d e f g h i ")


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_learned_in_form_or_left_out_for_a_reason(said):
    found = judged(said)
    if isinstance(found, Rejection):
        assert found.reason in REASONS
    else:
        assert reply.read(found).formed and reply.read(found).answer == "4"
    assert isinstance(heard(said), str) or heard(said).reason in ("marks", "unanswered")
