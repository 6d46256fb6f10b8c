"""Boxes again: the corners of every shape by complex rotation, and the pixels of its colour counted inside its box."""

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
    edges = min(across), min(down), max(across), max(down)
    return tuple(round(round(edge, 6)) for edge in edges)


def rederive(scene, question):
    words = question.split(" as x1")[0].split(" of ", 1)[1]
    things, sided = scene["things"], re.search(r"(\w+)s (left of|right of|above|below) the (\w+) (\w+)$", words)
    if sided:
        shape, side, *anchor = sided.groups()
        (middle,) = [complex(*thing[2:4]) for thing in things if thing[:2] == anchor]
        way = {"left of": -1, "right of": 1, "above": -1j, "below": 1j}[side]
        fits = [t for t in things if t[1] == shape and ((complex(*t[2:4]) - middle) * way.conjugate()).real > 0]
    elif " not " in words:
        fits = [t for t in things if t[1] + "s" == words.split()[1] and t[0] != words.split()[-1]]
    else:
        named = words.removeprefix("all ").removeprefix("the ").split()
        fits = [t for t in things if all(word.removesuffix("s") in (*t[:2], "thing") for word in named)]
    return "; ".join(", ".join(map(str, one)) for one in sorted(map(box, fits)))


def seen(picture, scene, question):
    free = np.ones(picture.shape[:2], bool)
    for thing in scene["things"]:
        like = abs(picture - RGB[thing[0]]).sum(-1) < 60
        x1, y1, x2, y2 = (round(edge * 0.224) for edge in box(thing))
        inside = like[max(y1, 0) : y2, max(x1, 0) : x2]
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        if not len(rows) or len(rows) < y2 - y1 - 4 or len(columns) < x2 - x1 - 4:
            return False
        free[max(y1 - 1, 0) : y2 + 2, max(x1 - 1, 0) : x2 + 2] = False
    return bool((picture[free] > 240).all())
