"""Whether a text stands at a place of a plain picture: Pillow alone draws it once more, and the two are compared."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE, OVER = 224, 4
WIDE = SIDE * OVER
_font = cache(lambda pixels: ImageFont.load_default(size=pixels))


@cache
def _patch(text: str, across: float, down: float, height: float, anchor: str) -> tuple[int, int, np.ndarray]:
    """The pixel where the text's surroundings begin, and how dark each of their pixels would be."""
    font, at = _font(max(6, round(height * WIDE))), (across * WIDE, down * WIDE)
    left, top, right, low = font.getbbox(text, anchor=anchor)
    x, y = (math.floor((place + edge) / OVER) - 2 for place, edge in zip(at, (left, top), strict=True))
    size = [
        math.ceil((place + edge) / OVER) + 2 - start
        for place, edge, start in zip(at, (right, low), (x, y), strict=True)
    ]
    patch = Image.new("L", (size[0] * OVER, size[1] * OVER))
    ImageDraw.Draw(patch).text((at[0] - x * OVER, at[1] - y * OVER), text, font=font, fill=255, anchor=anchor)
    return x, y, np.asarray(patch.resize(size, Image.Resampling.BOX)) / 255


def stands(
    picture: np.ndarray, text: str, at: tuple[float, float], height: float = 0.07, anchor: str = "mm", beside: int = 2
) -> bool:
    """Whatever the letters' colour and the even ground they stand on: no pixel of them may be off by half their ink, nor
    of so many columns beside them, where another letter would begin."""
    x, y, dark = _patch(text, *at, height, anchor)
    there = 255 - picture[max(y, 0) : y + dark.shape[0], max(x, 0) : x + dark.shape[1]].min(-1)
    if there.shape != dark.shape:
        return False
    rows, columns = (np.flatnonzero((dark > 0.05).any(axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(max(columns[0] - beside, 0), columns[-1] + beside + 1)
    dark, there = dark[box], there[box]
    ink, ground = np.polyfit(dark.ravel(), there.ravel(), 1)
    # Another digit differs by most of a pixel's ink somewhere; the same one by a shade at most.
    return bool(ink > 40 and np.abs(there - ground - ink * dark).max() < 0.45 * ink)
