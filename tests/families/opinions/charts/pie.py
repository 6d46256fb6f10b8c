"""A pie: exact fractions of a whole turn, and the colour sampled in each of its twenty parts."""

import math
import re
from fractions import Fraction

import numpy as np

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}


def rederive(scene: dict, question: str) -> str:
    turns = dict(zip("ABCDE", (Fraction(size, 20) for size in scene["sectors"]), strict=False))
    if question.startswith("Which"):
        return (max if "largest" in question else min)(turns, key=turns.__getitem__)
    named = [turns[letter] for letter in re.findall(r"\b[A-E]\b", question)]
    if "How many times" in question:
        return str(named[1] / named[0])
    if "beside" in question:
        return str(100 - sum(100 * turn for turn in turns.values() if turn is not named[0]))
    people = re.search(r"(\d+) people", question)
    whole = int(people[1]) if people else 360 if "degrees" in question else 100
    return str(sum(named) * whole)


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    parts = [colour for colour, size in zip(scene["colours"], scene["sectors"], strict=True) for _ in range(size)]
    for i, colour in enumerate(parts):
        turn = math.tau * (i + 0.5) / 20
        x, y = 0.5 + 0.35 * math.sin(turn), 0.5 - 0.35 * math.cos(turn)
        if abs(picture[int(224 * y), int(224 * x)] - COLOURS[colour]).max() > 40:
            return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    """The pie is all the colour there is, so its edges are the colour's."""
    rows, columns = (np.flatnonzero((np.ptp(picture, axis=-1) > 60).any(axis)) for axis in (1, 0))
    radius, x, y = (np.ptp(rows) + 1) / 2, (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
    parts = [colour for colour, size in zip(scene["colours"], scene["sectors"], strict=True) for _ in range(size)]
    for i, colour in enumerate(parts):
        turn = math.tau * (i + 0.5) / 20
        across, down = x + 0.93 * radius * math.sin(turn), y - 0.93 * radius * math.cos(turn)
        if abs(picture[int(down), int(across)] - rgb[colour]).max() > 40:
            return False
    return True
