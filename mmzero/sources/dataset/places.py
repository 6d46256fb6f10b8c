"""Boxes and points of a truth, in whatever frame they were written, in thousandths of the picture, and masks as run lengths of
its pixels: here, once, and nowhere later. Must not know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mmzero.answers import frames, masks, written
from mmzero.answers.frames import SLACK
from mmzero.recipe.sentences import show
from mmzero.recipe.tree import Boxes
from mmzero.sources.dataset.cells import Bad, whole
from mmzero.types import Answer

Size = tuple[int, int]  # width, height

_DIGITS = 1  # of a thousandth: what a picture of ten thousand pixels can tell


def placed(answer: Answer, how: Boxes, sizes: Sequence[Size]) -> Answer:
    """The same places in thousandths; refuses those that this frame has no room for."""
    if answer.kind == "mask":
        return _packed(answer, sizes)
    if answer.kind not in ("boxes", "points"):
        return answer
    rows = answer.value
    if answer.kind == "boxes" and how.form == "xywh":
        rows = tuple((x, y, x + wide, y + high) for x, y, wide, high in rows)
    if how.frame == "original" and len(sizes) != 1:
        raise Bad(f"has {len(sizes)} pictures, and places in pixels are of one; say them in thousandths")
    if (how.form, how.frame) != ("xyxy", "thousandths"):
        shown = frames.converted(rows, how.frame, "thousandths", [(size, None) for size in sizes])
        rows = tuple(tuple(whole(round(value, _DIGITS)) for value in row) for row in shown)
    return replace(answer, value=tuple(_inside(row, how) for row in rows))


def _inside(row: tuple[float, ...], how: Boxes) -> tuple[float, ...]:
    inside = all(-1000 * SLACK <= value <= 1000 * (1 + SLACK) for value in row)
    if not inside or (len(row) == 4 and not (row[0] < row[2] and row[1] < row[3])):
        what = "lies outside its picture" if not inside else "has its corners the wrong way round, or no width"
        raise Bad(
            f"has the place ({', '.join(f'{value:g}' for value in row)}) in its answer, in thousandths, which {what}; say"
            f" how places are written, where it is not boxes: {{form: {how.form}, frame: {how.frame}}}"
        )
    return tuple(min(max(value, 0), 1000) for value in row)


def _packed(answer: Answer, sizes: Sequence[Size]) -> Answer:
    """Run lengths or polygons of the picture's own pixels."""
    if len(sizes) != 1:
        raise Bad(f"has {len(sizes)} pictures, and a mask is of one")
    wide, high = sizes[0]
    mask = masks.read(written.data(answer.value, masks.MOST_CHARACTERS), (high, wide))
    if mask is None:
        raise Bad(
            f"has {show(answer.value)} as its answer: it must be run lengths or polygons of {wide} by {high} pixels"
        )
    return replace(answer, value=masks.packed(mask))
