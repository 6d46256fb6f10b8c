"""Resistor networks solved for the voltages of their joints by numpy; the resistors are seen by their numbers."""

import re
from fractions import Fraction

import numpy as np
from printed import stands

ROWS = {1: (0.0,), 2: (-0.1, 0.1), 3: (-0.2, 0.0, 0.2)}


def _joints(stages: list, volts: float) -> np.ndarray:
    """The voltage at each joint of the row, by Kirchhoff's law for currents."""
    conducts = np.array([sum(1 / ohms for ohms in stage) for stage in stages])
    n = len(stages) + 1
    matrix, right = np.eye(n), np.zeros(n)
    right[0] = volts
    for i in range(1, n - 1):
        matrix[i] = 0
        matrix[i, i - 1 : i + 2] = (-conducts[i - 1], conducts[i - 1] + conducts[i], -conducts[i])
    return np.linalg.solve(matrix, right)


def rederive(scene: dict, question: str) -> str:
    stages, (i, j) = scene["stages"], scene["at"]
    if "question mark" in question:
        total = int(re.search(r"(\d+) ohms", question)[1])
        left = total - sum(1 / sum(Fraction(1, ohms) for ohms in one) for k, one in enumerate(stages) if k != i)
        return str(1 / (1 / left - sum(Fraction(1, ohms) for k, ohms in enumerate(stages[i]) if k != j)))
    joints = _joints(stages, scene["volts"])
    battery = sum((joints[0] - joints[1]) / ohms for ohms in stages[0])
    if "the battery?" in question:
        return f"{battery:.6g}"
    if "all resistors" in question:
        return f"{scene['volts'] / battery:.6g}"
    ohms = int(re.search(r"of (\d+) ohms", question)[1])
    (k,) = (k for k, stage in enumerate(stages) if ohms in stage)
    across = joints[k] - joints[k + 1]
    return f"{across if 'volts' in question else across / ohms:.6g}"


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    stages, hidden = scene["stages"], scene["at"] if "question mark" in question else None
    for i, stage in enumerate(stages):
        for j, ohms in enumerate(stage):
            spot = (0.1 + 0.85 / len(stages) * (i + 0.5), 0.34 + ROWS[len(stage)][j])
            if not stands(picture, "?" if [i, j] == hidden else str(ohms), spot, 0.062):
                return False
    shown = re.search("amperes|volts", question)
    return not shown or stands(picture, f"{scene['volts']} V", (0.28, 0.605), 0.066)
