"""Second opinion on `bars`: heights as an array, and on the picture blue just below a bar's end and none just above."""

import re

import numpy as np
from printed import stands

OPEN_EDGES = {"right"}  # the floor and its rules run off the picture


def rederive(scene: dict, question: str) -> str:
    head, names = question.split(":")[0], "ABCDE"
    heights = np.array(scene["heights"])
    named = [int(heights[names.index(letter)]) for letter in re.findall(r"\b[A-E]\b", head)]
    order = np.argsort(-heights)
    if "second tallest" in head:
        return names[order[1]]
    if head.startswith("Which"):
        return names[order[0 if "tallest" in head else -1]]
    if head.startswith("How many"):
        return str(int((heights > named[0]).sum()))
    if "the tallest bar" in head:
        return str(int(np.ptp(heights)))
    return str(named[0] - named[1] if "How much taller" in head else sum(named))


def seen(picture, scene, question) -> bool:
    slot = 0.83 / len(scene["heights"])
    blue = np.abs(picture - np.array((31, 89, 200))).sum(-1) < 90
    for i, height in enumerate(scene["heights"]):
        middle = 0.17 + (i + 0.5) * slot
        end = blue[:, int(224 * middle)]
        ends = [end[int(224 * (0.82 - 0.081 * (height + step)))] for step in (-0.4, 0.4)]
        beside = [blue[int(224 * 0.8), int(224 * (middle + side * slot * 0.42))] for side in (-1, 1)]
        if ends != [True, False] or any(beside) or not stands(picture, "ABCDE"[i], (middle, 0.91), 0.07):
            return False
    return all(stands(picture, str(value), (0.085, 0.82 - value * 0.081), 0.07) for value in (3, 6, 9))


def plotted(picture, frame, scene, rgb) -> bool:
    """The frame is the half-open box of pixels inside matplotlib's spines; its scale runs from 0 to 9.5."""
    left, top, right, floor = frame
    n, blue = len(scene["heights"]), np.abs(picture - np.array(rgb["blue"])).sum(-1) < 60
    if np.diff(blue[floor - 6, left:right].astype(int)).clip(0).sum() != n:
        return False
    columns = [int(left + (right - left) * (i + 0.6) / (n + 0.2)) for i in range(n)]
    read = [blue[top:floor, x].mean() * 9.5 for x in columns]
    return bool(np.abs(np.array(read) - scene["heights"]).max() < 0.3)
