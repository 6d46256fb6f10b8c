"""Whether a written answer is the truth: by type, never by substring. Pure; knows no model and no task."""

from __future__ import annotations

import re

from mmzero.types import Answer

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_MOST_CHARACTERS = 10_000


def matches(written: str | None, truth: Answer) -> bool:
    """An empty or over-long answer is never right."""
    if not written or len(written) > _MOST_CHARACTERS:
        return False
    written = written.strip()
    if truth.kind == "number":
        return bool(_NUMBER.fullmatch(written)) and abs(float(written) - truth.value) <= truth.tolerance
    if truth.kind == "expression":
        return _equivalent(written, truth.value)
    if truth.kind == "set":
        return frozenset(_items(written)) == frozenset(_plain(str(item)) for item in truth.value)
    if truth.kind == "sequence":
        return _items(written) == [_plain(str(item)) for item in truth.value]
    if truth.kind in ("text", "choice", "action"):
        return _plain(written) == _plain(truth.value)
    raise ValueError(f"an answer of kind {truth.kind} is scored by overlap, not by equality; use a reward made for it")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def _items(text: str) -> list[str]:
    return [_plain(item) for item in text.split(",")]


def _equivalent(written: str, truth: str) -> bool:
    """All that was written is one expression: left to itself the parser finds the right one in "1, 2 or 3"."""
    from math_verify import LatexExtractionConfig, parse, verify

    sides = [one.strip("$ ") for one in (truth, written)]
    if any("$" in one for one in sides):
        return False
    return bool(verify(*(parse(f"${one}$", extraction_config=[LatexExtractionConfig()]) for one in sides)))
