"""Box plots: columns of an array, and each plot walked from the floor up in half units for line, box and median."""

import re

import numpy as np


def rederive(scene: dict, question: str) -> str:
    low, first, middle, third, high = np.array(scene["plots"]).T
    head = question.split(":")[0]
    if head.startswith("Which"):
        figures = third - first if "quartiles" in head else high - low if "distance" in head else middle
        figures = -figures if "lowest median" in head else figures
        assert (figures == figures.max()).sum() == 1
        return scene["names"][int(figures.argmax())]
    if mark := re.search(r"the value (\d+)", head):
        return str(sum(int(mark[1]) in range(a + 1, b) for a, b in zip(first, third, strict=True)))
    at = scene["names"].index(re.findall(r"\w+", head)[-1])
    if "How many" in head:
        return str(int((middle > third[at]).sum()))
    return str((third - first if "quartile" in head else high - low if "lowest" in head else middle)[at])


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n = len(scene["plots"])
    for i, (low, first, middle, third, high) in enumerate(scene["plots"]):
        x = 0.13 + (i + 0.5) * 0.84 / n
        for step in range(24):
            value = step / 2 + 0.25
            pixel = picture[int(224 * (0.87 - value * 0.8 / 12)), int(224 * x)]
            kind = "box" if np.ptp(pixel) > 45 else "line" if pixel.sum() < 300 else "none"
            if kind != ("box" if first < value < third else "line" if low < value < high else "none"):
                return False
        dark = picture[int(224 * (0.87 - middle * 0.8 / 12)), int(224 * (x + 0.02))]
        if dark.sum() > 300:
            return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    """The scale runs from -0.5 to 12.5."""
    left, top, right, floor = frame
    n = len(scene["plots"])
    for i, (low, first, middle, third, high) in enumerate(scene["plots"]):
        x = left + (right - left) * (i + 0.6) / (n + 0.2)
        for step in range(24):
            value = step / 2 + 0.25
            pixel = picture[int(floor - (floor - top) * (value + 0.5) / 13), int(x)]
            kind = "box" if np.ptp(pixel) > 45 else "line" if pixel.sum() < 400 else "none"
            if kind != ("box" if first < value < third else "line" if low < value < high else "none"):
                return False
        if picture[int(floor - (floor - top) * (middle + 0.5) / 13), int(x + 4)].sum() > 300:
            return False
    return True
