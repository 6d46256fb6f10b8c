"""Second opinion on `lights`: presses as sums modulo 2, patches by scipy's labels; the picture cell by cell."""

import re
from itertools import product

import numpy as np
from scipy.ndimage import label

COLOURS = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
DOTS = ("red", "blue", "green", "purple")


def _presses(n):
    """Row i is what a press on cell i switches."""
    line = np.eye(n, k=1, dtype=int) + np.eye(n, k=-1, dtype=int)
    return np.kron(line, np.eye(n, dtype=int)) + np.kron(np.eye(n, dtype=int), line) + np.eye(n * n, dtype=int)


def _fewest(cells):
    """Row by row: the first row of presses settles all the others, so only its choices are tried."""
    n, best = len(cells), []
    for first in product((0, 1), repeat=n):
        left, presses = cells.copy(), np.zeros((n, n), int)
        for row in range(n):
            presses[row] = first if row == 0 else left[row - 1]
            left = (cells.ravel() + presses.ravel() @ _presses(n)).reshape(n, n) % 2
        if not left.any():
            best.append(int(presses.sum()))
    return min(best)


def rederive(scene, question):
    cells = np.array([list(map(int, row)) for row in scene["cells"]])
    n = len(cells)
    if "patch" in question:
        patches, _ = label(cells == cells[0, 0])
        cells[patches == patches[0, 0]] = list(COLOURS).index(re.search(r"turns (\w+)", question)[1])
        patches, _ = label(cells == cells[0, 0])
        return str(int((patches == patches[0, 0]).sum()))
    after = [(cells.ravel() + _presses(n)[dot]) % 2 for dot in scene["dots"]]
    if "Which dot" in question:
        (right,) = [name for name, lights in zip(DOTS, after, strict=True) if not lights.any()]
        return right
    if "at least" in question:
        return str(_fewest(cells))
    return str(int(((cells.ravel() + _presses(n)[scene["dots"]].sum(0)) % 2).sum()))


def seen(picture, scene, question):
    n = len(scene["cells"])
    cell = 224 * 0.9 / n
    for place in range(n * n):
        row, column = divmod(place, n)
        y, x = (round(224 * 0.05 + (i + 0.5) * cell) for i in (row, column))
        state = int(scene["cells"][row][column])
        beside, middle = picture[y, round(x + 0.3 * cell)], picture[y, x]
        right = (
            list(COLOURS.values())[state] if "patch" in question else COLOURS["yellow"] if state else (255, 255, 255)
        )
        if np.abs(beside - right).sum() > 60 or (np.abs(beside - middle).sum() > 60) != (place in scene["dots"]):
            return False
        if place in scene["dots"]:
            name = DOTS[scene["dots"].index(place)]
            if np.abs(middle - (COLOURS | {"purple": (140, 60, 190)})[name]).sum() > 60:
                return False
    return True
