"""The ruler once more: lengths counted out mark by mark, pencils measured by the columns that carry their colour."""

import numpy as np

HUES = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "purple": (140, 60, 190)}
LAST = {"centimetre": 10, "half": 16, "fifth": 30}


def rederive(scene, question):
    worth = {"centimetre": 1, "half": 5, "fifth": 2}[scene["grain"]]
    assert ("centimetres" in question) <= (scene["grain"] == "centimetre")
    spans = [set(range(start, end)) for _, start, end in scene["things"]]
    if "apart" in question:
        return str(worth * len(set(range(max(spans[1]) + 1)) - spans[1] - set(range(max(spans[0]) + 1))))
    if "pieces" in question:
        left, pieces = len(spans[0]), 0
        while left >= len(spans[1]):
            left, pieces = left - len(spans[1]), pieces + 1
        return str(pieces)
    return str(worth * (len(spans[0]) - (len(spans[1]) if "longer" in question else 0)))


def _reach(picture, colour, row):
    """The first and the last column where the middle of a pencil has its colour; None where there is no such pencil."""
    close = np.abs(picture[row - 2 : row + 3] - np.array(HUES[colour])).sum(-1).min(0) < 60
    found = np.nonzero(close)[0]
    return (found[0], found[-1] + 1) if len(found) else None


def seen(picture, scene, question):
    last = LAST[scene["grain"]]
    for row, (colour, *ends) in zip((63, 160), scene["things"], strict=False):
        reach = _reach(picture, colour, row)
        wanted = [224 * (0.1 + 0.8 * end / last) for end in ends]
        if reach is None or max(abs(a - b) for a, b in zip(reach, wanted, strict=True)) > 2.8:
            return False
    marks = np.nonzero(np.diff((picture[round(0.385 * 224)].sum(-1) < 500).astype(int)) == 1)[0]
    below = (picture[155:165].sum(-1) < 600).any()
    return len(marks) == last + 3 and below == (len(scene["things"]) == 2)
