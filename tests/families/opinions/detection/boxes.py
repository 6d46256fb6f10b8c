"""Boxes again: the corners of every shape by complex rotation, and the pixels of its colour counted inside its box."""

import re

from things import alone, box


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
    return alone(picture, scene["things"])
