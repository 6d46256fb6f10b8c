"""Reading a table: a cell, a column's extreme, counting under a condition, and looking up in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.tables._ruled import ruled
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

THEMES = (
    ("blue", ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana"), ("Mon", "Tue", "Wed", "Thu", "Fri")),
    ("green", ("apple", "date", "fig", "kiwi", "lime", "nut", "pear", "plum"), ("Jan", "Feb", "Mar", "Apr", "May")),
    ("red", ("Bern", "Cork", "Kyiv", "Lima", "Oslo", "Paris", "Rome", "York"), ("bike", "bus", "car", "foot", "tram")),
    ("purple", ("bear", "crow", "deer", "duck", "fox", "hare", "owl", "wolf"), ("bay", "hill", "lake", "park", "sea")),
)
BY = ("cell", "highest", "lowest", "count", "total", "difference", "compare", "chain", "filter")
BY_LEVEL = (BY[:1], BY[:1], BY[1:3], BY[1:3], BY[3:4], BY[3:4], BY[4:6], BY[6:7], BY[7:8], BY[8:])
NUMBERS = range(10, 100)
LETTERS, ROW, FIRST = 0.075, 0.15, 1.2  # the first column is that much wider than the others
KNOBS = {"rows": range(3, 8), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`rows` are (name, numbers); `row`, `another` and `column`, `beside` say which are asked for, `bound` what to be
    above. Level 0 reads a cell, 2 finds a column's extreme, 4 counts above a bound, 6 adds a row or compares two rows,
    7 compares two columns row by row, 8 looks up beside an extreme, 9 among the rows above a bound."""

    theme: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    by: str
    row: int
    another: int
    column: int
    beside: int
    bound: int

    def of(self, column: int) -> list[int]:
        return [numbers[column] for _, numbers in self.rows]


