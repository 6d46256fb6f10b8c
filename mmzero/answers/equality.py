"""Whether a written answer is the truth: by type, never by substring. Pure; knows no model and no task."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mmzero.answers import boxes, expressions, masks, points
from mmzero.answers.written import MOST_CHARACTERS, items, number, plain, rows
from mmzero.types import Answer

_OVERLAP = 0.5  # intersection over union from which a box is the same box, and a mask the same mask
_NEAR = 20.0  # thousandths of the picture a point may be off, if its truth allows no more


def matches(written: str | None, truth: Answer) -> bool:
    """An empty or over-long answer is never right. Boxes and points may come in any order, each close to its own, and in
    any form that rewards read; none is right where there is no box."""
    if not written or len(written) > (masks.MOST_CHARACTERS if truth.kind == "mask" else MOST_CHARACTERS):
        return False
    written = written.strip()
    if truth.kind == "number":
        said = number(written)
        return said is not None and abs(said - truth.value) <= truth.tolerance
    if truth.kind == "expression":
        return expressions.equivalent(written, truth.value)
    if truth.kind == "set":
        return sorted(items(written)) == sorted(plain(str(item)) for item in truth.value)
    if truth.kind == "sequence":
        return items(written) == [plain(str(item)) for item in truth.value]
    if truth.kind in ("text", "choice", "action"):
        return plain(written) == plain(truth.value)
    if truth.kind == "boxes":
        said = boxes.read(written)
        found = tuple(one.box for one in said.found)
        return _paired(found, truth.value, _same_box) or (said.status == "none" and not truth.value)
    if truth.kind == "points":
        reach = max(truth.tolerance, _NEAR)
        return _paired(points.read(written) or (), truth.value, lambda one, two: math.dist(one, two) <= reach)
    if truth.kind == "mask":
        pixels = masks.against(written, truth.value)
        return pixels is not None and masks.iou(pixels) >= _OVERLAP
    if truth.kind == "interval":
        ends = rows(written, 2)
        return len(ends) == 1 and all(abs(a - b) <= truth.tolerance for a, b in zip(ends[0], truth.value, strict=True))
    raise ValueError(f"nobody knows how answers of kind {truth.kind} are compared")


def _paired(written: Sequence[tuple[float, ...]], truth: tuple[Any, ...], same: Callable[[Any, Any], bool]) -> bool:
    """Each that was written has one of the truth to itself, in any order: the best matching leaves none unlike."""
    from scipy.optimize import linear_sum_assignment

    if not written or len(written) != len(truth):
        return False
    unlike = [[not same(one, two) for two in truth] for one in written]
    return not any(unlike[i][j] for i, j in zip(*linear_sum_assignment(unlike), strict=True))


def _same_box(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    """A box has its low corner first; one turned inside out or flat is no box and like nothing."""
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two) if x1 < x2 and y1 < y2]
    wide, high = (min(one[i + 2], two[i + 2]) - max(one[i], two[i]) for i in (0, 1))
    return len(areas) == 2 and min(wide, high) > 0 and wide * high >= _OVERLAP * (sum(areas) - wide * high)
