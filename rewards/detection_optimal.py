"""Boxes paired so that all of them together overlap most, whatever their order."""

from collections.abc import Mapping
from typing import Any

import numpy as np

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
) -> Earned:
    """The sum of IoU over the best pairs of at least `least`, by the larger of how many were said and how many are
    there. With `least` 0 a box that barely touches earns a little, as in Perception-R1."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    pairs = _pairs(compared, least)
    return compared.earns(float(sum(compared.iou_PG[i, j] for i, j in pairs)) / compared.larger, len(pairs))


def f1(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    least: float = 0.5,
) -> Earned:
    """Twice the pairs by how many were said and are there: how many are right, and not how exactly."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    paired = len(_pairs(compared, least))
    return compared.earns(2.0 * paired / (len(compared.said) + len(compared.there)), paired)


def _pairs(compared: Compared, least: float) -> list[tuple[int, int]]:
    return pairing.best(np.where(compared.iou_PG >= least, compared.iou_PG, 0.0))
