"""How a scene looks, apart from what it means: size, shape, palette, font, line width. Knows no family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mmzero.errors import UserError

COLOURS = {  # by the words that questions use; black is the ink's and no question names it
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "black": (25, 25, 25),
    "purple": (140, 60, 190),
}


@dataclass(frozen=True, slots=True)
class Skin:
    """A picture's shorter side has `size` pixels. Families draw in the unit square and let the canvas scale and place it."""

    name: str
    size: int
    ink: tuple[int, int, int] = (30, 30, 30)
    paper: tuple[int, int, int] = (255, 255, 255)
    faint: tuple[int, int, int] = (200, 200, 205)
    stroke: float = 0.012  # line width as a share of the size
    text: float = 0.07  # letter height as a share of the size
    colours: Mapping[str, tuple[int, int, int]] = field(default_factory=lambda: COLOURS)
    font: str = "aileron"  # one of the canvas's FONTS
    plotted: bool = False  # charts are matplotlib's; all else is drawn as ever
    aspect: float = 1.0  # width by height

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        return round(self.size * max(1.0, self.aspect)), round(self.size * max(1.0, 1 / self.aspect))


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
    colours={
        "red": (232, 72, 66),
        "blue": (90, 150, 255),
        "green": (58, 172, 92),
        "yellow": (244, 200, 40),
        "black": (235, 235, 235),
        "purple": (176, 106, 226),
    },
)

POSTER = Skin("poster", 1024, stroke=0.007, text=0.05)
SERIF = Skin(
    "serif",
    224,
    ink=(62, 42, 32),
    paper=(251, 245, 231),
    faint=(212, 201, 180),
    stroke=0.009,
    colours={
        "red": (205, 70, 62),
        "blue": (72, 112, 190),
        "green": (78, 142, 86),
        "yellow": (232, 184, 48),
        "black": (50, 36, 30),
        "purple": (146, 92, 176),
    },
    font="serif",
)
PLOTTED = Skin(
    "plotted",
    224,
    ink=(0, 0, 0),
    faint=(205, 205, 205),
    stroke=0.01,
    colours={  # matplotlib's own, as far as the words stay true
        "red": (214, 38, 40),
        "blue": (31, 119, 180),
        "green": (44, 160, 44),
        "yellow": (237, 195, 20),
        "black": (0, 0, 0),
        "purple": (148, 83, 189),
    },
    font="dejavu",
    plotted=True,
)

SKINS = {skin.name: skin for skin in (PLAIN, TINY, SMALL, NIGHT, LARGE, POSTER, SERIF, PLOTTED)}
ASPECTS = {"wide": 16 / 9, "tall": 9 / 16}


def skin(name: str) -> Skin:
    """One of SKINS, or one of them on other paper: `night-wide`, or `wide` alone for `plain-wide`."""
    if name in SKINS:
        return SKINS[name]
    look, _, shape = (name if "-" in name else f"plain-{name}").rpartition("-")
    if look not in SKINS or shape not in ASPECTS:
        every = f"the skins are {', '.join(SKINS)}, each with -wide or -tall behind it for other paper"
        raise UserError(f"there is no skin '{name}'; {every}")
    # Twice as long as the square and an eighth higher: 16 to 9 in whole pixels, whatever the skin.
    return replace(SKINS[look], name=name, size=SKINS[look].size * 9 // 8, aspect=ASPECTS[shape])
