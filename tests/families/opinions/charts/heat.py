"""A heat map: the table as an array, and every cell's shade matched with the colour scale of the picture itself."""

import re

import numpy as np


def rederive(scene: dict, question: str) -> str:
    table = np.array(scene["rows"])
    rows = [table["ABCDE".index(letter)] for letter in re.findall(r"\b[A-E]\b", question.split(":")[0])]
    digits = [int(digit) for digit in re.findall(r"\d", question)]
    if "cells" in question:
        return str(int(((table >= digits[0]) if "more" in question else (table == digits[0])).sum()))
    if "In which" in question:
        figures = abs(rows[0] - rows[1]) if "differ" in question else rows[0]
        assert (figures == figures.max()).sum() == 1
        return str(int(figures.argmax()) + 1)
    if "Which row" in question:
        return "ABCDE"[int(table.sum(1).argmax())]
    return str(int(rows[0].sum() if "total" in question else rows[0][digits[0] - 1]))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    scale = np.array([picture[int(224 * (0.86 - (i + 0.5) * 0.82 / 5)), int(224 * 0.87)] for i in range(5)])
    n, k = len(scene["rows"]), len(scene["rows"][0])
    for i, row in enumerate(scene["rows"]):
        for j, value in enumerate(row):
            # Two spots of a cell: the edges of a table of another size run between them.
            for share in (0.15, 0.8):
                x, y = 0.12 + (j + share) * 0.68 / k, 0.04 + (i + share) * 0.82 / n
                if abs(scale - picture[int(224 * y), int(224 * x)]).sum(1).argmin() != value - 1:
                    return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    """Each cell's shade is looked up in the colour bar beside the frame."""
    left, top, right, floor = frame
    bar = np.array([picture[int(floor - (i + 0.5) * (floor - top) / 5), right + 17] for i in range(5)])
    n, k = len(scene["rows"]), len(scene["rows"][0])
    for i, row in enumerate(scene["rows"]):
        for j, value in enumerate(row):
            for share in (0.2, 0.8):
                x, y = left + (right - left) * (j + share) / k, top + (floor - top) * (i + share) / n
                if abs(bar - picture[int(y), int(x)]).sum(1).argmin() != value - 1:
                    return False
    return True
