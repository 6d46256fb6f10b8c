"""The thermometers once more: the scale counted out in degrees, and the red in each glass measured."""

import re

import numpy as np
from printed import stands

TOP, BOTTOM = 0.07, 0.72
PLACES = {1: (0.55,), 2: (0.46, 0.78), 3: (0.38, 0.62, 0.86)}


def rederive(scene, question):
    scale = np.arange(scene["low"], scene["high"] + 1) * scene["unit"]
    shown = scale[np.array(scene["shown"]) - scene["low"]]
    if "nearest" in question:
        return "ABC"[int(np.argmin(shown**2))]
    if "warmer" in question:
        warm, cold = (shown["AB".index(name)] for name in re.findall(r"thermometer ([AB])", question))
        return str(warm - cold)
    if move := re.search(r"(fall|rise) of (\d+)", question):
        return str(shown[0] + int(move[2]) * (-1 if move[1] == "fall" else 1))
    if "apart" in question:
        return str(np.ptp(shown))
    return f"{shown.mean():g}"


def seen(picture, scene, question):
    places = PLACES[len(scene["shown"])]
    red = np.abs(picture - np.array([214, 39, 40])).sum(-1) < 60
    share = (BOTTOM - TOP) / (scene["high"] - scene["low"])
    for x, mark in zip(places, scene["shown"], strict=True):
        column = np.nonzero(red[:, round(224 * x)])[0]
        if not len(column) or abs(column[0] / 224 - (BOTTOM - share * (mark - scene["low"]))) > share / 2:
            return False
    others = [x for n, row in PLACES.items() if n != len(places) for x in row if min(abs(x - p) for p in places) > 0.1]
    if any(red[:, round(224 * x)].any() for x in others):
        return False
    ends = ((scene["high"] * scene["unit"], TOP), (scene["low"] * scene["unit"], BOTTOM))
    return all(stands(picture, str(degrees), (places[0] - 0.13, y), 0.07, "rm") for degrees, y in ends)
