"""Right answers are right however they are written, and a hedge, a substring or a flood of characters never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmzero.answers import matches
from mmzero.types import COMPUTED, Answer


def truth(kind, value, **more):
    return Answer(kind=kind, value=value, warrant=COMPUTED, **more)


FOUR = truth("number", 4)


@pytest.mark.parametrize("written", ["4", " 4\n", "+4", "4.", "4.0", "0.4e1", "04"])
def test_a_number_may_be_written_in_many_ways(written):
    assert matches(written, FOUR)


@pytest.mark.parametrize(
    "written",
    [None, "", " ", "5", "14", "4 things", "3, 4", "4 or 5", "four", "-4", "0x4", "1_0", "nan", "inf", "4e", "4e9999"],
)
def test_a_number_is_not_looked_for_inside_what_was_written(written):
    assert not matches(written, FOUR)


def test_a_number_too_large_for_a_float_is_wrong_and_no_error():
    assert not matches("9" * 9_999, FOUR)
    assert not matches("1e999", truth("number", 4, tolerance=1e300))


def test_an_answer_of_more_than_ten_thousand_characters_is_never_read():
    assert matches("4" + " " * 9_999, FOUR)
    assert not matches("4" + " " * 10_000, FOUR)


def test_tolerance_is_how_far_off_a_number_may_be():
    half = truth("number", 2.5, tolerance=0.25)
    assert [matches(written, half) for written in ("2.25", "2.75", "2.76", "2.2")] == [True, True, False, False]


def test_words_are_compared_without_case_spaces_and_full_stop():
    red = truth("choice", "Red Square", choices=("Red Square", "red"))
    assert matches(" red   square.", red)
    assert not any(matches(written, red) for written in ("red", "red square circle", "not red square", "redsquare"))


def test_a_sequence_keeps_its_order_and_a_set_does_not():
    items = ("b", "a", 3)
    assert matches("B, a,3", truth("sequence", items)) and not matches("a, b, 3", truth("sequence", items))
    assert matches("3, a, B", truth("set", frozenset(items)))
    assert not any(matches(written, truth("set", frozenset(items))) for written in ("a, b", "a, b, 3, 4", "a b 3"))


@pytest.mark.parametrize(
    ("right", "written"), [("x+1", "1+x"), ("x^2", "$x*x$"), ("\\frac{1}{2}", "0.5"), ("$3$", "3")]
)
def test_an_expression_may_be_written_in_another_way(right, written):
    assert matches(written, truth("expression", right))


@pytest.mark.parametrize("written", ["4", "1, 2, 3", "it is 1 or 2 or 3", "$1$ $2$ $3$", "$1$ or $3$", "3 or 4", "{3"])
def test_a_hedge_that_holds_the_right_expression_is_wrong(written):
    assert not matches(written, truth("expression", "3"))


def test_boxes_are_not_a_matter_of_equality():
    with pytest.raises(ValueError, match="scored by overlap"):
        matches("1, 2, 3, 4", truth("boxes", ((1, 2, 3, 4),)))


@settings(deadline=None)
@given(st.text(max_size=8) | st.from_regex(r"[\s+]*\d[\d.eE-]{0,4}\s*", fullmatch=True))
def test_whatever_is_written_it_is_right_only_where_python_reads_the_same_number(written):
    assert not matches(written, FOUR) or float(written.strip()) == 4.0


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5), st.integers(-(10**9), 10**9))
def test_the_text_of_an_answer_is_a_right_way_to_write_it(items, number):
    assert matches(truth("sequence", tuple(items)).text, truth("sequence", tuple(items)))
    assert matches(truth("set", frozenset(items)).text, truth("set", frozenset(items)))
    assert matches(truth("number", number).text, truth("number", number))
    assert not matches(truth("number", number + 1).text, truth("number", number))
