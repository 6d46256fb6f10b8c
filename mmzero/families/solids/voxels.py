"""A stack of cubes: how many there are, in a layer, hidden, missing from the full box, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.solids._stack import Heights, View, bumpy, cubes, seen, staircase
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("all", "layer", "missing", "hidden", "squares", "faces")
BY_LEVEL = ("all", "all", "layer", "missing", "hidden", "all", "squares", "squares", "faces", "faces")
AROUND = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1))
KNOBS = {"by": BY, "wide": range(2, 5)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`heights` are those of the columns, row by row from the back. Levels 0 and 1 count all cubes of a staircase, 2
    those of layer `at`, 3 the cubes missing from the full box, 4 the hidden ones, 5 all of an uneven stack, 6 and 7 the
    painted squares, 8 and 9 the cubes with `at` painted squares."""

    heights: Heights
    by: str
    at: int
    wide: int


def sample(level: int, seed: int, by: str | None = None, wide: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    wide = wide or (2 if level == 0 else rng.choice((3, 4)) if level in (2, 3, 4, 6, 8) else 3)
    rows = 3 if by == "hidden" else rng.randint(2, 3)
    goal = {"hidden": rng.choice((1, 2, 4, 5)), "faces": rng.randint(1, 5)}.get(by)
    build = bumpy if level in (5, 7, 9) and by not in ("hidden", "missing") else staircase
    while True:
        at = {"layer": rng.randint(1, 3), "faces": rng.randint(1, 3)}.get(by, 0)
        top = 3 if by in ("squares", "faces", "layer") else rng.randint(3, 4)
        scene = Scene(build(rng, rows, wide, top), by, at, wide)
        if goal is None or right(scene) == goal:
            return scene


def right(scene: Scene) -> int:
    return sum(map(sum, _rows(scene)))


def _rows(scene: Scene) -> list[list[int]]:
    """What each column adds to the answer."""
    top = max(map(max, scene.heights))
    if scene.by in ("hidden", "squares", "faces"):
        counted = {"hidden": _hidden, "squares": _squares, "faces": _faces}[scene.by](scene)
        return [[counted.get((x, y), 0) for x in range(len(row))] for y, row in enumerate(scene.heights)]
    column = {"all": lambda h: h, "layer": lambda h: int(h >= scene.at), "missing": lambda h: top - h}[scene.by]
    return [[column(h) for h in row] for row in scene.heights]


def _bare(heights: Heights) -> dict[tuple[int, int, int], int]:
    """How many of its squares every cube shows to the air, the floor not counted."""
    there = set(cubes(heights))
    return {
        cube: sum(tuple(a + b for a, b in zip(cube, way, strict=True)) not in there for way in AROUND) for cube in there
    }


def _hidden(scene: Scene) -> dict[tuple[int, int], int]:
    shown = {cube for cube, _ in seen(scene.heights).values()}
    return _counted([cube for cube in cubes(scene.heights) if cube not in shown])


def _squares(scene: Scene) -> dict[tuple[int, int], int]:
    return _counted([cube for cube, n in _bare(scene.heights).items() for _ in range(n)])


def _faces(scene: Scene) -> dict[tuple[int, int], int]:
    return _counted([cube for cube, n in _bare(scene.heights).items() if n == scene.at])


def _counted(found: list[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    columns: dict[tuple[int, int], int] = {}
    for x, y, _ in found:
        columns[x, y] = columns.get((x, y), 0) + 1
    return columns


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    View(canvas, scene.heights, (0.06, 0.06), (0.94, 0.94)).draw(skin.colours["blue"])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    painted = "The stack is painted all over, except on the side it stands on."
    question = {
        "all": "How many cubes are in the stack?",
        "layer": f"How many cubes are in layer {scene.at}, counted from the floor?",
        "missing": "How many cubes are missing to fill the smallest box that holds the stack?",
        "hidden": "How many cubes cannot be seen at all?",
        "squares": f"{painted} How many squares are painted?",
        "faces": f"{painted} How many cubes have exactly {scene.at} painted square{'s' * (scene.at != 1)}?",
    }[scene.by]
    rule = "Each column of cubes stands on the floor and shows its top."
    return scene.by, f"{rule} {question}", Answer(kind="number", value=right(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row from the back, what every column adds."""
    total, steps = 0, []
    for i, row in enumerate(_rows(scene), 1):
        total += sum(row)
        steps.append(f"row {i}: {' + '.join(map(str, row))} = {sum(row)}, {total}.")
    if scene.by == "missing":
        return (f"The box is {max(map(max, scene.heights))} high.", *steps)
    return tuple(steps)


def caption(scene: Scene) -> str:
    rows = "; ".join(", ".join(map(str, row)) for row in scene.heights)
    return f"Columns of cubes on a grid, row by row from the back to the left front, have the heights {rows}."
