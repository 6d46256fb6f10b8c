"""The meeting points as roots of polynomials, piece by piece; in the picture, each graph's colour where it must pass."""

import re
from itertools import product

import numpy as np


def _pieces(graph):
    """Polynomials that the graph consists of, with the side of p on which each is meant."""
    form, halves, p, q = graph
    away = np.poly1d([1, -p])
    if form == "bend":
        return [(np.poly1d([q]) + halves / 2 * side * away, p, side) for side in (-1, 1)]
    return [(np.poly1d([q]) + halves / 2 * (away if form == "line" else away**2), p, 0)]


def _at(graph, x):
    return next(float(f(x)) for f, p, side in _pieces(graph) if side * (x - p) >= 0)


def _meetings(red, blue):
    found = set()
    for (f, p, one), (g, r, other) in product(_pieces(red), _pieces(blue)):
        for root in (f - g).roots:
            x = float(root.real)
            if abs(root.imag) < 1e-6 and one * (x - p) >= -1e-6 and other * (x - r) >= -1e-6:
                found.add(round(x, 5))
    return sorted(found)


def _only_one(moves, red, blue, way):
    fits = [s for s in moves if len(_meetings([*red[:3], red[3] + way * s], blue)) == 1]
    assert len(fits) == 1, "it touches more than once on its way"
    return fits[0]


def rederive(scene, question):
    red, blue = scene["red"], scene["blue"]
    if "above the blue one at" in question:
        x = int(re.search(r"x = (-?\d+)", question)[1])
        return f"{_at(red, x) - _at(blue, x):g}"
    if moved := re.search(r"is moved (up|down) by (\d)", question):
        red = [*red[:3], red[3] + int(moved[2]) * (1 if moved[1] == "up" else -1)]
    if to := re.search(r"must the red line be moved (up|down)", question):
        moves = [s / 2 for s in range(1, 20)]
        return f"{_only_one(moves, red, blue, 1 if to[1] == 'up' else -1):g}"
    places = _meetings(red, blue)
    if "outside" not in question and not moved:
        places = [x for x in places if abs(x) <= 5 and abs(_at(red, x)) <= 5]
    if "How many times" in question:
        return str(len(places))
    if "stretch" in question:
        assert len(places) == 2 and _at(red, sum(places) / 2) > _at(blue, sum(places) / 2)
        return f"{places[1] - places[0]:g}"
    x, y = places[-1], _at(red, places[-1])
    return f"{x:g}, {y:g}" if "x, y" in question else f"{y:g}" if "height y" in question else f"{x:g}"


def seen(picture, scene, question):
    unit = 0.79 / 10 * 224
    inks = {"red": (214, 39, 40), "blue": (31, 89, 200)}
    for colour, other in (("red", "blue"), ("blue", "red")):
        for x in np.arange(-4.5, 5, 0.5):
            y = _at(scene[colour], x)
            if abs(y) > 4.6 or abs(y - _at(scene[other], x)) < 1:
                continue
            row, column = round(0.085 * 224 + (5 - y) * unit), round(0.125 * 224 + (x + 5) * unit)
            spot = picture[row - 1 : row + 2, column - 1 : column + 2]
            if abs(spot - inks[colour]).sum(-1).min() > 150:
                return False
    return True
