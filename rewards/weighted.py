"""A share for being right and a share for the form, as EasyR1 (0.9, 0.1), R1-V (0.5, 0.5) and MM-Eureka (1, 0.5) pay.

A recipe weighs any other rewards by itself: each entry has its `weight`.
"""

from mmzero.answers import form, matches
from mmzero.types import Answer


def right_and_formed(
    response: str, answer: str | None, truth: Answer, right: float = 0.9, formed: float = 0.1
) -> tuple[float, dict[str, float]]:
    parts = {"right": float(matches(answer, truth)), "formed": float(form.think_answer(response))}
    return right * parts["right"] + formed * parts["formed"], parts
