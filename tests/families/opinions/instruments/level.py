"""The glasses once more: every scale written out in full, and the water's surface looked for in each glass."""

import numpy as np
from printed import stands

TOP, BOTTOM = 0.15, 0.83
PLACES = {1: (0.3, (0.58,)), 2: (0.22, (0.32, 0.82)), 3: (0.15, (0.22, 0.545, 0.868))}


def rederive(scene, question):
    scales = [list(range(0, 5 * marks * unit + 1, unit)) for marks, unit, _, _ in scene["glasses"]]
    held = np.array([scale[height] for scale, (_, _, height, _) in zip(scales, scene["glasses"], strict=True)])
    if "topmost" in question:
        return str(scales[0][-1] - held[0])
    if "poured" in question:
        return str(held.sum())
    pushed = np.diff(held)
    if "green stone" in question:
        return str(np.diff(pushed)[0])
    if "one stone" in question:
        return f"{pushed[0] / len(scene['glasses'][1][3]):g}"
    if "aside" in question:
        return str(pushed[0])
    return str(abs(pushed[0]) if "more" in question else held[0])


def seen(picture, scene, question):
    n = len(scene["glasses"])
    wide, places = PLACES[n]
    blue = np.abs(picture - np.array([31, 89, 200])).sum(-1) < 150
    for x, (marks, unit, height, stones) in zip(places, scene["glasses"], strict=True):
        surface = np.nonzero(blue[:, round(224 * (x + wide / 2 - 0.02))])[0]
        share = (BOTTOM - TOP) / (5 * marks)
        if not len(surface) or abs(surface[:2].mean() / 224 - (BOTTOM - share * height)) > min(share / 2, 0.02):
            return False
        column = picture[:, round(224 * (x - wide / 2 + 0.02))].sum(-1)
        marked = [
            column[round(224 * (BOTTOM - share * mark)) + np.arange(-1, 2)].min() < 420
            for mark in range(1, 5 * marks + 1)
        ]
        if not all(marked) or not stands(
            picture, str(5 * marks * unit), (x - wide / 2 - 0.025, TOP), 0.07 if n < 3 else 0.06, "rm"
        ):
            return False
        under = picture[149:186, round(224 * (x - wide / 2)) + 4 : round(224 * (x + wide / 2)) - 3]
        ground = sum(int((np.abs(under - np.array(hue)).sum(-1) < 80).sum()) for hue in ((214, 39, 40), (30, 140, 60)))
        if round(ground / 120) != len(stones):
            return False
    return True
