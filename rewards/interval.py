"""When something happens: how much the two stretches of time share."""

from mmzero.answers import spans
from mmzero.types import Answer


def iou(answer: str | None, truth: Answer) -> tuple[float, dict[str, str]]:
    """The time in both by the time in either."""
    there = spans.read(truth.text)
    if there is None:
        raise ValueError(f"the truth {truth.text!r:.80} is no stretch of time that ends after it starts")
    said = spans.read(answer)
    return (0.0 if said is None else spans.iou(said, there)), {"read": "unreadable" if said is None else "read"}
