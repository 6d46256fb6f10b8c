"""One box or one point: tables by hand, the four frames, and what cannot be read."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import SIZES, boxes, load, said, truth

from mmzero.answers import boxes as geometry
from mmzero.answers.boxes import NOTHING

ONE = boxes((100, 100, 300, 200))  # 20000
KINDS = ("iou", "iou_squared", "iou_threshold", "giou_shifted", "l1")

# said, shared, joined: 200..300 x 100..200 is half of it, and so on
TABLE = [
    ((100, 100, 300, 200), 1.0, 2.0),
    ((200, 100, 300, 200), 0.5, 1.5),  # 10000 of 20000, nothing around them is empty
    ((200, 100, 400, 200), 1 / 3, 4 / 3),  # 10000 of 30000
    ((300, 100, 500, 200), 0.0, 1.0),  # they touch: 0 of 40000, nothing empty
    ((400, 100, 500, 200), 0.0, 0.75),  # around them 40000, of which 10000 is empty
    ((200, 150, 400, 250), 1 / 7, 1 / 7 - 10 / 45 + 1),  # 5000 of 35000, around them 45000
]


@pytest.mark.parametrize(("box", "iou", "giou"), TABLE)
def test_a_box_earns_what_it_shares(box, iou, giou):
    written = ", ".join(map(str, box))
    assert load("box.py:iou")(written, ONE) == pytest.approx(iou)
    assert load("box.py:iou_squared")(written, ONE) == pytest.approx(iou**2)
    assert load("box.py:iou_threshold")(written, ONE) == (iou > 0.5)
    assert load("box.py:giou_shifted")(written, ONE) == pytest.approx(giou)
    assert load("box.py:giou_shifted", halved=True)(written, ONE) == pytest.approx(giou / 2)


def test_the_threshold_itself_is_not_above_it():
    half = "200, 100, 300, 200"
    assert load("box.py:iou_threshold")(half, ONE) == 0.0 and load("box.py:iou_threshold", above=0.49)(half, ONE) == 1.0


@pytest.mark.parametrize(
    ("box", "earned"),
    [((100, 100, 300, 200), 1), ((119, 100, 300, 220), 1), ((120, 100, 300, 220), 0), ((100, 100, 339, 200), 1)],
)
def test_edges_may_be_off_by_less_than_ten_pixels_on_average(box, earned):
    """19 and 20 are 39 / 4 = 9.75; 20 and 20 are 10; 39 / 4 is 9.75."""
    paid = load("box.py:l1", frame="original", truth_frame="original")
    assert paid(json.dumps(box), ONE, sizes=SIZES) == earned


def test_edges_are_counted_in_pixels_of_the_original():
    """Of 640 pixels, 10 thousandths are 6.4: 60 of them at one edge are 38.4, on average 9.6; 63 are 40.32, or 10.08."""
    paid = load("box.py:l1")
    assert paid("160, 100, 300, 200", ONE, sizes=SIZES) == 1.0 and paid("163, 100, 300, 200", ONE, sizes=SIZES) == 0.0
    with pytest.raises(ValueError, match="need the sizes"):
        paid("160, 100, 300, 200", ONE)


GRAMMARS = [
    "100, 100, 300, 200",
    "[100, 100, 300, 200]",
    "[[100, 100, 300, 200]]",
    "(100,100),(300,200)",
    "<|box_start|>(100,100),(300,200)<|box_end|>",
    '{"bbox_2d": [100, 100, 300, 200], "label": "cat"}',
    "[{'Position': [100, 100, 300, 200], 'Confidence': 0.9}]",
    '```json\n[{"bbox": [100, 100, 300, 200]}]\n```',
]


@pytest.mark.parametrize("written", GRAMMARS)
def test_a_box_may_be_written_in_many_ways(written):
    assert load("box.py:iou")(written, ONE) == 1.0
    assert load("box.py:iou").parts(written, ONE) == {"read": "read"}


DEGENERATE = [
    "300, 100, 100, 200",  # turned inside out
    "100, 100, 100, 200",  # flat
    "[100, 100, 300]",
    "[100, 100, 300, 200, 5]",
    "[[[100, 100, 300, 200]]]",
    "[NaN, 100, 300, 200]",
    "[100, 100, Infinity, 200]",
    "[1e10000, 100, 300, 200]",
    "[100, 100, 1e308, 1e308]",
    '["100", "100", "300", "200"]',
    "[true, 100, 300, 200]",
    "[-1, 100, 300, 200]",  # outside its frame
    "[100, 100, 1001, 200]",
    "[100, 100, 300, " + "9" * 400 + "]",
    "[100, 100, 300, " + "9" * 5000 + "]",
    '[{"label": "cat"}]',
    '[{"bbox_2d": [100, 100, 300, 200], "confidence": 2}]',
    '[{"bbox_2d": [100, 100, 300, 200], "confidence": "high"}]',
    "[100, 100, 300, 200] and that is it",
    "[100, 100, 300, 20",
    "the box is 100, 100, 300, 200",
    "[[100, 100, 300, 200], [0, 0, 1, 1]]",  # a hedge
    "",
    " ",
    ".",
    "null",
    "No Objects",
    "[]",
    "{}",
    "b'dddd'",
    "[" * 5000,
    "[" * 5000 + "]" * 5000,
    "(" * 900 + ")" * 900,
    "9" * 100_000,
    "[1," * 33_000,
    "\u0661\u0660, \u0661, \u0663",
    "\x00",
    "\ud800",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("written", [None, *DEGENERATE], ids=lambda text: repr(text)[:24])
def test_what_is_no_sound_box_earns_nothing(kind, written):
    assert load(f"box.py:{kind}")(written, ONE, sizes=SIZES) == 0.0


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("[]", "none"),
        ("no objects.", "none"),
        ("", "unreadable"),
        ("[1, 2", "unreadable"),
        ("[1]", "no box"),
        ("[1, 2, 3, 2000]", "outside its frame"),
    ],
)
def test_how_a_box_was_read_is_told(written, status):
    assert load("box.py:iou").parts(written, ONE) == {"read": status}


def test_a_truth_of_two_boxes_is_for_another_reward():
    with pytest.raises(ValueError, match="use a detection reward"):
        load("box.py:iou")("1, 1, 2, 2", boxes((0, 0, 1, 1), (2, 2, 3, 3)))
    with pytest.raises(ValueError, match="no sound boxes"):
        load("box.py:iou")("1, 1, 2, 2", truth("text", "a cat"))


@pytest.mark.parametrize("wrong", ["pixels", "", "Thousandths"])
def test_an_unknown_frame_is_named(wrong):
    for place in ("frame", "truth_frame"):
        with pytest.raises(ValueError, match="is no frame"):
            load("box.py:iou", **{place: wrong})("1, 1, 2, 2", ONE)
    with pytest.raises(ValueError, match="is no frame"):
        load("box.py:iou", frame=wrong, truth_frame=wrong)("1, 1, 2, 2", ONE)


corner = st.integers(0, 99)
a_box = st.tuples(corner, corner, st.integers(1, 100), st.integers(1, 100)).map(
    lambda one: tuple(float(value) for value in (one[0], one[1], one[0] + one[2], one[1] + one[3]))
)


@settings(deadline=None)
@given(a_box, a_box)
def test_overlap_is_symmetric_within_its_range_and_the_same_for_one_and_for_many(one, two):
    iou, giou = geometry.iou_of(one, two), geometry.giou(one, two)
    assert 0 <= iou <= 1 and -1 < giou <= iou
    assert iou == geometry.iou_of(two, one) == pytest.approx(float(geometry.iou([one], [two])[0, 0]))
    assert giou == pytest.approx(geometry.giou(two, one))
    assert (iou == 1) == (one == two) == (giou == 1)
    assert (
        geometry.iou_of(one, NOTHING)
        == geometry.iou_of(NOTHING, NOTHING)
        == geometry.iou([NOTHING], [NOTHING]).sum()
        == 0
    )


@settings(deadline=None)
@given(a_box, st.integers(0, 200), st.integers(0, 200))
def test_the_farther_a_box_is_moved_the_less_it_earns(box, near, far):
    near, far = sorted((near, far))
    moved = [(box[0] + by, box[1], box[2] + by, box[3]) for by in (near, far)]
    there, paid = boxes(box), [load(f"box.py:{kind}") for kind in ("iou", "giou_shifted")]
    for function in paid:
        closer, farther = (function(json.dumps(one), there) for one in moved)
        assert closer >= farther - 1e-12


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("[]{}(),:;'\"0123456789.-e <|>bx", max_size=60))
def test_nothing_written_makes_reading_a_box_fail(written):
    for kind in KINDS:
        assert 0 <= load(f"box.py:{kind}")(written, ONE, sizes=SIZES) <= 2


@pytest.mark.parametrize(
    ("written", "inside"),
    [("200, 150", 1), ("(100, 100)", 1), ("[300, 200]", 1), ("[[301, 200]]", 0), ('{"point_2d": [120, 120]}', 1), ("200", 0),
     ("200, 150; 201, 150", 0), ("", 0), ("[NaN, 150]", 0), ("200, 150 or so", 0)],
)  # fmt: skip
def test_a_point_is_in_the_box_or_not(written, inside):
    assert load("point.py:in_box")(written, ONE) == inside


def test_a_point_is_near_the_middle_of_a_box_and_inside_it():
    """In pixels of the original, the middle is 200, 150."""
    paid = load("point.py:near", frame="original", truth_frame="original", within=60)
    spots = {"200, 150": 1, "259, 150": 1, "260, 150": 0, "200, 200": 1, "200, 201": 0}  # the last is 51 off, outside
    assert {one: paid(one, ONE, sizes=SIZES) for one in spots} == spots


def test_a_point_is_near_a_point():
    spot = truth("points", ((100, 100),))
    paid = load("point.py:near", counted_in="thousandths", within=50)
    assert [paid(one, spot) for one in ("130, 139", "130, 140", "100, 149", None)] == [1, 0, 1, 0]
    with pytest.raises(ValueError, match=r"2 places"):
        paid("1, 1", truth("points", ((1, 1), (2, 2))))


def test_a_point_outside_its_frame_is_none():
    edge = truth("points", ((1000, 500),))
    for use in ("near", "gauss"):
        paid = load(f"point.py:{use}", counted_in="thousandths")
        assert paid("1000, 500", edge) == 1.0 and paid("1001, 500", edge) == 0.0
        assert paid.parts("1001, 500", edge) == {"read": "unreadable"}


THREE = truth("points", ((0, 0), (100, 0), (0, 100)))


@pytest.mark.parametrize(
    ("written", "earned"),
    [
        ("0, 0; 100, 0; 0, 100", 1.0),
        ("0, 100; 0, 0; 100, 0", 1.0),  # in any order
        ("30, 40; 100, 0; 0, 100", math.exp(-((50 / 3) ** 2) / 5000)),
        ("0, 50; 100, 50; 0, 150", math.exp(-(50**2) / 5000)),  # each 50 off, however they are paired
        ("0, 0; 100, 0", 0.0),
        ("0, 0; 100, 0; 0, 100; 0, 100", 0.0),
        ("", 0.0),
        ("[]", 0.0),
    ],
)
def test_points_earn_by_their_mean_distance(written, earned):
    assert load("point.py:gauss", counted_in="thousandths")(written, THREE) == pytest.approx(earned)


def test_no_points_where_none_are_asked_for():
    paid = load("point.py:gauss", counted_in="thousandths")
    none = truth("points", ())
    assert paid("[]", none) == 1.0 and paid("", none) == paid("1, 1", none) == 0.0


@pytest.mark.parametrize("written", DEGENERATE, ids=lambda text: repr(text)[:24])
def test_what_is_no_point_earns_nothing(written):
    for use in ("in_box", "near"):
        assert load(f"point.py:{use}")(written, ONE, sizes=SIZES) == 0.0
    assert load("point.py:gauss", frame="original", truth_frame="original")(written, THREE, sizes=None) == 0.0


def test_a_label_and_a_box_read_from_what_a_detector_says():
    read = geometry.read(said((1, 2, 3, 4, 0.5, "Hot  Dog")))
    assert read.found[0] == geometry.Found((1, 2, 3, 4), "hot dog", 0.5) and read.status == "read"
