"""The figure is drawn to scale: the asked length is measured on it, against one that is given; its lines must be there."""

from fractions import Fraction

import numpy as np
from printed import stands

LABELS = {
    "larger": "AB BC DE EF",
    "smaller": "DE EF AB BC",
    "nested": "AD DB DE BC",
    "rest": "AD DB AE EC",
    "inner": "AD DB BC DE",
    "hourglass": "AO OC AB CD",
    "shadow": "AB BC EF DE",
    "altitude": "AD DB CD",
    "leg": "AD DB AC",
}
LINES = {"rest": "AB AC BC DE", "hourglass": "AB CD AC BD", "shadow": "AB BC DE EF", "altitude": "AB BC CA CD"}
SAME = {"nested": "rest", "inner": "rest", "leg": "altitude"}


def _spots(scene):
    letters = "ABCDO" if scene["figure"] == "hourglass" else "ABCDEF"
    return dict(zip(letters, np.array(scene["spots"]) / 1e4, strict=False))


def rederive(scene, question):
    at, given = _spots(scene), scene["given"]
    if "areas" in question:
        return str(given[2] * Fraction(given[1], given[0]) ** 2)
    long = [np.linalg.norm(at[one] - at[two]) for one, two in LABELS[scene["figure"]].split()]
    assert np.allclose(np.array(long[:-1]) / long[0], np.array(given[:-1]) / given[0], rtol=0.01), "not drawn to scale"
    return f"{given[0] * long[-1] / long[0]:.0f}"


def seen(picture, scene, question):
    at, dark = _spots(scene), picture.sum(-1) < 500
    lines = LINES.get(SAME.get(scene["figure"], scene["figure"]), "AB BC CA DE EF FD").split()
    places = [at[one] * (1 - t) + at[two] * t for one, two in lines for t in np.linspace(0.02, 0.98, 25)]
    hits = [
        dark[round(224 * y) - 1 : round(224 * y) + 2, round(224 * x) - 1 : round(224 * x) + 2].any() for x, y in places
    ]
    return np.mean(hits) > 0.97 and _labelled(picture, scene, at)


def _labelled(picture, scene, at):
    """Every number on one side or the other of what it belongs to, or inside it."""
    if scene["figure"] == "area":
        beside = [_beside(at[one], at[two]) for one, two in ("AB", "DE")]
        beside += [[sum(at[letter] for letter in name) / 3] for name in ("ABC", "DEF")]
    else:
        beside = [_beside(at[one], at[two]) for one, two in LABELS[scene["figure"]].split()]
    texts = [*map(str, scene["given"][:-1]), "?"]
    return all(
        any(stands(picture, text, tuple(spot), 0.075) for spot in spots)
        for text, spots in zip(texts, beside, strict=True)
    )


def _beside(one, two):
    across, down = (two - one) / np.linalg.norm(two - one)
    return [(one + two) / 2 + side * np.array([-down, across]) for side in (-0.07, 0.07)]
