"""Second opinion on `trend`: values as arrays, and on the picture the colour at every crossing of the grid's rules."""

import re
from itertools import pairwise

import numpy as np
from printed import stands

OPEN_EDGES = {"right", "top"}  # the axes and their rules run off the picture
RGB = {"red": (214, 39, 40), "blue": (31, 89, 200)}
TICKS = [0.17 + (i + 0.5) * 0.166 for i in range(5)]


def rederive(scene: dict, question: str) -> str:
    red, blue = np.array(scene["red"]), np.array(scene["blue"])
    if "value at" in question:
        return str(red[int(re.findall(r"\d+", question)[0]) - 1])
    if "cross" in question:
        return str(int((np.diff(np.sign(red - blue)) != 0).sum()))
    if "red above blue" in question:
        return str(int((red > blue).sum()))
    if "does the line rise?" in question:
        return str(int((np.diff(red) > 0).sum()))
    figures = np.diff(red) if "rise most" in question else red if "highest" in question else -red
    assert (figures == figures.max()).sum() == 1, f"more than one place is right: {scene}"
    return str(int(figures.argmax()) + 1)


def _colour(picture, x, y):
    pixel = picture[int(224 * y), int(224 * x)]
    return next((name for name, rgb in RGB.items() if np.abs(pixel - np.array(rgb)).sum() < 60), None)


def seen(picture, scene, question) -> bool:
    for i, x in enumerate(TICKS):
        dots = {scene[name][i]: name for name in RGB if i < len(scene[name])}
        if [_colour(picture, x, 1 - y) for y in TICKS] != [dots.get(value) for value in range(1, 6)]:
            return False
    middle = (TICKS[0] + TICKS[1]) / 2 - TICKS[0]
    for name, over in (("red", {"red"}), ("blue", {"blue", "red"})):  # where they cross, red is drawn last
        for i, (here, there) in enumerate(pairwise(scene[name])):
            height = (TICKS[here - 1] + TICKS[there - 1]) / 2
            if _colour(picture, TICKS[i] + middle, 1 - height) not in over:
                return False
    down = all(stands(picture, str(i + 1), (0.085, 1 - tick), 0.07) for i, tick in enumerate(TICKS))
    across = [stands(picture, str(i + 1), (tick, 1 - 0.085), 0.07) for i, tick in enumerate(TICKS)]
    return down and across == [i < len(scene["red"]) for i in range(5)]


def plotted(picture, frame, scene, rgb) -> bool:
    left, top, right, floor = frame
    wanted, n = ("red", "blue"), len(scene["red"])

    def colour(place: float, value: float) -> str | None:
        x, y = left + (right - left) * (place - 0.6) / (n - 0.2), floor - (floor - top) * (value - 0.6) / 4.8
        pixel = picture[int(y), int(x)]
        return next((name for name in wanted if np.abs(pixel - np.array(rgb[name])).sum() < 90), None)

    for i in range(n):
        dots = {scene[name][i]: name for name in wanted if scene[name]}
        if [colour(i + 1, value) for value in range(1, 6)] != [dots.get(value) for value in range(1, 6)]:
            return False
    return all(
        colour(i + 1.5, (here + there) / 2) in {"red", name}
        for name in wanted
        for i, (here, there) in enumerate(pairwise(scene[name]))
    )
