"""Capital letters drawn with straight strokes, so that they can be turned; knows no question."""

from __future__ import annotations

import math

from mmzero.families.canvas import Canvas, Colour, Point

# Each stroke is a run of points, two digits each: 0 to 4 across and 0 to 6 down. I, O and Q are left out: they are
# taken for L, D or G when turned.
STROKES = {
    "A": "062046 1434",
    "B": "06003041423303 3344453606",
    "C": "4130100105163645",
    "D": "00062645412000",
    "E": "40000646 0333",
    "F": "400006 0333",
    "G": "41301001051636454323",
    "H": "0006 4046 0343",
    "J": "4045361605",
    "K": "0006 400346",
    "L": "000646",
    "M": "0600234046",
    "N": "06004640",
    "P": "06003041423303",
    "R": "06003041423303 2346",
    "S": "413010010213334445361605",
    "T": "0040 2026",
    "U": "000516364540",
    "V": "002640",
    "W": "0016233640",
    "X": "0046 4006",
    "Y": "002340 2326",
    "Z": "00400646",
}
WIDE, PITCH, THICK = 0.62, 0.86, 0.11  # of a letter's height: its width, the next one's distance, its strokes


def letter(canvas: Canvas, name: str, centre: Point, height: float, turn: float, colour: Colour) -> None:
    """`turn` in degrees, clockwise."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    for stroke in STROKES[name].split():
        points = []
        for across, down in zip(stroke[::2], stroke[1::2], strict=True):
            x, y = (int(across) / 4 - 0.5) * WIDE * height, (int(down) / 6 - 0.5) * height
            points.append((centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos))
        canvas.line(*points, colour=colour, width=THICK * height)


def places(text: str, centre: Point, height: float, turn: float) -> list[Point]:
    """The middles of the letters of a text that runs along a line turned by `turn`."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    steps = [(i - (len(text) - 1) / 2) * PITCH * height for i in range(len(text))]
    return [(centre[0] + step * cos, centre[1] + step * sin) for step in steps]
