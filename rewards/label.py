"""What a thing is called: its name or one of its other names, whole; a set of names."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from mmzero.types import Answer

_MOST_CHARACTERS = 1_000


def strict(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    aliases_in: str = "aliases",
) -> float:
    """1 for the name or an alias, without case, spaces, hyphens, underscores and accents. `aliases` gives the other
    names of each name; the scene may list those of its own under `aliases_in`. A part of a name is no name."""
    names = [truth.text, *(aliases or {}).get(truth.text, ()), *(scene or {}).get(aliases_in, ())]
    said = _name(answer)
    return float(bool(said) and said in map(_name, names))


def names(answer: str | None, truth: Answer, partial: bool = False) -> float:
    """1 for exactly the truth's set of names, separated by commas; if `partial`, what both share of all that either
    holds, so that a name too many costs as much as one too few."""
    if truth.kind not in ("set", "sequence"):
        raise ValueError(f"the truth is of kind {truth.kind} and this reward compares sets; use label.py:strict")
    right = {_name(str(one)) for one in truth.value}
    said = {_name(one) for one in (answer or "").split(",")} if len(answer or "") <= _MOST_CHARACTERS else {""}
    if not right:
        return float(said in ({""}, {"none"}) and answer is not None)
    if said == right:
        return 1.0
    return len(said & right) / len(said | right) if partial else 0.0


def _name(text: str | None) -> str:
    if not text or len(text) > _MOST_CHARACTERS:
        return ""
    bare = (mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark))
    return "".join(mark for mark in bare if not mark.isspace() and mark not in "-_.'\u2019")
