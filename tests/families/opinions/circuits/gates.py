"""Circuits run as Python's own bit operators over every setting; gates and inputs are seen by their words."""

import re
from itertools import product

import numpy as np
from lettering import says

CODE = {"AND": "{} & {}", "OR": "{} | {}", "XOR": "{} ^ {}", "NAND": "1 - ({} & {})", "NOR": "1 - ({} | {})"}


def _output(scene: dict) -> str:
    """The whole circuit as one expression in A, B, C, D."""
    wires = {i: f"(1 - {name})" if i in scene["inverted"] else name for i, name in enumerate("ABCD")}
    for i, (name, one, two) in enumerate(scene["gates"]):
        wires[4 + i] = f"({CODE[name].format(wires[one], wires[two])})"
    return wires[3 + len(scene["gates"])]


def rederive(scene: dict, question: str) -> str:
    n, bits = len(scene["inputs"]), dict(zip("ABCD", scene["inputs"], strict=False))
    settings = [dict(zip("ABCD", setting, strict=False)) for setting in product((0, 1), repeat=n)]
    ones = [setting for setting in settings if eval(_output(scene), setting.copy())]
    if "how many of the" in question:
        return str(len(ones))
    if "Only one" in question:
        (setting,) = ones
        return ", ".join(str(setting[name]) for name in "ABCD"[:n])
    if "Which gate" in question:
        gates, at, fits = scene["gates"], scene["at"], []
        for name in re.findall("AND|XOR|NOR", question):
            swapped = scene | {"gates": [*gates[:at], [name, *gates[at][1:]], *gates[at + 1 :]]}
            fits += [name] if eval(_output(swapped), bits.copy()) else []
        (right,) = fits
        return right
    if "How many of the gates" in question:
        counts = [eval(_output(scene | {"gates": scene["gates"][: i + 1]}), bits.copy()) for i in range(n - 1)]
        return str(sum(counts))
    if "The output is 1" in question:
        name = re.search(r"What is ([A-D])", question)[1]
        (right,) = (bit for bit in (0, 1) if bits | {name: bit} in ones)
        return str(right)
    return str(eval(_output(scene), bits))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n, hidden = len(scene["inputs"]), "settings of" in question or "setting of" in question
    spots, columns = {i: (0.09, (i + 0.5) / n) for i in range(n)}, dict.fromkeys(range(n), 0)
    for i, (_, one, two) in enumerate(scene["gates"]):
        columns[4 + i] = 1 + max(columns[one], columns[two])
        spots[4 + i] = (0, (spots[one][1] + spots[two][1]) / 2)
    for i, bit in enumerate(scene["inputs"]):
        shown = "?" if hidden or f"What is {'ABCD'[i]}" in question else bit
        turned = tuple(picture[round(spots[i][1] * 224), round(0.257 * 224)]) == (255, 255, 255)
        if not says(picture, spots[i], f"{'ABCD'[i]} = {shown}", 0.062) or turned != (i in scene["inverted"]):
            return False
    for i, (name, *_) in enumerate(scene["gates"]):
        x = 0.28 + 0.66 * (columns[4 + i] - 0.5) / max(columns.values())
        name = "?" if "question mark" in question and scene["at"] == i else name
        if not says(picture, (x - 0.013 * (name in ("NAND", "NOR")), spots[4 + i][1]), name, 0.05):
            return False
    return True
