"""Sizes by eye: which thing is largest, second or third in size, how many are larger, their order, and which are equal."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow", "purple")
SHAPES = ("circle", "square", "triangle", "star", "diamond")
BY = ("extreme", "nth", "larger", "order", "same")
SIDE, MARGIN = 3, 0.04  # things stand in the cells of a 3 x 3 grid, each somewhere in its cell
CELL, LARGEST = (1 - 2 * MARGIN) / SIDE, 114  # thousandths
RATIOS = (1.45, 1.4, 1.35, 1.3, 1.3, 1.25, 1.3, 1.25, 1.3, 1.25)  # of a size to the next smaller one, by level
FEWEST = (3, 4, 4, 5, 5, 6, 4, 5, 6, 8)
RANKS = {"second largest": -2, "second smallest": 1, "third largest": -3, "third smallest": 2}
KNOBS = {"by": BY, "shape": SHAPES}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (cell, x, y, radius, colour) in thousandths, all of one shape. Level 0 asks for the largest or
    smallest, 2 for the second or third, 4 how many are larger than the one of a colour, 6 for the order of all, 8 how
    many are as large; higher levels have more things, and sizes that lie closer."""

    things: tuple[tuple[int, int, int, int, str], ...]
    shape: str
    by: str
    asked: str


def sample(level: int, seed: int, by: str | None = None, shape: str | None = None) -> Scene:
    rng = Random(seed)
    by, shape = by or BY[level // 2], shape or rng.choice(SHAPES)
    named = by not in ("larger", "same")
    n = min(FEWEST[level], 5) if named else max(FEWEST[level] + rng.randint(0, 1), 5)
    ladder = [round(LARGEST / RATIOS[level] ** i) for i in range(n)]
    place = rng.randrange(n)
    # As many equal ones as drawn, the rest on other steps of a short ladder.
    alike = {"same": rng.randint(0, min(4, n - 2))}.get(by, 0)
    if by == "same":
        steps = [round(LARGEST / max(RATIOS[level], 1.25) ** i) for i in range(4)]
        mine = rng.choice(steps)
        ladder = [mine] * (alike + 1) + rng.choices([step for step in steps if step != mine], k=n - alike - 1)
        place = 0
    asked = rng.choice(COLOURS)
    if named:
        colours = rng.sample(COLOURS, n)
        asked = rng.choice(("largest", "smallest") if by == "extreme" else list(RANKS)[: 2 if n < 5 else 4])
    else:
        colours = rng.choices([colour for colour in COLOURS if colour != asked], k=n)
        colours[place] = asked
    cells = rng.sample(range(SIDE * SIDE), n)
    return Scene(tuple(sorted(map(_put, [rng] * n, cells, ladder, colours))), shape, by, asked)


def _put(rng: Random, cell: int, radius: int, colour: str) -> tuple[int, int, int, int, str]:
    """Anywhere in its cell where the longest spoke of a shape, 1.3 radii, still fits."""
    room = int(CELL * 500 - 1.3 * radius)
    row, column = divmod(cell, SIDE)
    middle = [round(1000 * (MARGIN + (i + 0.5) * CELL)) + rng.randint(-room, room) for i in (column, row)]
    return (cell, *middle, radius, colour)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for _, x, y, radius, colour in scene.things:
        canvas.shape(scene.shape, (x / 1000, y / 1000), radius / 1000, skin.colours[colour])
    return canvas.image()


def _ranked(scene: Scene) -> list[tuple[int, str]]:
    return sorted((radius, colour) for *_, radius, colour in scene.things)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    names, shape = tuple(thing[4] for thing in scene.things), scene.shape
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    ranked = [colour for _, colour in _ranked(scene)]
    if scene.by in ("extreme", "nth"):
        right = ranked[{"smallest": 0, "largest": -1, **RANKS}[scene.asked]]
        question = f"Which {shape} is the {scene.asked}: {listed}?"
        return scene.by, question, Answer(kind="choice", value=right, choices=names, warrant=COMPUTED)
    if scene.by == "order":
        question = f"What are the colours of the {shape}s from the smallest to the largest, with commas between?"
        return scene.by, question, Answer(kind="sequence", value=tuple(ranked), warrant=COMPUTED)
    size, sizes = _asked(scene), [radius for radius, _ in _ranked(scene)]
    if scene.by == "larger":
        question, right = f"How many {shape}s are larger than the {scene.asked} one?", sum(s > size for s in sizes)
    else:
        question = f"How many other {shape}s are exactly as large as the {scene.asked} one?"
        right = sizes.count(size) - 1
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _asked(scene: Scene) -> int:
    return next(radius for *_, radius, colour in scene.things if colour == scene.asked)


def explain(scene: Scene) -> tuple[str, ...]:
    """Thing by thing as they are met from the top: the best so far, all so far in order, or what counts, numbered."""
    if scene.by in ("larger", "same"):
        return _numbered(scene)
    largest_first = scene.by != "order" and scene.asked.endswith("largest")
    met, steps = [], []
    for *_, radius, colour in scene.things:
        met = sorted([*met, (radius, colour)], reverse=largest_first)
        order = [name for _, name in met]
        steps.append(
            f"{colour}: {scene.asked} {order[0]}." if scene.by == "extreme" else f"{colour}: {', '.join(order)}."
        )
    return (*steps, f"{scene.asked}: {ask(scene)[2].text}.") if scene.by == "nth" else tuple(steps)


def _numbered(scene: Scene) -> tuple[str, ...]:
    """Row by row, with a number for each thing that is larger than the one asked about, or as large."""
    size, total, rows = _asked(scene), 0, [[] for _ in range(SIDE)]
    for cell, _, _, radius, colour in scene.things:
        found = radius > size if scene.by == "larger" else radius == size and colour != scene.asked
        total += found
        rows[cell // SIDE].append(f"{colour} {scene.by} {total}" if found else colour)
    read = (f"row {i}: {', '.join(row) or 'none'}." for i, row in enumerate(rows, 1))
    return (*read, f"in all {total}.")


def caption(scene: Scene) -> str:
    sizes = (f"{colour} {radius / 10:g}" for *_, radius, colour in scene.things)
    return f"From the middle out, in hundredths of the picture, the {scene.shape}s measure: {', '.join(sizes)}."
