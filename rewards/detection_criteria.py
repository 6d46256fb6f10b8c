"""Recall and precision under criteria that tighten as training goes on, as the vision-guided Vision-R1 pays them."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import detection, pairing
from mmzero.answers.detection import Earned
from mmzero.types import Answer

EASY = (0.5, 0.5, 0.75)  # what counts as found; what is worth nothing below it; what is worth everything from it on
HARD = (0.75, 0.75, 0.9)


def recall(
    answer: str | None,
    truth: Answer,
    step: int,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    tighten_at: int | None = None,
    easy: tuple[float, float, float] = EASY,
    hard: tuple[float, float, float] = HARD,
) -> Earned:
    """The share of what is there that was found, differentiated. `tighten_at` is the step from which `hard` holds."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    found, low, high = _criteria(step, tighten_at, easy, hard)
    paired = sum(bool(compared.iou_PG[i, j] >= found) for i, j in pairing.best(compared.iou_PG))
    return compared.earns(_differentiated(paired / len(compared.there), low, high), paired)


def precision(
    answer: str | None,
    truth: Answer,
    step: int,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    tighten_at: int | None = None,
    easy: tuple[float, float, float] = EASY,
    hard: tuple[float, float, float] = HARD,
) -> Earned:
    """The differentiated IoU of what was found, by how many boxes were said. Saying nothing where there is something
    earns nothing: paid in full, as its authors' code does, silence would be safe."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    found, low, high = _criteria(step, tighten_at, easy, hard)
    overlaps = [float(compared.iou_PG[i, j]) for i, j in pairing.best(compared.iou_PG)]
    good = [_differentiated(one, low, high) for one in overlaps if one >= found]
    return compared.earns(sum(good) / len(compared.said), len(good))


def _criteria(step: int, tighten_at: int | None, easy: tuple, hard: tuple) -> tuple[float, float, float]:
    return tuple(easy if tighten_at is None or step < tighten_at else hard)


def _differentiated(value: float, low: float, high: float) -> float:
    """1 from `high` on, 0 below `low`, itself between: what is nearly perfect is not polished further."""
    return 1.0 if value >= high else 0.0 if value < low else value
