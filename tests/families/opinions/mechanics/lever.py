"""The lever once more: whatever is asked for is tried out or solved for; loads and supports are looked for at every mark."""

import re

import numpy as np
from printed import stands

BLUE = (173, 189, 233)  # the loads' tint on white paper


def _turn(loads, about=0.0):
    return sum((mark - about) * weight for mark, weight in loads)


def _only(fits):
    fits = list(fits)
    assert len(fits) == 1, f"not one right answer: {fits}"
    return str(fits[0])


def rederive(scene, question):
    loads, at = [tuple(load) for load in scene["loads"]], scene["at"]
    others = [load for i, load in enumerate(loads) if i != at]
    if "bars" in question:
        (mark, _), (near, weight), (far, _) = loads
        other = _only(w for w in range(1, 200) if _turn([(near, weight), (far, w)]) == 0)
        return _only(w for w in range(1, 200) if _turn([(mark, w), (scene["hung"], weight + int(other))]) == 0)
    if "goes down" in question:
        return ["left", "neither", "right"][int(np.sign(_turn(loads))) + 1]
    if "question mark" in question:
        return _only(weight for weight in range(1, 200) if _turn([*others, (loads[at][0], weight)]) == 0)
    if "yellow" in question:
        return _only(mark for mark in range(-4, 5) if _turn([*others, (mark, loads[at][1])]) == 0)
    if "support on the left" in question:
        marks, weights = np.array(loads).T
        left, _ = np.linalg.solve([[1, 1], [-4, 4]], [weights.sum(), marks @ weights])
        return f"{left:.6g}"
    return _only(mark for mark in range(-4, 5) if _turn(loads, mark) == 0)


def _stands(picture, x, y):
    """Whether a load's middle is here."""
    return bool(np.abs(picture[int(224 * y), int(224 * x)] - BLUE).sum() < 60)


def seen(picture, scene, question):
    if "bars" in question:
        return _mobile(picture, scene)
    asked = scene["at"] if re.search("question mark|yellow", question) else -1
    at = {mark: str(weight) for i, (mark, weight) in enumerate(scene["loads"]) if i != asked}
    if "question mark" in question:
        at[scene["loads"][asked][0]] = "?"
    for mark in range(-4, 5):
        x = 0.5 + 0.105 * mark
        if _stands(picture, x, 0.443) != (mark in at) or (mark in at and not stands(picture, at[mark], (x, 0.355))):
            return False
    dark = [picture[int(224 * 0.59), int(224 * x)].sum() < 200 for x in (0.08, 0.5, 0.92)]
    if dark != ([True, False, True] if "on the left carry" in question else [False, "Under" not in question, False]):
        return False
    return "yellow" not in question or stands(picture, str(scene["loads"][asked][1]), (0.5, 0.79))


def _mobile(picture, scene):
    hung = 0.42 + 0.075 * scene["hung"]
    for i, (mark, weight) in enumerate(scene["loads"]):
        x, y = (hung + 0.075 * mark, 0.762) if i else (0.42 + 0.075 * mark, 0.382)
        if not _stands(picture, x, y) or (i < 2 and not stands(picture, ("?", str(weight))[i], (x, y + 0.088))):
            return False
    below = [x for x in (0.495, 0.57, 0.645) if picture[int(224 * 0.52), int(224 * x)].sum() < 300]
    return len(below) == 1 and abs(below[0] - hung) < 0.01
