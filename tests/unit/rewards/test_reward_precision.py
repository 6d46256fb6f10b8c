"""Average precision: by hand from COCO's definition, and equal to pycocotools on whatever is drawn."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import boxes, load, said, truth

from mmzero.answers import precision
from mmzero.answers.boxes import Found

MAP = "detection_map.py:mean_average_precision"
ODLENGTH = "detection_map.py:odlength"
A, B = (0, 0, 100, 100), (500, 500, 600, 600)
A80, B60, ELSEWHERE = (0, 0, 100, 80), (500, 500, 560, 600), (800, 0, 900, 100)
TWO = boxes(A, B)

TABLE = [
    ([(*A, 0.9), (*B, 0.8)], 1.0),
    ([(*A, 0.9)], 51 / 101),  # recalls 0 to .50 are reached
    ([(*A80, 0.9)], 0.7 * 51 / 101),  # right at .50 to .80: seven of ten
    ([(*A80, 0.9), (*B60, 0.8)], (3 * 1 + 4 * 51 / 101) / 10),  # both up to .60, the first up to .80
    ([(*ELSEWHERE, 0.9), (*A, 0.8)], 51 / 101 / 2),  # every second one is right
    ([(*A, 0.9), (*ELSEWHERE, 0.8), (*B, 0.7)], (51 + 50 * 2 / 3) / 101),
    ([(*A, 0.9), (*A, 0.8), (*B, 0.7)], (51 + 50 * 2 / 3) / 101),  # one that is said twice is once wrong
    ([(*ELSEWHERE, 0.9)], 0.0),
]


@pytest.mark.parametrize(("found", "earned"), TABLE)
def test_average_precision_by_hand(found, earned):
    assert load(MAP)(said(*found), TWO) == pytest.approx(earned)


def test_of_equals_the_last_of_the_truth_is_taken():
    """The surer box has 9/11 with both of the truth and takes the second, which the other is; that one is left with
    8/12 of the first. Up to .65 both are right, up to .80 the surer one, beyond it the other alone: it comes second."""
    there = [Found((0, 0, 100, 100)), Found((20, 0, 120, 100))]
    found = [Found((10, 0, 110, 100), score=0.9), Found((20, 0, 120, 100), score=0.8)]
    half = 51 / 101
    assert precision.by_label(found, there)[""] == pytest.approx((4 + 3 * half + 3 * half / 2) / 10)


def test_one_threshold_alone():
    written = said((*A80, 0.9), (*B60, 0.8))
    assert load(MAP, thresholds=[0.5])(written, TWO) == pytest.approx(1.0)
    assert load(MAP, thresholds=[0.75])(written, TWO) == pytest.approx(51 / 101)


def test_a_label_that_is_not_there_costs_unless_it_is_ignored():
    """COCO leaves it out: a model that lists every label it knows would lose nothing."""
    there = truth("text", '[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}]')
    spam = said((*A, 0.9, "cat"), (*B, 0.9, "dog"), (*B, 0.9, "cow"))
    assert load(MAP)(spam, there) == pytest.approx(1 / 3)
    assert load(MAP, absent="ignore")(spam, there) == 1.0
    assert load(ODLENGTH)(spam, there) == pytest.approx(1 / 3)  # three said, one there
    assert load(ODLENGTH, absent="zero")(spam, there) == pytest.approx(1 / 9)


def test_odlength_costs_by_what_is_said_too_much():
    assert load(ODLENGTH)(said((*A, 0.9), (*B, 0.8), (*ELSEWHERE, 0.1), (*ELSEWHERE, 0.1)), TWO) == pytest.approx(0.5)
    assert load(ODLENGTH)(said((*A, 0.9)), TWO) == pytest.approx(51 / 101)


def coco(found, there):
    """pycocotools' mean over labels that are there, on one picture."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    labels = sorted({one.label for one in (*found, *there)})
    number = {label: i + 1 for i, label in enumerate(labels)}

    def row(one, i):
        x1, y1, x2, y2 = one.box
        area = (x2 - x1) * (y2 - y1)
        return {
            "id": i + 1,
            "image_id": 1,
            "category_id": number[one.label],
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": area,
        }

    with contextlib.redirect_stdout(io.StringIO()):
        right = COCO()
        right.dataset = {
            "info": {},
            "images": [{"id": 1, "width": 1000, "height": 1000}],
            "categories": [{"id": i, "name": label} for label, i in number.items()],
            "annotations": [row(one, i) | {"iscrowd": 0} for i, one in enumerate(there)],
        }
        right.createIndex()
        said_ = right.loadRes([row(one, i) | {"score": one.score} for i, one in enumerate(found)])
        evaluation = COCOeval(right, said_, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    value = evaluation.eval["precision"][:, :, :, 0, -1]  # thresholds, recalls, labels; all areas, a hundred boxes
    return float(np.mean(value[value > -1]))


whole = st.integers(0, 20)
a_box = st.builds(
    lambda x, y, w, h: (5.0 * x, 5.0 * y, 5.0 * (x + w), 5.0 * (y + h)), whole, whole, *[st.integers(1, 12)] * 2
)
labels = st.sampled_from(["cat", "dog", "cow"])
scores = st.integers(0, 10).map(lambda tenth: tenth / 10)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.builds(Found, a_box, labels, scores), min_size=1, max_size=12),
    st.lists(st.builds(Found, a_box, labels), min_size=1, max_size=8),
    st.booleans(),
)
def test_average_precision_is_pycocotools(found, there, near):
    pytest.importorskip("pycocotools")
    if near:  # drawn boxes seldom meet: let every second one be one of the truth, a little off
        found = [_beside(there[i % len(there)], i, one) if i % 2 else one for i, one in enumerate(found)]
    ours = precision.by_label(found, there)
    assert sum(ours.values()) / len(ours) == pytest.approx(coco(found, there), abs=1e-9)


def _beside(there, i, one):
    box = tuple(map(float, np.add(there.box, (0, 0, i % 4, i % 3))))
    return Found(box, there.label, one.score)


def test_average_precision_is_pycocotools_beyond_a_hundred_boxes():
    pytest.importorskip("pycocotools")
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 400, (60, 2)).astype(float)
    there = [Found((x, y, x + 60, y + 60), "cat") for x, y in corner]
    found = [
        Found((x + 5 * i, y, x + 60, y + 60), "cat", float(score))
        for i in range(3)
        for (x, y), score in zip(corner, rng.random(60), strict=True)
    ]
    ours = precision.by_label(found, there)
    assert len(found) == 180 and ours["cat"] == pytest.approx(coco(found, there), abs=1e-9)
