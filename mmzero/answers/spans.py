"""Stretches of time and boxes over time, read strictly, and how much two of them share. Must not know what happens then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmzero.answers import boxes
from mmzero.answers.boxes import NOTHING, Box
from mmzero.answers.written import data, finite, rows

Span = tuple[float, float]

_MOST_FRAMES = 2_000
_MOST_CHARACTERS = 100_000


def read(value: Any) -> Span | None:
    """ "1.5, 4", [1.5, 4] or {"start": 1.5, "end": 4}; None where it is no stretch that ends after it starts."""
    if isinstance(value, str):
        written = rows(value, 2)
        value = written[0] if len(written) == 1 else data(value)
    if isinstance(value, Mapping):
        value = [value.get("start"), value.get("end")]
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != 2:
        return None
    sound = all(map(finite, value)) and value[0] < value[1] and max(map(abs, value)) < 1e12
    return (float(value[0]), float(value[1])) if sound else None


def iou(one: Span, two: Span) -> float:
    shared = max(0.0, min(one[1], two[1]) - max(one[0], two[0]))
    return shared / (one[1] - one[0] + two[1] - two[0] - shared)


def track(value: Any) -> dict[str, Box] | None:
    """{"frame": [x1, y1, x2, y2], …} by the frame's name without zeros before it; a frame whose box is none keeps
    NOTHING. None where it is no such thing or names a frame twice."""
    if isinstance(value, str):
        value = data(value, _MOST_CHARACTERS)
    if not isinstance(value, Mapping) or len(value) > _MOST_FRAMES:
        return None
    found = {}
    for frame, box in value.items():
        one = boxes.from_data(box).found
        found[str(frame).strip().lstrip("0") or "0"] = one[0].box if len(one) == 1 else NOTHING
    return found if len(found) == len(value) else None
