"""The signs that circuits are drawn with; what they do is the families' own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Colour, Point

GATE = 0.088  # half of a gate's width
TABLE = {  # what a gate gives for 00, 01, 10 and 11
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "XOR": (0, 1, 1, 0),
    "NAND": (1, 1, 1, 0),
    "NOR": (1, 0, 0, 0),
}
_HUES = {"AND": "blue", "NAND": "blue", "OR": "green", "NOR": "green", "XOR": "purple", "NOT": "yellow"}


def tint(canvas: Canvas, hue: str) -> Colour:
    skin = canvas.skin
    return tuple((colour + 4 * paper) // 5 for colour, paper in zip(skin.colours[hue], skin.paper, strict=True))


def gate(canvas: Canvas, middle: Point, half: float, name: str) -> None:
    """A box with the gate's name in it: at 128 pixels the curved signs of AND, OR and XOR can hardly be told apart."""
    x, y = middle
    fill = tint(canvas, _HUES[name]) if name in _HUES else canvas.skin.paper
    canvas.rectangle((x - GATE, y - half), (x + GATE, y + half), fill=fill, outline=canvas.skin.ink)
    canvas.text(middle, name, height=0.05)


def resistor(canvas: Canvas, middle: Point, label: str) -> None:
    """A box with its resistance in it, over the wire it lies in."""
    x, y = middle
    canvas.rectangle((x - 0.08, y - 0.045), (x + 0.08, y + 0.045), fill=tint(canvas, "yellow"), outline=canvas.skin.ink)
    canvas.text(middle, label, height=0.062)


def battery(canvas: Canvas, middle: Point) -> None:
    """Two plates across an upright wire, the longer above."""
    skin, (x, y) = canvas.skin, middle
    canvas.rectangle((x - 0.02, y - 0.018), (x + 0.02, y + 0.018), fill=skin.paper)
    canvas.line((x - 0.06, y - 0.018), (x + 0.06, y - 0.018))
    canvas.line((x - 0.03, y + 0.018), (x + 0.03, y + 0.018), width=skin.stroke * 1.8)


def lamp(canvas: Canvas, middle: Point, letter: str) -> None:
    canvas.circle(middle, 0.055, fill=tint(canvas, "yellow"), outline=canvas.skin.ink)
    canvas.text(middle, letter, height=0.066)


def switch(canvas: Canvas, start: Point, end: Point, closed: int, swing: float = 1) -> None:
    """Two contacts over a gap in the wire; an open lever is lifted from the far one, to the left of its way if `swing`
    is 1, to the right if -1."""
    skin, ((x, y), (u, v)) = canvas.skin, (start, end)
    canvas.line(start, end, colour=skin.paper, width=skin.stroke * 1.6)
    turn = 0.0 if closed else 0.5 * swing
    along = (u - x) * math.cos(turn) + (v - y) * math.sin(turn), (v - y) * math.cos(turn) - (u - x) * math.sin(turn)
    canvas.line(start, (x + along[0], y + along[1]))
    for contact in (start, end):
        canvas.circle(contact, 0.014, fill=skin.ink)
