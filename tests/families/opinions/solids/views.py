"""The stack as a numpy block, looked through along its axes; in the picture, the squares of every drawing."""

import re

import numpy as np


def _look(heights, side):
    """What is seen of a block of cubes: an array of zeros and ones, or of heights, its upper line first."""
    heights = np.array(heights)
    block = np.arange(3)[None, None, :] < heights[:, :, None]
    if side in ("above", "plan"):
        return heights if side == "plan" else block.any(axis=2).astype(int)
    flat = block.any(axis=0 if side in ("front", "back") else 1).T[::-1].astype(int)
    return flat[:, ::-1] if side in ("back", "right") else flat


def _drawn(option):
    return np.array([[1 if cell == "#" else 0 if cell == "." else int(cell) for cell in line] for line in option])


def _found(drawing, options):
    """The one option that shows this, whatever empty lines or columns are round it."""
    fits = [i for i, option in enumerate(options) if np.array_equal(drawing, _drawn(option))]
    assert len(fits) == 1, "not one drawing is right"
    return fits[0]


def rederive(scene, question):
    heights = np.array(scene["heights"])
    if "below" in question:
        sides = ("front", "right", "back", "left")
        shapes = [_look(heights, side) for side in sides]
        fits = [
            side
            for side, shape in zip(sides, shapes, strict=True)
            if np.array_equal(shape, _drawn(scene["options"][0]))
        ]
        assert len(fits) == 1
        return fits[0]
    if "taken away" in question:
        x, y = scene["marked"]
        heights[y, x] -= 1
    side = (
        "plan"
        if "heights" in question
        else "above"
        if "above" in question
        else re.search(r"from the (\w+)", question)[1]
    )
    if "How many" in question:
        return str(int(_look(heights, side).sum()))
    return "ABCD"[_found(_look(heights, side), scene["options"])]


def seen(picture, scene, question):
    blue = abs(picture - (31, 89, 200)).sum(-1) < 120
    for i, option in enumerate(scene["options"]):
        drawn, middle = _drawn(option)[::-1], 0.14 + 0.24 * i if len(scene["options"]) > 1 else 0.5
        for (y, x), cell in np.ndenumerate(drawn):
            row, column = 224 * (0.955 - (y + 0.5) * 0.064), 224 * (middle + (x + 0.5 - drawn.shape[1] / 2) * 0.064)
            if "heights" in question:
                ink = (
                    picture[round(row) - 4 : round(row) + 5, round(column) - 3 : round(column) + 4].sum(-1) < 500
                ).sum()
                if ink < 8 - 3 * (cell == 1):
                    return False
            elif blue[round(row), round(column)] != (cell == 1):
                return False
    return _stack_shown(
        picture, np.array(scene["heights"]), scene["marked"], 0.9 if "How many squares" in question else 0.62
    )


def _stack_shown(picture, heights, marked, low):
    """The top of every column has its tint where it must lie; that of the marked one is red."""
    rows, places, top = *heights.shape, heights.max()
    unit = min(0.68 / (rows + places) / 0.866, 2 * (low - 0.04) / (rows + places + 2 * top))
    for (y, x), high in np.ndenumerate(heights):
        shades, tint = [], (214, 39, 40) if [x, y] == list(marked) else (206, 218, 243)
        for dx, dy in ((0.3, 0.7), (0.7, 0.3)):
            across, down = x + dx - y - dy, x + dx + y + dy - 2 * high
            column = round(224 * (0.5 + (across - (places - rows) / 2) * 0.866 * unit))
            row = round(224 * ((0.04 + low) / 2 + (down - (rows + places - 2 * top) / 2) * 0.5 * unit))
            shades.append(abs(picture[row, column] - np.array(tint)).sum())
        if high and min(shades) > 40:
            return False
    return True
