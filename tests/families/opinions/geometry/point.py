"""Moves of points as complex numbers; in the picture, a red dot at every point and nowhere else on the grid, its
letter beside it, and the dashed line where it lies."""

import re

from printed import stands


def rederive(scene, question):
    points = [complex(*point) for point in scene["points"]]
    if listed := re.search(r"coordinates \((-?\d+), (-?\d+)\)", question):
        return "ABCD"[points.index(complex(int(listed[1]), int(listed[2])))]
    z = points[0]
    if letter := re.search(r"of point ([A-D])", question):
        z = points["ABCD".index(letter[1])]
    elif "midpoint" in question:
        z = sum(points[:2]) / 2
    elif "parallelogram" in question:
        z = z + points[2] - points[1]
    if "mirrored in the dashed" in question:
        axis, c = scene["at"]
        z = -(z - c).conjugate() + c if axis == 0 else (z - c * 1j).conjugate() + c * 1j
    elif mirror := re.search(r"mirrored in the ([xy])-axis", question):
        z = z.conjugate() if mirror[1] == "x" else -z.conjugate()
    if moved := re.search(r"moved by (\d) to the (right|left) and (\d) (up|down)", question):
        z += int(moved[1]) * {"right": 1, "left": -1}[moved[2]] + int(moved[3]) * {"up": 1j, "down": -1j}[moved[4]]
    if turned := re.search(r"turned by (180|90) degrees( clockwise)?", question):
        centre = points[1] if "about point B" in question else 0
        z = centre + (z - centre) * (-1 if turned[1] == "180" else -1j if turned[2] else 1j)
    return f"{z.real:g}, {z.imag:g}".replace("-0,", "0,")


def seen(picture, scene, question):
    red = abs(picture - (214, 39, 40)).sum(-1) < 100
    unit = 0.79 / 10 * 224
    places = {
        (x, y): (0.085 * 224 + (5 - y) * unit, 0.125 * 224 + (x + 5) * unit) for x in range(-4, 5) for y in range(-4, 5)
    }
    shown = {
        spot for spot, (row, column) in places.items() if red[round(row) - 1 : round(row) + 2, round(column)].any()
    }
    if scene["by"] == "line" and not _dashed(picture, *scene["at"]):
        return False
    named = [(0.125 + 0.079 * (x + 5) + 0.0438, 0.085 + 0.079 * (5 - y) - 0.0438) for x, y in scene["points"]]
    return shown == {tuple(point) for point in scene["points"]} and all(
        stands(picture, letter, spot, 0.065) for letter, spot in zip("ABCD", named, strict=False)
    )


def _dashed(picture, axis, where):
    """Half of the line where this coordinate is so much is blue."""
    blue = abs(picture - (31, 89, 200)).sum(-1) < 120
    middle = round(224 * (0.125 + 0.079 * (where + 5) if axis == 0 else 0.085 + 0.079 * (5 - where)))
    strip = (blue if axis == 0 else blue.T)[:, middle - 1 : middle + 2]
    return strip.any(1).mean() > 0.3
