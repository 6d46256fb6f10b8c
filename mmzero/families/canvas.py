"""Anti-aliased drawing in the unit square, (0, 0) top left; knows skins and Pillow, and no family."""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mmzero.families.skin import Skin

if TYPE_CHECKING:
    from PIL import Image, ImageFont

Point = tuple[float, float]
Colour = tuple[int, int, int]

# Fonts that come with the pinned packages, so that every machine draws the same letters: Pillow's own, and matplotlib's
# at a size at which they run about as wide, for families leave room for Pillow's.
FONTS = {"aileron": None, "serif": ("STIXGeneral.ttf", 1.06), "dejavu": ("DejaVuSans.ttf", 0.86)}
_FINE = 512  # pixels a side from which on a picture needs less smoothing


@cache
def _font(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    if FONTS[name] is None:
        return ImageFont.load_default(size=pixels)
    file, scale = FONTS[name]
    package = Path(importlib.util.find_spec("matplotlib").origin).parent  # found and not imported, which is slow
    return ImageFont.truetype(package / "mpl-data" / "fonts" / "ttf" / file, max(6, round(scale * pixels)))


class Canvas:
    def __init__(self, skin: Skin):
        from PIL import Image, ImageDraw

        self.skin = skin
        # Drawn four times as large, then scaled down: Pillow's own edges are jagged.
        self._side = skin.size * (4 if skin.size <= _FINE else 2)
        self._image = Image.new("RGB", (self._side, self._side), skin.paper)
        self._draw = ImageDraw.Draw(self._image)

    def image(self) -> Image.Image:
        """The square in the middle of the skin's paper."""
        from PIL import Image

        size, (wide, high) = self.skin.size, self.skin.pixels
        square = self._image.resize((size, size), Image.Resampling.BOX)
        if wide == high:
            return square
        paper = Image.new("RGB", (wide, high), self.skin.paper)
        paper.paste(square, ((wide - size) // 2, (high - size) // 2))
        return paper

    def _at(self, *points: Point) -> list[Point]:
        return [(x * self._side, y * self._side) for x, y in points]

    def _width(self, width: float | None) -> int:
        return max(1, round((width or self.skin.stroke) * self._side))

    def line(self, *points: Point, colour: Colour | None = None, width: float | None = None) -> None:
        self._draw.line(self._at(*points), fill=colour or self.skin.ink, width=self._width(width), joint="curve")

    def dashes(self, start: Point, end: Point, colour: Colour | None = None, width: float | None = None) -> None:
        """A broken line: strokes and gaps of equal length, a stroke at both ends."""
        strokes = max(2, round(math.dist(start, end) / 0.04))
        for i in range(strokes):
            here, there = (2 * i / (2 * strokes - 1), (2 * i + 1) / (2 * strokes - 1))
            ends = [tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)) for share in (here, there)]
            self.line(*ends, colour=colour, width=width)

    def arrow(self, start: Point, end: Point, colour: Colour | None = None, width: float | None = None) -> None:
        """A line whose head is filled and ends at `end`."""
        head, long = 3.2 * (width or self.skin.stroke), math.dist(start, end)
        along = ((end[0] - start[0]) / long, (end[1] - start[1]) / long)
        neck = (end[0] - head * along[0], end[1] - head * along[1])
        side = (-0.55 * head * along[1], 0.55 * head * along[0])
        self.line(start, neck, colour=colour, width=width)
        corners = (end, (neck[0] + side[0], neck[1] + side[1]), (neck[0] - side[0], neck[1] - side[1]))
        self.polygon(*corners, fill=colour or self.skin.ink)

    def rectangle(self, low: Point, high: Point, fill: Colour | None = None, outline: Colour | None = None) -> None:
        self._draw.rectangle(self._at(low, high), fill=fill, outline=outline, width=self._width(None) if outline else 0)

    def polygon(self, *points: Point, fill: Colour | None = None, outline: Colour | None = None) -> None:
        self._draw.polygon(self._at(*points), fill=fill)
        if outline:
            self.line(*points, points[0], points[1], colour=outline)

    def circle(
        self,
        centre: Point,
        radius: float,
        fill: Colour | None = None,
        outline: Colour | None = None,
        width: float | None = None,
    ) -> None:
        (x, y), reach = self._at(centre)[0], radius * self._side
        box = [x - reach, y - reach, x + reach, y + reach]
        self._draw.ellipse(box, fill=fill, outline=outline, width=self._width(width) if outline else 0)

    def arc(self, centre: Point, radius: float, start: float, end: float, colour: Colour | None = None) -> None:
        """Degrees, clockwise from three o'clock."""
        (x, y), reach = self._at(centre)[0], radius * self._side
        box = [x - reach, y - reach, x + reach, y + reach]
        self._draw.arc(box, start, end, fill=colour or self.skin.ink, width=self._width(None))

    def shape(self, name: str, centre: Point, radius: float, fill: Colour) -> None:
        """One of SHAPES, of about equal ink whatever its form."""
        if name == "circle":
            return self.circle(centre, radius, fill=fill)
        self.polygon(*corners(name, centre, radius), fill=fill)

    def text(
        self, at: Point, text: str, height: float | None = None, colour: Colour | None = None, anchor: str = "mm"
    ) -> None:
        font = self._letters(height)
        self._draw.text(self._at(at)[0], text, font=font, fill=colour or self.skin.ink, anchor=anchor)

    def extent(self, text: str, height: float | None = None) -> Point:
        """How wide and how high this text is, so that what stands beside it can keep clear."""
        left, top, right, bottom = self._letters(height).getbbox(text, anchor="lt")
        return (right - left) / self._side, (bottom - top) / self._side

    def _letters(self, height: float | None) -> ImageFont.FreeTypeFont:
        return _font(self.skin.font, max(6, round((height or self.skin.text) * self._side)))


_CORNERS = {"square": (45, 4, 1.2), "triangle": (-90, 3, 1.25), "star": (-90, 10, 1.3), "diamond": (0, 4, 1.25)}
SHAPES = ("circle", *_CORNERS)


def corners(name: str, centre: Point, radius: float) -> list[Point]:
    """Of one of SHAPES that has any."""
    turns, count, scale = _CORNERS[name]
    (x, y), spokes = centre, [radius * s * scale for s in ((1.0, 0.42) if name == "star" else (1.0, 1.0))]
    angles = [math.radians(turns + 360 * i / count) for i in range(count)]
    return [(x + spokes[i % 2] * math.cos(a), y + spokes[i % 2] * math.sin(a)) for i, a in enumerate(angles)]
