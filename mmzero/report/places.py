"""How well boxes and masks were placed, over all answers whose truth is such: overlap, average precision, what could not be
read. Pure: rows in, plain values out; must not know who answered.

    miou     the mean over answers of matched IoU, by the larger of how many boxes were said and how many are there
    giou     the mean over answers of the IoU of the ground that all boxes cover together
    ciou     shared ground by covered ground, both added up over all answers: large things count more
    map      COCO's average precision, .50 to .95, over every picture and every category that was asked for anywhere

Of masks, giou and ciou are reckoned in pixels.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmzero.answers import boxes, masks, pairing
from mmzero.answers.boxes import NOTHING, Detections

Row = Mapping[str, Any]
Pair = tuple[Detections, Detections]  # said, there


def places(rows: Sequence[Row]) -> dict[str, float] | None:
    """None where no truth is boxes."""
    theirs = [row for row in rows if row.get("answer_kind") == "boxes"]
    if not theirs:
        return None
    pairs = [_pair(row) for row in theirs]
    grounds = [_grounds(*pair) for pair in pairs]
    shared, covered = (sum(part) for part in zip(*grounds, strict=True))
    return {
        "n": len(theirs),
        "miou": _mean(_overlap(*pair) for pair in pairs),
        "giou": _mean(a / b if b else 1.0 for a, b in grounds),
        "ciou": shared / covered if covered else 1.0,
        **_precision(theirs, pairs),
        "unreadable": sum(said.status == "unreadable" for said, _ in pairs),
    }


def masked(rows: Sequence[Row]) -> dict[str, float] | None:
    """None where no truth is a mask. What could not be read covers nothing."""
    theirs = [row for row in rows if row.get("answer_kind") == "mask"]
    if not theirs:
        return None
    found = [masks.against(row["said"], row["answer"]) for row in theirs]
    pixels = [one or _missed(row["answer"]) for one, row in zip(found, theirs, strict=True)]
    return {"n": len(theirs), "giou": masks.giou(pixels), "ciou": masks.ciou(pixels), "unreadable": found.count(None)}


def _missed(answer: str) -> masks.Overlap:
    """Nothing of it is shared; and where nothing is there, what could not be read is no silence."""
    return 0, max(masks.against(answer, answer)[1], 1)


def overlap(row: Row) -> float:
    """How well one answer's boxes lie on those that are there, 0 to 1: mean IoU is the mean of these."""
    return _overlap(*_pair(row))


def _pair(row: Row) -> Pair:
    return boxes.read(row["said"]), _there(row["answer"])


def _there(text: str) -> Detections:
    return boxes.read(text) if text else Detections((), "none")


def _overlap(said: Detections, there: Detections) -> float:
    """None said where none is there is as good as can be; nothing that could be read is as bad."""
    if said.status == "unreadable" or not (said.found and there.found):
        return float(said.status != "unreadable" and not said.found and not there.found)
    iou_PG = boxes.iou([one.box for one in said.found], [one.box for one in there.found])
    return float(sum(iou_PG[pair] for pair in pairing.best(iou_PG))) / max(iou_PG.shape)


def _grounds(said: Detections, there: Detections) -> tuple[float, float]:
    """What both cover, and what either does. An answer that could not be read covers nothing."""
    ours, theirs = (np.array([one.box for one in side.found if one.box != NOTHING]) for side in (said, there))
    every = np.concatenate([side.reshape(-1, 4) for side in (ours, theirs)])
    across, down = np.unique(every[:, 0::2]), np.unique(every[:, 1::2])
    if len(across) < 2:
        return 0.0, float(said.status == "unreadable")  # nothing is there: saying something unreadable is no silence
    cells = np.diff(down)[:, None] * np.diff(across)[None, :]
    mine, yours = (_covered(side.reshape(-1, 4), across, down) for side in (ours, theirs))
    return float(cells[mine & yours].sum()), float(cells[mine | yours].sum())


def _covered(sides: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Which cells of the grid that all edges make lie in some box."""
    held = np.zeros((len(down) - 1, len(across) - 1), bool)
    for x1, y1, x2, y2 in sides:
        held[
            np.searchsorted(down, y1) : np.searchsorted(down, y2),
            np.searchsorted(across, x1) : np.searchsorted(across, x2),
        ] = True
    return held


def _precision(rows: Sequence[Row], pairs: Sequence[Pair]) -> dict[str, float]:
    """By pycocotools. Boxes said where their category is not there at all are false, as everywhere; a box without a
    confidence is said for sure."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    pictures = {row["image"] or row["task_id"]: None for row in rows}
    images = {name: at for at, name in enumerate(pictures, start=1)}
    categories = {name: at for at, name in enumerate({row["family"]: None for row in rows}, start=1)}
    truth, found = [], []
    for row, (said, there) in zip(rows, pairs, strict=True):
        where = {"image_id": images[row["image"] or row["task_id"]], "category_id": categories[row["family"]]}
        for one in there.found:
            truth.append(where | _annotation(one.box) | {"id": len(truth) + 1, "iscrowd": 0})
        found += [
            where | _annotation(one.box) | {"score": 1.0 if one.score is None else one.score}
            for one in said.found
            if one.box != NOTHING
        ]
    if not truth or not found:
        return {"map": 0.0, "map50": 0.0}
    with contextlib.redirect_stdout(io.StringIO()):  # it tells how long everything took
        known = COCO()
        known.dataset = {
            "images": [{"id": at, "width": 1000, "height": 1000} for at in images.values()],
            "categories": [{"id": at, "name": name} for name, at in categories.items()],
            "annotations": truth,
            "info": {},
        }
        known.createIndex()
        judged = COCOeval(known, known.loadRes(found), "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return {"map": float(judged.stats[0]), "map50": float(judged.stats[1])}


def _annotation(box: boxes.Box) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)
