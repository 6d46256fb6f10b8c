"""A scatter: masks over arrays, neighbours joined into clusters, and the trend that fits best with one point left out."""

import re

import networkx as nx
import numpy as np
from scipy import ndimage

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}


def rederive(scene: dict, question: str) -> str:
    x, y = np.array([point[:2] for point in scene["points"]]).T
    if "clusters" in question:
        near = nx.Graph((i, j) for i in range(len(x)) for j in range(len(x)) if np.hypot(x[i] - x[j], y[i] - y[j]) < 14)
        return str(nx.number_connected_components(near))
    if "far away" in question:
        left = [np.polyfit(np.delete(x, i), np.delete(y, i), 1, full=True)[1].sum() for i in range(len(x))]
        return str(x[int(np.argmin(left))] // 10)
    if found := re.search("highest|lowest|rightmost|leftmost", question):
        along, other = (y, x) if found[0] in ("highest", "lowest") else (x, y)
        return str(other[along.argmax() if found[0] in ("highest", "rightmost") else along.argmin()] // 10)
    level = x if scene["by"] in ("diagonal", "coloured") else scene["at"][1]
    fits = y > level if "above" in question else y < level
    if "the other" in question:
        fits &= x > scene["at"][0] if "right" in question else x < scene["at"][0]
    return str(
        int(sum(ok and (question.split()[2] in (p[2], "points")) for ok, p in zip(fits, scene["points"], strict=True)))
    )


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    _, number = ndimage.label(np.ptp(picture, axis=-1) > 60)
    if number != len(scene["points"]) or not _lined(picture, scene):
        return False
    pixels = [picture[int(224 * (0.87 - 0.0077 * y)), int(224 * (0.13 + 0.008 * x))] for x, y, _ in scene["points"]]
    return all(abs(p - COLOURS[c]).max() < 40 for p, (*_, c) in zip(pixels, scene["points"], strict=True))


def _lined(picture: np.ndarray, scene: dict) -> bool:
    """A third of each dashed line is ink, where it must lie."""
    dark, (across, up) = picture.max(-1) < 110, scene["at"]
    column, row = round(224 * (0.13 + 0.008 * across)), round(224 * (0.87 - 0.0077 * up))
    level = dark[row - 1 : row + 2, 30:200].any(0).mean() > 0.3
    return {"above": level, "quadrant": level and dark[30:190, column - 1 : column + 2].any(1).mean() > 0.3}.get(
        scene["by"], True
    )


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    left, top, right, floor = frame
    _, number = ndimage.label(np.ptp(picture, axis=-1) > 60)
    places = [(left + (right - left) * x / 100, floor - (floor - top) * y / 100) for x, y, _ in scene["points"]]
    pixels = [picture[int(y), int(x)] for x, y in places]
    return number == len(pixels) and all(
        abs(pixel - rgb[colour]).max() < 40 for pixel, (*_, colour) in zip(pixels, scene["points"], strict=True)
    )
