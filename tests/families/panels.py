"""Whether a framed patch of the plain picture shows a panel that a scene of the patterns describes; imports no family."""

import numpy as np
from scipy.ndimage import label
from things import RGB

AREA = {"circle": np.pi, "square": 2.88, "triangle": 2.03, "star": 2.087, "diamond": 3.125}  # of radius 1
RADII = (0.21, 0.42, 0.62)
STROKES = ((0, -1), (0, 1), (-1, 0), (1, 0), (0.4, 0.4), (0.4, -0.4))  # a point of each that no other one has


def _close(patch, colour):
    return np.abs(patch - RGB[colour]).sum(-1) < 90


def shows(picture, x, y, half, panel):
    """Whether this panel, (shape, colour, size, count, turn, inner, tint), stands in the frame about x, y."""
    shape, colour, size, count, turn, inner, tint = panel
    x, y, half = 224 * x, 224 * y, 224 * half
    near = int(half) - 3  # clear of the frame
    patch = picture[round(y) - near : round(y) + near, round(x) - near : round(x) + near]
    if shape == "lines":
        places = [(int(y + 0.62 * half * down), int(x + 0.62 * half * right)) for right, down in STROKES]
        drawn = [np.abs(picture[r - 1 : r + 2, c - 1 : c + 2] - 255).sum(-1).max() > 200 for r, c in places]
        return drawn == [bool(turn >> i & 1) for i in range(6)]
    mask = _close(patch, colour)
    if any(_close(patch, other).sum() > 3 for other in RGB if other not in (colour, tint)) or not mask.any():
        return False
    if inner:
        return _close(patch[near - 1 : near + 1, near - 1 : near + 1], tint).all() and mask.sum() > 40
    if shape == "arrow":
        head, tail = (np.array([[-0.4], [0.4]]) + 1j * down for down in (-0.22, 0.6))  # beside the shaft, up or down
        turned = x + 1j * y + 0.72 * half * np.exp(1j * turn * np.pi / 4) * np.hstack([head, tail])
        drawn = np.abs(picture[np.int_(turned.imag), np.int_(turned.real)] - RGB[colour]).sum(-1) < 150
        return (drawn == [True, False]).all()
    inked = np.abs(patch - 255).sum() / np.abs(np.array(RGB[colour]) - 255).sum()
    return (
        label(np.abs(patch - 255).sum(-1) > 110, np.ones((3, 3)))[1] == count
        and abs(inked / (AREA[shape] * (RADII[size] * half) ** 2 * count) - 1) < 0.3
    )


def options_show(picture, half, options):
    return all(shows(picture, 0.5 + (i - 1.5) * 0.235, 0.855, half, option) for i, option in enumerate(options))
