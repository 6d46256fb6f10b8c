"""Lines once more by sympy's geometry; in the picture, blue on the way between the marked points."""

import re
from itertools import pairwise

import numpy as np

PIECES = ("AB", "BC", "CD", "DE")


def rederive(scene, question):
    from sympy import Line, Point, sympify

    lines = [Line(Point(*a), Point(*b)) for a, b in pairwise(scene["knots"])]
    at = re.search(r"x = (-?\d+)\?", question)
    if "piece" in question:
        rising = {float(line.slope): name for name, line in zip(PIECES, lines, strict=True) if line.slope > 0}
        assert "steeply" in question or len(rising) == 1
        return rising[max(rising)]
    if "broken" in question:
        ends = (knot[0] for knot in scene["knots"][1:])
        return str(next(line.slope for line, end in zip(lines, ends, strict=True) if int(at[1]) < end))
    line = lines[0]
    if "perpendicular" in question:
        return str(line.perpendicular_line(Point(0, 0)).slope)
    if "equation" in question:
        for letter, right in re.findall(r"([A-D]): y = ([-+x0-9 ]+?)(?=,| or|\?)", question):
            f = sympify(re.sub(r"(\d)x", r"\1*x", right))
            if all(f.subs("x", p.x) == p.y for p in line.points):
                return letter
    if "slope" in question:
        return str(line.slope)
    return str(line.intersection(Line(Point(int(at[1]) if at else 0, 0), slope="oo"))[0].y)


def seen(picture, scene, question):
    unit, blue = 0.79 / 10 * 224, abs(picture - (31, 89, 200)).sum(-1) < 150
    places = [
        np.add(np.multiply(a, 1 - t), np.multiply(b, t))
        for a, b in pairwise(scene["knots"])
        for t in np.linspace(0, 1, 7)
    ]
    spots = [(round(0.085 * 224 + (5 - y) * unit), round(0.125 * 224 + (x + 5) * unit)) for x, y in places]
    return all(blue[row - 1 : row + 2, column - 1 : column + 2].any() for row, column in spots)
