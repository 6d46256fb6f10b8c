"""Largest again: the corners of every shape by complex rotation and the winner by numpy; boxes checked in the pixels."""

import cmath
import math
import re

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
RGB |= {"purple": (140, 60, 190)}
FORMS = {"circle": (360, 0, 1), "square": (4, 45, 1.2), "triangle": (3, 90, 1.25), "star": (5, 90, 1.3)}
FORMS |= {"diamond": (4, 0, 1.25)}


def box(thing):
    _, shape, x, y, radius = thing
    n, turn, scale = FORMS[shape]
    spokes = [cmath.rect(radius * scale, math.radians(turn) + 2 * math.pi * i / n) for i in range(n)]
    across, down = [x + spoke.real for spoke in spokes], [y - spoke.imag for spoke in spokes]
    return [int(np.rint(round(edge, 6))) for edge in (min(across), min(down), max(across), max(down))]


def rederive(scene, question):
    things = scene["things"]
    boxes = np.array([box(thing) for thing in things])
    words = question.split(" of ", 1)[1].split(" as x1")[0]
    if "most" in words or "est thing" in words:
        edge = {"leftmost": 0, "highest": 1, "rightmost": 2, "lowest": 3}[words.split()[1]]
        figures = boxes[:, edge] * (1 if edge < 2 else -1)
        return ", ".join(map(str, boxes[np.argmin(figures)]))
    if "whose middle" in words:
        colour, shape = re.search(r"the (\w+) (\w+)'s", words).groups()
        at = np.array([thing[2:4] for thing in things])
        (me,) = [i for i, thing in enumerate(things) if thing[:2] == [colour, shape]]
        apart = np.hypot(*(at - at[me]).T)
        apart[me] = np.inf if "nearest" in words else -1
        return ", ".join(map(str, boxes[apart.argmin() if "nearest" in words else apart.argmax()]))
    colours = [word for word in words.split() if word in RGB]
    areas = {
        int(np.prod(boxes[i, 2:] - boxes[i, :2])): i for i in range(len(things)) if things[i][0] in (colours or RGB)
    }
    order = sorted(areas, reverse="largest" in words)
    return ", ".join(map(str, boxes[areas[order["second" in words]]]))


def seen(picture, scene, question):
    for thing in scene["things"]:
        like = abs(picture - RGB[thing[0]]).sum(-1) < 60
        x1, y1, x2, y2 = (round(edge * 0.224) for edge in box(thing))
        inside = like[y1:y2, x1:x2]
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        if len(rows) < y2 - y1 - 4 or len(columns) < x2 - x1 - 4:
            return False
        rim = np.r_[like[max(y1 - 2, 0), x1:x2], like[min(y2 + 1, 223), x1:x2]]
        if rim.any():
            return False
    return True
