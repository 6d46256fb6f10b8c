"""Counting by attribute: how many things in a scattered picture have this colour, this shape, or both."""

from __future__ import annotations

from dataclasses import dataclass
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
KNOBS = {"things": range(2, 17), "by": ("colour", "shape", "both", "either")}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (cell, colour, shape) in reading order; `by` is what counts. Each level up to 3 adds things, 4 asks
    for a shape, 6 for a colour and a shape at once, 8 for a colour or a shape."""

    things: tuple[tuple[int, str, str], ...]
    by: str
    colour: str
    shape: str

    def counts(self, colour: str, shape: str) -> bool:
        is_colour, is_shape = colour == self.colour, shape == self.shape
        return {
            "colour": is_colour,
            "shape": is_shape,
            "both": is_colour and is_shape,
            "either": is_colour or is_shape,
        }[self.by]


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    n = things or rng.randint(2 + level, min(4 + level + level // 2, GRID * GRID))
    by = by or ("colour", "shape", "both", "either")[(level >= 4) + (level >= 6) + (level >= 8)]
    colour, shape = rng.choice(COLOURS), rng.choice(SHAPES)
    cells = sorted(rng.sample(range(GRID * GRID), n))
    # Without this lean the right count would nearly always be 0 or 1 and a blind guess would do.
    lean = rng.random() * 0.7
    return Scene(
        things=tuple(
            (
                cell,
                colour if rng.random() < lean else rng.choice(COLOURS),
                shape if rng.random() < lean else rng.choice(SHAPES),
            )
            for cell in cells
        ),
        by=by,
        colour=colour,
        shape=shape,
    )


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for cell, colour, shape in scene.things:
        row, column = divmod(cell, GRID)
        canvas.shape(shape, ((column + 0.5) / GRID, (row + 0.5) / GRID), 0.32 / GRID, skin.colours[colour])
    return canvas.image()


def what(scene: Scene) -> str:
    return {
        "colour": f"{scene.colour} things",
        "shape": f"{scene.shape}s",
        "both": f"{scene.colour} {scene.shape}s",
        "either": f"things that are {scene.colour} or {scene.shape}s",
    }[scene.by]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right = sum(scene.counts(colour, shape) for _, colour, shape in scene.things)
    return scene.by, f"How many {what(scene)} are there?", Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row what stands there; what counts is numbered as it comes."""
    rows: list[list[str]] = [[] for _ in range(GRID)]
    total = 0
    for cell, colour, shape in scene.things:
        total += scene.counts(colour, shape)
        number = f" {total}" if scene.counts(colour, shape) else ""
        rows[cell // GRID].append(f"{colour} {shape}{number}")
    return (*(f"row {i}: {', '.join(row) or 'none'}." for i, row in enumerate(rows, 1)), f"in all {total}.")


def caption(scene: Scene) -> str:
    return "There are " + ", ".join(f"a {colour} {shape}" for _, colour, shape in scene.things) + "."
