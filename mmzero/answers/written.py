"""What a written answer holds: numbers, rows, words, JSON. All of it is read or none; nothing is looked for inside."""

from __future__ import annotations

import ast
import json
import math
import re
from typing import Any

MOST_CHARACTERS = 10_000
MOST_ROWS = 100  # boxes or points in one answer

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


def number(text: str | None) -> float | None:
    """None where the whole text is no finite number: "4", "4.0" and "0.4e1" are four; "4 or 5", "nan" and "1e999" none."""
    if not text or len(text) > MOST_CHARACTERS or not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def rows(text: str, width: int) -> list[tuple[float, ...]]:
    """What "1, 2; 3, 4" holds; nothing where any of it is no finite number, a row is too short or rows are too many."""
    if len(text) > MOST_CHARACTERS:
        return []
    cells = [[cell.strip() for cell in row.split(",")] for row in text.split(";")]
    if len(cells) > MOST_ROWS or not all(len(row) == width and all(map(_NUMBER.fullmatch, row)) for row in cells):
        return []
    read = [tuple(map(float, row)) for row in cells]
    return read if all(math.isfinite(value) for row in read for value in row) else []


def plain(text: str) -> str:
    """Without case, needless spaces and a last full stop."""
    return " ".join(text.casefold().split()).rstrip(".")


def items(text: str) -> list[str]:
    return [plain(item) for item in text.split(",")]


def data(text: str | None, most: int = MOST_CHARACTERS) -> Any:
    """The JSON or the Python literal that the whole text is, within one code fence or none; else None. Models write
    both: {"bbox_2d": …} and {'Position': …}."""
    if not text or len(text) > most:
        return None
    text = text.strip()
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def finite(value: object) -> bool:
    """Whether a value from `data` is a number one can reckon with; True and 10**400 are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