def sample(level: int, seed: int, rows: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n, m = rows or min(7, 3 + level // 2 + rng.randint(0, 1)), min(4, 2 + level // 3)
    theme = rng.randrange(len(THEMES))
    names, columns = rng.sample(THEMES[theme][1], n), tuple(rng.sample(THEMES[theme][2], m))
    column, beside = rng.sample(range(m), 2)
    row, another = rng.sample(range(n), 2)
    down = [rng.sample(NUMBERS, n) for _ in range(m)]  # no number twice in a column, so its extremes are single
    right, bound = rng.randint(0, n), 0  # how many rows there are to count is drawn first, and the numbers to fit it
    if by == "count":
        bound = _bound(rng, down[column], right)
    elif by == "filter":
        bound = _bound(rng, down[column], rng.randint(2, n - 1))
    elif by == "compare":
        above = rng.sample(range(n), right)
        for i in range(n):
            down[column][i], down[beside][i] = sorted(rng.sample(NUMBERS, 2), reverse=i in above)
    elif by == "difference" and down[column][row] < down[column][another]:
        row, another = another, row
    table = tuple((name, tuple(numbers[i] for numbers in down)) for i, name in enumerate(names))
    return Scene(theme, columns, table, by, row, another, column, beside, bound)


def _bound(rng: Random, numbers: list[int], above: int) -> int:
    """A number that exactly `above` of these are greater than."""
    steps = [NUMBERS[0] - 1, *sorted(numbers), NUMBERS[-1] + 1]
    return rng.randint(steps[len(numbers) - above], steps[len(numbers) - above + 1] - 1)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    n, m = len(scene.rows) + 1, len(scene.columns)
    row, wide = min(ROW, 0.94 / n), 0.94 / (m + FIRST)
    cells = [("", *scene.columns), *((name, *map(str, numbers)) for name, numbers in scene.rows)]
    tint = skin.colours[THEMES[scene.theme][0]]
    ruled(canvas, (0.03, (1 - n * row) / 2), (FIRST * wide, *[wide] * m), row, cells, LETTERS, tint)
    return canvas.image()


def _right(scene: Scene) -> int:
    numbers, others = scene.of(scene.column), scene.of(scene.beside)
    pairs = list(zip(numbers, others, strict=True))
    return {
        "cell": numbers[scene.row],
        "count": sum(number > scene.bound for number in numbers),
        "total": sum(scene.rows[scene.row][1]),
        "difference": numbers[scene.row] - numbers[scene.another],
        "compare": sum(number > other for number, other in pairs),
        "chain": max(pairs)[1],
        "filter": max((other for number, other in pairs if number > scene.bound), default=0),
    }[scene.by]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    names, at, beside = [name for name, _ in scene.rows], scene.columns[scene.column], scene.columns[scene.beside]
    name, another = names[scene.row], names[scene.another]
    if scene.by in ("highest", "lowest"):
        best = (max if scene.by == "highest" else min)(scene.of(scene.column))
        options = f"{', '.join(names[:-1])} or {names[-1]}"
        right = Answer(
            kind="choice", value=names[scene.of(scene.column).index(best)], choices=tuple(names), warrant=COMPUTED
        )
        return scene.by, f"Which row has the {scene.by} number under {at}: {options}?", right
    question = {
        "cell": f"What number stands in the row {name} under {at}?",
        "count": f"In how many rows is the number under {at} above {scene.bound}?",
        "total": f"What do the numbers in the row {name} add up to?",
        "difference": f"How much greater is the number of {name} than that of {another} under {at}?",
        "compare": f"In how many rows is the number under {at} above the number under {beside}?",
        "chain": f"Look for the highest number under {at}. What number stands in the same row under {beside}?",
        "filter": f"What is the highest number under {beside} among the rows with more than {scene.bound} under {at}?",
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=_right(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row what stands there, with the count or the best so far."""
    at, beside = scene.columns[scene.column], scene.columns[scene.beside]
    names, numbers, others = [name for name, _ in scene.rows], scene.of(scene.column), scene.of(scene.beside)
    name, row = scene.rows[scene.row]
    if scene.by == "cell":
        return (f"row {name}: {', '.join(f'{c} {v}' for c, v in zip(scene.columns, row, strict=True))}.",)
    if scene.by == "total":
        return tuple(f"{c} {v}: {sum(row[: i + 1])}." for i, (c, v) in enumerate(zip(scene.columns, row, strict=True)))
    if scene.by == "difference":
        one, two = numbers[scene.row], numbers[scene.another]
        return f"{name} {at} {one}.", f"{names[scene.another]} {at} {two}.", f"{one} - {two} = {one - two}."
    if scene.by in ("highest", "lowest", "chain"):
        best = min if scene.by == "lowest" else max
        leaders = [names[numbers.index(best(numbers[: i + 1]))] for i in range(len(numbers))]
        steps = [f"{a} {v}, leads {b}." for a, v, b in zip(names, numbers, leaders, strict=True)]
        return (*steps, f"{leaders[-1]} {beside}: {_right(scene)}.") if scene.by == "chain" else tuple(steps)
    if scene.by == "filter":
        kept = [number > scene.bound for number in numbers]
        steps = [
            f"{a} {v}: {f'yes, {beside} {w}' if keep else 'no'}."
            for a, v, w, keep in zip(names, numbers, others, kept, strict=True)
        ]
        return (*steps, f"highest: {_right(scene)}.")
    bounds = others if scene.by == "compare" else [scene.bound] * len(names)
    over = [number > other for number, other in zip(numbers, bounds, strict=True)]
    return tuple(
        f"{a}: {v} {'above' if yes else 'not above'} {w}: {sum(over[:i])}."
        for i, (a, v, w, yes) in enumerate(zip(names, numbers, bounds, over, strict=True), 1)
    )


def caption(scene: Scene) -> str:
    rows = [
        f"{name} has {', '.join(f'{c} {v}' for c, v in zip(scene.columns, numbers, strict=True))}"
        for name, numbers in scene.rows
    ]
    return f"A table: {'; '.join(rows)}."
