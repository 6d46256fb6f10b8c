"""Relative position: where one thing stands from another on a grid, what stands beside it, and where a move leads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow")
SHAPES = ("circle", "square", "triangle")
GRID = 4  # things stand in the cells of a 4 x 4 grid
BY = ("side", "height", "corner", "beside", "steps", "move")
BY_LEVEL = (BY[:2], BY[:2], BY[2:3], BY[2:3], BY[3:4], BY[3:4], BY[4:5], BY[4:5], BY[5:], BY[5:])
BESIDE = {(0, 1): "right of", (0, -1): "left of", (1, 0): "below", (-1, 0): "above"}
KNOBS = {"things": range(2, 11), "by": BY}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (cell, name), no name twice; the question is about the first two, and `by` says which. Each odd
    level adds things. Level 0 asks for one direction, 2 for two at once, 4 what is beside, 6 how far, 8 where a move
    ends."""

    things: tuple[tuple[int, str], ...]
    by: str

    def places(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return divmod(self.things[0][0], GRID), divmod(self.things[1][0], GRID)

    def shift(self) -> tuple[int, int]:
        """Rows down and columns right from the first thing to the second."""
        (row, column), (to_row, to_column) = self.places()
        return to_row - row, to_column - column


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = things or rng.randint(2 + level // 2 + level % 2, 4 + level // 2 + level % 2)
    # How far apart is drawn before where: short ways would otherwise be the better guess.
    far = rng.randint(1, 2 * (GRID - 1))
    pairs = permutations(range(GRID * GRID), 2)
    first, second = rng.choice([(a, b) for a, b in pairs if _fits(Scene(((a, ""), (b, "")), by), far)])
    others = rng.sample([cell for cell in range(GRID * GRID) if cell not in (first, second)], n - 2)
    names = rng.sample([f"{colour} {shape}" for colour, shape in product(COLOURS, SHAPES)], n)
    return Scene(tuple(zip((first, second, *others), names, strict=True)), by)


def _fits(scene: Scene, far: int) -> bool:
    down, right = scene.shift()
    return {
        "side": right != 0,
        "height": down != 0,
        "corner": down != 0 and right != 0,
        "beside": (down, right) in BESIDE,
        "steps": abs(down) + abs(right) == far,
        "move": down != 0 and right != 0,
    }[scene.by]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for i in range(1, GRID):
        canvas.line((i / GRID, 0), (i / GRID, 1), colour=skin.faint, width=skin.stroke * 0.6)
        canvas.line((0, i / GRID), (1, i / GRID), colour=skin.faint, width=skin.stroke * 0.6)
    for cell, name in scene.things:
        (row, column), (colour, shape) = divmod(cell, GRID), name.split()
        canvas.shape(shape, ((column + 0.5) / GRID, (row + 0.5) / GRID), 0.32 / GRID, skin.colours[colour])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    (_, one), (_, two) = scene.things[:2]
    down, right = scene.shift()
    steps = abs(down) + abs(right)
    side, height = "right" if right < 0 else "left", "below" if down < 0 else "above"
    corners = ("above left", "above right", "below left", "below right")
    go = f"{abs(down)} {'down' if down > 0 else 'up'} and {abs(right)} {'right' if right > 0 else 'left'}"
    kind, question, right_one, choices = {
        "side": ("choice", f"Is the {one} left or right of the {two}?", side, ("left", "right")),
        "height": ("choice", f"Is the {one} above or below the {two}?", height, ("above", "below")),
        "corner": (
            "choice",
            f"Where is the {one} from the {two}: above left, above right, below left or below right?",
            f"{height} {side}",
            corners,
        ),
        "beside": ("text", f"What is directly {BESIDE.get((down, right))} the {one}?", two, ()),
        "steps": ("number", f"How many steps is the {one} from the {two}, along rows and columns?", steps, ()),
        "move": ("text", f"The {one} moves {go}. What does it reach?", two, ()),
    }[scene.by]
    return scene.by, question, Answer(kind=kind, value=right_one, warrant=COMPUTED, choices=choices)


def explain(scene: Scene) -> tuple[str, ...]:
    """What stands in which column, row by row; then the rows and columns that matter are compared or moved along."""
    (row, column), (to_row, to_column) = ((r + 1, c + 1) for r, c in scene.places())
    (_, one), (_, two) = scene.things[:2]
    down, right = scene.shift()
    start, end = f"{one}: row {row}, column {column}.", f"{two}: row {to_row}, column {to_column}."
    beside = f"column {column} is {'left' if right > 0 else 'right'} of column {to_column}."
    over = f"row {row} is {'above' if down > 0 else 'below'} row {to_row}."
    rest = {
        "side": (start, end, beside),
        "height": (start, end, over),
        "corner": (start, end, over, beside),
        "beside": (start, f"look at row {to_row}, column {to_column}."),
        "steps": (
            start,
            end,
            f"row {row} to {to_row}: {abs(down)}.",
            f"column {column} to {to_column}: {abs(right)}.",
            f"{abs(down)} + {abs(right)} = {abs(down) + abs(right)}.",
        ),
        "move": (
            start,
            f"{abs(down)} {'down' if down > 0 else 'up'}: row {to_row}.",
            f"{abs(right)} {'right' if right > 0 else 'left'}: column {to_column}.",
            f"look at row {to_row}, column {to_column}.",
        ),
    }[scene.by]
    return (*_rows(scene), *rest)


def _rows(scene: Scene) -> tuple[str, ...]:
    rows: list[list[str]] = [[] for _ in range(GRID)]
    for cell, name in sorted(scene.things):
        rows[cell // GRID].append(f"{name} {cell % GRID + 1}")
    return tuple(f"row {i}: {', '.join(row) or 'none'}." for i, row in enumerate(rows, 1))


def caption(scene: Scene) -> str:
    stand = [f"the {name} in row {cell // GRID + 1}, column {cell % GRID + 1}" for cell, name in scene.things]
    return "Counting rows from the top, there are " + ", ".join(stand) + "."
