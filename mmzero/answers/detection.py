"""What was said to be there against what is there: both read, in one frame, with who overlaps whom. Every detection
reward starts here. Must not know how any of them pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmzero.answers import boxes, frames
from mmzero.answers.boxes import NOTHING, Detections
from mmzero.types import Answer

Earned = tuple[float, dict[str, float | str]]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """`iou_PG` is 0 between different labels, and for a box that somebody says again: only the surest of equal boxes
    may be paired, while each counts as said."""

    said: Detections
    there: Detections
    iou_PG: np.ndarray

    @property
    def unanswered(self) -> float | None:
        """What is earned where there is nothing to pair: 1 for none where there is none, 0 for anything else."""
        if self.said.status == "unreadable":
            return 0.0
        if self.said.found and self.there.found:
            return None
        return float(not self.said.found and not self.there.found)

    def earns(self, value: float, paired: int = 0) -> Earned:
        """The reward with what explains it."""
        counts = {"said": float(len(self.said)), "there": float(len(self.there)), "paired": float(paired)}
        return value, {**counts, "read": self.said.told}

    @property
    def larger(self) -> int:
        return max(len(self.said), len(self.there))

    def surest_first(self) -> list[int]:
        """The order of confidence; between equals the box itself decides, so that the order of writing never does."""
        return sorted(range(len(self.said)), key=lambda i: _rank(self.said.found[i]))


def compare(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    labels: str | None = None,
) -> Compared:
    """`frame` is what the answer is written in, `truth_frame` the truth's; `labels` names the scene's list of them."""
    there = boxes.truth(truth, scene, labels)
    frames.refuse_outside((one.box for one in there.found), truth_frame, sizes)
    said = boxes.placed(boxes.read(answer), frame, truth_frame, sizes)
    named = any(one.label for one in there.found)
    if not named:  # where the truth names nothing, what the answer calls a thing is no matter
        said = replace(said, found=tuple(replace(one, label="") for one in said.found))
    overlap = boxes.iou([one.box for one in said.found], [one.box for one in there.found])
    if named:
        overlap *= np.array([[a.label == b.label for b in there.found] for a in said.found]).reshape(overlap.shape)
    for i in _again(said):
        overlap[i] = 0.0
    return Compared(said, there, overlap)


def _again(said: Detections) -> list[int]:
    """All but the surest of those that say the same box with the same label."""
    surest: dict[Any, int] = {}
    again = []
    for i, one in enumerate(said.found):
        key = (one.box, one.label)
        other = surest.setdefault(key, i)
        if other != i:
            worse, better = sorted((i, other), key=lambda k: _sure(said.found[k]))
            again.append(worse)
            surest[key] = better
    return again


def _sure(one: boxes.Found) -> float:
    return 1.0 if one.score is None else one.score


def _rank(one: boxes.Found) -> tuple:
    return (one.box == NOTHING, -_sure(one), one.box, one.label)
