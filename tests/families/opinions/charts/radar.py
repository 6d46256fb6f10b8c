"""A radar chart: arrays, and every spoke searched for the dot of each outline."""

import re

import numpy as np

COLOURS = {
    "red": (214, 39, 40),
    "blue": (31, 89, 200),
    "green": (30, 140, 60),
    "yellow": (240, 190, 0),
    "purple": (140, 60, 190),
}


def rederive(scene: dict, question: str) -> str:
    lines = dict(zip(scene["colours"], np.array(scene["axes"]).T, strict=True))
    named = [lines[word] for word in re.findall("|".join(COLOURS), question)]
    only = next(iter(lines.values()))
    if "On which" in question:
        figures = abs(named[0] - named[1]) if named else -only if "lowest" in question else only
        assert (figures == figures.max()).sum() == 1
        return "ABCDEF"[int(figures.argmax())]
    if named:
        return str(int((named[0] > named[1]).sum() if "how many" in question else (named[0] - named[1]).sum()))
    if mark := re.search(r"\d", question):
        return str(int((only >= int(mark[0])).sum()))
    return str(int(only.sum() if "total" in question else only["ABCDEF".index(question[-2])]))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n = len(scene["axes"])
    for i, row in enumerate(scene["axes"]):
        away = np.exp(2j * np.pi * i / n) * -1j  # clockwise from the top, y downwards
        for colour, value in zip(scene["colours"], row, strict=True):
            found = []
            for ring in range(1, 6):
                spots = [0.5 + 0.51j + 0.073 * ring * away + 0.014 * turn for turn in (0, 1, -1, 1j, -1j)]
                pixels = [picture[int(224 * spot.imag), int(224 * spot.real)] for spot in spots]
                if all(abs(pixel - COLOURS[colour]).max() < 60 for pixel in pixels):
                    found.append(ring)
            if found != [value]:
                return False
    return True


def plotted(picture: np.ndarray, frame, scene: dict, rgb) -> bool:
    """The rings lie about the picture's middle, the fifth 0.38 of its side away."""
    side, n = len(picture), len(scene["axes"])
    for i, row in enumerate(scene["axes"]):
        away = np.exp(2j * np.pi * i / n) * -1j  # clockwise from the top, y downwards
        for colour, value in zip(scene["colours"], row, strict=True):
            found = []
            for ring in range(1, 6):
                spots = [side * (0.5 + 0.5j + 0.076 * ring * away + 0.0125 * turn) for turn in (0, 1, -1, 1j, -1j)]
                pixels = [picture[int(spot.imag), int(spot.real)] for spot in spots]
                if all(abs(pixel - rgb[colour]).max() < 60 for pixel in pixels):
                    found.append(ring)
            if found != [value]:
                return False
    return True
