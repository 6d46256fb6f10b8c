"""What a cell of somebody's dataset says: as text to ask, and as a typed answer that is taken as given. Must not know where
rows come from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mmzero.answers import masks, written
from mmzero.recipe.sentences import show
from mmzero.recipe.tree import Columns
from mmzero.types import GIVEN, Answer

MOST_QUESTION = 100_000  # characters
HOLE = re.compile(r"\{([\w.]+)\}")
_WORDS = ("text", "choice", "expression", "action")
_WIDE = {"boxes": 4, "points": 2, "interval": 2}


class Bad(ValueError):
    """Why a row cannot be asked."""


def at(row: Mapping[str, Any], column: str | None, default: Any) -> Any:
    """What a row holds at `reward_model.ground_truth`; the default where no column is named or nothing is there."""
    found: Any = row if column else None
    for part in (column or "").split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return default if found is None else found


def filled(ask: str, row: Mapping[str, Any], question: str) -> str:
    """The template with what the row holds; where pictures stand in the text is not for it to say."""
    holes = {hole: at(row, question if hole == "question" else hole, None) for hole in HOLE.findall(ask)}
    said = {hole: _text(value, hole) for hole, value in holes.items()}
    text = HOLE.sub(lambda hole: said[hole[1]], ask).replace("<image>", "").strip()
    if not text or len(text) > MOST_QUESTION:
        raise Bad("asks nothing" if not text else f"asks {len(text)} characters, more than {MOST_QUESTION}")
    return text


def response_of(columns: Columns, row: Mapping[str, Any]) -> str:
    """A response that stands there in full, to be imitated word for word."""
    said = at(row, columns.response, None)
    if not isinstance(said, str) or not said.strip():
        raise Bad(f"has {show(said)} as its response, which is no text")
    return said


def _text(value: Any, name: str) -> str:
    """Text, or the one turn of messages that is the user's."""
    if isinstance(value, list) and value and all(isinstance(turn, Mapping) for turn in value):
        turns = [turn.get("content") for turn in value if turn.get("role") == "user"]
        if len(turns) != 1 or len(value) != 1:
            raise Bad(f"has {len(value)} turns as its {name}, and only one of the user's can be asked")
        value = turns[0]
        if isinstance(value, list):
            value = "".join(part.get("text") or "" for part in value if isinstance(part, Mapping))
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Bad(f"has {show(value)} as its {name}, which is no text")
    return str(value)


def told(value: Any) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def answer_of(said: Any, kind: str, choices: tuple[str, ...] = ()) -> Answer:
    """The cell as an answer of this kind: a value, or the text that stands for it ('1, 2, 3, 4; 5, 6, 7, 8' or JSON). A
    choice among nobody knows what is text, which is compared the same way."""
    if said is None or said == "":
        raise ValueError("there is none")
    if kind == "choice" and not choices:
        kind = "text"
    kept = tuple(map(str, choices)) if kind == "choice" else ()
    return Answer(kind=kind, value=_value(said, kind), warrant=GIVEN, choices=kept)


def _value(said: Any, kind: str) -> Any:
    if kind in _WORDS:
        return _words(said)
    if kind == "number":
        return _number(said)
    if kind in _WIDE:
        rows = _rows(said, _WIDE[kind])
        return _only(rows) if kind == "interval" else rows
    if kind == "mask":
        runs = written.data(said, masks.MOST_CHARACTERS) if isinstance(said, str) else said
        if not isinstance(runs, Mapping | list | tuple):
            raise ValueError("it must be run lengths or polygons")
        return json.dumps(runs, default=told)
    if kind in ("sequence", "set"):
        found = tuple(said) if isinstance(said, list) else tuple(one.strip() for one in str(said).split(","))
        return frozenset(found) if kind == "set" else found
    raise ValueError(f"an answer of kind '{kind}' cannot be read from a dataset")


def _words(said: Any) -> str:
    if not isinstance(said, str | int | float) or isinstance(said, bool) or not str(said).strip():
        raise ValueError("it must be text")
    if len(str(said)) > written.MOST_CHARACTERS:
        raise ValueError(f"it has more than {written.MOST_CHARACTERS} characters")
    return str(said).strip()


def _number(said: Any) -> int | float:
    if isinstance(said, int | float) and not isinstance(said, bool):
        return said
    value = written.number(said) if isinstance(said, str) else None
    if value is None:
        raise ValueError("it must be a number")
    return int(said) if said.strip().lstrip("+-").isdecimal() else value


def _rows(said: Any, wide: int) -> tuple[tuple[float, ...], ...]:
    """Rows of numbers. An empty list says that there is nothing, which an empty text leaves open."""
    found = written.rows(said, wide) or written.data(said) if isinstance(said, str) else said
    if (
        isinstance(found, list | tuple)
        and len(found) == wide
        and not any(isinstance(one, list | tuple) for one in found)
    ):
        found = [found]
    if not isinstance(found, list | tuple) or not all(isinstance(row, list | tuple) for row in found):
        raise ValueError(f"it must be rows of {wide} numbers")
    return tuple(tuple(map(whole, row)) for row in found)


def whole(number: Any) -> Any:
    """658.0 was written as 658, and both are read as the same number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _only(rows: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    if len(rows) != 1:
        raise ValueError("it must be one start and one end")
    return rows[0]
