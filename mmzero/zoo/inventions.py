"""Pictures that somebody might invent, small enough for a model of two million parameters: in words, as shapes of the
drawing dialect, and with two questions worked out. Each is a function of its random numbers; must not know who is taught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from mmzero.roles.dialect import SIDE, Shape
from mmzero.types import Idea

COLOURS = ("red", "blue", "green", "yellow")
FORMS = ("circle", "square", "triangle")
GRID = 4  # things stand in the cells of a 4 x 4 grid: one is as large as what the model sees at once
THING, BLOCK = 5, 8  # radii
SIDES = ("above left", "above right", "below left", "below right")

Placed = tuple[int, str, str]  # cell in reading order, colour, form
Question = tuple[str, str, tuple[str, ...]]  # what is asked, the answer, and how it is worked out


@dataclass(frozen=True, slots=True)
class Invention:
    idea: Idea
    shapes: tuple[Shape, ...]
    easy: tuple[str, ...]  # how its easy question is worked out
    hard: tuple[str, ...]


def invention(topic: str, rng: Random) -> Invention:
    """About one of TOPICS."""
    return TOPICS[topic](rng)


def _things(rng: Random) -> Invention:
    """A few of each of one to three kinds."""
    kinds = rng.sample([*product(COLOURS, FORMS)], rng.choice((1, 2, 2, 3)))
    counts = [rng.randint(1, 5 if len(kinds) < 3 else 3) for _ in kinds]
    looks = [kind for kind, n in zip(kinds, counts, strict=True) for _ in range(n)]
    cells = sorted(rng.sample(range(GRID * GRID), len(looks)))
    placed = [(cell, *look) for cell, look in zip(cells, looks, strict=True)]
    names = [f"{colour} {form}s" for colour, form in kinds]
    asked = rng.randrange(len(kinds))
    told = _listed([f"{n} {name[: -1 if n == 1 else None]}" for n, name in zip(counts, names, strict=True)])
    easy = (
        f"How many {names[asked]} are there?",
        str(counts[asked]),
        (*_rows(placed, kinds[asked : asked + 1]), f"in all {counts[asked]}."),
    )
    hard = rng.choice(_hard_of_things(names, counts))
    return _made("other", told, placed, THING, easy, (*hard[:2], (*_rows(placed, kinds), *hard[2])))


def _hard_of_things(names: Sequence[str], counts: Sequence[int]) -> list[Question]:
    total = " + ".join(map(str, counts))
    end = (f"{total} = {sum(counts)}.",) if len(counts) > 1 else (f"in all {counts[0]}.",)
    found: list[Question] = [("How many things are there in all?", str(sum(counts)), end)]
    if len(counts) > 1 and counts[0] != counts[1]:
        more, less = sorted(range(2), key=lambda i: -counts[i])
        a, b = counts[more], counts[less]
        found += [
            (f"How many more {names[more]} than {names[less]} are there?", str(a - b), (f"{a} - {b} = {a - b}.",))
        ] * 2
    if sorted(counts)[-2:].count(max(counts)) == 1 and len(counts) > 1:
        most = names[counts.index(max(counts))]
        found.append(
            (
                f"Which are there most of: {', '.join(names[:-1])} or {names[-1]}?",
                most,
                (f"most: {max(counts)} {most}.",),
            )
        )
    return found


def _chart(rng: Random) -> Invention:
    """Columns of blocks, each of its colour, that stand side by side."""
    colours = rng.sample(COLOURS, rng.randint(2, len(COLOURS)))
    heights = [rng.randint(1, GRID) for _ in colours]
    placed = [
        ((GRID - 1 - up) * GRID + column, colour, "square")
        for column, (colour, height) in enumerate(zip(colours, heights, strict=True))
        for up in range(height)
    ]
    told = [f"{colour} {height}" for colour, height in zip(colours, heights, strict=True)]
    read = [f"{one}." for one in told]
    asked = rng.randrange(len(colours))
    easy = (f"How high is the {colours[asked]} column?", str(heights[asked]), (read[asked],))
    hard = rng.choice(_hard_of_charts(colours, heights))
    return _made(
        "data_chart", f"a chart of columns, {_listed(told)}", placed, BLOCK, easy, (*hard[:2], (*read, *hard[2]))
    )


def _hard_of_charts(colours: Sequence[str], heights: Sequence[int]) -> list[Question]:
    total = " + ".join(map(str, heights))
    found: list[Question] = [("How high are all columns together?", str(sum(heights)), (f"{total} = {sum(heights)}.",))]
    (a, one), (b, two) = sorted(zip(heights, colours, strict=True), reverse=True)[0 :: len(heights) - 1]
    if a > b:
        found += [
            (f"How much higher is the {one} column than the {two} column?", str(a - b), (f"{a} - {b} = {a - b}.",))
        ] * 2
    if heights.count(a) == 1:
        found.append(("Which column is the highest?", one, (f"most: {a} {one}.",)))
    return found


def _map(rng: Random) -> Invention:
    """Different things in rows and columns."""
    looks = rng.sample([*product(COLOURS, FORMS)], rng.randint(2, 4))
    cells = rng.sample(range(GRID * GRID), len(looks))
    placed = [(cell, *look) for cell, look in zip(cells, looks, strict=True)]
    told = [f"{_name(one)} in row {row} column {column}" for one in placed for row, column in [_at(one)]]
    first, second = rng.sample(placed, 2)
    (row, column), (to_row, to_column) = _at(first), _at(second)
    stands = f"{_name(first)}: row {row}, column {column}."
    which, where = rng.choice((("row", row), ("column", column)))
    seen = _rows(placed, ())
    easy = (f"In which {which} is the {_name(first)}?", str(where), (*seen, stands))
    down, right = abs(to_row - row), abs(to_column - column)
    steps = (
        f"How many steps is the {_name(first)} from the {_name(second)}, along rows and columns?",
        str(down + right),
        (
            *seen,
            stands,
            f"{_name(second)}: row {to_row}, column {to_column}.",
            f"row {row} to {to_row}: {down}.",
            f"column {column} to {to_column}: {right}.",
            f"{down} + {right} = {down + right}.",
        ),
    )
    return _made("map", f"a map, {_listed(told)}", placed, THING, easy, steps)


TOPICS: Mapping[str, Callable[[Random], Invention]] = {"things": _things, "charts": _chart, "maps": _map}


def _made(
    content: str, caption: str, placed: Sequence[Placed], radius: int, easy: Question, hard: Question
) -> Invention:
    idea = Idea(
        content=content, caption=caption, easy_question=easy[0], easy_answer=easy[1], hard_question=hard[0],
        hard_answer=hard[1],
    )  # fmt: skip
    step = SIDE // GRID
    shapes = (
        Shape(form, colour, cell % GRID * step + step // 2, cell // GRID * step + step // 2, radius)
        for cell, colour, form in placed
    )
    return Invention(idea, tuple(shapes), easy[2], hard[2])


def _rows(placed: Sequence[Placed], counted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What stands in each row, as the bank's families of grids say it: numbered as it comes where it is counted, with
    its column where nothing is."""
    rows: list[list[str]] = [[] for _ in range(GRID)]
    so_far = dict.fromkeys(counted, 0)
    for cell, *look in sorted(placed):
        look = tuple(look)
        if look in so_far:
            so_far[look] += 1
        number = so_far.get(look, "") if counted else cell % GRID + 1
        rows[cell // GRID].append(f"{' '.join(look)} {number}".strip())
    return tuple(f"row {i}: {', '.join(row) or 'none'}." for i, row in enumerate(rows, 1))


def _at(one: Placed) -> tuple[int, int]:
    return one[0] // GRID + 1, one[0] % GRID + 1


def _name(one: Placed) -> str:
    return f"{one[1]} {one[2]}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
