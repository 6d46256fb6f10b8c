"""Comparing kinds of scattered things: which are more, by how many, how many times as many, and in what ratio."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, product
from math import gcd
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow", "purple")
SHAPES = ("circle", "square", "triangle")
GRID, MARGIN = 5, 0.04  # things stand near the middles of the cells of a 5 x 5 grid
CELL = (1 - 2 * MARGIN) / GRID
BY = ("more", "difference", "most", "times", "even", "ratio")
BY_LEVEL = (*BY[:1] * 2, *BY[1:2] * 2, *BY[2:3] * 2, *BY[3:4] * 2, BY[4], BY[5])
KNOBS = {"by": BY, "others": range(6)}
SMALLEST = 128

Kind = tuple[str, str]  # colour, shape; an empty one may be anything


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (cell, right, down, colour, shape), shifted from the cell's middle by thousandths; `kinds` are
    compared. Level 0 asks which are more, 2 by how many, 4 which of four are most, 6 how many times as many, 8 how many
    must change to be even, 9 the ratio; odd levels tell kinds by colour and shape at once."""

    things: tuple[tuple[int, int, int, str, str], ...]
    by: str
    kinds: tuple[Kind, ...]


def sample(level: int, seed: int, by: str | None = None, others: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    counts = _counts(rng, by)
    if level % 2:
        kinds = rng.sample(list(product(COLOURS, SHAPES)), len(counts))
    elif len(counts) == 2 and rng.random() < 0.4:
        kinds = [("", shape) for shape in rng.sample(SHAPES, 2)]
    else:
        kinds = [(colour, "") for colour in rng.sample(COLOURS, len(counts))]
    pairs = list(product(COLOURS, SHAPES))
    looks = [
        rng.choice([pair for pair in pairs if _is(pair, kind)])
        for kind, n in zip(kinds, counts, strict=True)
        for _ in range(n)
    ]
    strangers = [pair for pair in pairs if not any(_is(pair, kind) for kind in kinds)]
    free = GRID * GRID - len(looks)
    looks += rng.choices(strangers, k=min(rng.randint(0, 2 + level // 3) if others is None else others, free))
    rng.shuffle(looks)
    cells = sorted(rng.sample(range(GRID * GRID), len(looks)))
    shifts = [(rng.randint(-17, 17), rng.randint(-17, 17)) for _ in cells]
    return Scene(tuple((c, *s, *look) for c, s, look in zip(cells, shifts, looks, strict=True)), by, tuple(kinds))


def _counts(rng: Random, by: str) -> list[int]:
    """How many of each kind: the answer is drawn first, and they are made to give it."""
    few = rng.randint(1, 5)
    if by == "most":
        best = rng.randint(3, 6)
        counts = [best, *(rng.randint(max(1, best - 3), best - 1) for _ in range(3))]
    elif by == "more":
        counts = [few, few + rng.randint(1, 4)]
    elif by == "difference":
        return [few + rng.randint(1, 6), few]
    elif by == "times":
        times = rng.randint(2, 6)
        few = rng.randint(1, 15 // (times + 1))
        return [times * few, few]
    elif by == "even":
        return [min(few, 4) + 2 * rng.randint(1, 5), min(few, 4)]
    else:
        parts = rng.choice([(a, b) for a, b in product(range(1, 6), repeat=2) if a != b and gcd(a, b) == 1])
        scale = rng.randint(1, 18 // sum(parts) if sum(parts) > 4 else 4)
        return [part * scale for part in parts]
    rng.shuffle(counts)
    return counts


def _is(look: tuple[str, str], kind: Kind) -> bool:
    return all(wanted in ("", has) for has, wanted in zip(look, kind, strict=True))


def _name(kind: Kind) -> str:
    colour, shape = kind
    return f"{colour} {shape or 'thing'}s".strip()


def _found(scene: Scene) -> list[int]:
    return [sum(_is(thing[3:], kind) for thing in scene.things) for kind in scene.kinds]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for cell, right, down, colour, shape in scene.things:
        row, column = divmod(cell, GRID)
        at = (MARGIN + (column + 0.5) * CELL + right / 1000, MARGIN + (row + 0.5) * CELL + down / 1000)
        canvas.shape(shape, at, 0.31 * CELL, skin.colours[colour])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    names, found = [_name(kind) for kind in scene.kinds], _found(scene)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    one, two = names[:2]
    kind, question, right = {
        "more": ("choice", f"Which are there more of: {listed}?", names[found.index(max(found))]),
        "difference": ("number", f"How many more {one} than {two} are there?", found[0] - found[1]),
        "most": ("choice", f"Which are there most of: {listed}?", names[found.index(max(found))]),
        "times": ("number", f"How many times as many {one} as {two} are there?", found[0] // found[1]),
        "even": (
            "number",
            f"How many {one} must turn into {two} to make as many {one} as {two}?",
            (found[0] - found[1]) // 2,
        ),
        "ratio": ("text", f"What is the ratio of {one} to {two}, in lowest terms such as 7:6?", _lowest(found)),
    }[scene.by]
    choices = tuple(names) if kind == "choice" else ()
    return scene.by, question, Answer(kind=kind, value=right, choices=choices, warrant=COMPUTED)


def _lowest(found: list[int]) -> str:
    return ":".join(str(n // gcd(*found)) for n in found)


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row how many of each kind stand there; then the totals, and what is made of them."""
    names, found = [_name(kind) for kind in scene.kinds], _found(scene)
    rows = [[thing[3:] for thing in scene.things if thing[0] // GRID == row] for row in range(GRID)]
    tallies = [[sum(_is(look, kind) for look in row) for row in rows] for kind in scene.kinds]
    a, b = found[:2]
    best = f"most: {max(found)} {names[found.index(max(found))]}."
    end = {
        "more": best,
        "difference": f"{a} - {b} = {a - b}.",
        "most": best,
        "times": f"{a} / {b} = {a // b}.",
        "even": f"{a} - {b} = {a - b}, half is {(a - b) // 2}.",
        "ratio": f"{a}:{b} in lowest terms is {_lowest(found)}.",
    }[scene.by]
    sums = (
        f"{name} by row: {_listed(tally)}; so far {_listed(accumulate(tally))}."
        for name, tally in zip(names, tallies, strict=True)
    )
    return (*sums, end)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def caption(scene: Scene) -> str:
    looks = Counter(thing[3:] for thing in scene.things)
    return "There are " + ", ".join(f"{n} {_name(look)[: -1 if n == 1 else None]}" for look, n in looks.items()) + "."
