"""Which pixels belong to a thing: run lengths as COCO writes them, or polygons, and how two masks overlap.

A pixel is inside a polygon where its middle is, by the even-odd rule. Must not know pictures or files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mmzero.answers.written import data, finite

_MOST_PIXELS = 2**24
_MOST_CORNERS = 2_000
_MOST_OUTLINES = 64

MOST_CHARACTERS = 200_000  # run lengths of a large picture

Overlap = tuple[int, int]  # pixels shared, pixels of either


def size_of(value: Any) -> tuple[int, int] | None:
    """(high, wide) where the value says so itself, as run lengths do; None for polygons."""
    size = value.get("size") if isinstance(value, Mapping) else None
    sound = isinstance(size, Sequence) and len(size) == 2 and all(isinstance(one, int) and one > 0 for one in size)
    return (int(size[0]), int(size[1])) if sound and size[0] * size[1] <= _MOST_PIXELS else None


def read(value: Any, size: tuple[int, int]) -> np.ndarray | None:
    """The mask, high by wide; None where the value is none of that size. Polygons are in pixels of that size: one
    outline [x, y, x, y, …] or [[x, y], …], or a list of outlines, whose areas are joined."""
    if isinstance(value, Mapping):
        return _from_runs(value.get("counts"), size) if size_of(value) == size else None
    outlines = _outlines(value)
    if not outlines or len(outlines) > _MOST_OUTLINES or sum(map(len, outlines)) > _MOST_CORNERS:
        return None
    if size[0] * size[1] > _MOST_PIXELS:
        return None
    mask = np.zeros(size, bool)
    for outline in outlines:
        mask |= _filled(outline, size)
    return mask


def packed(mask: np.ndarray) -> str:
    """As JSON that says its own size, in COCO's short run lengths."""
    from pycocotools import mask as coco

    runs = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return json.dumps({"size": [int(side) for side in runs["size"]], "counts": runs["counts"].decode()})


def against(said: str | None, there: str) -> Overlap | None:
    """What is shared with a truth that is `packed`, and what either covers; None where what was said is no mask of its
    size. Corners are counted in pixels of the picture."""
    runs = data(there, MOST_CHARACTERS)
    size = size_of(runs)
    right = read(runs, size) if size else None
    if right is None:
        raise ValueError(f"the truth {there!r:.80} is no run lengths that say their size")
    mine = read(data(said, MOST_CHARACTERS), size)
    return None if mine is None else overlap(mine, right)


def overlap(one: np.ndarray, two: np.ndarray) -> Overlap:
    return int(np.count_nonzero(one & two)), int(np.count_nonzero(one | two))


def iou(pixels: Overlap) -> float:
    """Two empty masks are the same mask."""
    return pixels[0] / pixels[1] if pixels[1] else 1.0


def giou(pictures: Iterable[Overlap]) -> float:
    """The mean of each picture's IoU, as segmentation suites report it; no relation of the boxes' GIoU."""
    each = [iou(one) for one in pictures]
    return sum(each) / len(each) if each else 0.0


def ciou(pictures: Iterable[Overlap]) -> float:
    """All pixels shared by all pixels of either: large things weigh more."""
    pictures = list(pictures)
    return iou((sum(one[0] for one in pictures), sum(one[1] for one in pictures)))


def _from_runs(counts: Any, size: tuple[int, int]) -> np.ndarray | None:
    """Runs of out and in, by turns, down the columns."""
    if isinstance(counts, str | bytes):
        counts = _unpacked(counts if isinstance(counts, bytes) else counts.encode())
    sound = isinstance(counts, Sequence) and all(type(run) is int and 0 <= run <= _MOST_PIXELS for run in counts)
    if not sound or sum(counts) != size[0] * size[1]:
        return None
    inside = np.arange(len(counts)) % 2 == 1
    return np.repeat(inside, counts).reshape(size[1], size[0]).T


def _unpacked(packed: bytes) -> list[int] | None:
    """COCO's text of runs: five bits in a character, the sixth says that more follow; from the fourth run on, the
    difference to the last but one."""
    counts: list[int] = []
    value = shift = 0
    for character in packed:
        bits = character - 48
        if not 0 <= bits < 64 or shift > 30:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    return counts if not shift else None


def _outlines(value: Any) -> list[np.ndarray]:
    if not _listed(value) or not value:
        return []
    if all(map(finite, value)) or all(_is_corner(one) for one in value):
        value = [value]
    outlines = [_outline(one) for one in value]
    return [] if any(one is None for one in outlines) else outlines


def _outline(value: Any) -> np.ndarray | None:
    if not _listed(value):
        return None
    flat = [number for corner in value for number in corner] if value and all(map(_is_corner, value)) else value
    if len(flat) < 6 or len(flat) % 2 or not all(map(finite, flat)) or max(map(abs, flat)) > 1e9:
        return None
    return np.array(flat, float).reshape(-1, 2)


def _filled(outline: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Each edge turns inside and outside over, from where it crosses a row's middles on to the right."""
    high, wide = size
    turns = np.zeros((high, wide + 1), bool)
    middles = np.arange(high) + 0.5
    for (x1, y1), (x2, y2) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        rows = np.flatnonzero((middles >= min(y1, y2)) & (middles < max(y1, y2)))
        crossing = x1 + (middles[rows] - y1) * (x2 - x1) / (y2 - y1)
        first = np.clip(np.ceil(crossing - 0.5), 0, wide).astype(int)
        turns[rows, first] ^= True
    return np.logical_xor.accumulate(turns, axis=1)[:, :wide]


def _is_corner(value: Any) -> bool:
    return _listed(value) and len(value) == 2 and all(map(finite, value))


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
