"""A longer free answer: how many of its words, pairs of words and runs of words are the truth's."""

import re
from collections import Counter

from mmzero.answers import distance
from mmzero.types import Answer

_WORD = re.compile(r"\w+")
_MOST_CHARACTERS = 20_000


def mean(answer: str | None, truth: Answer) -> tuple[float, dict[str, float]]:
    """The mean of the F of ROUGE-1, ROUGE-2 and ROUGE-L, whose words are neither stemmed nor left out."""
    said, right = _words(answer), _words(truth.text)
    parts = {"rouge1": _grams(said, right, 1), "rouge2": _grams(said, right, 2), "rougeL": _longest(said, right)}
    return sum(parts.values()) / 3, parts


def _words(text: str | None) -> list[str]:
    return _WORD.findall(text.lower()) if text and len(text) <= _MOST_CHARACTERS else []


def _grams(said: list[str], right: list[str], n: int) -> float:
    ours, theirs = (Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in (said, right))
    return _f(sum((ours & theirs).values()), sum(ours.values()), sum(theirs.values()))


def _longest(said: list[str], right: list[str]) -> float:
    return _f(distance.in_order(said, right), len(said), len(right))


def _f(shared: int, said: int, right: int) -> float:
    return 2.0 * shared / (said + right) if shared else 0.0
