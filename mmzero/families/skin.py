"""How a scene looks, apart from what it means: size, palette, font, line width. Knows no family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmzero.errors import UserError

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "black": (25, 25, 25),
    "purple": (140, 60, 190),
}


@dataclass(frozen=True, slots=True)
class Skin:
    """A picture is `size` pixels square. Families draw in the unit square and let the canvas scale."""

    name: str
    size: int
    ink: tuple[int, int, int] = (30, 30, 30)
    paper: tuple[int, int, int] = (255, 255, 255)
    faint: tuple[int, int, int] = (200, 200, 205)
    stroke: float = 0.012  # line width as a share of the size
    text: float = 0.07  # letter height as a share of the size
    colours: Mapping[str, tuple[int, int, int]] = field(default_factory=lambda: COLOURS)


PLAIN = Skin("plain", 224)
SMALL = Skin("small", 128, stroke=0.016, text=0.1)
LARGE = Skin("large", 512, stroke=0.009, text=0.055)
TINY = Skin("tiny", 64, stroke=0.026, text=0.17)  # a model of two million parameters reads its 64 pixels
NIGHT = Skin(
    "night",
    224,
    ink=(235, 235, 235),
    paper=(24, 26, 33),
    faint=(80, 84, 96),
    colours=COLOURS | {"black": (235, 235, 235), "blue": (90, 150, 255)},
)

SKINS = {skin.name: skin for skin in (PLAIN, TINY, SMALL, NIGHT, LARGE)}


def skin(name: str) -> Skin:
    if name not in SKINS:
        raise UserError(f"there is no skin '{name}'; the skins are {', '.join(SKINS)}")
    return SKINS[name]
