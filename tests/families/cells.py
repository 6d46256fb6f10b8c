"""Which coloured thing stands in a cell of a plain picture, told by its pixels alone; imports no family."""

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
FILLS = {"circle": np.pi / 4, "square": 1, "triangle": 0.5}  # how much of the box about it a shape covers


def cell(picture: np.ndarray, row: int, column: int, n: int) -> np.ndarray:
    """The pixels of a cell of an n x n grid, clear of the rules between cells."""
    top, left = round(224 * row / n), round(224 * column / n)
    return picture[top + 3 : top + 224 // n - 3, left + 3 : left + 224 // n - 3]


def colour_of(pixel: np.ndarray) -> str | None:
    """The nearest colour's name; None where none is near."""
    far = {name: np.abs(pixel - np.array(rgb)).sum() for name, rgb in RGB.items()}
    name = min(far, key=far.__getitem__)
    return name if far[name] < 90 else None


def thing(patch: np.ndarray, ground: int = 255, fills: dict[str, float] = FILLS) -> tuple[str | None, str] | None:
    """Colour and shape of what stands on this ground, None where it is bare."""
    inked = np.abs(patch - ground).sum(-1) > 140
    if inked.sum() < 40:
        return None
    fill = inked.sum() / (inked.any(0).sum() * inked.any(1).sum())
    return colour_of(np.median(patch[inked], axis=0)), min(fills, key=lambda shape: abs(fills[shape] - fill))
