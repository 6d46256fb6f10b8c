"""The map once more: roads are walked square by square, and their colours looked for along every square's side."""

import re

import numpy as np
from printed import stands

HUES = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60)}


def rederive(scene, question):
    lengths = {colour: len(_walk(road)) * scene["unit"] for colour, road in scene["roads"]}
    ends = np.array([scene["roads"][0][1][0], scene["roads"][0][1][-1]])
    straight = scene["unit"] * np.linalg.norm(ends[1] - ends[0])
    one = next(iter(lengths.values()))
    if "straight line" in question:
        return f"{one - straight:g}"
    if "straight to" in question:
        return f"{straight:g}"
    if pace := re.search(r"at (\d+) kilometres", question):
        return f"{one / int(pace[1]):g}"
    if named := re.search(r"the (\w+) road from A to B shorter than the (\w+) one", question):
        return str(lengths[named[2]] - lengths[named[1]])
    return str(min(lengths.values()) if "shortest" in question else one)


def _walk(road):
    """The middles of all the sides of squares that a road goes along."""
    sides, here = [], np.array(road[0])
    for corner in map(np.array, road[1:]):
        while (here != corner).any():
            step = np.sign(corner - here)
            sides.append(here + step / 2)
            here = here + step
    return sides


def _is(picture, at, colour):
    x, y = (round(224 * (low + 0.12 * along)) for low, along in zip((0.08, 0.09), at, strict=True))
    return bool((np.abs(picture[y - 1 : y + 2, x - 1 : x + 2] - np.array(HUES[colour])).sum(-1) < 90).any())


def seen(picture, scene, question):
    bar = scene["bar"]
    if not stands(picture, f"{bar * scene['unit']} km", (0.08 + 0.12 * bar + 0.03, 0.87), 0.07, "lm"):
        return False
    ends = scene["roads"][0][1]
    for letter, (x, y) in (("A", ends[0]), ("B", ends[-1])):
        if not stands(picture, letter, (0.08 + 0.12 * x, 0.09 + 0.12 * y), 0.062):
            return False
    if scene["by"] == "straight":
        return True
    sides = [(x + 0.5, y) for x in range(7) for y in range(6)] + [(x, y + 0.5) for x in range(8) for y in range(5)]
    for colour in HUES:
        wanted = {tuple(side) for name, road in scene["roads"] if name == colour for side in _walk(road)}
        if any(_is(picture, side, colour) != (side in wanted) for side in sides):
            return False
    return True
