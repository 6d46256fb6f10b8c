"""Gates by whole truth tables, each held in the bits of one integer; on the picture every gate is read by its printed
name, every input by its digit, and every wire by the dot where it leaves its input."""

import re
from itertools import product

import numpy as np
from printed import stands

NAMES = ("AND", "OR", "XOR", "NAND", "NOR")


def _columns(scene: dict, instead: str = "") -> list[int]:
    """The truth table of every gate: bit k is what it gives in the k-th setting."""
    n = scene["inputs"]
    settings, full = list(product((0, 1), repeat=n)), (1 << 2**n) - 1
    table = {"ABCD"[i]: sum(values[i] << k for k, values in enumerate(settings)) for i in range(n)}
    for number, (name, takes) in enumerate(scene["gates"], 1):
        if number - 1 == scene["hidden"]:
            name = instead or name
        one, two = table[takes[0]], table[takes[-1]]
        positive = {"AND": one & two, "OR": one | two, "XOR": one ^ two}
        table[str(number)] = (positive | {"NOT": one ^ full, "NAND": one & two ^ full, "NOR": (one | two) ^ full})[name]
    return [table[str(i + 1)] for i in range(len(scene["gates"]))]


def _bit(column: int, word: str) -> int:
    return column >> int(word, 2) & 1


def rederive(scene: dict, question: str) -> str:
    columns, n = _columns(scene), scene["inputs"]
    word = "".join(map(str, scene["values"]))
    if "How many of the gates" in question:
        return str(sum(_bit(column, word) for column in columns))
    if "turned round" in question:
        turned = [f"{int(word, 2) ^ 1 << n - 1 - i:0{n}b}" for i in range(n)]
        (i,) = [i for i in range(n) if _bit(columns[-1], turned[i]) != _bit(columns[-1], word)]
        return "ABCD"[i]
    if "For which" in question:
        (right,) = [one for one in re.findall(r"[01]{2,}", question) if _bit(columns[-1], one)]
        return right
    if "settings" in question:
        return str(columns[-1].bit_count())
    if "single gate" in question:
        single = {name: _columns(scene | {"gates": [(name, ["A", "B"])], "hidden": -1})[0] for name in NAMES}
        (name,) = [name for name in NAMES if single[name] == columns[-1]]
        return name
    if "question mark" in question:
        wanted = sum(1 << int(one, 2) for one in re.findall(r"\b[01]{2,}\b", question))
        (name,) = [name for name in NAMES if _columns(scene, name)[-1] == wanted]
        return name
    return str(_bit(columns[-1], word))


def _places(scene: dict) -> list[tuple[float, float]]:
    if len(scene["gates"]) == 1:
        return [(0.66, 0.5)]
    if len(scene["gates"]) == 4:
        return [(0.41, 0.3), (0.41, 0.56), (0.615, 0.43), (0.82, 0.69)]
    if scene["gates"][1][1][0] != "1":
        return [(0.5, 0.36), (0.5, 0.7), (0.78, 0.53)]
    if scene["inputs"] == 4:
        return [(0.42, 0.3), (0.6225, 0.5), (0.825, 0.7)]
    return [(0.41, 0.34), (0.615, 0.53), (0.82, 0.72)]


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    rails = {"ABCD"[i]: 0.065 + 0.078 * i for i in range(scene["inputs"])}
    dots = set()
    for i, ((x, y), (name, takes)) in enumerate(zip(_places(scene), scene["gates"], strict=True)):
        if not stands(picture, "?" if i == scene["hidden"] else name, (x, y), 0.05):
            return False
        pins = (y,) if len(takes) == 1 else (y - 0.035, y + 0.035)
        dots |= {(rails[one], pin) for one, pin in zip(takes, pins, strict=True) if one in rails}
    heights = {y for _, y in dots}
    if any(_dot(picture, x, y) != ((x, y) in dots) for x in rails.values() for y in heights):
        return False
    values = zip(rails.values(), scene["values"], strict=False)
    nth = len(rails)
    return all(stands(picture, str(value), (x, 0.14), 0.066) for x, value in values) and not stands(
        picture, "ABCDE"[nth], (0.065 + 0.078 * nth, 0.06), 0.066
    )


def _dot(picture: np.ndarray, x: float, y: float) -> bool:
    """Ink beside both the wires that meet here."""
    corners = [
        (int(224 * (y + down)), int(224 * (x + right))) for down in (-0.0105, 0.0105) for right in (-0.0105, 0.0105)
    ]
    return float(np.mean([picture[at].sum() for at in corners])) < 500
