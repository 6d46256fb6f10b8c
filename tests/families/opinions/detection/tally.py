"""Tally again: every corner of a shape is asked whether it lies in its box; lines and colours are looked up in pixels."""

import re

import numpy as np
from printed import stands
from things import RGB, corners


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
    dark, columns = picture.max(-1) < 110, (len(scene["marks"]) + 1) // 2
    middles = [500 * (2 * i + 1) // columns / 1000 for i in range(columns)]
    for (colour, shape, x, y, radius), box, mark in zip(scene["things"], scene["boxes"], scene["marks"], strict=True):
        core = picture[round((y - 0.3 * radius) * 0.224) :, round((x - 0.3 * radius) * 0.224) :]
        side = round(0.5 * radius * 0.224)
        if (np.abs(core[:side, :side] - RGB[colour]).sum(-1) < 60).mean() < 0.25:  # a box may cut through
            return False
        x1, y1, x2, y2 = (round(edge * 0.224) for edge in box)
        sides = [dark[y1 + 4 : y2 - 4, x1 : x1 + 3], dark[y1 + 4 : y2 - 4, x2 - 3 : x2 + 1]]
        sides += [dark[y1 : y1 + 3, x1 + 4 : x2 - 4].T, dark[y2 - 3 : y2 + 1, x1 + 4 : x2 - 4].T]
        if not all(side.any(1).all() for side in sides):
            return False
        over = min(box[1], round(corners((colour, shape, x, y, radius))[:, 1].min()))
        if not any(stands(picture, mark, (middle, over / 1000 - 0.053), 0.075) for middle in middles):
            return False
    return True
