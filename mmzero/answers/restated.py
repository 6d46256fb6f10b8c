"""A written answer with its boxes and points counted anew, in the form that it was written in. Must not know what they
were counted in, what they are counted in then, or what is right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmzero.answers import boxes, points
from mmzero.answers.written import MOST_ROWS, data, finite, rows

Scale = tuple[float, float]  # what every x and what every y is multiplied by

_KEYS = frozenset((*boxes.KEYS, *points.KEYS))
_MOST = 1e12  # what is beyond every picture stays so, and a number that overflows would be none any more
_WIDTHS = (2, 4)  # numbers of a point and of a box


def restated(text: str | None, scale: Scale) -> str | None:
    """Every place in it times `scale`; what rewards and matching read no place in is left as it is."""
    if text is None or len(text) > boxes.MOST_CHARACTERS:
        return text
    text = text.strip()
    for width in _WIDTHS:
        if written := rows(text, width):
            return "; ".join(", ".join(map(str, _row(row, scale))) for row in written)
    if boxes.CORNERS.fullmatch(text) or (len(text) <= 40 * MOST_ROWS and points.PAIRS.fullmatch(text)):
        return points.PAIR.sub(lambda pair: _pair(pair, scale), text)
    value = data(text, boxes.MOST_CHARACTERS)
    counted = _anew(value, scale)
    if counted == value:
        return text
    try:
        return _written(counted)
    except RecursionError:  # nested deeper than any place
        return text


def _pair(pair: re.Match[str], scale: Scale) -> str:
    x, y = _row((float(pair[1]), float(pair[2])), scale)
    return f"({x}, {y})"


def _row(row: Sequence[float], scale: Scale) -> list[float | int]:
    moved = (max(-_MOST, min(_MOST, value)) * scale[i % 2] for i, value in enumerate(row))
    return [int(value) if value.is_integer() else value for value in (round(value, 3) for value in moved)]


def _anew(value: Any, scale: Scale) -> Any:
    """One place, one object that holds one, or a list of these."""
    if isinstance(value, Mapping) or _is_row(value):
        return _one(value, scale)
    return [_one(item, scale) for item in value] if isinstance(value, list | tuple) else value


def _one(item: Any, scale: Scale) -> Any:
    if isinstance(item, Mapping):
        return {
            key: _row(held, scale) if str(key).casefold() in _KEYS and _is_row(held) else held
            for key, held in item.items()
        }
    return _row(item, scale) if _is_row(item) else item


def _is_row(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) in _WIDTHS and all(map(finite, value))


def _written(value: Any) -> str:
    try:
        return json.dumps(value)
    except TypeError:  # a Python literal may hold what JSON cannot
        return repr(value)
