"""The corners and the box of a thing, (colour, shape, x, y, radius) in thousandths, by complex numbers, and whether its
colour fills that box on a plain picture; for second opinions, imports no family."""

import cmath
import math

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
RGB |= {"purple": (140, 60, 190)}
FORMS = {"circle": (360, 0, 1), "square": (4, 45, 1.2), "triangle": (3, 90, 1.25), "star": (5, 90, 1.3)}
FORMS |= {"diamond": (4, 0, 1.25)}  # how many corners, where the first one is, and how far out


def corners(thing) -> np.ndarray:
    _, shape, x, y, radius = thing
    n, turn, scale = FORMS[shape]
    spokes = [cmath.rect(radius * scale, math.radians(turn) + 2 * math.pi * i / n) for i in range(n)]
    return np.array([(x + spoke.real, y - spoke.imag) for spoke in spokes])


def box(thing) -> tuple[int, ...]:
    """Rounded twice: what is half by arithmetic is half by these corners too."""
    ends = np.concatenate([corners(thing).min(0), corners(thing).max(0)])
    return tuple(map(int, np.rint(ends.round(6))))


def pixels(thing) -> tuple[int, ...]:
    return tuple(round(edge * 0.224) for edge in box(thing))


def fills(picture: np.ndarray, thing) -> bool:
    """From edge to edge of its box, whatever the shape."""
    x1, y1, x2, y2 = pixels(thing)
    like = np.abs(picture - RGB[thing[0]]).sum(-1)[max(y1, 0) : y2, max(x1, 0) : x2] < 60
    return bool(like.any(1).sum() >= y2 - y1 - 4 and like.any(0).sum() >= x2 - x1 - 4)


def alone(picture: np.ndarray, things) -> bool:
    """Each fills its box, and outside their boxes there is paper."""
    free = np.ones(picture.shape[:2], bool)
    for thing in things:
        x1, y1, x2, y2 = pixels(thing)
        free[max(y1 - 1, 0) : y2 + 2, max(x1 - 1, 0) : x2 + 2] = False
    return all(fills(picture, thing) for thing in things) and bool((picture[free] > 240).all())
