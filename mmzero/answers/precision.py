"""Average precision as COCO defines it, equal to pycocotools for one picture. Must not know what a reward is.

Thresholds .50 to .95, precision read off at 101 recalls, at most a hundred boxes per label, all areas, no crowds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmzero.answers import boxes
from mmzero.answers.boxes import Found

THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0.0, 1.0, 101)
_MOST = 100


def by_label(said: Sequence[Found], there: Sequence[Found], thresholds: np.ndarray = THRESHOLDS) -> dict[str, float]:
    """The mean over `thresholds` for every label that is there; COCO leaves the others out."""
    return {
        label: _average(
            [one for one in said if one.label == label], [one.box for one in there if one.label == label], thresholds
        )
        for label in sorted({one.label for one in there})
    }


def _average(said: list[Found], there: list[boxes.Box], thresholds: np.ndarray) -> float:
    # Stable, as COCO's sort is: among equal scores the one written first goes first.
    said = sorted(said, key=lambda one: -(1.0 if one.score is None else one.score))[:_MOST]
    if not said:
        return 0.0
    right_TP = _right(boxes.iou([one.box for one in said], there), np.minimum(thresholds, 1 - 1e-10))
    hits_TP = np.cumsum(right_TP, axis=1, dtype=float)
    recall_TP = hits_TP / len(there)
    precision_TP = hits_TP / np.arange(1, len(said) + 1)
    precision_TP = np.maximum.accumulate(precision_TP[:, ::-1], axis=1)[:, ::-1]
    return float(
        np.mean([_at_recalls(recall_P, row_P) for recall_P, row_P in zip(recall_TP, precision_TP, strict=True)])
    )


def _at_recalls(recall_P: np.ndarray, precision_P: np.ndarray) -> float:
    at = np.searchsorted(recall_P, _RECALLS, side="left")
    return float(precision_P[at[at < len(precision_P)]].sum()) / len(_RECALLS)


def _right(iou_PG: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Whether each box finds a free one of the truth, at every threshold at once; of equals, the last is taken."""
    free_TG = np.ones((len(thresholds), iou_PG.shape[1]), bool)
    right_TP = np.zeros((len(thresholds), len(iou_PG)), bool)
    rows = np.arange(len(thresholds))
    last = iou_PG.shape[1] - 1
    for p, iou_G in enumerate(iou_PG):
        open_TG = np.where(free_TG & (iou_G >= thresholds[:, None]), iou_G, -1.0)
        best_T = last - np.argmax(open_TG[:, ::-1], axis=1)
        right_TP[:, p] = open_TG[rows, best_T] >= 0
        free_TG[rows[right_TP[:, p]], best_T[right_TP[:, p]]] = False
    return right_TP
