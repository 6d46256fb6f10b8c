"""Species again, from the features' words alone; bodies, spots and feelers are looked for in the pixels."""

import re

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "purple": (140, 60, 190)}
BODIES, SPOTS = ("round", "square", "pointed"), ("one", "two", "three")
FEELERS = ("no", "straight", "knobbed")


def words(look):
    return {f"a {BODIES[look[0]]} body", f"{SPOTS[look[1]]} spot{'s' * (look[1] > 0)}", f"{FEELERS[look[2]]} feelers"}


def rederive(scene, question):
    looks = [words(look) for _, look in scene["creatures"]]
    said = r"(?:(?:a )?\w+ (?:body|spots?|feelers)(?:, | and )?)+"
    if "The key says" in question:
        key = dict(re.findall(rf"(\w+): ({said})", question))
        (right,) = [name for name, told in key.items() if set(re.split(", | and ", told)) <= looks[0]]
        return right
    if question.startswith("Each"):
        told = set(re.split(", | and ", re.search(f"has ({said})", question).group(1))) - {""}
        fits = [told <= look for look in looks]
        return str(sum(fits)) if "How many" in question else "ABCDEF"[fits.index(True)]
    parts = [part for part in ("body", "spot", "feelers") if part in question]
    short = [frozenset(w for w in look if any(part in w for part in parts)) for look in looks]
    if "without a name" in question:
        (right,) = [name for name, look in scene["key"] if short[0] <= words(look)]
        return right
    (right,) = [i for i, look in enumerate(short) if short.count(look) == 1]
    return "ABCDEF"[right]


def seen(picture, scene, question):
    creatures = scene["creatures"]
    if "The key says" in question:
        places = [(0.5, 0.56, 0.24)]
    elif "without a name" in question:
        keys = [[colour, look] for colour, (_, look) in zip(RGB, scene["key"], strict=True)]
        creatures = keys + creatures
        places = [*((0.125 + 0.25 * i, 0.19, 0.072) for i in range(4)), (0.5, 0.75, 0.15)]
    else:
        places = [((i % 3 + 0.5) / 3, i // 3 / 2 + 0.31, 0.105) for i in range(len(creatures))]
    for (colour, look), (x, y, size) in zip(creatures, places, strict=True):

        def at(across, down, x=x, y=y, size=size):
            return picture[int((y + down * size) * 224), int((x + across * size) * 224)]

        def is_body(across, down, rgb=RGB[colour], at=at):
            return abs(at(across, down) - rgb).sum() < 120

        ink = [at(0.6 + shift, -1.65).sum() < 300 for shift in (-0.12, 0.12)]
        shown = [
            is_body(0.45, 0),
            is_body(0.78, 0.78) == (look[0] == 1),
            is_body(0, 1.1) == (look[0] == 2),
            (at(0, 0).min() > 230) == (look[1] != 1),
            (at(0, -0.45).min() > 180) == (look[1] > 0),
            all(ink) == (look[2] == 2),
            (at(0.48, -1.4).sum() < 600) == (look[2] > 0),
        ]
        if not all(shown):
            return False
    return True
