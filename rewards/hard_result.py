"""Right and in form, or nothing: Vision-R1's hard-format result reward."""

from mmzero.answers import form, matches
from mmzero.types import Answer


def hard_format_result(response: str, answer: str | None, truth: Answer) -> tuple[float, dict[str, float]]:
    formed, right = form.think_answer(response), matches(answer, truth)
    return float(formed and right), {"formed": float(formed), "right": float(right)}
