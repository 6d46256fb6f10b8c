"""A histogram: every value written out one by one, and the bars measured pixel row by pixel row."""

import re
import statistics

import numpy as np


def rederive(scene: dict, question: str) -> str:
    start, width = scene["start"], scene["width"]
    values = [start + (i + 0.5) * width for i, count in enumerate(scene["bins"]) for _ in range(count)]
    head = question.split(":")[0]
    figures = [int(figure) for figure in re.findall(r"\d+", head)]
    if head.startswith(("Which", "In which")):
        middle = statistics.median(values) if "median" in head else statistics.mode(values)
        low = int(middle // width * width)
        return f"{low}-{low + width}"
    if "in all" in head:
        return str(len(values))
    low, high = figures if len(figures) == 2 else (figures[0], 1000) if "or more" in head else (0, figures[0])
    chosen = sum(low < value < high for value in values)
    return f"{100 * chosen / len(values):g}" if "percentage" in head else str(chosen)


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n = len(scene["bins"])
    for i, count in enumerate(scene["bins"]):
        for share in (0.15, 0.85):  # bars of other widths have an edge between these
            x = int(224 * (0.13 + (i + share) * 0.84 / n))
            height = (np.ptp(picture[:, x], axis=-1) > 60).sum() / (224 * 0.08)
            if abs(height - count) > 0.35:
                return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    left, top, right, floor = frame
    coloured = np.ptp(picture[top:floor, left:right], axis=-1) > 60
    n = len(scene["bins"])
    reads = [(coloured[:, int((right - left) * (i + at) / n)], i) for i in range(n) for at in (0.15, 0.85)]
    return all(abs(column.mean() * 10.5 - scene["bins"][i]) < 0.35 for column, i in reads)
