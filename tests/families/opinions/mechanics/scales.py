"""The scales once more: whole weights are tried until the scales hold, and all that hold have to agree; the things in a
pan are looked for by their colours, one place after another."""

import re
from itertools import permutations, product

import numpy as np
from printed import stands

NAMES = ("circle", "square", "triangle", "star")
RGB = {"circle": (214, 39, 40), "square": (31, 89, 200), "triangle": (30, 140, 60), "star": (140, 60, 190)}
LOAD = (249, 229, 153)  # yellow on white, as boxes are
PLATES = {1: (0.5,), 2: (0.27, 0.73), 3: (0.19, 0.51, 0.83)}


def _weight(pan, weights):
    return sum(one if isinstance(one, int) else weights[one] for one in pan)


def rederive(scene, question):
    scales = [pans for pans in scene["scales"] if all(pans)]
    if "Which" in question:
        orders = [dict(zip(NAMES, order, strict=True)) for order in permutations(range(4))]
        held = [
            one
            for one in orders
            if all(
                np.sign(_weight(b, one) - _weight(a, one)) == tip
                for (a, b), tip in zip(scales, scene["tips"], strict=True)
            )
        ]
        ends = {(max if "heaviest" in question else min)(NAMES, key=one.get) for one in held}
        assert len(ends) == 1, f"not one {question}"
        return ends.pop()
    there = sorted({one for pans in scene["scales"] for pan in pans for one in pan if isinstance(one, str)})
    # Where no load is on any scale only numbers of one thing matter, so that it weighs one.
    unit = re.search(r"How many (\w+)s have", question)
    wide = [(1,) if unit and name == unit[1] else range(1, 26) for name in there]
    held = [
        w
        for values in product(*wide)
        if all(_weight(a, w := dict(zip(there, values, strict=True))) == _weight(b, w) for a, b in scales)
    ]
    asked = re.search(r"one (\w+) weigh", question)
    right = {one[asked[1]] if asked else _weight(scene["scales"][-1][0], one) for one in held}
    assert len(right) == 1, f"not one answer: {right}"
    return str(right.pop())


def _near(picture, x, y, colour):
    return np.abs(picture[int(224 * y), int(224 * x)] - colour).sum() < 90


def seen(picture, scene, question):
    for (left, right), tip, plate in zip(scene["scales"], scene["tips"], PLATES[len(scene["scales"])], strict=True):
        for side, pan in ((-1, left), (1, right)):
            x, y = 0.5 + 0.27 * side, plate + side * tip * 0.035
            if picture[int(224 * y), int(224 * (x + 0.19))].sum() > 400 or not _held(picture, x, y - 0.007, pan):
                return False
    return True


def _held(picture, x, ground, pan):
    """Each thing where it belongs, and nothing beside the first and the last."""
    if not pan:
        return stands(picture, "?", (x, ground - 0.05), 0.09)
    start = x - 0.0425 * (len(pan) - 1)
    for i, one in enumerate(pan):
        at, y = start + 0.085 * i, ground - 0.03
        if not _near(picture, at, y, LOAD if isinstance(one, int) else RGB[one]):
            return False
        if isinstance(one, int) and not stands(picture, str(one), (at, ground - 0.112)):
            return False
    beside = [at for at in (start - 0.085, start + 0.085 * len(pan)) if abs(at - x) < 0.2]
    return all(_near(picture, at, ground - 0.03, (255, 255, 255)) for at in beside)
