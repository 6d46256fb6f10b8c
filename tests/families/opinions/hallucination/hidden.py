"""Hidden again: every height that the patches allow is tried; bars and patches are looked for in the pixels."""

import itertools
import re

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "purple": (140, 60, 190)}


def rederive(scene, question):
    head = question.split(":")[0]
    possible = [range(lid, 9) if lid else [height] for height, lid, _ in scene["bars"]]
    named = ["ABCDEF".index(letter) for letter in re.findall(r"\b[A-F]\b", head)]
    found = set()
    for heights in itertools.product(*possible):
        if "higher than" in head:
            found.add(str(sum(height > int(head.split()[-1]) for height in heights)))
        elif "tall" in head:
            rivals = named or range(len(heights))
            best = max(heights[i] for i in rivals)
            found.add("".join("ABCDEF"[i] for i in rivals if heights[i] == best))
        else:
            found.add(str(sum(heights[i] for i in named)))
    (right,) = found if len(found) == 1 else ["cannot be told"]
    return right


def seen(picture, scene, question):
    step = 0.85 / len(scene["bars"])

    def at(value, across):
        return picture[int((0.86 - 0.095 * value) * 224), int(across * 224)]

    for i, (height, lid, foot) in enumerate(scene["bars"]):
        x, bar = 0.13 + (i + 0.5) * step, RGB[scene["colour"]]
        for value in (tenth / 2 + 0.25 for tenth in range(16)):
            # Bars are narrower than patches: one place in the bar, one beside it that only a patch covers.
            inside, beside = at(value, x), at(value, x + 0.35 * step)
            hidden = (lid and value > lid - 0.5) or (foot and value < foot - 0.5)
            is_bar, is_patch = abs(inside - bar).sum() < 90, beside.sum() < 645
            if is_patch != bool(hidden) or is_bar != (not hidden and value < height):
                return False
    return True
