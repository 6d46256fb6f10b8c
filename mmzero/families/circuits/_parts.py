"""The signs that circuits are drawn with; what they do is the families' own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Colour, Point

HALF, HIGH = 0.085, 0.07  # half of a gate


def tint(canvas: Canvas, hue: str) -> Colour:
    skin = canvas.skin
    return tuple((colour + 4 * paper) // 5 for colour, paper in zip(skin.colours[hue], skin.paper, strict=True))


def gate(canvas: Canvas, middle: Point, name: str) -> None:
    """AND is round at its output, OR and XOR are pointed; a small circle there turns 0 and 1 round."""
    skin, (x, y), dot = canvas.skin, middle, 0.013 * (name in ("NAND", "NOR"))
    turns = [math.pi * (i / 12 - 0.5) for i in range(13)]
    back, front = x - HALF, x + HALF - 2 * dot
    if "AND" in name:
        bow = [(front - HIGH + HIGH * math.cos(t), y + HIGH * math.sin(t)) for t in turns]
        edge = [(back, y - HIGH), *bow, (back, y + HIGH)]
    elif "OR" in name:
        side = [(math.sin(t / 2 + math.pi / 4), math.cos(t / 2 + math.pi / 4) ** 1.4) for t in turns]
        upper = [(back + (front - back) * along, y - HIGH * off) for along, off in side]
        hollow = [(back + 0.02 * math.cos(t), y - HIGH * math.sin(t)) for t in turns]
        edge = [*upper, *((u, 2 * y - v) for u, v in upper[::-1]), *hollow]
    else:
        edge = [(back, y - HIGH), (front, y - HIGH), (front, y + HIGH), (back, y + HIGH)]
    hue = "blue" if "AND" in name else "red" if name == "XOR" else "green"
    canvas.polygon(*edge, fill=tint(canvas, hue), outline=skin.ink)
    if dot:
        canvas.circle((front + dot, y), dot, fill=skin.paper, outline=skin.ink, width=skin.stroke * 0.8)
    canvas.text((x - dot + 0.006 * ("OR" in name), y), name, height=0.046)


def inverter(canvas: Canvas, at: Point) -> None:
    """NOT, its left edge here."""
    skin, (x, y) = canvas.skin, at
    canvas.polygon((x, y - 0.035), (x, y + 0.035), (x + 0.055, y), fill=skin.paper, outline=skin.ink)
    canvas.circle((x + 0.067, y), 0.015, fill=skin.paper, outline=skin.ink, width=skin.stroke * 0.8)


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
