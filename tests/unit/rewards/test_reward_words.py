"""Numbers, choices, names, texts: tables by hand, and nothing that is found inside an answer counts."""

import math
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import load, truth

from mmzero.answers import distance

FOUR = truth("number", 4)
HOSTILE = [
    None,
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "1e10000",
    "9" * 100_000,
    "{" * 9000,
    "\\frac{" * 2000,
    "\ud800",
    "\x00",
    "\u0664 or 5",
]
NUMBERS = (
    "number.py:tolerance",
    "number.py:decimals",
    "number.py:relative",
    "number.py:mean_relative_accuracy",
    "count.py:exact",
)


@pytest.mark.parametrize(
    ("written", "tolerance", "decimals", "relative", "accuracy"),
    [
        ("4", 1, 1, 1.0, 1.0),
        ("4.0", 1, 1, 1.0, 1.0),
        ("4.004", 0, 1, 1 - 0.001, 1.0),
        ("4.2", 0, 0, 0.95, 0.9),  # off by exactly 5 hundredths, which is not less than 5
        ("4.19", 0, 0, 0.9525, 1.0),
        ("3", 0, 0, 0.75, 0.5),  # 25 is less than 50, 45, 40, 35, 30
        ("6", 0, 0, 0.5, 0.0),
        ("8", 0, 0, 0.0, 0.0),
        ("-4", 0, 0, 0.0, 0.0),
        ("1e308", 0, 0, 0.0, 0.0),
        ("4 apples", 0, 0, 0.0, 0.0),
        ("4, 5", 0, 0, 0.0, 0.0),
    ],
)
def test_a_number_earns_by_how_near_it_is(written, tolerance, decimals, relative, accuracy):
    earned = [load(use)(written, FOUR) for use in NUMBERS[:4]]
    assert earned == pytest.approx([tolerance, decimals, relative, accuracy])


def test_how_far_off_is_the_truths_to_say_or_the_recipes():
    half = truth("number", 2.5, tolerance=0.25)
    assert [load("number.py:tolerance")(written, half) for written in ("2.25", "2.2")] == [1.0, 0.0]
    assert [load("number.py:tolerance", within=0.5)(written, half) for written in ("2", "1.9")] == [1.0, 0.0]


def test_decimals_are_rounded_on_both_sides():
    third = truth("number", 1 / 3)
    assert [load("number.py:decimals")(one, third) for one in ("0.33", "0.3333", "0.34", ".3")] == [1.0, 1.0, 0.0, 0.0]
    assert load("number.py:decimals", places=0)("0.4", third) == 1.0


@pytest.mark.parametrize("use", ["number.py:relative", "number.py:mean_relative_accuracy"])
def test_beside_nothing_only_nothing_is_near(use):
    zero = truth("number", 0)
    assert [load(use)(written, zero) for written in ("0", "0.0", "1e-9", "1")] == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("use", NUMBERS)
@pytest.mark.parametrize("written", HOSTILE, ids=lambda text: repr(text)[:20])
def test_what_is_no_number_earns_nothing(use, written):
    assert load(use)(written, FOUR) == 0.0


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
def test_the_farther_a_number_is_off_the_less_it_earns(there, near, far, above):
    near, far = sorted((near, far))
    for use in ("number.py:relative", "number.py:mean_relative_accuracy"):
        closer, farther = (
            load(use)(repr(there + (off if above else -off)), truth("number", there)) for off in (near, far)
        )
        assert 0 <= farther <= closer + 1e-9 <= 1 + 1e-9


@pytest.mark.parametrize(
    ("written", "exact", "decayed"),
    [("4", 1, 1), ("4.0", 1, 1), ("3", 0, 0.75), ("6", 0, 0.5), ("9", 0, 0), ("3.5", 0, 0), ("", 0, 0)],
)
def test_counting(written, exact, decayed):
    assert load("count.py:exact")(written, FOUR) == exact
    assert load("count.py:exact", decay=0.25)(written, FOUR) == decayed


