"""Grouped bars: the table as an array, and each bar's colour sampled just below and just above its end."""

import re

import numpy as np

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}


def rederive(scene: dict, question: str) -> str:
    table, series, groups = np.array(scene["values"]), scene["series"], scene["groups"]
    head = re.findall(r"\w+", question.split(":")[0])
    rows = [table[series.index(word)] for word in head if word in series]
    if "total" in head:
        return series[int((table @ np.ones(len(groups))).argmax())]
    if head[0] == "Where":
        sign = -1 if "lowest" in head else 1
        return groups[int((abs(rows[0] - rows[1]) if "gap" in head else sign * rows[0]).argmax())]
    if "groups" in head:
        return str(int((rows[0] > rows[1]).sum()))
    column = groups.index(head[-1])
    return str(int(rows[0][column] - (rows[1][column] if len(rows) == 2 else 0)))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n, k = len(scene["groups"]), len(scene["series"])
    slot = 0.84 / n
    for i, row in enumerate(scene["values"]):
        colour = np.array(COLOURS[scene["colours"][i]])
        for j, value in enumerate(row):
            x = 0.13 + (j + 0.5) * slot + (i + 0.5 - k / 2) * slot * 0.8 / k
            ys = [0.87 - 0.07 * (value + step) for step in (-0.4, 0.4)]
            filled = [abs(picture[int(y * 224), int(x * 224)] - colour).max() < 40 for y in ys]
            if filled != [True, False]:
                return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    left, top, right, floor = frame
    n, k = len(scene["groups"]), len(scene["series"])
    for i, (name, row) in enumerate(zip(scene["colours"], scene["values"], strict=True)):
        filled = np.abs(picture - np.array(rgb[name])).max(-1) < 40
        for j, value in enumerate(row):
            x = left + (right - left) * (j + 0.6 + (i + 0.5 - k / 2) * 0.8 / k) / (n + 0.2)
            if abs(filled[top:floor, int(x)].mean() * 10.5 - value) > 0.3:
                return False
    return True
