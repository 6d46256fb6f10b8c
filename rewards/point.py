"""Pointing: inside a box, near a point, or at several points at once. One point more or less than asked for is wrong."""

import math

from mmzero.answers import frames, pairing, points
from mmzero.answers.points import Point
from mmzero.types import Answer

Earned = tuple[float, dict[str, str]]


def in_box(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
) -> Earned:
    """1 where the one point lies inside one of the truth's boxes, edges included."""
    there, said = _there(truth, "boxes", truth_frame, sizes), _said(answer, sizes, frame, truth_frame, 1)
    inside = said is not None and any(_inside(said[0], box) for box in there)
    return float(inside), {"read": _status(said)}


def near(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    within: float = 100.0,
    counted_in: str = "original",
) -> Earned:
    """1 where the one point is less than `within` from the truth's point, or from the middle of its box and inside it;
    counted in pixels of the original picture."""
    said = _said(answer, sizes, frame, truth_frame, 1)
    if truth.kind == "points":
        there, inside = _there(truth, "points", truth_frame, sizes), True
    else:
        edges = _there(truth, "boxes", truth_frame, sizes)
        there = [((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in edges]
        inside = said is not None and any(_inside(said[0], box) for box in edges)
    if len(there) != 1:
        raise ValueError(f"the truth has {len(there)} places and this reward compares one; use point.py:gauss")
    if said is None or not inside:
        return 0.0, {"read": _status(said)}
    one, two = frames.converted([*said, *there], truth_frame, counted_in, sizes)
    return float(math.dist(one, two) < within), {"read": "read"}


def gauss(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    sigma: float = 50.0,
    counted_in: str = "original",
) -> Earned:
    """exp(-d^2 / 2 sigma^2) of the mean distance d between as many points as are asked for, paired so that it is least; 1 where
    none is asked for and none is said."""
    import numpy as np

    there = _there(truth, "points", truth_frame, sizes)
    said = _said(answer, sizes, frame, truth_frame, len(there))
    if not said:
        return float(said is not None), {"read": _status(said)}
    ends = frames.converted([*said, *there], truth_frame, counted_in, sizes)
    apart = np.array([[math.dist(one, two) for two in ends[len(said) :]] for one in ends[: len(said)]])
    farthest = apart.max()
    # Pairs are looked for by closeness; one above zero keeps every pair in.
    off = sum(float(apart[i, j]) for i, j in pairing.best(farthest + 1.0 - apart)) / len(there)
    return math.exp(-(min(off, 1e6) ** 2) / (2 * sigma**2)), {"read": "read"}


def _said(answer: str | None, sizes: object, frame: str, into: str, asked: int) -> tuple[Point, ...] | None:
    read = points.read(answer)
    placed = points.placed(read or (), frame, into, sizes)
    return placed if read is not None and placed is not None and len(placed) == asked else None


def _there(truth: Answer, kind: str, frame: str, sizes: object) -> tuple:
    if truth.kind != kind:
        raise ValueError(f"the truth is of kind {truth.kind} and this reward compares {kind}; use another reward")
    frames.refuse_outside(truth.value, frame, sizes)
    return truth.value


def _inside(point: Point, box: tuple[float, ...]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _status(said: tuple[Point, ...] | None) -> str:
    return "unreadable" if said is None else "read" if said else "none"
