"""A logarithmic scale: exact logarithms of the table, and every rule searched for the end of a bar or for a dot."""

import re

import numpy as np


def rederive(scene: dict, question: str) -> str:
    logs = dict(zip(scene["names"], np.log10(scene["values"]), strict=True))
    head = question.split(":")[0]
    named = [logs[word] for word in re.findall(r"\w+", head) if word in logs]
    if head.startswith("Which step"):
        rises = np.diff(list(logs.values()))
        at = int(rises.argmax())
        assert np.isclose(rises, rises[at]).sum() == 1
        return f"{scene['names'][at]} to {scene['names'][at + 1]}"
    figure = re.search(r"\d\d*(?= times)|(?<=than )\d+", head)
    if head.startswith("Which"):
        return next(name for name, log in logs.items() if abs(log - named[0] - np.log10(int(figure[0]))) < 1e-6)
    if figure:
        return str(sum(log > np.log10(int(figure[0])) for log in logs.values()))
    if "How much" in head:
        return str(round(10 ** named[0] - 10 ** named[1]))
    if "once more" in head:
        return str(round(10 ** (2 * named[1] - named[0])))
    return str(round(10 ** (named[1] - named[0] if len(named) == 2 else named[0])))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    coloured = np.ptp(picture, axis=-1) > 60
    marks = [lead * 10**power for power in range(3) for lead in (1, 2, 5)] + [1000]
    for i, value in enumerate(scene["values"]):
        x = 0.2 + (i + 0.5) * 0.77 / len(scene["values"])
        # Above, below, left and right of a dot's middle, or on both sides of a bar's end.
        spots = [(0, 0.015), (0, -0.015), (0.016, 0), (-0.016, 0)]
        wanted = [True] * 4
        if scene["look"] == "bars":
            spots, wanted = [(0.04, 0.02), (-0.04, 0.02), (0.04, -0.02), (-0.04, -0.02)], [True, True, False, False]
        found = []
        for mark in marks:
            y = 0.85 - np.log10(mark) / 3 * 0.78
            if [bool(coloured[int(224 * (y + down)), int(224 * (x + right))]) for right, down in spots] == wanted:
                found.append(mark)
        if found != [value]:
            return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    """The scale runs from 1 / 1.35 to 1000 * 1.35; above and below a dot, or on either side of a bar's end."""
    left, top, right, floor = frame
    coloured, n = np.ptp(picture, axis=-1) > 60, len(scene["values"])
    marks = [lead * 10**power for power in range(3) for lead in (1, 2, 5)] + [1000]
    spots, wanted = [(0, 3), (0, -3), (3, 0), (-3, 0)], [True] * 4
    if scene["look"] == "bars":
        spots, wanted = [(5, 3), (-5, 3), (5, -3), (-5, -3)], [True, True, False, False]
    for i, value in enumerate(scene["values"]):
        x, found = left + (right - left) * (i + 0.6) / (n + 0.2), []
        for mark in marks:
            y = floor - (floor - top) * np.log10(1.35 * mark) / np.log10(1350 * 1.35)
            if [bool(coloured[int(y + down), int(x + across)]) for across, down in spots] == wanted:
                found.append(mark)
        if found != [value]:
            return False
    return True