@pytest.mark.parametrize(
    ("written", "exact", "decayed"),
    [
        ("1, 1; 2, 2", 1, 1),
        ("[[1, 1], [2, 2], [3, 3]]", 0, 0.5),
        ("[]", 0, 0),
        ("", 0, 0),
        ("2", 0, 0),
        ("[[1, 1], [2]]", 0, 0),
    ],
)
def test_counting_by_points(written, exact, decayed):
    for there in (truth("points", ((9, 9), (8, 8))), truth("number", 2), truth("boxes", ((1, 2, 3, 4), (5, 6, 7, 8)))):
        assert load("count.py:by_points")(written, there) == exact
        assert load("count.py:by_points", decay=0.5)(written, there) == decayed


def test_no_points_for_nothing():
    assert load("count.py:by_points")("[]", truth("number", 0)) == 1.0
    assert load("count.py:by_points")("", truth("number", 0)) == 0.0


@pytest.mark.parametrize("written", ["B", "b", "(B)", "B.", " b) ", "[B]", "B:"])
def test_a_letter_may_be_dressed(written):
    assert load("choice.py:letter")(written, truth("text", "B")) == 1.0


@pytest.mark.parametrize(
    "written", [None, "", "A", "A or B", "AB", "B, A", "the answer is B", "Blue", "ß", "B" * 100_000]
)
def test_a_letter_is_the_whole_answer(written):
    assert load("choice.py:letter")(written, truth("text", "B")) == 0.0


def test_a_choice_in_words_or_by_its_place():
    colours = truth("choice", "blue", choices=("red", "blue"))
    assert [load("choice.py:letter")(one, colours) for one in ("Blue", "B", "A", "red", "", "blue red")] == [
        1,
        1,
        0,
        0,
        0,
        0,
    ]
    with pytest.raises(ValueError, match="neither a letter nor among its choices"):
        load("choice.py:letter")("B", truth("text", "blue"))


@pytest.mark.parametrize(
    ("written", "yes", "no"),
    [
        ("yes", 1, 0),
        ("No.", 0, 1),
        ("TRUE", 1, 0),
        ("Yes!", 1, 0),
        ("yes and no", 0, 0),
        ("", 0, 0),
        (None, 0, 0),
        ("y", 0, 0),
    ],
)
def test_yes_and_no(written, yes, no):
    paid = load("choice.py:yes_no")
    assert (paid(written, truth("text", "Yes")), paid(written, truth("text", "no"))) == (yes, no)


FINCH = truth("text", "Boeing 737-300")


@pytest.mark.parametrize("written", ["Boeing 737-300", "boeing_737_300", " BOEING 737 300. ", "Boeing737300"])
def test_a_name_without_its_dress(written):
    assert load("label.py:strict")(written, FINCH) == 1.0


@pytest.mark.parametrize(
    "written", [None, "", " ", "-", "737", "Boeing", "o", "the", "Boeing 737-300 or 747", "a" * 100_000]
)
def test_a_part_of_a_name_is_none(written):
    assert load("label.py:strict")(written, FINCH) == 0.0


def test_other_names_are_names():
    cat, dog = truth("text", "cat"), truth("text", "dog")
    told = load("label.py:strict", aliases={"cat": ["Félis catus", "house cat"]})
    assert [told(one, cat) for one in ("felis catus", "House-Cat", "house", "dog")] == [1, 1, 0, 0]
    assert told("house cat", dog) == 0.0
    assert load("label.py:strict")("hound", dog, {"aliases": ["hound"]}) == 1.0


@pytest.mark.parametrize(
    ("written", "exact", "partial"),
    [
        ("blur, crop", 1, 1),
        ("Crop,BLUR, crop", 1, 1),
        ("blur", 0, 0.5),
        ("blur, crop, dark", 0, 2 / 3),
        ("dark", 0, 0),
        ("blur crop", 0, 0),
        ("", 0, 0),
        (None, 0, 0),
        ("blur," * 20_000, 0, 0),
    ],
)
def test_a_set_of_names(written, exact, partial):
    both = truth("set", frozenset({"blur", "crop"}))
    assert load("label.py:names")(written, both) == exact
    assert load("label.py:names", partial=True)(written, both) == pytest.approx(partial)


