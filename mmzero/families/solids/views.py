"""A stack of cubes and flat drawings: which of them shows it from the front, from another side, from above."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.families.solids._stack import Heights, View, bumpy, staircase
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

LETTERS = "ABCD"
SIDES = ("front", "right", "back", "left")
BY = (*SIDES, "top", "plan", "side", "squares", "without")
BY_LEVEL = ("front", "right", "top", "back", "left", "plan", "side", "squares", "without", "without")
KNOBS = {"by": BY}
SMALLEST = 128
CELL = 0.064
Drawing = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """`heights` are the columns', row by row from the back; `options` are drawings, line by line, # a square. Level 0
    asks for the view from the front, 1 from the right, 2 from above, 3 from the back, 4 from the left, 5 for the plan
    with heights, 6 which side a drawing shows, 7 how many squares a side shows (`side`), 8 and 9 for the front or
    another side once the cube with the red top (column `marked`) is gone."""

    heights: Heights
    options: tuple[Drawing, ...]
    by: str
    side: str
    marked: tuple[int, int]


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    side = by if by in (*SIDES, "top", "plan") else rng.choice(SIDES if level != 8 else SIDES[:2])
    while True:
        build = bumpy if by in ("plan", "squares") or (by != "top" and rng.random() < 0.5) else staircase
        heights = build(rng, rng.choice((2, 3)) if level < 3 else 3, 3, 3)
        marked = (rng.randrange(3), rng.randrange(len(heights)))
        if by == "without" and heights[marked[1]][marked[0]] < 2:
            continue
        scene = Scene(heights, (), by, side, marked if by == "without" else (-1, -1))
        options = _options(rng, scene)
        if options is not None:
            return Scene(heights, options, by, side, scene.marked)


def _options(rng: Random, scene: Scene) -> tuple[Drawing, ...] | None:
    """The right drawing among what could be taken for it; None where the stack does not give four that differ."""
    if scene.by == "squares":
        return ()
    left = _left(scene)
    true = view(left, scene.side)
    if scene.by == "side":
        return (true,) if len({view(left, side) for side in SIDES}) == 4 else None
    # The likeliest mistakes first: the cube still there, the mirror image, the other sides.
    flat = scene.side in ("top", "plan")
    near = [view(scene.heights, scene.side), tuple(line[::-1] for line in true)]
    near += [tuple(reversed(true))] if flat else [view(left, side) for side in SIDES]
    near += [_changed(rng, true) for _ in range(6)]
    kept = [one for one in dict.fromkeys(near) if one != true]
    if len(kept) < 3 or (scene.by == "without" and kept[0] != near[0]):  # the cube taken away has to be missed
        return None
    options = [true, *kept[:3]]
    rng.shuffle(options)
    return tuple(options)


def _changed(rng: Random, drawing: Drawing) -> Drawing:
    """One column a square higher or lower; in a plan, one number or square another."""
    lines = [list(line) for line in drawing]
    x, y = rng.randrange(len(lines[0])), rng.randrange(len(lines))
    if set("".join(drawing)) & set("123"):
        lines[y][x] = rng.choice([n for n in "123" if n != lines[y][x]])
    else:
        lines[y][x] = "." if lines[y][x] == "#" else "#"
        column = [line[x] for line in lines]
        if column != sorted(column):  # a square would hang in the air
            return drawing
    return tuple(map("".join, lines))


def _left(scene: Scene) -> Heights:
    """The stack, without the cube with the red top if that is taken away."""
    return tuple(
        tuple(high - ((x, y) == scene.marked) for x, high in enumerate(row)) for y, row in enumerate(scene.heights)
    )


def view(heights: Heights, side: str) -> Drawing:
    """The flat drawing of a stack, its upper line first."""
    if side in ("top", "plan"):
        return tuple(
            "".join("." if not high else "#" if side == "top" else str(high) for high in row) for row in heights
        )
    columns = (
        [max(column) for column in zip(*heights, strict=True)]
        if side in ("front", "back")
        else [max(row) for row in heights]
    )
    columns = columns[::-1] if side in ("back", "right") else columns
    return tuple("".join("#" if high > z else "." for high in columns) for z in reversed(range(3)))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    low = 0.9 if scene.by == "squares" else 0.62
    stack = View(canvas, scene.heights, (0.16, 0.04), (0.84, low))
    stack.draw(skin.colours["blue"], scene.marked)
    rows, places, height = len(scene.heights), len(scene.heights[0]), max(0.07, 0.9 * skin.text)
    canvas.text(stack.at(places / 2 - 0.45, rows + 0.75, 0), "F", height=height)
    canvas.text(stack.at(places + 0.75, rows / 2 - 0.45, 0), "R", height=height)
    for i, option in enumerate(scene.options):
        x = 0.14 + 0.24 * i if len(scene.options) > 1 else 0.5
        _flat(canvas, option, (x, 0.955))
        if len(scene.options) > 1:
            canvas.text((x, 0.955 - len(option) * CELL - 0.05), LETTERS[i], height=height)
    return canvas.image()


def _flat(canvas: Canvas, drawing: Drawing, foot: Point) -> None:
    """A drawing whose lowest line stands with its middle here; its empty squares are faint."""
    skin = canvas.skin
    for y, line in enumerate(reversed(drawing)):
        for x, cell in enumerate(line):
            left, top = foot[0] + (x - len(line) / 2) * CELL, foot[1] - (y + 1) * CELL
            corners = ((left, top), (left + CELL, top), (left + CELL, top + CELL), (left, top + CELL))
            if cell == "#":
                canvas.polygon(*corners, fill=skin.colours["blue"])
            for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
                canvas.line(start, end, colour=skin.faint, width=skin.stroke * 0.5)
            if cell in "123":
                canvas.text((left + CELL / 2, top + CELL / 2), cell, height=CELL * 1.05)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    marks = "F marks the front of the stack and R its right side."
    if scene.by == "squares":
        question = f"{marks} How many squares does one see when looking at it straight from the {scene.side}?"
        found = "".join(view(scene.heights, scene.side)).count("#")
        return scene.by, question, Answer(kind="number", value=found, warrant=COMPUTED)
    if scene.by == "side":
        question = f"{marks} From where does the stack look like the drawing below: front, right, back or left?"
        return scene.by, question, Answer(kind="choice", value=scene.side, warrant=COMPUTED, choices=SIDES)
    first = "The cube with the red top is taken away. " if scene.by == "without" else ""
    what = {"top": "shows the stack from above", "plan": "gives the heights of the columns seen from above"}.get(
        scene.side, f"shows the stack from the {scene.side}"
    )
    under = ", with the front at the bottom" if scene.side in ("top", "plan") else ""
    letter = LETTERS[scene.options.index(view(_left(scene), scene.side))]
    question = f"{marks} {first}Which drawing {what}{under}: A, B, C or D?"
    return scene.by, question, Answer(kind="choice", value=letter, warrant=COMPUTED, choices=tuple(LETTERS))


def explain(scene: Scene) -> tuple[str, ...]:
    """The heights that this side shows, one column after the other, and the drawing that has them."""
    true = view(_left(scene), scene.side)
    if scene.side in ("top", "plan"):
        rows = [f"row {i} from the back: {line.replace('#', 'x').replace('.', '-')}." for i, line in enumerate(true, 1)]
        return (*rows, f"That is {ask(scene)[2].value}.")
    columns = ["".join(line[x] for line in true).count("#") for x in range(len(true[0]))]
    steps = tuple(f"column {i} from the left: {high} high." for i, high in enumerate(columns, 1))
    if scene.by == "squares":
        return (*steps, f"{' + '.join(map(str, columns))} = {sum(columns)}.")
    return (*steps, f"From the {scene.side} that is {ask(scene)[2].value}.")


def caption(scene: Scene) -> str:
    rows = "; ".join(", ".join(map(str, row)) for row in scene.heights)
    said = f"Columns of cubes have the heights {rows}, row by row from the back, each from left to right."
    if scene.by == "without":
        said += f" The red top is place {scene.marked[0] + 1} of row {scene.marked[1] + 1}."
    if scene.options:
        drawn = [" / ".join(option) for option in scene.options]
        said += " The drawings are " + ", ".join(f"{a}: {one}" for a, one in zip(LETTERS, drawn, strict=False)) + "."
    return said
