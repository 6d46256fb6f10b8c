"""What hangs and stands about in mechanics: loads with their kilograms on them, and supports; weighs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Colour, Point


LABEL = 0.046  # how far a load's number stands off it


def tint(canvas: Canvas, hue: str) -> Colour:
    skin = canvas.skin
    return tuple((2 * colour + 3 * paper) // 5 for colour, paper in zip(skin.colours[hue], skin.paper, strict=True))


def load(canvas: Canvas, foot: Point, label: str, hue: str = "blue", hangs: bool = False, size: float = 0.042) -> None:
    """A box that stands on this point with its number above it, or that hangs from it with the number below."""
    (x, y), high = foot, 2 * size
    top = y if hangs else y - high
    canvas.rectangle((x - size, top), (x + size, top + high), fill=tint(canvas, hue), outline=canvas.skin.ink)
    if label:
        canvas.text((x, top + high + LABEL if hangs else top - LABEL), label, height=0.07)


def support(canvas: Canvas, tip: Point, size: float = 0.055) -> None:
    """A wedge under this point, on its ground."""
    x, y = tip
    canvas.polygon((x, y), (x - size, y + 1.7 * size), (x + size, y + 1.7 * size), fill=canvas.skin.ink)
    canvas.line((x - 1.2 * size, y + 1.7 * size), (x + 1.2 * size, y + 1.7 * size))
