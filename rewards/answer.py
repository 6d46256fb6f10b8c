"""The answer is right or it is not."""

from mmzero.answers import matches
from mmzero.types import Answer


def correct(answer: str | None, truth: Answer) -> float:
    return float(matches(answer, truth))
