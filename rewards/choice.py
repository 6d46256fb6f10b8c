"""One of the choices: the letter of an option, or yes and no. Never a word that is found somewhere in an answer."""

import re

from mmzero.answers.written import plain
from mmzero.types import Answer

_LETTER = re.compile(r"[(\[]?([a-z])[)\].:]?", re.ASCII)
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def letter(answer: str | None, truth: Answer) -> float:
    """1 for the right letter, however it is dressed: "B", "b.", "(B)". Where the truth is no letter but one of its
    choices, that choice in full or the letter of its place."""
    said, right = _letter(answer), _letter(truth.text)
    if right is None:
        right = chr(ord("a") + truth.choices.index(truth.text)) if truth.text in truth.choices[:26] else None
        if plain(answer or "") == plain(truth.text):
            return float(bool(plain(truth.text)))
    if right is None:
        raise ValueError(f"the truth {truth.text!r:.80} is neither a letter nor among its choices; use label.py:strict")
    return float(said == right)


def yes_no(answer: str | None, truth: Answer) -> float:
    right = _WORDS.get(plain(truth.text))
    if right is None:
        raise ValueError(f"the truth {truth.text!r:.80} is neither yes nor no; use another reward")
    return float(_WORDS.get(plain((answer or "").strip(" !"))) is right)


def _letter(text: str | None) -> str | None:
    found = _LETTER.fullmatch((text or "").strip().casefold()) if len(text or "") < 100 else None
    return found[1] if found else None
