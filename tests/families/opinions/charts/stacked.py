"""Stacked bars: exact fractions over the table, and the colour sampled in every unit of every bar."""

import re
from fractions import Fraction

import numpy as np

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}


def rederive(scene: dict, question: str) -> str:
    series, groups, parts = scene["series"], scene["groups"], scene["parts"]
    head = re.findall(r"\w+", question.split(":")[0])
    row = (
        [bar[next(i for i, name in enumerate(series) if name in head)] for bar in parts]
        if set(head) & set(series)
        else []
    )
    wholes = [sum(bar) for bar in parts]
    shares = [Fraction(a, b) for a, b in zip(row, wholes, strict=False)]
    if head[0] == "Which":
        figures = shares if "percentage" in head else row if "part" in head else wholes
        assert figures.count(max(figures)) == 1
        return groups[figures.index(max(figures))]
    if "half" in head:
        return str(sum(share > Fraction(1, 2) for share in shares))
    at = next(j for j, name in enumerate(groups) if name in head)
    return str(shares[at] * 100 if "percentage" in head else row[at] if row else wholes[at])


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    slot = 0.84 / len(scene["groups"])
    for j, bar in enumerate(scene["parts"]):
        x = int(224 * (0.13 + (j + 0.5) * slot))
        units = [colour for colour, part in zip(scene["colours"], bar, strict=True) for _ in range(part)]
        for level in range(10):
            pixel = picture[int(224 * (0.87 - 0.07 * (level + 0.5))), x]
            nearest = min(COLOURS, key=lambda name: abs(pixel - COLOURS[name]).sum())
            filled = abs(pixel - COLOURS[nearest]).max() < 40
            if (nearest if filled else None) != (units[level] if level < len(units) else None):
                return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    left, top, right, floor = frame
    for j, bar in enumerate(scene["parts"]):
        x = int(left + (right - left) * (j + 0.6) / (len(scene["parts"]) + 0.2))
        units = [colour for colour, part in zip(scene["colours"], bar, strict=True) for _ in range(part)]
        for level in range(10):
            pixel = picture[int(floor - (floor - top) * (level + 0.5) / 10.5), x]
            filled = [name for name in rgb if abs(pixel - rgb[name]).max() < 40]
            if filled != units[level : level + 1]:
                return False
    return True
