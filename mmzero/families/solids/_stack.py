"""Stacks of cubes, given as the heights of their columns: how they are made, what of them is seen, how they are drawn.

Rows run from the back to the left front, places in a row from the back to the right front."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from mmzero.families.canvas import Canvas, Colour, Point

Heights = tuple[tuple[int, ...], ...]
Cube = tuple[int, int, int]
Corner = tuple[int, int, int]
SIDES = {  # a cube's seen sides: their corners, the first and third of them ending the diagonal along the third axis
    "top": ((0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)),
    "left": ((0, 1, 0), (1, 1, 0), (1, 1, 1), (0, 1, 1)),
    "right": ((1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1)),
}
TINTS = {"top": 0.22, "left": 0.5, "right": 0.8}


def staircase(rng: Random, rows: int, places: int, top: int) -> Heights:
    """Falling towards the front on both sides: nothing hides a column, and a place off the back may be empty."""
    heights: list[list[int]] = []
    for y in range(rows):
        row: list[int] = []
        for x in range(places):
            most = min([top, *(heights[y - 1][x : x + 1] if y else []), *row[-1:]])
            row.append(top if x == y == 0 else rng.randint(max(int(x * y == 0), most - 2), most))
        heights.append(row)
    return tuple(map(tuple, heights))


def bumpy(rng: Random, rows: int, places: int, top: int) -> Heights:
    """No place is empty, and of every column the top is seen, at least half of it."""
    while True:
        heights = tuple(tuple(rng.randint(1, top) for _ in range(places)) for _ in range(rows))
        tops = {cube for cube, side in seen(heights).values() if side == "top"}
        if len(tops) == rows * places:
            return heights


def cubes(heights: Heights) -> Iterator[Cube]:
    """From the back to the front, so that what comes later hides what came before."""
    found = [(x, y, z) for y, row in enumerate(heights) for x, high in enumerate(row) for z in range(high)]
    return iter(sorted(found, key=sum))


def seen(heights: Heights) -> dict[frozenset[tuple[int, int]], tuple[Cube, str]]:
    """For every half of a rhombus in the picture, the cube and the side of it that is seen there."""
    shown = {}
    for cube in cubes(heights):
        for side, corners in SIDES.items():
            flat = [_flat(_moved(cube, corner)) for corner in corners]
            shown[frozenset((flat[0], flat[1], flat[2]))] = (cube, side)
            shown[frozenset((flat[0], flat[2], flat[3]))] = (cube, side)
    return shown


def _moved(cube: Cube, by: Corner) -> Corner:
    return cube[0] + by[0], cube[1] + by[1], cube[2] + by[2]


def _flat(corner: tuple[float, float, float]) -> tuple[float, float]:
    """Where a corner lies in the picture, in steps of half a cube sideways and half a cube down."""
    x, y, z = corner
    return x - y, x + y - 2 * z


class View:
    """A stack drawn as large as it fits between two corners."""

    def __init__(self, canvas: Canvas, heights: Heights, low: Point, high: Point):
        self.canvas, self.heights = canvas, heights
        rows, places, top = len(heights), len(heights[0]), max(max(row) for row in heights)
        self.unit = min(
            (high[0] - low[0]) / (rows + places) / 0.866, 2 * (high[1] - low[1]) / (rows + places + 2 * top)
        )
        self.middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        self.centre = ((places - rows) / 2, (rows + places - 2 * top) / 2)

    def at(self, x: float, y: float, z: float) -> Point:
        across, down = _flat((x, y, z))
        return (
            self.middle[0] + (across - self.centre[0]) * 0.866 * self.unit,
            self.middle[1] + (down - self.centre[1]) * 0.5 * self.unit,
        )

    def draw(self, hue: Colour, marked: tuple[int, int] | None = None) -> None:
        """Every side that no other cube stands against; the top of the `marked` column is red."""
        skin = self.canvas.skin
        there = set(cubes(self.heights))
        for cube in cubes(self.heights):
            for side, axis in (("top", (0, 0, 1)), ("left", (0, 1, 0)), ("right", (1, 0, 0))):
                if _moved(cube, axis) not in there:
                    share = TINTS[side]
                    fill = tuple(round(share * a + (1 - share) * b) for a, b in zip(hue, skin.paper, strict=True))
                    red = side == "top" and cube[:2] == marked
                    corners = [self.at(*_moved(cube, corner)) for corner in SIDES[side]]
                    self.canvas.polygon(*corners, fill=skin.colours["red"] if red else fill, outline=skin.ink)
