"""Lettered discs and the lines between them on a plain picture, places in thousandths; for second opinions, imports no
family."""

import numpy as np
from printed import stands

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def lettered(picture: np.ndarray, places: list) -> bool:
    return all(
        stands(picture, letter, (x / 1000, y / 1000), 0.0665) for letter, (x, y) in zip(LETTERS, places, strict=False)
    )


def joined(picture: np.ndarray, one: list, two: list, label: int = 0) -> bool:
    """Ink all along, but for the discs at both ends and, so many pixels from the middle, a number."""
    here, there = (224 * np.array(place) / 1000 for place in (one, two))
    long = np.linalg.norm(there - here)
    shares = [share for share in np.linspace(18 / long, 1 - 18 / long, 40) if abs(share - 0.5) * long >= label]
    spots = np.array([here + share * (there - here) for share in shares]).astype(int)
    return bool((picture[spots[:, 1], spots[:, 0]].sum(-1) < 465).mean() > 0.95)
