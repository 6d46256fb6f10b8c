"""Whether a label stands at a place of a 224-pixel picture, held against the font that Pillow carries; for second opinions."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE, OVER = 224, 4  # drawn four times as large and averaged, as anti-aliased letters are


@cache
def _ink(text: str, height: float, dx: int, dy: int) -> np.ndarray:
    font = ImageFont.load_default(size=max(6, round(height * SIDE * OVER)))
    wide, high = (round(font.getlength(text) / OVER) // 2 + 4, round(height * SIDE) // 2 + 4)
    image = Image.new("L", (2 * wide * OVER, 2 * high * OVER))
    ImageDraw.Draw(image).text((wide * OVER + dx, high * OVER + dy), text, fill=255, font=font, anchor="mm")
    return np.asarray(image.resize((2 * wide, 2 * high), Image.Resampling.BOX)) / 255


def says(picture: np.ndarray, at: tuple[float, float], text: str, height: float = 0.07) -> bool:
    """Dark letters of this height, their middle at this place of the unit square, on a lighter even ground."""
    (x, dx), (y, dy) = (divmod(round(share * SIDE * OVER), OVER) for share in at)
    expected = _ink(text, height, dx, dy)
    high, wide = (half // 2 for half in expected.shape)
    patch = picture[max(0, y - high) : y + high, max(0, x - wide) : x + wide].mean(-1)
    if patch.shape != expected.shape:
        return False
    mask = expected > 0.05
    ground = np.median(patch[~mask])
    found = np.clip((ground - patch) / max(1.0, ground - 30), 0, 1)
    # Another digit differs by most of a pixel's ink somewhere; the same one by a shade at most.
    return bool(abs(found - expected)[_near(mask)].max() < 0.42)


def _near(mask: np.ndarray) -> np.ndarray:
    """The letters and the pixels that touch them: a frame further off is nobody's letter."""
    wide = np.pad(mask, 1)
    return wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
