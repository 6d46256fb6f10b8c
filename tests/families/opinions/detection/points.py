"""Points again, by complex numbers; the pixels of every thing have to balance about its middle."""

import re

import numpy as np
from things import RGB


def rederive(scene, question):
    named = re.findall(r"(red|blue|green|yellow|purple) (circle|square|star|diamond)", question)
    at = [[complex(x, y) for colour, shape, x, y, _ in scene["things"] if (colour, shape) == one] for one in named]
    points = at[0]
    if "halfway" in question:
        points = [(at[0][0] + at[1][0]) / 2]
    elif "mirrored" in question:
        (point,) = points
        fold = -point.conjugate() + 2 * scene["line"] if scene["way"] == "across" else point.conjugate()
        points = [fold if scene["way"] == "across" else fold + 2j * scene["line"]]
    elif "rectangle" in question:
        # The corner with the right angle is opposite the longest side, and the fourth lies across from it.
        longest = max(((a, b) for a in points for b in points), key=lambda ends: abs(ends[0] - ends[1]))
        square = next(p for p in points if p not in longest)
        points = [sum(points) - 2 * square]
    places = sorted((int(np.rint(point.real)), int(np.rint(point.imag))) for point in points)
    return "; ".join(f"{x}, {y}" for x, y in places)


def seen(picture, scene, question):
    for colour, _, x, y, radius in scene["things"]:
        like = abs(picture - RGB[colour]).sum(-1) < 60
        low, reach = (np.array([y, x]) - 1.3 * radius) * 0.224, 2.6 * radius * 0.224
        (top, left), far = np.maximum(low, 0).astype(int), int(reach) + 1
        rows, columns = np.nonzero(like[top : top + far, left : left + far])
        if len(rows) < 0.2 * far**2 or abs(left + columns.mean() + 0.5 - x * 0.224) > 1.5:
            return False
        if abs(top + rows.mean() + 0.5 - y * 0.224) > 2:
            return False
    if scene["by"] == "mirror":
        dark = (picture.sum(-1) < 200).mean(0 if scene["way"] == "across" else 1)
        return bool(dark[round(scene["line"] * 0.224) - 1 :][:2].max() > 0.3)
    return True
