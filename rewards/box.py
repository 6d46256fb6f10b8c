"""One box against one box. Two boxes where one is asked for are a hedge and earn nothing, and so does no box at all."""

from mmzero.answers import boxes, frames
from mmzero.answers.boxes import NOTHING, Box
from mmzero.types import Answer

Earned = tuple[float, dict[str, str]]


def iou(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
) -> Earned:
    said, there, status = _pair(answer, truth, sizes, frame, truth_frame)
    return boxes.iou_of(said, there), {"read": status}


def iou_squared(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
) -> Earned:
    """Rewards the last of exactness most."""
    said, there, status = _pair(answer, truth, sizes, frame, truth_frame)
    return boxes.iou_of(said, there) ** 2, {"read": status}


def iou_threshold(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    above: float = 0.5,
) -> Earned:
    said, there, status = _pair(answer, truth, sizes, frame, truth_frame)
    return float(boxes.iou_of(said, there) > above), {"read": status}


def giou_shifted(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    halved: bool = False,
) -> Earned:
    """GIoU + 1, from 0 to 2, or to 1 if `halved`: boxes that do not touch still learn which way to go."""
    said, there, status = _pair(answer, truth, sizes, frame, truth_frame)
    return (boxes.giou(said, there) + 1.0) / (2.0 if halved else 1.0), {"read": status}


def l1(
    answer: str | None,
    truth: Answer,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    within: float = 10.0,
    counted_in: str = "original",
) -> Earned:
    """1 where the four edges are off by less than `within` on average, counted in pixels of the original picture."""
    said, there, status = _pair(answer, truth, sizes, frame, truth_frame)
    ends = frames.converted([said, there], truth_frame, counted_in, sizes)
    off = sum(abs(a - b) for a, b in zip(*ends, strict=True)) / 4
    return float(said != NOTHING and off < within), {"read": status}


def _pair(answer: str | None, truth: Answer, sizes: object, frame: str, truth_frame: str) -> tuple[Box, Box, str]:
    there = boxes.truth(truth)
    if len(there) != 1:
        raise ValueError(f"the truth has {len(there)} boxes and this reward compares one; use a detection reward")
    frames.refuse_outside([there.found[0].box], truth_frame, sizes)
    said = boxes.placed(boxes.read(answer), frame, truth_frame, sizes)
    return said.found[0].box if len(said) == 1 else NOTHING, there.found[0].box, said.told
