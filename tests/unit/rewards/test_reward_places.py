"""Masks, stretches of time and tracks: tables by hand, and masks as pycocotools reads them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import SIZES, load, truth

from mmzero.answers import masks

HOSTILE = [
    None,
    "",
    "{",
    "NaN",
    "[" * 9000,
    "9" * 300_000,
    '{"size": [4, 4]}',
    '{"size": [4, 4], "counts": [1e10000]}',
    "\ud800",
]
LEFT = {"size": [4, 6], "counts": [0, 12, 12]}  # the left three columns of four rows
ONE_ON = {"size": [4, 6], "counts": [4, 12, 8]}  # columns 1 to 3
THERE = truth("mask", "0" * 64)


@pytest.mark.parametrize(
    ("said", "earned", "shared", "joined"),
    [
        (LEFT, 1.0, 12, 12),
        (ONE_ON, 0.5, 8, 16),
        ({"size": [4, 6], "counts": [24]}, 0.0, 0, 12),
        ([[0, 0, 3, 0, 3, 4, 0, 4]], 1.0, 12, 12),
        ([0, 0, 3, 0, 3, 4, 0, 4], 1.0, 12, 12),
        ([[0, 0], [3, 0], [3, 4], [0, 4]], 1.0, 12, 12),
        ([[0, 0, 3, 0, 3, 2, 0, 2], [0, 2, 3, 2, 3, 4, 0, 4]], 1.0, 12, 12),  # two that lie side by side
        ([1, 0, 4, 0, 4, 4, 1, 4], 0.5, 8, 16),
        ([-9, -9, 99, -9, 99, 99, -9, 99], 0.5, 12, 24),  # the whole picture and more
        ({"size": [6, 4], "counts": [0, 12, 12]}, 0.0, 0, 12),  # of another size
        ({"size": [4, 6], "counts": [0, 12, 11]}, 0.0, 0, 12),
        ({"size": [4, 6], "counts": [0, -1, 25]}, 0.0, 0, 12),
        ([0, 0, 3, 0], 0.0, 0, 12),
        ([[0, 0, 3, 0, 3, 4], "x"], 0.0, 0, 12),
        ("mask", 0.0, 0, 12),
    ],
)
def test_masks_by_hand(said, earned, shared, joined):
    paid = load("mask.py:iou")
    assert paid(json.dumps(said), THERE, {"mask": LEFT}) == earned
    parts = paid.parts(json.dumps(said), THERE, {"mask": LEFT})
    assert (parts["shared"], parts["joined"]) == (shared, joined)


def test_a_polygon_in_any_frame_is_the_same_mask():
    there = {"outline": [[64, 48], [320, 48], [320, 240], [64, 240]]}
    said = {
        "original": [64, 48, 320, 48, 320, 240, 64, 240],
        "processed": [64.4, 47.6, 322, 47.6, 322, 238, 64.4, 238],
        "thousandths": [100, 100, 500, 100, 500, 500, 100, 500],
        "unit": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]],
    }
    for frame, outline in said.items():
        assert load("mask.py:iou", mask_in="outline", frame=frame)(json.dumps(outline), THERE, there, SIZES) == 1.0


@pytest.mark.parametrize("written", HOSTILE, ids=lambda text: repr(text)[:20])
def test_what_is_no_mask_earns_nothing(written):
    for frame in ("original", "thousandths"):
        assert load("mask.py:iou", frame=frame)(written, THERE, {"mask": LEFT}) == 0.0
    assert load("mask.py:iou", frame="thousandths")("[" * 600 + "1" + "]" * 600, THERE, {"mask": LEFT}) == 0.0


def test_a_truth_that_is_no_mask_is_an_error():
    with pytest.raises(ValueError, match="name it in mask_in"):
        load("mask.py:iou")("[]", THERE, {}, SIZES)


def test_a_mask_whose_truth_lies_in_another_frame_is_an_error_and_no_number():
    """Of 640 by 480 pixels, thousandths of 800 lie outside, and are 512 by 384 where they are said to be thousandths."""
    there = {"mask": [[0, 0], [800, 0], [800, 800], [0, 800]]}
    right = "[0, 0, 512, 0, 512, 384, 0, 384]"
    with pytest.raises(ValueError, match=r"the truth's \(800, 0\) lies outside its frame, original of 640 by 480"):
        load("mask.py:iou")(right, THERE, there, SIZES)
    assert load("mask.py:iou", truth_frame="thousandths")(right, THERE, there, SIZES) == 1.0
    assert load("mask.py:iou")(
        "[0, 0, 641, 0, 641, 480, 0, 480]", THERE, {"mask": [0, 0, 641, 0, 641, 480, 0, 480]}, SIZES
    )


def test_two_empty_masks_are_the_same():
    empty = {"size": [4, 6], "counts": [24]}
    assert load("mask.py:iou")(json.dumps(empty), THERE, {"mask": empty}) == 1.0


def test_what_a_suite_reports():
    """Pictures of 1 of 2, 30 of 40 and 0 of 8 pixels."""
    pictures = [(1, 2), (30, 40), (0, 8)]
    assert masks.giou(pictures) == pytest.approx((0.5 + 0.75 + 0) / 3) and masks.ciou(pictures) == pytest.approx(
        31 / 50
    )
    assert masks.giou([]) == 0.0


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False), st.floats(0, 1))
def test_run_lengths_are_read_as_pycocotools_writes_them(high, wide, random, share):
    coco = pytest.importorskip("pycocotools.mask")
    mask = np.array([[random.random() < share for _ in range(wide)] for _ in range(high)])
    packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    packed["counts"] = packed["counts"].decode()
    assert np.array_equal(masks.read(packed, (high, wide)), mask)


def test_run_lengths_in_text_by_hand():
    """Bits of five and one for more: 12 is "<", and 40 is 8 with more to come and then 1: "X" and "1". From the fourth
    on stands the difference to the last but one: 28 - 12 = 16 takes two, "`" and "0"."""
    assert np.array_equal(masks.read({"size": [4, 6], "counts": "0<<"}, (4, 6)), masks.read(LEFT, (4, 6)))
    runs = {"size": [1, 92], "counts": "0<X1`0"}
    assert masks.read(runs, (1, 80)) is None  # of another size
    assert masks.read({**runs, "size": [1, 80]}, (1, 80)).sum() == 12 + 28
    assert (
        masks.read({"size": [4, 6], "counts": "0<~"}, (4, 6)) is None
        and masks.read({"size": [4, 6], "counts": "0<X"}, (4, 6)) is None
    )


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(-10, 50).map(lambda half: half / 2)] * 2), min_size=3, max_size=8))
def test_a_pixel_is_inside_where_its_middle_is(corners):
    """Against the crossing rule asked of every pixel on its own."""

    def inside(x, y):
        crossed = False
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
            if min(y1, y2) <= y < max(y1, y2) and x >= x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossed = not crossed
        return crossed

    expected = [[inside(x + 0.5, y + 0.5) for x in range(20)] for y in range(15)]
    read = masks.read([list(corner) for corner in corners], (15, 20))
    assert np.count_nonzero(read != np.array(expected)) == 0


@pytest.mark.parametrize(
    ("written", "earned"),
    [
        ("10, 20", 1.0),
        ("[10, 20]", 1.0),
        ('{"start": 10, "end": 20}', 1.0),
        ("15, 25", 5 / 15),
        ("0, 40", 10 / 40),
        ("20, 30", 0.0),
        ("20, 10", 0.0),
        ("10, 10", 0.0),
        ("10", 0.0),
        ("10, 20; 30, 40", 0.0),
        ("from 10 to 20", 0.0),
        ("1e400, 20", 0.0),
        ("[NaN, 20]", 0.0),
        *((one, 0.0) for one in HOSTILE),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_time_that_is_shared(written, earned):
    assert load("interval.py:iou")(written, truth("interval", (10, 20))) == pytest.approx(earned)


BOX, HALF = [0, 0, 100, 100], [0, 0, 100, 50]
TRACK = {"1": BOX, "2": BOX, "10": BOX, "11": BOX}


@pytest.mark.parametrize(
    ("said", "earned"),
    [
        (TRACK, 1.0),
        ({"1": BOX, "2": HALF}, 1.5 / 4),  # what is left out has nothing
        ({"01": BOX, "002": BOX}, 2 / 4),
        ({**TRACK, "99": BOX}, 1.0),  # nobody asked for 99
        ({"1": BOX, "01": BOX}, 0.0),  # twice the same frame
        ({"1": [BOX, BOX], "2": [1, 2, 3], "10": {"bbox_2d": BOX}}, 1 / 4),
        ({"1": [0, 0, 2000, 2000]}, 0.0),
        ({}, 0.0),
        ([BOX], 0.0),
        ("x", 0.0),
    ],
)
def test_a_track_by_hand(said, earned):
    paid = load("track.py:mean_iou")
    assert paid(json.dumps(said), truth("text", "a track"), {"track": TRACK}) == pytest.approx(earned)
    assert paid(json.dumps(said), truth("text", json.dumps(TRACK))) == pytest.approx(earned)


@pytest.mark.parametrize("written", HOSTILE, ids=lambda text: repr(text)[:20])
def test_what_is_no_track_earns_nothing(written):
    assert load("track.py:mean_iou")(written, truth("text", json.dumps(TRACK))) == 0.0
    assert load("track.py:when_and_where")(written, truth("text", json.dumps(BOTH))) == 0.0


BOTH = {"time": [0, 10], "boxes": TRACK}


@pytest.mark.parametrize(
    ("said", "earned"),
    [
        (BOTH, 1.0),
        ({"time": [5, 15], "boxes": {"1": HALF}}, 0.5 * 5 / 15 + 0.5 * 0.5),
        ({"time": [0, 10], "boxes": {}}, 0.5),
        ({"time": [0, 10], "boxes": {"77": BOX}}, 0.5),
        ({"time": [10, 0], "boxes": TRACK}, 0.0),
        ({"boxes": TRACK}, 0.0),
    ],
)
def test_when_and_where(said, earned):
    assert load("track.py:when_and_where")(json.dumps(said), truth("text", json.dumps(BOTH))) == pytest.approx(earned)


def test_a_track_in_another_frame():
    pixels = {"1": [64, 48, 128, 96]}
    there = truth("text", json.dumps({"1": [100, 100, 200, 200]}))
    assert load("track.py:mean_iou", frame="original")(json.dumps(pixels), there, sizes=SIZES) == pytest.approx(1.0)


WIDE = {"1": [0, 0, 500, 500], "2": [1100, 100, 1500, 500]}  # pixels of a picture of 1920 by 1080


@pytest.mark.parametrize(
    ("use", "there"), [("track.py:mean_iou", WIDE), ("track.py:when_and_where", {"time": [0, 10], "boxes": WIDE})]
)
@pytest.mark.parametrize("written", ["same", "{}", None])
def test_a_track_whose_truth_lies_in_another_frame_is_an_error_and_no_number(use, there, written):
    """Whatever was said of it, in the frame that nobody can meet or none at all."""
    written, there = json.dumps(there) if written == "same" else written, truth("text", json.dumps(there))
    with pytest.raises(ValueError, match=r"the truth's \(1100, 100, 1500, 500\) lies outside its frame, thousandths"):
        load(use)(written, there)
    paid = load(use, frame="original", truth_frame="original")
    with pytest.raises(ValueError, match="original of 640 by 480"):
        paid(written, there, sizes=SIZES)
    assert paid(written, there, sizes=(((1920, 1080), None),)) == float(written == there.text)


def test_a_box_of_a_track_outside_its_frame_is_seen():
    """One of four frames is right, and one lies outside."""
    said = json.dumps({"1": BOX, "2": [0, 0, 100, 2000]})
    there = truth("text", json.dumps(TRACK))
    assert load("track.py:mean_iou")(said, there) == 1 / 4
    assert load("track.py:mean_iou").parts(said, there) == {"read": "outside its frame", "frames": 2 / 4}
    assert load("track.py:mean_iou").parts(json.dumps({"1": BOX}), there)["read"] == "read"


def test_a_truth_that_is_no_track_is_an_error():
    for use in ("track.py:mean_iou", "track.py:when_and_where"):
        with pytest.raises(ValueError, match="name where"):
            load(use)("{}", truth("text", "a track"))
    flat = {"time": [0, 10], "boxes": {"1": [100, 0, 0, 100]}}
    with pytest.raises(ValueError, match="no track of sound boxes; name where it stands in found_in"):
        load("track.py:when_and_where")(json.dumps(BOTH), truth("text", json.dumps(flat)))
    with pytest.raises(ValueError, match="no stretch of time"):
        load("interval.py:iou")("1, 2", truth("text", "a while"))
