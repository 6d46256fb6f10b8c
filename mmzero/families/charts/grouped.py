"""Grouped bars with a legend: the right bar found by colour and group, then series and groups compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, legend
from mmzero.families.charts._plotted import plotted
from mmzero.families.charts._reading import COLOURS, added, answer, counted, options, so_far, winner
from mmzero.families.charts._reading import groups as some_groups
from mmzero.families.charts._reading import series as some_series

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

BY = ("value", "highest", "lowest", "difference", "above", "gap", "total")
BY_LEVEL = (*[BY[:1]] * 2, *[BY[1:3]] * 2, BY[3:4], *[BY[4:5]] * 2, *[BY[5:6]] * 2, BY[6:])
FRAME = Frame(top=10, ceiling=0.17)
KNOBS = {"groups": range(3, 6), "series": range(2, 4), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`values[i][j]` is the bar of series i in group j; `by` is asked of the series `one` (and `two`), in group `at`.
    Level 0 reads a bar, 2 finds a series' highest or lowest, 4 subtracts two bars, 5 counts the groups where one series
    beats another, 7 finds the largest gap between two, 9 compares the totals of all series."""

    series: tuple[str, ...]
    colours: tuple[str, ...]
    groups: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    by: str
    one: int
    two: int
    at: int

    def pairs(self) -> dict[str, tuple[int, int]]:
        return dict(zip(self.groups, zip(self.values[self.one], self.values[self.two], strict=True), strict=True))


def sample(level: int, seed: int, groups: int | None = None, series: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = groups or rng.randint(3 + (level in (5, 6, 8)), 4 + (level > 3))
    k = series or rng.randint(2 + (level in (1, 3, 6, 9)), 2 + (level > 0))
    names, colours, places = some_series(rng, k), tuple(rng.sample(COLOURS, k)), some_groups(rng, n)
    one, two = rng.sample(range(k), 2)
    at, apart = rng.randrange(n), rng.randint(1, 7)
    ups = set(rng.sample(range(n), rng.randint(0, n)))
    while True:
        values = [[rng.randint(1, 10) for _ in range(n)] for _ in range(k)]
        if by == "difference":
            values[two][at] = rng.randint(1, 10 - apart)
            values[one][at] = values[two][at] + apart
        if by == "above":
            for j in range(n):
                values[one][j], values[two][j] = sorted(rng.sample(range(1, 11), 2), reverse=j in ups)
        scene = Scene(names, colours, places, tuple(map(tuple, values)), by, one, two, at)
        if by in ("value", "difference", "above") or winner(_figures(scene)) is not None:
            return scene


def _figures(scene: Scene) -> dict[str, int]:
    """What is compared, so that the greatest is the answer."""
    if scene.by == "total":
        return dict(zip(scene.series, map(sum, scene.values), strict=True))
    sign = -1 if scene.by == "lowest" else 1
    return {g: abs(a - b) if scene.by == "gap" else sign * a for g, (a, b) in scene.pairs().items()}


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), top=0.14)
    canvas, n, k = Canvas(skin), len(scene.groups), len(scene.series)
    FRAME.rules(canvas)
    wide = FRAME.slot(n) * 0.8 / k
    colours = [skin.colours[name] for name in scene.colours]
    for j, middle in enumerate(FRAME.middles(n)):
        for i, colour in enumerate(colours):
            left = middle + (i - k / 2) * wide
            canvas.rectangle(
                (left + wide * 0.06, FRAME.y(scene.values[i][j])), (left + wide * 0.94, FRAME.floor), fill=colour
            )
    FRAME.axes(canvas)
    FRAME.names(canvas, scene.groups)
    legend(canvas, scene.series, colours)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    sheet.rules("y", FRAME.top)
    wide = 0.8 / len(scene.series)
    for i, (name, colour) in enumerate(zip(scene.series, scene.colours, strict=True)):
        places = [j + (i + 0.5 - len(scene.series) / 2) * wide for j in range(len(scene.groups))]
        sheet.axes.bar(places, scene.values[i], width=0.92 * wide, color=sheet.colour(colour), label=name)
    sheet.axes.set_ylim(0, FRAME.top + 0.5)
    sheet.names(scene.groups)
    sheet.legend(scene.series)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two, at = scene.series[scene.one], scene.series[scene.two], scene.groups[scene.at]
    a, b = scene.pairs()[at]
    where, which = options(scene.groups), options(scene.series)
    if scene.by in ("value", "difference", "above"):
        question, right = {
            "value": (f"What is the value of {one} for {at}?", a),
            "difference": (f"How much higher is {one} than {two} for {at}?", a - b),
            "above": (
                f"In how many groups is {one} higher than {two}?",
                sum(a > b for a, b in scene.pairs().values()),
            ),
        }[scene.by]
        return scene.by, question, answer(right, ())
    question = {
        "highest": f"Where is {one} highest: {where}?",
        "lowest": f"Where is {one} lowest: {where}?",
        "gap": f"Where is the gap between {one} and {two} largest: {where}?",
        "total": f"Which has the largest total: {which}?",
    }[scene.by]
    return scene.by, question, answer(winner(_figures(scene)), scene.series if scene.by == "total" else scene.groups)


def explain(scene: Scene) -> tuple[str, ...]:
    one, two, pairs = scene.series[scene.one], scene.series[scene.two], scene.pairs()
    a, b = pairs[scene.groups[scene.at]]
    if scene.by in ("value", "difference"):
        reads = (f"{one}: {a}.", f"{two}: {b}.", f"{a} - {b} = {a - b}.")
        return reads if scene.by == "difference" else reads[:1]
    if scene.by in ("highest", "lowest"):
        return so_far({g: a for g, (a, _) in pairs.items()}, max if scene.by == "highest" else min)
    if scene.by == "above":
        return counted({f"{g}: {a} and {b}": a > b for g, (a, b) in pairs.items()})
    figures = _figures(scene)
    best = f"most: {max(figures.values())}, {winner(figures)}."
    if scene.by == "gap":
        return (*(f"{g}: {max(p)} - {min(p)} = {figures[g]}." for g, p in pairs.items()), best)
    sums = (
        (f"{name}: {', '.join(map(str, row))}.", *added(row))
        for name, row in zip(scene.series, scene.values, strict=True)
    )
    return (*(step for steps in sums for step in steps), best)


def caption(scene: Scene) -> str:
    rows = (
        f"{name} ({colour}) is " + ", ".join(f"{v} for {g}" for g, v in zip(scene.groups, row, strict=True))
        for name, colour, row in zip(scene.series, scene.colours, scene.values, strict=True)
    )
    return "; ".join(rows) + "."
