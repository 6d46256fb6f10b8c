"""Right answers are right however they are written, and a hedge, a substring or a flood of characters never is."""

import math

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
    assert not any(
        matches(written, truth("set", frozenset(items))) for written in ("a, b", "a, b, 3, 4", "a b 3", "a, b, 3, a")
    )


@pytest.mark.parametrize(
    ("right", "written"), [("x+1", "1+x"), ("x^2", "$x*x$"), ("\\frac{1}{2}", "0.5"), ("$3$", "3")]
)
def test_an_expression_may_be_written_in_another_way(right, written):
    assert matches(written, truth("expression", right))


@pytest.mark.parametrize("written", ["4", "1, 2, 3", "it is 1 or 2 or 3", "$1$ $2$ $3$", "$1$ or $3$", "3 or 4", "{3"])
def test_a_hedge_that_holds_the_right_expression_is_wrong(written):
    assert not matches(written, truth("expression", "3"))


TWO_BOXES = truth("boxes", ((0, 0, 100, 100), (500, 500, 700, 600)))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("0, 0, 100, 100; 500, 500, 700, 600", True),
        (" 500,500 ,700,600;0,0,100.0,1e2 ", True),  # in any order
        ("0, 0, 100, 50; 500, 500, 700, 600", True),  # 5000 of 10000
        ("0, 0, 100, 49; 500, 500, 700, 600", False),
        ("0, 0, 100, 100; 550, 500, 750, 600", True),  # 15000 of 25000
        ("0, 0, 100, 100; 570, 500, 770, 600", False),  # 13000 of 27000
        ("0, 0, 100, 100; 0, 0, 100, 100", False),  # one box twice leaves the other unfound
        ("0, 0, 100, 100", False),
        ("0, 0, 100, 100; 500, 500, 700, 600; 1, 1, 2, 2", False),
        ("100, 100, 0, 0; 500, 500, 700, 600", False),  # turned inside out
        ("0, 0, 100, 0; 500, 500, 700, 600", False),  # flat
    ],
)
def test_boxes_are_right_where_each_overlaps_one_of_the_truth_by_half(written, right):
    assert matches(written, TWO_BOXES) == right


def test_the_best_pairing_of_boxes_counts_and_not_the_first():
    """20..120 overlaps both of the truth by more than half, 0..80 only the first: taking turns would fail."""
    wide = truth("boxes", ((0, 0, 100, 100), (40, 0, 140, 100)))
    assert matches("20, 0, 120, 100; 0, 0, 80, 100", wide) and matches("0, 0, 80, 100; 20, 0, 120, 100", wide)
    assert not matches("0, 0, 80, 100; 0, 0, 90, 100", wide)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("100, 100; 300, 300", True),
        ("300, 300; 112, 116", True),  # 12, 16 is 20 away
        ("112, 117; 300, 300", False),
        ("100, 100; 100, 100", False),
        ("100, 100", False),
        ("100, 100; 300, 300;", False),
    ],
)
def test_points_are_right_within_twenty_thousandths_or_their_tolerance(written, right):
    assert matches(written, truth("points", ((100, 100), (300, 300)))) == right
    if right:
        assert matches(written, truth("points", ((100, 100), (300, 300)), tolerance=5))


def test_a_larger_tolerance_of_points_counts():
    assert matches("130, 140", truth("points", ((100, 100),), tolerance=50))
    assert not matches("130, 141", truth("points", ((100, 100),), tolerance=50))


def test_both_ends_of_an_interval_lie_within_its_tolerance():
    year = truth("interval", (10, 20.5), tolerance=0.5)
    assert all(matches(written, year) for written in ("10, 20.5", "9.5,21", "10.5, 20"))
    assert not any(
        matches(written, year) for written in ("9, 20.5", "10, 21.1", "20.5, 10", "10", "10, 20, 5", "10; 20.5")
    )


@pytest.mark.parametrize("kind", ["boxes", "points", "interval"])
@pytest.mark.parametrize(
    "written",
    [
        "",
        ";",
        ",",
        "1",
        "a, b",
        "nan, nan, nan, nan",
        "0, 0, inf, inf",
        "0, 0, 1e999, 1",
        "0, 0, 1e308, 1e308",
        "[1, 2, 3, 4]",
        "1 2 3 4",
        "1, 2, 3, 4,",
        "1, 2; 3, 4; ",
        "; ".join(["1, 2, 3, 4"] * 101),
        "9" * 9_999,
    ],
)
def test_what_is_no_row_of_finite_numbers_is_wrong_and_no_error(kind, written):
    values = {"boxes": ((1, 2, 30, 40),), "points": ((1, 2),), "interval": (1, 2)}
    assert not matches(written, truth(kind, values[kind]))


