"""What several written answers to one question come to: which of them say the same, and what most of them say. Pure;
nobody here knows what is right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mmzero.answers import expressions
from mmzero.answers.written import number, plain
from mmzero.types import Answer, Warrant

MOST_CHARACTERS = 200  # of a ballot: what is longer is no short answer and stands for itself
_NOTHING = ("", "none", "n/a", "na", "null", "unknown")


def blank(answer: str | None) -> bool:
    """Whether it says nothing: absent, empty, None or N/A."""
    return answer is None or plain(answer) in _NOTHING


def alike(one: str | None, two: str | None) -> bool:
    """Whether two answers say the same, in words or as mathematics; which of them is asked first does not matter."""
    if blank(one) or blank(two):
        return False
    return _alike(*sorted((one.strip(), two.strip())))


@lru_cache(maxsize=65_536)
def _alike(one: str, two: str) -> bool:
    if plain(one) == plain(two):
        return True
    numbers = number(one), number(two)
    if None not in numbers:
        return numbers[0] == numbers[1]
    if max(len(one), len(two)) > MOST_CHARACTERS or not (_reckons(one) and _reckons(two)):
        return False  # plain words are compared as words: an algebra system would take "e" and "i" for numbers
    return expressions.equivalent(one, two) or expressions.equivalent(two, one)


def _reckons(text: str) -> bool:
    return any(char.isdigit() for char in text) or "\\" in text


def groups(answers: Sequence[str | None]) -> list[list[int]]:
    """Places of the answers that say the same, largest group first and of equals the one met first; blanks in none."""
    found: list[list[int]] = []
    for place, answer in enumerate(answers):
        if blank(answer):
            continue
        mine = next((group for group in found if alike(answers[group[0]], answer)), None)
        if mine is None:
            found.append([place])
        else:
            mine.append(place)
    return sorted(found, key=lambda group: -len(group))


def share(answers: Sequence[str | None]) -> float:
    """Of the answers that say anything, how many say what most do: three of [4, 4, 4.0, 5, none] are 3/4; 0 without."""
    said = sum(not blank(answer) for answer in answers)
    return len(groups(answers)[0]) / said if said else 0.0


def label(text: str, confidence: float) -> Answer:
    """A vote's outcome as a truth to train on, which says that it was voted."""
    text, warrant = text.strip(), Warrant("voted", confidence)
    if (value := number(text)) is not None:
        return Answer(
            kind="number", value=int(value) if value.is_integer() and abs(value) < 1e15 else value, warrant=warrant
        )
    short = len(text) <= MOST_CHARACTERS and _reckons(text)
    return Answer(kind="expression" if short else "text", value=text, warrant=warrant)
