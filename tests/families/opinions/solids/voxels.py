"""The stack as a numpy block of zeros and ones; in the picture, the tint of the top of every column."""

import re

import numpy as np


def _block(scene):
    heights = np.array(scene["heights"])
    return np.arange(heights.max())[None, None, :] < heights[:, :, None]


def _painted(block):
    """For every cube, how many of its five sides above the floor have no cube before them."""
    padded = np.pad(block, ((1, 1), (1, 1), (0, 1)))
    beside = [np.roll(padded, step, axis) for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1), (2, -1))]
    return sum((padded & ~other).astype(int) for other in beside)[1:-1, 1:-1, :-1]


def rederive(scene, question):
    block = _block(scene)
    if layer := re.search(r"layer (\d)", question):
        return str(int(block[:, :, int(layer[1]) - 1].sum()))
    if "cannot be seen" in question:  # in a falling staircase: behind others on all three seen sides
        behind = np.pad(block, ((0, 1), (0, 1), (0, 1)))
        return str(int((block & behind[1:, :-1, :-1] & behind[:-1, 1:, :-1] & behind[:-1, :-1, 1:]).sum()))
    if "missing" in question:
        return str(int((~block).sum()))
    if "squares are painted" in question:
        return str(int(_painted(block).sum()))
    if exactly := re.search(r"exactly (\d)", question):
        return str(int((block & (_painted(block) == int(exactly[1]))).sum()))
    return str(int(block.sum()))


def seen(picture, scene, question):
    heights = np.array(scene["heights"])
    rows, places, top = *heights.shape, heights.max()
    unit = min(0.88 / (rows + places) / 0.866, 1.76 / (rows + places + 2 * top))
    for (y, x), high in np.ndenumerate(heights):
        if high:
            shades = []
            for dx, dy in ((0.3, 0.7), (0.7, 0.3)):  # a half of the top may be hidden
                across, down = x + dx - y - dy, x + dx + y + dy - 2 * high
                column = round(224 * (0.5 + (across - (places - rows) / 2) * 0.866 * unit))
                row = round(224 * (0.5 + (down - (rows + places - 2 * top) / 2) * 0.5 * unit))
                shades.append(abs(picture[row, column] - np.array([206, 218, 243])).sum())
            if min(shades) > 25:
                return False
    return True
