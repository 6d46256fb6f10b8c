"""How exact the boxes are and how many are missed or invented, weighed together as VLM-R1 does."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import detection, pairing
from mmzero.answers.detection import Earned
from mmzero.types import Answer


def places_and_errors(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
    least: float = 0.5,
    places: float = 0.7,
    errors: float = 0.3,
) -> Earned:
    """`places` times the IoU of pairs by how many are there, and `errors` times what is left of 1 after half of the
    rates missed and invented. Who says nothing invented nothing, but earns nothing for it."""
    compared = detection.compare(answer, truth, scene, sizes, frame, truth_frame, labels)
    if compared.unanswered is not None:
        return compared.earns(compared.unanswered)
    pairs = pairing.greedy(compared.iou_PG, compared.surest_first(), least)
    shared = float(sum(compared.iou_PG[i, j] for i, j in pairs)) / len(compared.there)
    missed = 1 - len(pairs) / len(compared.there)
    invented = 1 - len(pairs) / len(compared.said)
    value, parts = compared.earns(places * shared + errors * (1 - (missed + invented) / 2), len(pairs))
    return value, {**parts, "missed": missed, "invented": invented}
