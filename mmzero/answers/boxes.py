"""Boxes as models write them, read strictly, and how much two boxes share. Must not know which of them should match.

A box has its low corner first. One that is turned inside out, flat, not finite, of three numbers or outside its frame
stays in the list as `NOTHING`: it counts as something said and overlaps with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from mmzero.answers import frames
from mmzero.answers.written import MOST_ROWS, data, finite, plain, rows
from mmzero.types import Answer

Box = tuple[float, float, float, float]
NOTHING: Box = (0.0, 0.0, 0.0, 0.0)

MOST_CHARACTERS = 20_000  # a hundred boxes with their labels
KEYS = ("bbox_2d", "bbox", "box", "position")
_LABEL_KEYS = ("label", "name", "category", "class")
_SCORE_KEYS = ("confidence", "score")
_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
CORNERS = re.compile(
    rf"(?:<\|box_start\|>)?\s*\({_NUMBER},{_NUMBER}\)\s*,\s*\({_NUMBER},{_NUMBER}\)\s*(?:<\|box_end\|>)?"
)
_NONE = frozenset({"none", "no object", "no objects", "nothing"})


@dataclass(frozen=True, slots=True)
class Found:
    """One box that somebody says is there. `score` is how sure they are; None where they do not say."""

    box: Box
    label: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """`status` tells an empty list that was meant (none) from one that could not be read (unreadable)."""

    found: tuple[Found, ...]
    status: Literal["read", "none", "unreadable"]
    outside: int = 0  # how many boxes were `placed` that lay outside the frame they were said in

    @property
    def told(self) -> str:
        """How it was read, in words that a person is shown."""
        if self.outside:
            return "outside its frame"
        return "no box" if any(one.box == NOTHING for one in self.found) else self.status

    def __len__(self) -> int:
        return len(self.found)


UNREADABLE = Detections((), "unreadable")


def read(text: str | None) -> Detections:
    """JSON or Python lists of boxes or of objects with one, "(x1,y1),(x2,y2)", rows "x1, y1, x2, y2; …", or a word
    for none. Trailing text and cut-off JSON are unreadable: nothing is repaired, nothing looked for inside."""
    if text is None or len(text) > MOST_CHARACTERS:
        return UNREADABLE
    text = text.strip()
    if plain(text) in _NONE:
        return Detections((), "none")
    if written := rows(text, 4):
        return _listed([Found(_sound(row)) for row in written])
    if corners := CORNERS.fullmatch(text):
        return _listed([Found(_sound(tuple(map(float, corners.groups()))))])
    return from_data(data(text, MOST_CHARACTERS))


def from_data(value: Any) -> Detections:
    """The same from what is no text any more: a dataset's column, say."""
    if isinstance(value, Mapping) or _is_row(value):
        value = [value]
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > MOST_ROWS:
        return UNREADABLE
    return _listed([_one(item) for item in value])


def truth(answer: Answer, scene: Mapping[str, Any] | None = None, labels: str | None = None) -> Detections:
    """What is there. A typed truth has boxes alone; its labels stand in the scene under `labels`, where they matter."""
    if answer.kind != "boxes":
        there = read(answer.text)
    else:
        named = list((scene or {}).get(labels, ())) if labels else [""] * len(answer.value)
        if len(named) != len(answer.value):
            raise ValueError(f"the truth has {len(answer.value)} boxes and the scene's {labels!r} names {len(named)}")
        pairs = zip(answer.value, named, strict=True)
        there = _listed([Found(_sound(tuple(map(float, box))), plain(str(name))) for box, name in pairs])
    if there.status == "unreadable" or any(one.box == NOTHING for one in there.found):
        raise ValueError(f"the truth {answer.text!r:.80} holds no sound boxes; this reward needs a truth that does")
    return there


def placed(said: Detections, frame: str, into: str, sizes: object, picture: int = 0) -> Detections:
    """The same boxes in the frame of the truth; what lies outside the frame they were said in is nothing. How far a
    frame of pixels reaches is asked only where somebody knows."""
    moved = frames.converted([one.box for one in said.found], frame, into, sizes, picture)
    wide, high = frames.reach(frame, sizes, picture)
    inside = [min(x1, y1) >= 0 and x2 <= wide and y2 <= high for x1, y1, x2, y2 in (one.box for one in said.found)]
    pairs = zip(said.found, moved, inside, strict=True)
    found = tuple(replace(one, box=box if within else NOTHING) for one, box, within in pairs)
    return replace(said, found=found, outside=len(inside) - sum(inside))


def iou(one: Sequence[Box], two: Sequence[Box]) -> np.ndarray:
    """Intersection over union of every box with every other, one row each; NOTHING has 0 with all, itself included."""
    a, b = np.asarray(one, float).reshape(-1, 1, 4), np.asarray(two, float).reshape(1, -1, 4)
    shared, joined = _shared(a, b)
    return np.divide(shared, joined, out=np.zeros_like(shared), where=joined > 0)


def iou_of(one: Box, two: Box) -> float:
    """The same of a single pair, for which arrays are slow."""
    shared, joined = _pixels(one, two)
    return shared / joined if joined > 0 else 0.0


def giou(one: Box, two: Box) -> float:
    """IoU less the share of the smallest box around both that neither covers: -1 to 1, and -1 for NOTHING."""
    if NOTHING in (one, two):
        return -1.0
    shared, joined = _pixels(one, two)
    around = (max(one[2], two[2]) - min(one[0], two[0])) * (max(one[3], two[3]) - min(one[1], two[1]))
    return shared / joined - (around - joined) / around


def _pixels(one: Box, two: Box) -> tuple[float, float]:
    """What both cover and what either covers."""
    wide, high = (max(0.0, min(one[i + 2], two[i + 2]) - max(one[i], two[i])) for i in (0, 1))
    areas = ((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two))
    return wide * high, sum(areas) - wide * high


def _shared(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    shared = np.maximum(wide, 0.0) * np.maximum(high, 0.0)
    return shared, _area(a) + _area(b) - shared


def _area(a: np.ndarray) -> np.ndarray:
    return (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])


def _listed(found: list[Found]) -> Detections:
    return Detections(tuple(found), "read" if found else "none")


def _is_row(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and len(value) > 0
        and not isinstance(value[0], Sequence | Mapping)
    )


def _one(item: Any) -> Found:
    if not isinstance(item, Mapping):
        return Found(_box(item))
    keyed = {str(key).casefold(): value for key, value in item.items()}
    label = _first(keyed, _LABEL_KEYS)
    score = _first(keyed, _SCORE_KEYS)
    sure = float(score) if finite(score) and 0 <= score <= 1 else None
    # A confidence that is none is a mistake in the whole item; one that is not given is none.
    box = NOTHING if score is not None and sure is None else _box(_first(keyed, KEYS))
    return Found(box, plain(label) if isinstance(label, str) else "", sure)


def _first(keyed: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((keyed[name] for name in names if name in keyed), None)


def _box(value: Any) -> Box:
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str | bytes)
        or len(value) != 4
        or not all(map(finite, value))
    ):
        return NOTHING
    return _sound(tuple(map(float, value)))


def _sound(row: tuple[float, ...]) -> Box:
    x1, y1, x2, y2 = row
    # An area beyond any picture would overflow, and infinity over infinity is no overlap.
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 and max(map(abs, row)) < 1e9 else NOTHING
