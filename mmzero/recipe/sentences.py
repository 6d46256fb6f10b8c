"""Words for messages: the nearest name, a value on one line. Must not know what the message is about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from mmzero.errors import UserError


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` was probably meant to be."""
    found = difflib.get_close_matches(word[:64], list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def suggest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name nobody knows: the nearest one, or else all there are."""
    names = sorted(set(known))
    near = nearest(word, names)
    if near:
        return f"did you mean '{near}'?"
    return f"there are {', '.join(names)}" if names else "there are none"


def show(value: object) -> str:
    """A value as its author wrote it, short and on one line."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)} keys"
    if isinstance(value, list | tuple) and len(value) > 8:
        return f"a list of {len(value)} entries"
    text = repr(value[:100] if isinstance(value, str) else value)
    return text if len(text) <= 60 else text[:57] + "..." + text[0] * (text[0] in "'\"")


def mistake(message: str) -> UserError:
    """The user's mistake in one line, whatever text of theirs it quotes."""
    return UserError(one_line(message))


def one_line(message: str) -> str:
    """A message that can neither steer a terminal nor fill it, whatever text it quotes."""
    plain = "".join(char if char.isprintable() else " " for char in message)
    return plain if len(plain) <= 1000 else plain[:997] + "..."
