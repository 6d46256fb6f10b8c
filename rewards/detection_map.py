"""Average precision over one picture, as COCO reckons it."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from mmzero.answers import detection, precision
from mmzero.answers.detection import Compared, Earned
from mmzero.types import Answer


def mean_average_precision(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    absent: Literal["zero", "ignore"] = "zero",
    thresholds: tuple[float, ...] = tuple(precision.THRESHOLDS),
) -> Earned:
    """The mean over labels and `thresholds`. A label that was said and is not there counts as one with precision 0;
    with `absent` "ignore" it costs nothing, as in pycocotools, and a model soon says every label it knows."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    return compared.earns(_mean(compared, absent, thresholds))


def odlength(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    absent: Literal["zero", "ignore"] = "ignore",
) -> Earned:
    """Average precision times there / said where more was said than is there, as VLM-R1 stops a model from listing
    everything it can think of; the labels that are not there cost by their number already."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    short = min(1.0, len(compared.there) / len(compared.said))
    return compared.earns(short * _mean(compared, absent, tuple(precision.THRESHOLDS)))


def _mean(compared: Compared, absent: str, thresholds: tuple[float, ...]) -> float:
    each = precision.by_label(compared.said.found, compared.there.found, np.asarray(thresholds))
    invented = {one.label for one in compared.said.found} - set(each)
    return sum(each.values()) / (len(each) + (len(invented) if absent == "zero" else 0))