def test_more_than_a_hundred_boxes_are_never_right():
    def some(n):
        return truth("boxes", tuple((9 * i, 0, 9 * i + 9, 9) for i in range(n)))

    assert matches(some(100).text, some(100)) and not matches(some(101).text, some(101))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ('[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}, {"Position": [500, 500, 700, 600]}]', True),
        ("[[0, 0, 100, 100], [500, 500, 700, 600]]", True),
        ("[[0, 0, 100, 100], [500, 500, 700]]", False),
        ("[[0, 0, 100, 100], [500, 500, 700, 600]] I think", False),
    ],
)
def test_boxes_are_right_in_any_form_that_a_reward_reads(written, right):
    assert matches(written, TWO_BOXES) == right
    assert matches("(0,0),(100,100)", truth("boxes", ((0, 0, 100, 100),)))
    assert matches('{"point_2d": [100, 100]}', truth("points", ((100, 100),)))
    assert matches("(100, 100), (300, 300)", truth("points", ((100, 100), (300, 300))))


@pytest.mark.parametrize(
    ("written", "right"),
    [("none", True), ("No Objects.", True), ("[]", True), ("", False), ("1, 2, 3, 4", False), ("no idea", False)],
)
def test_none_is_right_where_there_is_no_box_and_nowhere_else(written, right):
    assert matches(written, truth("boxes", ())) == right and not matches(written, TWO_BOXES)


LEFT_HALF = truth("mask", '{"size": [4, 6], "counts": [0, 12, 12]}')


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("[0, 0, 3, 0, 3, 4, 0, 4]", True),
        ("[0, 0, 2, 0, 2, 4, 0, 4]", True),  # 8 of 12 pixels
        ("[1, 0, 4, 0, 4, 4, 1, 4]", True),  # 8 of 16
        ("[2, 0, 4, 0, 4, 4, 2, 4]", False),  # 4 of 16
        ('{"size": [4, 6], "counts": [0, 12, 12]}', True),
        ('{"size": [6, 4], "counts": [0, 12, 12]}', False),
        ("the left half", False),
    ],
)
def test_a_mask_is_right_from_half_of_the_pixels_on(written, right):
    assert matches(written, LEFT_HALF) == right


def test_a_truth_that_is_no_mask_is_an_error():
    with pytest.raises(ValueError, match="no run lengths that say their size"):
        matches("a mask", truth("mask", "0" * 64))


corners = st.integers(0, 900)
spots = st.tuples(corners, corners)
a_box = st.builds(lambda at, wide, high: (*at, at[0] + wide, at[1] + high), spots, *[st.integers(1, 100)] * 2)


@settings(deadline=None)
@given(st.lists(a_box, min_size=1, max_size=6, unique=True), st.randoms(), st.integers(0, 5))
def test_boxes_shuffled_are_right_and_one_moved_away_is_wrong(boxes, random, which):
    right, shuffled = truth("boxes", tuple(boxes)), random.sample(boxes, len(boxes))
    assert matches(truth("boxes", tuple(shuffled)).text, right)
    which %= len(boxes)
    x1, y1, x2, y2 = boxes[which]
    moved = [*boxes[:which], (x1 + 2000, y1, x2 + 2000, y2), *boxes[which + 1 :]]
    assert not matches(truth("boxes", tuple(moved)).text, right)


@settings(deadline=None)
@given(st.lists(spots, min_size=1, max_size=6, unique=True), st.randoms(), st.floats(0, 6.28), st.floats(0, 19.9))
def test_points_shuffled_and_nudged_are_right_and_thrown_away_are_wrong(points, random, turn, off):
    right = truth("points", tuple(points))
    dx, dy = off * math.cos(turn), off * math.sin(turn)
    nudged = "; ".join(f"{x + dx:.6f}, {y + dy:.6f}" for x, y in random.sample(points, len(points)))
    assert matches(nudged, right)
    assert not matches("; ".join(f"{x + 2000}, {y}" for x, y in points), right)


@settings(deadline=None)
@given(
    st.text(max_size=30) | st.text("0123456789.,;-e ", max_size=40), st.sampled_from(["boxes", "points", "interval"])
)
def test_nothing_written_makes_reading_places_fail(written, kind):
    values = {"boxes": ((5000, 5000, 6000, 6000),), "points": ((10**7, 10**7),), "interval": (10**7, 10**8)}
    assert matches(written, truth(kind, values[kind])) in (True, False)


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
