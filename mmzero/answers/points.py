"""Points as models write them, read strictly. Must not know what they should point at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmzero.answers import frames
from mmzero.answers.written import MOST_ROWS, data, finite, rows

Point = tuple[float, float]

KEYS = ("point_2d", "point", "position", "coordinate")
_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
PAIR = re.compile(rf"\({_NUMBER},{_NUMBER}\)")
PAIRS = re.compile(rf"\({_NUMBER},{_NUMBER}\)(?:\s*[,;]?\s*\({_NUMBER},{_NUMBER}\)){{0,{MOST_ROWS - 1}}}")


def read(text: str | None) -> tuple[Point, ...] | None:
    """Rows "x, y; …", "(x, y), (x, y)", JSON or Python lists of pairs or of objects with one; None where any of it is
    something else. An empty list is read and holds none."""
    if text is None:
        return None
    text = text.strip()
    if written := rows(text, 2):
        return tuple(written)
    if len(text) <= 40 * MOST_ROWS and PAIRS.fullmatch(text):
        return tuple((float(x), float(y)) for x, y in PAIR.findall(text))
    return from_data(data(text))


def from_data(value: Any) -> tuple[Point, ...] | None:
    if isinstance(value, Mapping) or (_listed(value) and value and all(map(finite, value))):
        value = [value]
    if not _listed(value) or len(value) > MOST_ROWS:
        return None
    found = [_point(item) for item in value]
    return None if None in found else tuple(found)


def placed(found: Sequence[Point], frame: str, into: str, sizes: object, picture: int = 0) -> tuple[Point, ...] | None:
    """The same points in another frame; None where one lies outside the frame it was said in."""
    moved = frames.converted(found, frame, into, sizes, picture)
    # Beyond any picture lie numbers that overflow once they are squared.
    wide, high = (min(side, 1e9) for side in frames.reach(frame, sizes, picture))
    return tuple(moved) if all(0 <= x <= wide and 0 <= y <= high for x, y in found) else None


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _point(item: Any) -> Point | None:
    if isinstance(item, Mapping):
        keyed = {str(key).casefold(): value for key, value in item.items()}
        item = next((keyed[key] for key in KEYS if key in keyed), None)
    if not _listed(item) or len(item) != 2 or not all(map(finite, item)):
        return None
    return float(item[0]), float(item[1])
