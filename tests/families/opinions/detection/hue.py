"""Colours again: the corners of every shape by complex rotation, and the pixels of its colour counted inside its box."""

import re

import numpy as np
from things import RGB, box, fills, pixels


def rederive(scene, question):
    words = question.split(" as x1")[0].split(" of ", 1)[1]
    named = [word for word in re.findall(r"\w+", words) if word in RGB]
    there = {thing[0]: box(thing) for thing in scene["things"]}
    fits = [place for colour, place in there.items() if (colour in named) != (" not " in words)]
    return "; ".join(", ".join(map(str, one)) for one in sorted(fits))


def seen(picture, scene, question):
    free = np.ones(picture.shape[:2], bool)
    for thing in scene["things"]:
        x1, y1, x2, y2 = pixels(thing)
        free[max(y1 - 1, 0) : y2 + 2, max(x1 - 1, 0) : x2 + 2] = False
    return all(fills(picture, thing) for thing in scene["things"]) and bool((picture[free] > 240).all())
