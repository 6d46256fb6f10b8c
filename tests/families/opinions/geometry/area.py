"""Areas and ways round by sympy's polygons, grid points one by one; in the picture, the tint of every grid square."""

import numpy as np


def _sides(corners):
    return zip(corners, [*corners[1:], corners[0]], strict=True)


def _inside(corners, x, y):
    """How often a line from here to the right leaves the figure is odd."""
    crossed = [a + (y - b) / (d - b) * (c - a) > x for (a, b), (c, d) in _sides(corners) if (b > y) != (d > y)]
    return sum(crossed) % 2 == 1


def _on_rim(corners, x, y):
    return any(
        (c - a) * (y - b) == (d - b) * (x - a) and min(a, c) <= x <= max(a, c) and min(b, d) <= y <= max(b, d)
        for (a, b), (c, d) in _sides(corners)
    )


def rederive(scene, question):
    from sympy import Polygon

    corners, other = scene["outline"], scene["other"]
    grid = [(x, y) for x in range(9) for y in range(9)]
    if "points of the grid" in question:
        rim = [at for at in grid if _on_rim(corners, *at)]
        return str(
            len(rim) if "on the sides" in question else sum(_inside(corners, *at) for at in grid if at not in rim)
        )
    if "way round" in question:
        return str(Polygon(*corners).perimeter)
    return str(abs(Polygon(*corners).area) - (abs(Polygon(*other).area) if other else 0))


def seen(picture, scene, question):
    unit, first, second = 0.79 / 8 * 224, scene["outline"], scene["other"]
    good = []
    for x, y in np.ndindex(32, 32):
        x, y = x / 4 + 0.125, y / 4 + 0.125
        by_a_line = min(x % 1, 1 - x % 1, y % 1, 1 - y % 1) < 0.2
        if by_a_line or any(_near(corners, x, y) for corners in (first, second) if corners):
            continue
        red, _, blue = picture[round(0.085 * 224 + (8 - y) * unit), round(0.125 * 224 + x * unit)]
        one, two = _inside(first, x, y), bool(second) and _inside(second, x, y)
        wanted = "white" if one == two else "blue" if two or not second or "hole" in question else "red"
        shown = "white" if min(red, blue) > 240 else "red" if red > blue else "blue"
        good.append(shown == wanted)
    return np.mean(good) > 0.98


def _near(corners, x, y):
    """Whether a side runs closely by."""
    for (a, b), (c, d) in _sides(np.array(corners, float)):
        t = np.clip(((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2), 0, 1)
        if np.hypot(a + t * (c - a) - x, b + t * (d - b) - y) < 0.25:
            return True
    return False
