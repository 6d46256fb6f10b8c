"""A heat map with a colour scale beside it: cells read by their shade, counted, and rows and columns compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import letters, mix
from mmzero.families.charts._plotted import plotted
from mmzero.families.charts._reading import answer, options, running, so_far, winner

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Colour
    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

LETTERS, DIGITS, TOP = "ABCDE", "12345", 5
BY = ("value", "count", "peak", "total", "reach", "warmest", "differ")
BY_LEVEL = (*[BY[0]] * 2, *[BY[1]] * 2, *[BY[2]] * 2, *BY[3:])
LEFT, RIGHT, CEILING, FLOOR, SCALE = 0.12, 0.8, 0.04, 0.86, 0.87
KNOBS = {"rows": range(3, 6), "columns": range(3, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`rows` of values 1 to 5; asked of row `one` (and `two`), of `column`, of the value `mark`. Level 0 reads a cell,
    2 counts the cells of a value, 4 finds the column where a row is highest, 6 adds up a row, 7 counts the cells that
    reach a value, 8 compares the totals of all rows, 9 finds the column where two rows differ most."""

    rows: tuple[tuple[int, ...], ...]
    ramp: str
    by: str
    one: int
    two: int
    column: int
    mark: int

    def named(self) -> dict[str, tuple[int, ...]]:
        return dict(zip(LETTERS, self.rows, strict=False))

    def counts(self, value: int) -> bool:
        return value >= self.mark if self.by == "reach" else value == self.mark


