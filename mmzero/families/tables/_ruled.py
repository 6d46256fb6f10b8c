"""A ruled table with a tinted head, drawn into a box of the canvas; knows no question."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mmzero.families.canvas import Canvas, Colour, Point

PAD = 0.02  # between a rule and the first column, which stands to the left


def pale(colour: Colour, paper: Colour, share: float = 0.22) -> Colour:
    return tuple(round(p + share * (c - p)) for c, p in zip(colour, paper, strict=True))


def ruled(
    canvas: Canvas,
    corner: Point,
    wide: Sequence[float],
    row: float,
    cells: Sequence[Sequence[str]],
    letters: float,
    tint: Colour,
) -> None:
    """`cells` row by row, the first being the head; `wide` are the columns' widths and `row` every row's height."""
    (x, y), right = corner, corner[0] + sum(wide)
    low = y + row * len(cells)
    edges = [x, *accumulate(wide, initial=x)][1:]
    skin = canvas.skin
    canvas.rectangle((x, y), (right, y + row), fill=pale(tint, skin.paper))
    for i in range(2, len(cells)):
        canvas.line((x, y + i * row), (right, y + i * row), colour=skin.faint, width=skin.stroke * 0.5)
    for edge in edges[1:-1]:
        canvas.line((edge, y), (edge, low), colour=skin.faint, width=skin.stroke * 0.5)
    canvas.line((x, y + row), (right, y + row), colour=tint, width=skin.stroke)
    corners = ((x, y), (right, y), (right, low), (x, low), (x, y), (right, y))
    canvas.line(*corners, colour=tint, width=skin.stroke * 0.7)
    for i, line in enumerate(cells):
        middle = y + (i + 0.5) * row
        canvas.text((x + PAD, middle), line[0], height=letters, anchor="lm")
        for j, cell in enumerate(line[1:], 1):
            canvas.text((edges[j] + wide[j] / 2, middle), cell, height=letters)
