"""Where each letter must have ink and where it must not, on five by seven points; looked up in the picture."""

import numpy as np

READING = True  # the letters are what is asked for
# Row by row from the top: '#' ink, '.' none, '?' too near an edge to tell.
POINTS = {
    "A": "..#.. .???. .???. .#.#. ?###? ??.?? #...#",
    "B": "####? #..?# #..?# ####? #..?# #..?# ####?",
    "C": "?###? #?.?# #.... #.... #.... #?.?# ?###?",
    "D": "###?. #..?# #...# #...# #...# #..?# ###?.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": "?###? #?.?# #.... #.### #...# #?.?# ?###?",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "J": "....# ....# ....# ....# ....# #?.?# ?###?",
    "K": "#..?# #.??. #??.. #?... #??.. #.??. #..?#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# #?.?# #???# #.#.# #...# #...# #...#",
    "N": "#...# #?..# #??.# #.#.# #.??# #..?# #...#",
    "P": "####? #..?# #..?# ####? #.... #.... #....",
    "R": "####? #..?# #..?# ####? #.??. #..?? #...#",
    "S": "?###? #?.?# #?... ?###? ...?# #?.?# ?###?",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# #?.?# ?###?",
    "V": "#...# ??.?? ??.?? .#.#. .???. .???. ..#..",
    "W": "#...# ?...? ??.?? ??#?? ????? .???. .#.#.",
    "X": "#...# ??.?? .???. ..#.. .???. ??.?? #...#",
    "Y": "#...# ??.?? .???. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ...?? ..??. ..#.. .??.. ??... #####",
}


def rederive(scene: dict, question: str) -> str:
    asked = [text for text, colour, *_ in scene["texts"] if f"in {colour}" in question or len(scene["texts"]) == 1]
    (letters,) = asked
    return "".join(reversed(letters)) if "last to the first" in question else letters


def _letters(scene: dict):
    """Each letter, its middle, how tall it is and how far it is turned."""
    ring = scene["by"] == "ring"
    for text, _, across, down, turn in scene["texts"]:
        tall = min({"coloured": 0.16, "ring": 0.14, "cluttered": 0.13}.get(scene["by"], 0.2), 1 / len(text))
        for i, letter in enumerate(text):
            angle = np.radians(turn + 360 * i / len(text) * ring)
            along = np.array([np.cos(angle), np.sin(angle)])
            step = (i - (len(text) - 1) / 2) * 0.86 * tall
            upwards = np.array([along[1], -along[0]])
            yield letter, np.array([across, down]) / 1000 + (0.36 * upwards if ring else step * along), tall, along


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    """Nearly all points are as they must be; a scratch may hide a few."""
    dark, right = 255 - picture.min(-1), []
    for letter, middle, tall, along in _letters(scene):
        below = np.array([-along[1], along[0]])
        for i, mark in enumerate(POINTS[letter].replace(" ", "")):
            y, x = divmod(i, 5)
            there = middle + tall * (0.62 * (x / 4 - 0.5) * along + (y / 6 - 0.5) * below)
            column, row = (there * 224).astype(int)
            if mark != "?" and 1 <= row < 223 and 1 <= column < 223:
                ink = dark[row - 1 : row + 2, column - 1 : column + 2]
                right.append(ink.max() > 120 if mark == "#" else dark[row, column] < 120)
    return np.mean(right) > 0.93
