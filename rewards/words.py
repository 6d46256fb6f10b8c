"""A short free answer against one or several right ones, as SQuAD compares them."""

import re
import string
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mmzero.types import Answer

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKS = str.maketrans("", "", string.punctuation)
_MOST_CHARACTERS = 10_000


def exact(
    answer: str | None, truth: Answer, scene: Mapping[str, Any] | None = None, others_in: str = "answers"
) -> float:
    """1 for the same words without case, punctuation and articles; the scene may list other right answers."""
    said = _words(answer)
    return float(bool(said) and any(said == right for right in _right(truth, scene, others_in)))


def f1(answer: str | None, truth: Answer, scene: Mapping[str, Any] | None = None, others_in: str = "answers") -> float:
    """The harmonic mean of the shares of words that are right and that are found, of the likest right answer."""
    said = _words(answer)
    return max((_f1(said, right) for right in _right(truth, scene, others_in)), default=0.0)


def _right(truth: Answer, scene: Mapping[str, Any] | None, others_in: str) -> list[list[str]]:
    others = (scene or {}).get(others_in, ())
    return [_words(text) for text in (truth.text, *((others,) if isinstance(others, str) else map(str, others)))]


def _words(text: str | None) -> list[str]:
    if not text or len(text) > _MOST_CHARACTERS:
        return []
    return _ARTICLES.sub(" ", text.lower().translate(_MARKS)).split()


def _f1(said: list[str], right: list[str]) -> float:
    shared = sum((Counter(said) & Counter(right)).values())
    return 2.0 * shared / (len(said) + len(right)) if shared else 0.0
