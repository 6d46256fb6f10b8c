"""The curve once more: scipy's monotone cubic, sampled finely; in the picture, the height of the blue in each column."""

import re

import numpy as np

FINE = np.linspace(-4, 4, 8001)


def rederive(scene, question):
    from scipy.interpolate import PchipInterpolator

    f = PchipInterpolator(range(-4, 5), scene["values"])
    heights = f(FINE)
    if "f(f(" in question or "f(" in question:
        at = int(re.search(r"f\((-?\d+)\)", question)[1])
        return str(round(float(f(f(at)) if "f(f(" in question else f(at))))
    if "highest" in question or "lowest" in question:
        return str(round(FINE[heights.argmax() if "highest" in question else heights.argmin()]))
    ups = np.diff(heights) > 0
    if "units of x" in question:
        return str(round(8 * ups.mean()))
    if "turn" in question:
        return str(int((np.diff(ups) != 0).sum()))
    level = re.search(r"height y = (-?\d+)", question)
    above = heights - (int(level[1]) if level else 0) > 1e-9
    crossings = FINE[:-1][np.diff(above)]
    if "which the curve" in question:
        return f"{round(crossings[-1 if 'largest' in question else 0]):g}"
    return str(len(crossings))


def seen(picture, scene, question):
    blue = abs(picture - (31, 89, 200)).sum(-1) < 150
    unit = 0.79 / 8 * 224
    for i, y in enumerate(scene["values"]):
        rows = np.flatnonzero(blue[:, np.clip(round(0.125 * 224 + i * unit), 30, 203)])
        if not len(rows) or abs(rows.mean() - (0.085 * 224 + (4 - y) * unit)) > 0.45 * unit:
            return False
    return True
