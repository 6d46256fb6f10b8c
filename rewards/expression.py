"""The answer is equal to the truth as mathematics has it, however it is written."""

from mmzero.answers import expressions
from mmzero.types import Answer


def equal(answer: str | None, truth: Answer, seconds: float = expressions.SECONDS) -> float:
    """Of the extracted answer alone: in a whole response the parser would find the right number somewhere. What takes
    more than `seconds` of reckoning is not shown to be equal."""
    return float(expressions.equivalent(answer, truth.text, seconds))
