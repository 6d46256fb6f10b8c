"""Tally again: every corner of a shape is asked whether it lies in its box; lines and colours are looked up in pixels."""

import cmath
import math
import re

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
RGB |= {"purple": (140, 60, 190)}
FORMS = {"circle": (72, 0, 1), "square": (4, 45, 1.2), "triangle": (3, 90, 1.25), "star": (5, 90, 1.3)}
FORMS |= {"diamond": (4, 0, 1.25)}


def corners(thing):
    _, shape, x, y, radius = thing
    n, turn, scale = FORMS[shape]
    spokes = [cmath.rect(radius * scale, math.radians(turn) + 2 * math.pi * i / n) for i in range(n)]
    return np.array([(x + spoke.real, y - spoke.imag) for spoke in spokes])


def whole(thing, box):
    return bool(((corners(thing) > box[:2]) & (corners(thing) < box[2:])).all())


def rederive(scene, question):
    kept = [whole(*pair) for pair in zip(scene["things"], scene["boxes"], strict=True)]
    named = re.search(r"a whole (\w+) (\w+)", question)
    if question.startswith("Which"):
        (right,) = [
            mark
            for thing, mark, good in zip(scene["things"], scene["marks"], kept, strict=True)
            if good and (not named or thing[:2] == list(named.groups()))
        ]
        return right
    wrong = np.zeros(len(kept), bool)
    if "cut" in question:
        wrong |= ~np.array(kept)
    if "word" in question:
        wrong |= [mark not in thing for thing, mark in zip(scene["things"], scene["marks"], strict=True)]
    return str(int(wrong.sum()))


def seen(picture, scene, question):
    dark = picture.max(-1) < 110
    for (colour, _, x, y, radius), box, mark in zip(scene["things"], scene["boxes"], scene["marks"], strict=True):
        core = picture[round((y - 0.3 * radius) * 0.224) :, round((x - 0.3 * radius) * 0.224) :]
        side = round(0.5 * radius * 0.224)
        if (np.abs(core[:side, :side] - RGB[colour]).sum(-1) < 60).mean() < 0.25:  # a box may cut through
            return False
        x1, y1, x2, y2 = (round(edge * 0.224) for edge in box)
        sides = [dark[y1 + 4 : y2 - 4, x1 : x1 + 3], dark[y1 + 4 : y2 - 4, x2 - 3 : x2 + 1]]
        sides += [dark[y1 : y1 + 3, x1 + 4 : x2 - 4].T, dark[y2 - 3 : y2 + 1, x1 + 4 : x2 - 4].T]
        if not all(side.any(1).all() for side in sides):
            return False
        top, cell = min(y1, round(corners((colour, _, x, y, radius))[:, 1].min() * 0.224)), round(x * 0.224)
        reach = 4 * len(mark) + 4
        above = dark[top - 16 : top - 4, max(cell - reach, 0) : cell + reach].any(0)
        # A word of n letters is about so wide; its letters are not read here.
        if not 2 * len(mark) <= above.sum() <= 12 * len(mark):
            return False
    return True
