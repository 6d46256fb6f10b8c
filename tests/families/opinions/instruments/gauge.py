"""The dial once more: readings counted out mark by mark, needles and zones found by their colours round the middle."""

import re

import numpy as np
from printed import stands

HUES = {
    "black": (25, 25, 25),
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
}


def rederive(scene, question):
    scale = np.arange(0, scene["marks"] * scene["steps"] + 1) * scene["unit"]
    at = [mark for _, mark in scene["needles"]]
    if "zone is" in question:
        return np.repeat(["green", "yellow", "red"], np.diff([0, *scene["zones"], len(scale)]))[at[0]]
    if "rise" in question:
        return str(np.ptp(scale[at[0] : scene["zones"][1] + 1]))
    if "apart" in question:
        return str(abs(int(scale[at[1]]) - int(scale[at[0]])))
    if "halfway" in question:
        return f"{np.mean(scale[at]):g}"
    if moved := re.search(r"moves (back|on) by (\d+)", question):
        return str(scale[at[0] + int(moved[2]) * (1 if moved[1] == "on" else -1)])
    return str(scale[at[0]])


def _colours(picture, angles, reach):
    """Which of the hues stands at each angle, this far from the middle of the dial; None for none."""
    turned = np.radians(angles)
    x, y = 224 * (0.5 + reach * np.sin(turned)), 224 * (0.53 - reach * np.cos(turned))
    seen = picture[y.astype(int), x.astype(int)]
    far = np.abs(seen[:, None] - np.array(list(HUES.values()))).sum(-1)
    return [list(HUES)[i] if far[k, i] < 90 else None for k, i in enumerate(far.argmin(1))]


def seen(picture, scene, question):
    last = scene["marks"] * scene["steps"]
    angles = np.arange(-140, 140.5, 0.5)
    ring = _colours(picture, angles, 0.2)
    for colour, mark in scene["needles"]:
        here = [angle for angle, hue in zip(angles, ring, strict=True) if hue == colour]
        if not here or abs(np.mean(here) - (270 * mark / last - 135)) > 270 / last / 2:
            return False
    for mark in scene["zones"]:  # another colour on either side of every zone's edge
        edge = 270 * mark / last - 135
        if len(set(_colours(picture, np.array([edge - 3, edge + 3]), 0.295)) - {None, "black"}) != 2:
            return False
    top = np.radians(135)
    at = 0.5 + 0.41 * np.sin(top), 0.53 - 0.41 * np.cos(top)
    return stands(picture, str(last * scene["unit"]), at, 0.07) and len(scene["needles"]) == len({*ring} - {None})