def sample(level: int, seed: int, rows: int | None = None, columns: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n, k = rows or rng.randint(3, 3 + min(2, level)), columns or rng.randint(3 + (level > 3), 3 + min(2, level))
    one, two = rng.sample(range(n), 2)
    column, ramp = rng.randrange(k), rng.choice(("fire", "ice"))
    mark = rng.randint(3, TOP) if by == "reach" else rng.randint(1, TOP)
    wanted = set(rng.sample(range(n * k), rng.randint(0, min(8, n * k))))
    while True:
        values = [rng.randint(1, TOP) for _ in range(n * k)]
        if by in ("count", "reach"):
            low, high = (mark, TOP) if by == "reach" else (mark, mark)
            fits = range(low, high + 1)
            rest = [value for value in range(1, TOP + 1) if value not in fits]
            values = [rng.choice(fits if i in wanted else rest) for i in range(n * k)]
        table = tuple(tuple(values[i * k : i * k + k]) for i in range(n))
        scene = Scene(table, ramp, by, one, two, column, mark)
        if by not in ("peak", "warmest", "differ") or winner(_figures(scene)) is not None:
            return scene


def _figures(scene: Scene) -> dict[str, int]:
    """What is compared, so that the greatest is the answer."""
    if scene.by == "warmest":
        return {letter: sum(row) for letter, row in scene.named().items()}
    one, two = scene.rows[scene.one], scene.rows[scene.two]
    figures = one if scene.by == "peak" else [abs(a - b) for a, b in zip(one, two, strict=True)]
    return dict(zip(DIGITS, figures, strict=False))


def _shades(skin: Skin, ramp: str) -> list[Colour]:
    """One for each value, from next to paper to next to ink."""
    if ramp == "fire":
        red, yellow = skin.colours["red"], skin.colours["yellow"]
        return [mix(skin.paper, yellow, 0.35), yellow, mix(yellow, red, 0.55), red, mix(red, skin.ink, 0.65)]
    blue = skin.colours["blue"]
    return [*(mix(skin.paper, blue, share) for share in (0.13, 0.4, 0.7, 1.0)), mix(blue, skin.ink, 0.65)]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), right=0.2)
    canvas, height, shades = Canvas(skin), letters(skin), _shades(skin, scene.ramp)
    wide, high = (RIGHT - LEFT) / len(scene.rows[0]), (FLOOR - CEILING) / len(scene.rows)
    for i, (letter, row) in enumerate(scene.named().items()):
        canvas.text((LEFT / 2, CEILING + (i + 0.5) * high), letter, height=height)
        for j, value in enumerate(row):
            low = LEFT + j * wide, CEILING + i * high
            canvas.rectangle(low, (low[0] + wide - 0.008, low[1] + high - 0.008), fill=shades[value - 1])
    for j in range(len(scene.rows[0])):
        canvas.text((LEFT + (j + 0.5) * wide, FLOOR + 0.06), DIGITS[j], height=height)
    for value, shade in enumerate(shades, 1):
        y = FLOOR - (value - 0.5) * (FLOOR - CEILING) / TOP
        canvas.rectangle((SCALE - 0.035, y - 0.06), (SCALE + 0.035, y + 0.06), fill=shade)
        canvas.text((SCALE + 0.075, y), str(value), height=height)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    import matplotlib

    ramp = matplotlib.colormaps["YlOrRd" if scene.ramp == "fire" else "Blues"]
    shades = matplotlib.colors.ListedColormap([ramp(0.12 + 0.88 * i / (TOP - 1)) for i in range(TOP)])
    cells = sheet.axes.pcolormesh(
        scene.rows,
        cmap=shades,
        vmin=0.5,
        vmax=TOP + 0.5,
        edgecolors=sheet.figure.get_facecolor(),
        linewidth=sheet.stroke,
    )
    sheet.axes.invert_yaxis()
    sheet.axes.set_xticks([j + 0.5 for j in range(len(scene.rows[0]))], DIGITS[: len(scene.rows[0])])
    sheet.axes.set_yticks([i + 0.5 for i in range(len(scene.rows))], tuple(scene.named()))
    sheet.colour_bar(cells, range(1, TOP + 1))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two, columns = LETTERS[scene.one], LETTERS[scene.two], DIGITS[: len(scene.rows[0])]
    counted = sum(scene.counts(value) for row in scene.rows for value in row)
    if scene.by in ("value", "count", "total", "reach"):
        question, right = {
            "value": (
                f"What is the value in row {one}, column {columns[scene.column]}?",
                scene.rows[scene.one][scene.column],
            ),
            "count": (f"How many cells have the value {scene.mark}?", counted),
            "total": (f"What is the total of row {one}?", sum(scene.rows[scene.one])),
            "reach": (f"How many cells have a value of {scene.mark} or more?", counted),
        }[scene.by]
        return scene.by, question, answer(right, ())
    names = tuple(scene.named()) if scene.by == "warmest" else tuple(columns)
    question = {
        "peak": f"In which column is row {one} highest",
        "warmest": "Which row has the highest total",
        "differ": f"In which column do rows {one} and {two} differ most",
    }[scene.by]
    return scene.by, f"{question}: {options(names)}?", answer(winner(_figures(scene)), names)


def explain(scene: Scene) -> tuple[str, ...]:
    one, figures = scene.rows[scene.one], _figures(scene)
    if scene.by == "value":
        return (f"{LETTERS[scene.one]}{DIGITS[scene.column]}: {one[scene.column]}.",)
    if scene.by == "total":
        return (f"{LETTERS[scene.one]}: {', '.join(map(str, one))}.", f"{running(one)}.")
    if scene.by == "peak":
        return so_far({f"column {digit}": value for digit, value in figures.items()})
    if scene.by in ("count", "reach"):
        counts = accumulate(sum(map(scene.counts, row)) for row in scene.rows)
        return tuple(
            f"{letter}: {', '.join(map(str, row))}; count {count}."
            for (letter, row), count in zip(scene.named().items(), counts, strict=True)
        )
    best = f"most: {max(figures.values())} in {winner(figures)}."
    if scene.by == "warmest":
        return (*(f"{letter}: {running(row)}." for letter, row in scene.named().items()), best)
    pairs = zip(figures, one, scene.rows[scene.two], strict=True)
    return (*(f"{digit}: {max(a, b)} - {min(a, b)} = {figures[digit]}." for digit, a, b in pairs), best)


def caption(scene: Scene) -> str:
    rows = (f"row {letter}: {', '.join(map(str, row))}" for letter, row in scene.named().items())
    return f"The values by column from 1 are, in {'; in '.join(rows)}."
