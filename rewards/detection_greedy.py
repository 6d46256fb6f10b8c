"""Boxes paired in the order of confidence, as Visual-RFT pays them."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import detection, pairing
from mmzero.answers.detection import Compared, Earned
from mmzero.types import Answer


def iou(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    least: float = 0.5,
    misses: bool = True,
) -> Earned:
    """The sum of IoU over pairs of more than `least`, by the larger of how many were said and how many are there (its
    second version); by how many were said alone, if `misses` are not to count (its first)."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    pairs = _pairs(compared, least)
    shared = float(sum(compared.iou_PG[i, j] for i, j in pairs))
    return compared.earns(shared / (compared.larger if misses else len(compared.said)), len(pairs))


def confidence(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    least: float = 0.5,
) -> Earned:
    """How sure it was of what is there and how unsure of what is not, on average. A box said without a confidence
    earns nothing, and so does one that is no box. Never alone: boxes that are surely wrong, and said to be, raise it."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    pairs = _pairs(compared, least)
    right = {i for i, _ in pairs}
    total = sum(
        (one.score if i in right else 1.0 - one.score)
        for i, one in enumerate(compared.said.found)
        if one.score is not None and one.box != detection.NOTHING
    )
    return compared.earns(total / len(compared.said), len(pairs))


def _pairs(compared: Compared, least: float) -> list[tuple[int, int]]:
    return pairing.greedy(compared.iou_PG, compared.surest_first(), least)
