"""Questions about things of which some are not in the picture: one of the choices is that it is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "purple")
SHAPES = ("circle", "square", "triangle", "star", "diamond")
COLUMNS = ("left", "middle", "right")
NOT_SHOWN = "not shown"
BY = ("colour", "shape", "column", "beside", "number")
GRID = 3
KNOBS = {"things": range(4, 9), "by": BY}
SMALLEST = 128

Thing = tuple[int, str, str, int]  # cell, colour, shape and the number on it, 0 for none


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` stand in the cells of a 3 by 3 grid. Level 0 asks for the colour of a `shape`, 2 for the shape of the thing
    of a `colour`, 4 for the column of a coloured shape, 6 for what stands right of it, 8 for the number on it. Whether it
    is there at all was drawn as one `choices` among the others."""

    things: tuple[Thing, ...]
    by: str
    colour: str
    shape: str
    choices: tuple[str, ...]


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = things or rng.randint(4 + level % 2, 6 + level % 2 * 2)
    colour, shape = rng.choice(COLOURS), rng.choice(SHAPES)
    words = {
        "colour": rng.sample(COLOURS, 3),
        "shape": rng.sample(SHAPES, 3),
        "column": COLUMNS,
        "beside": rng.sample(SHAPES, 3),
        "number": [str(number) for number in sorted(rng.sample(range(1, 10), 3))],
    }[by]
    choices = (*words, NOT_SHOWN)
    right = rng.choice(choices)
    # A numbered picture may also show the thing and no number on it.
    shown = right != NOT_SHOWN or (by == "number" and rng.random() < 0.5)
    while True:
        kinds = [(rng.choice(COLOURS), rng.choice(SHAPES)) for _ in range(n)]
        if shown:
            kinds[0] = {"colour": (right, shape), "shape": (colour, right)}.get(by, (colour, shape))
        # Something of its colour and something of its shape is always there, so that neither alone betrays it.
        if by not in ("colour", "shape"):
            kinds[1:3] = (colour, rng.choice(SHAPES)), (rng.choice(COLOURS), shape)
        numbers = _numbers(rng, n, words, right) if by == "number" else [0] * n
        cells = rng.sample(range(GRID * GRID), n)
        placed = sorted((cell, *kind, number) for cell, kind, number in zip(cells, kinds, numbers, strict=True))
        scene = Scene(tuple(placed), by, colour, shape, choices)
        if answer(scene) == right:
            return scene


def _numbers(rng: Random, n: int, words: list[str], right: str) -> list[int]:
    """The right number on the first thing, the other choices on other things, and on some none."""
    others = [int(word) for word in words if word != right]
    more = rng.sample([number for number in range(1, 10) if str(number) not in words], 6)
    rest = [number if rng.random() < 0.7 else 0 for number in more]
    return [0 if right == NOT_SHOWN else int(right), *others, *rest][:n]


def asked(scene: Scene) -> list[Thing]:
    return [
        thing
        for thing in scene.things
        if (scene.by == "colour" or thing[1] == scene.colour) and (scene.by == "shape" or thing[2] == scene.shape)
    ]


def answer(scene: Scene) -> str | None:
    """None where it would be doubtful: two things of the kind, or nothing beside the one."""
    found = asked(scene)
    if len(found) != 1:
        return None if found else NOT_SHOWN
    cell, colour, shape, number = found[0]
    if scene.by == "beside":
        return next((s for c, _, s, _ in scene.things if c == cell + 1 and c % GRID), None)
    if scene.by == "number":
        return str(number) if number else NOT_SHOWN
    return {"colour": colour, "shape": shape, "column": COLUMNS[cell % GRID]}[scene.by]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for cell, colour, shape, number in scene.things:
        at = ((cell % GRID + 0.5) / GRID, (cell // GRID + 0.5) / GRID)
        canvas.shape(shape, at, 0.11, skin.colours[colour])
        if number:
            canvas.text(at, str(number), height=0.1, colour=skin.paper)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    listed = f"{', '.join(scene.choices[:-1])} or {scene.choices[-1]}"
    what = {
        "colour": f"What colour is the {scene.shape}",
        "shape": f"What shape is the {scene.colour} thing",
        "column": f"In which column is the {scene.colour} {scene.shape}",
        "beside": f"Which shape stands next to the {scene.colour} {scene.shape}, right of it",
        "number": f"Which number is on the {scene.colour} {scene.shape}",
    }[scene.by]
    value = Answer(kind="choice", value=answer(scene), warrant=COMPUTED, choices=scene.choices)
    return scene.by, f"{what}: {listed}?", value


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row what stands there, and the thing asked for or none."""
    rows = [[told(thing) for thing in scene.things if thing[0] // GRID == row] for row in range(GRID)]
    what = {"colour": scene.shape, "shape": f"{scene.colour} thing"}.get(scene.by, f"{scene.colour} {scene.shape}")
    found = asked(scene)
    where = f"row {found[0][0] // GRID + 1}, {COLUMNS[found[0][0] % GRID]}, {told(found[0])}" if found else "nowhere"
    return (*(f"row {i}: {', '.join(row) or 'none'}." for i, row in enumerate(rows, 1)), f"{what}: {where}.")


def told(thing: Thing) -> str:
    return f"{thing[1]} {thing[2]}{f' with {thing[3]}' if thing[3] else ''}"


def caption(scene: Scene) -> str:
    held = [
        f"a {told(thing)} in row {thing[0] // GRID + 1}, {COLUMNS[thing[0] % GRID]} column" for thing in scene.things
    ]
    return f"All that is shown: {'; '.join(held)}."
