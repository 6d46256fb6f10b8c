"""Spot the differences between two panels side by side: how many, where, and in what; at last with one panel mirrored."""

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
SHAPES = ("circle", "square", "triangle", "star", "diamond")
SIZES = {"large": 0.05, "small": 0.031}
WAYS = ("colour", "shape", "size", "presence")
COLUMNS = "ABC"
LEFTS, WIDE, TOP, BOTTOM = (0.095, 0.555), 0.141, 0.11, 0.98
BY = ("where", "count", "how", "all", "mirrored")
KNOBS = {"rows": range(3, 6), "by": BY}
SMALLEST = 128

Thing = tuple[str, ...]  # size, colour and shape; nothing where the place is empty


@dataclass(frozen=True, slots=True)
class Scene:
    """`left` and `right` hold (size, colour, shape) or nothing for each place in reading order. Level 0 asks where the
    panels differ, 2 in how many places, 4 in what, 6 for all places, 8 where, with the right panel mirrored."""

    left: tuple[Thing, ...]
    right: tuple[Thing, ...]
    rows: int
    by: str

    def differ(self) -> list[int]:
        """The places of the left panel that the right one does not repeat."""
        n = len(COLUMNS)
        back = [i // n * n + (n - 1 - i % n if self.by == "mirrored" else i % n) for i in range(len(self.left))]
        return [i for i, thing in enumerate(self.left) if self.right[back[i]] != thing]


def sample(level: int, seed: int, rows: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    rows = rows or rng.choice((3, 4) if level % 2 == 0 else (4, 5))
    cells = rows * len(COLUMNS)
    left = [_thing(rng) if rng.random() < 0.8 else () for _ in range(cells)]
    changes = {"count": rng.randint(0, 5), "all": rng.randint(2, 4)}.get(by, 1)
    way = rng.choice(WAYS)
    right = list(left)
    for i in rng.sample(range(cells), changes):
        left[i] = _thing(rng)
        right[i] = _changed(rng, left[i], way if by == "how" else rng.choice(WAYS))
        if right[i] == () and rng.random() < 0.5:  # it may be the left one that lacks a thing
            left[i], right[i] = right[i], left[i]
    if by == "mirrored":
        n = len(COLUMNS)
        right = [thing for row in range(rows) for thing in right[row * n : row * n + n][::-1]]
    return Scene(tuple(left), tuple(right), rows, by)


def _thing(rng: Random) -> Thing:
    return rng.choice(tuple(SIZES)), rng.choice(COLOURS), rng.choice(SHAPES)


def _changed(rng: Random, thing: Thing, way: str) -> Thing:
    size, colour, shape = thing
    if way == "presence":
        return ()
    if way == "size":
        return next(one for one in SIZES if one != size), colour, shape
    if way == "colour":
        return size, rng.choice([one for one in COLOURS if one != colour]), shape
    return size, colour, rng.choice([one for one in SHAPES if one != shape])


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    high = (BOTTOM - TOP) / scene.rows
    for low, things in zip(LEFTS, (scene.left, scene.right), strict=True):
        for column, letter in enumerate(COLUMNS):
            canvas.text((low + (column + 0.5) * WIDE, TOP / 2), letter)
        for i, thing in enumerate(things):
            row, column = divmod(i, len(COLUMNS))
            if thing:
                at = (low + (column + 0.5) * WIDE, TOP + (row + 0.5) * high)
                canvas.shape(thing[2], at, SIZES[thing[0]], skin.colours[thing[1]])
        canvas.rectangle((low, TOP), (low + len(COLUMNS) * WIDE, BOTTOM), outline=skin.faint)
    for row in range(scene.rows):
        canvas.text((LEFTS[0] / 2, TOP + (row + 0.5) * high), str(row + 1))
    return canvas.image()


def place(i: int) -> str:
    return f"{COLUMNS[i % len(COLUMNS)]}{i // len(COLUMNS) + 1}"


def way(one: Thing, two: Thing) -> str:
    if not one or not two:
        return "presence"
    return next(name for name, a, b in zip(("size", "colour", "shape"), one, two, strict=True) if a != b)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    found = scene.differ()
    question, kind, value = {
        "where": ("In which one place do the two panels differ? Places are written like B2.", "text", ""),
        "count": ("In how many places do the two panels differ?", "number", len(found)),
        "how": ("The two panels differ in one place. In what: colour, shape, size or presence?", "choice", ""),
        "all": ("In which places do the two panels differ? Places are written like B2, A3.", "set", ""),
        "mirrored": (
            "The right panel is the left one mirrored, left for right, but for one thing. In which place of the left"
            " panel is it? Places are written like B2.",
            "text",
            "",
        ),
    }[scene.by]
    if scene.by == "how":
        value = way(scene.left[found[0]], scene.right[found[0]])
    elif scene.by == "all":
        value = frozenset(map(place, found))
    elif scene.by != "count":
        value = place(found[0])
    choices = WAYS if kind == "choice" else ()
    return scene.by, question, Answer(kind=kind, value=value, warrant=COMPUTED, choices=choices)


def _row(things: tuple[Thing, ...], row: int) -> tuple[Thing, ...]:
    return things[row * len(COLUMNS) : (row + 1) * len(COLUMNS)]


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row what differs, left before right, with the number so far where it is asked."""
    steps, total = [], 0
    for row in range(scene.rows):
        mine = [i for i in scene.differ() if i // len(COLUMNS) == row]
        total += len(mine)
        theirs = _row(scene.right, row)[:: -1 if scene.by == "mirrored" else 1]
        unlike = [
            f"{place(i)} {' '.join(scene.left[i]) or 'nothing'}, then {' '.join(theirs[i % len(COLUMNS)]) or 'nothing'}"
            for i in mine
        ]
        steps.append(f"row {row + 1}: {'; '.join(unlike) or 'alike'}{f': {total}' if scene.by == 'count' else ''}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    panels = []
    for name, things in (("left", scene.left), ("right", scene.right)):
        held = "; ".join(f"{place(i)} {' '.join(thing) or 'nothing'}" for i, thing in enumerate(things))
        panels.append(f"The {name} panel: {held}.")
    return " ".join(panels)
