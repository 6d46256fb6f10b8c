"""The marks that maps share: places with their letters, and the hues that letters can be read on."""

from __future__ import annotations

from mmzero.families.canvas import Canvas, Colour, Point
from mmzero.families.skin import Skin

REACH = 0.05  # of a place's circle


def pale(skin: Skin, hue: Colour) -> Colour:
    """A hue thinned with paper, on which ink can be read."""
    return tuple((hue + 3 * paper) // 4 for hue, paper in zip(hue, skin.paper, strict=True))


def place(canvas: Canvas, at: Point, letter: str, fill: Colour | None = None, big: bool = False) -> None:
    skin = canvas.skin
    reach, bold = (REACH * 1.25, 1.2) if big else (REACH, 0.7)
    canvas.circle(at, reach, fill=fill or skin.paper, outline=skin.ink, width=skin.stroke * bold)
    canvas.text(at, letter, height=min(skin.text, 0.062))
