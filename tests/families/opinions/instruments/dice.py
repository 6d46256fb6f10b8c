"""The dice once more: a die is turned as a cube of six faces, and its pips are counted as spots on the picture."""

import re

import numpy as np
from scipy.ndimage import label

HUES = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}
PLACES = {
    2: [(0.26, 0.5), (0.74, 0.5)],
    3: [(0.5, 0.28), (0.26, 0.72), (0.74, 0.72)],
    4: [(0.26, 0.28), (0.74, 0.28), (0.26, 0.72), (0.74, 0.72)],
    5: [(0.26, 0.19), (0.74, 0.19), (0.5, 0.5), (0.26, 0.81), (0.74, 0.81)],
}


def rederive(scene, question):
    pips = {colour: n for colour, n, _ in scene["dice"]}
    named = re.search(r"the (\w+) die", question)
    if "tips over" in question:
        top, left, right = scene["corner"]
        cube = {"top": top, "left": left, "right": right}
        under = {"top": "under", "left": "far right", "right": "far left"}
        cube |= {under[face]: 7 - n for face, n in cube.items()}
        for way in re.findall(r"face at its (left|right)", question):
            ring = ["top", way, "under", under[way]]  # tipping moves each of these four faces on to the next place
            cube |= dict(zip(ring[1:] + ring[:1], [cube[face] for face in ring], strict=True))
        return str(cube["top"])
    if "three hidden" in question:
        return str(sum(range(1, 7)) - sum(scene["corner"]))
    if "more pips" in question:
        return str(sum(np.array(list(pips.values())) > pips[named[1]]))
    shown = [pips[named[1]]] if named else list(pips.values())
    faces = [6, 5, 4, 3, 2, 1] if "underside" in question else [1, 2, 3, 4, 5, 6]
    return str(sum(faces[n - 1] for n in shown))


def seen(picture, scene, question):
    if scene["corner"]:
        return _corner_is(picture, scene)
    places, side = PLACES[len(scene["dice"])], 0.26 if len(scene["dice"]) == 5 else 0.3
    y, x = np.mgrid[0:224, 0:224] / 224
    covered = np.zeros((224, 224), bool)
    for (across, down), (colour, pips, _) in zip(places, scene["dice"], strict=True):
        near = np.hypot(x - across, y - down)
        covered |= near < side * 0.8
        within = near < side * 0.48
        hue = np.abs(picture - np.array(HUES[colour])).sum(-1) < 200
        if hue[within].mean() < 0.4 or label(within & ~hue)[1] != pips:
            return False
    return bool((picture[~covered].sum(-1) > 700).all())


def _corner_is(picture, scene):
    right, left, down = np.array([0.87, -0.5]), np.array([-0.87, -0.5]), np.array([0.0, 1.0])
    for pips, (one, two), shade in zip(
        scene["corner"], ((left, right), (left, down), (right, down)), (0, 0.2, 0.38), strict=True
    ):
        hue = np.array(HUES[scene["dice"][0][0]]) * (1 - shade) + 30 * shade
        spots = [0.5 + 0.42 * (u * one + v * two) for v in (0.25, 0.5, 0.75) for u in (0.25, 0.5, 0.75)]
        colours = np.array([picture[int(224 * y), int(224 * x)] for x, y in spots])
        between = 0.5 + 0.42 * (0.5 * one + 0.1 * two)
        if np.abs(picture[int(224 * between[1]), int(224 * between[0])] - hue).sum() > 60:
            return False
        if (np.abs(colours - hue).sum(-1) > 150).sum() != pips:
            return False
    return True