def test_an_empty_set_is_said_and_not_left_out():
    none = truth("set", frozenset())
    assert [load("label.py:names")(one, none) for one in ("none", "", None, "blur")] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("written", "edit", "words"),
    [
        ("kitten on mat", 1, 1),
        ("sitting on mat", 1 - 3 / 14, 2 / 3),  # k-s, e-i, +g; one word of three
        ("kitten", 1 - 7 / 13, 1 / 3),
        ("", 0, 0),
        (None, 0, 0),
        ("kitten on mat x y z", 1 - 6 / 19, 0.0),
        ("k" * 100_000, 0, 0),
    ],
)
def test_text_read_off_a_picture(written, edit, words):
    there = truth("text", "kitten on mat")
    assert load("ocr.py:edit")(written, there) == pytest.approx(edit)
    assert load("ocr.py:words")(written, there) == pytest.approx(words)


def test_nothing_read_where_nothing_is():
    for use in ("edit", "words"):
        assert [load(f"ocr.py:{use}")(one, truth("text", "")) for one in ("", "x", None)] == [1.0, 0.0, 0.0]


def naive(one, two):
    @cache
    def edits(i, j):
        if not i or not j:
            return i + j
        return min(edits(i - 1, j) + 1, edits(i, j - 1) + 1, edits(i - 1, j - 1) + (one[i - 1] != two[j - 1]))

    return edits(len(one), len(two))


def naive_in_order(one, two):
    @cache
    def length(i, j):
        if not i or not j:
            return 0
        return length(i - 1, j - 1) + 1 if one[i - 1] == two[j - 1] else max(length(i - 1, j), length(i, j - 1))

    return length(len(one), len(two))


@settings(deadline=None, max_examples=300)
@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_distances_are_what_their_definitions_say(one, two):
    assert distance.edits(one, two) == distance.edits(two, one) == naive(one, two)
    assert distance.in_order(one, two) == distance.in_order(two, one) == naive_in_order(one, two)
    assert distance.edits(one.split("a"), two.split("a")) == naive(tuple(one.split("a")), tuple(two.split("a")))


def test_a_long_page_is_compared_at_once():
    page, other = "abcde fghij " * 1600, "abcdf fghij " * 1600
    assert load("ocr.py:edit")(other, truth("text", page)) == pytest.approx(1 - 1600 / 19199)


@pytest.mark.parametrize(
    ("written", "exact", "f1"),
    [
        ("The Eiffel Tower!", 1, 1),
        ("Eiffel", 0, 2 / 3),
        ("the Eiffel tower in Paris", 0, 2 * 2 / 6),
        ("the", 0, 0),
        ("tower tower", 0, 0.5),
        ("", 0, 0),
        (None, 0, 0),
        ("?!", 0, 0),
        ("e", 0, 0),
        ("tower " * 20_000, 0, 0),
    ],
)
def test_words_as_squad_compares_them(written, exact, f1):
    there = truth("text", "an Eiffel tower")
    assert load("words.py:exact")(written, there) == exact and load("words.py:f1")(written, there) == pytest.approx(f1)


def test_the_likest_of_several_right_answers_counts():
    scene = {"answers": ["Paris", "city of light"]}
    assert load("words.py:exact")("the city of light", truth("text", "Lutetia"), scene) == 1.0
    assert load("words.py:f1")("city", truth("text", "Lutetia"), scene) == pytest.approx(0.5)


def test_rouge_by_hand():
    """Words 3 of 4 and 3 of 3; pairs 1 of 3 and 1 of 2; in order 3 of 4 and 3 of 3."""
    paid = load("rouge.py:mean")
    there = truth("text", "a cat sat")
    assert paid("A cat has sat.", there) == pytest.approx((6 / 7 + 2 / 5 + 6 / 7) / 3)
    assert paid.parts("sat cat a", there) == {"rouge1": 1.0, "rouge2": 0.0, "rougeL": pytest.approx(1 / 3)}
    assert [paid(one, there) for one in ("a cat sat", "", None, "dog", "a " * 50_000)] == [1.0, 0.0, 0.0, 0.0, 0.0]


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40).filter(str.strip))
def test_whatever_two_texts_are_a_reward_is_a_share(written, right):
    there = truth("text", right)
    uses = ("ocr.py:edit", "ocr.py:words", "words.py:exact", "words.py:f1", "rouge.py:mean", "label.py:strict")
    earned = [load(use)(written, there) for use in uses]
    assert all(0.0 <= one <= 1.0 and math.isfinite(one) for one in earned)
    assert load("ocr.py:edit")(right, there) == load("ocr.py:words")(right, there) == 1.0
