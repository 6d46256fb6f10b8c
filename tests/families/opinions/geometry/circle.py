"""The asked angle measured between vectors; in the picture, the circle and every line where they must pass."""

import numpy as np

ASKED = {  # the lines and the asked angle, by the words of the question
    "Two radii": ("OA OB AB", "OAB"),
    "One side": ("AB AC BC", "ABC"),
    "One angle is at": ("OA OB AC BC", "ACB"),
    "One angle is on": ("OA OB AC BC", "AOB"),
    "Over one": ("OA OB AB AC BC", "OAB"),
    "The four": ("AB BC CD DA", "BCD"),
    "A tangent": ("AB OA OB", "TAB"),
    "Two tangents from a point meet": ("PA PB OA OB", "AOB"),
    "The line through": ("AB AC AD CD", "ADC"),
    "Two tangents from a point touch": ("PA PB AC BC", "ACB"),
}


def _points(scene, question):
    lines, asked = next(value for words, value in ASKED.items() if f". {words}" in question)
    turns = np.radians(scene["at"])
    at = {letter: np.array([np.cos(t), np.sin(t)]) for letter, t in zip("ABCD", turns, strict=False)} | {
        "O": np.zeros(2)
    }
    if "P" in lines:  # the tangents are x·A = 1 and x·B = 1
        at["P"] = np.linalg.solve(np.array([at["A"], at["B"]]), np.ones(2))
    if "T" in asked:  # at right angles to A, on the side of B
        across = np.array([-at["A"][1], at["A"][0]])
        at["T"] = at["A"] + across * np.sign(across @ at["B"])
    return lines.split(), asked, at


def rederive(scene, question):
    _, asked, at = _points(scene, question)
    u, v = at[asked[0]] - at[asked[1]], at[asked[2]] - at[asked[1]]
    return f"{np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v))):.0f}"


def seen(picture, scene, question):
    lines, _, at = _points(scene, question)
    radius, middle = 0.35 if ". A tangent" in question else 0.42, np.zeros(2)
    if "P" in at:
        far = np.linalg.norm(at["P"])
        radius, middle = 0.86 / (1 + far), at["P"] / far * (1 - far) / 2
    where = [at[one] * (1 - t) + at[two] * t for one, two in lines for t in np.linspace(0.03, 0.97, 15)]
    rim = [np.array([np.cos(t), np.sin(t)]) * (1 - 0.006 / radius) for t in np.linspace(0, 6.28, 24)]
    dark = picture.sum(-1) < 450
    hits = []
    for place in where + rim:
        x, y = (0.5 + radius * (place + middle)[0]) * 224, (0.5 - radius * (place + middle)[1]) * 224
        hits.append(dark[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].any())
    return np.mean(hits) > 0.97
