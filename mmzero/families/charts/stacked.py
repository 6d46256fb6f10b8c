"""Stacked bars: whole bars and floating parts are read, and a part is set against its whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, legend
from mmzero.families.charts._plotted import plotted
from mmzero.families.charts._reading import COLOURS, answer, counted, options, so_far, winner
from mmzero.families.charts._reading import groups as some_groups
from mmzero.families.charts._reading import series as some_series

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

BY = ("total", "part", "highest", "largest", "percent", "half", "share")
BY_LEVEL = (*[BY[:1]] * 2, *[BY[1:2]] * 2, *[BY[2:4]] * 2, *[BY[4:5]] * 2, BY[5:6], BY[6:])
TOP = 10
PERCENTS = (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
FRAME = Frame(top=TOP, ceiling=0.17)
KNOBS = {"groups": range(3, 6), "series": range(2, 4), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`parts[j][i]` is the part of series i in the bar of group j, series 0 lowest. Level 0 reads a whole bar, 2 a
    part that need not stand on the floor, 4 finds the highest bar or the largest part, 6 turns a part into a percentage
    of its bar, 8 counts the bars that are more than half of one series, 9 compares shares of bars of unlike height."""

    series: tuple[str, ...]
    colours: tuple[str, ...]
    groups: tuple[str, ...]
    parts: tuple[tuple[int, ...], ...]
    by: str
    one: int
    at: int

    def bars(self) -> dict[str, tuple[int, int]]:
        """Group -> the part of series `one`, and the whole bar."""
        return {group: (parts[self.one], sum(parts)) for group, parts in zip(self.groups, self.parts, strict=True)}


def sample(level: int, seed: int, groups: int | None = None, series: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = groups or rng.randint(3 + (level == 8), 4 + (level > 2))
    k = series or rng.randint(2 + (level == 3), 2 + (level > 0))
    names, colours, places = some_series(rng, k), tuple(rng.sample(COLOURS, k)), some_groups(rng, n)
    one, at = rng.randrange(k), rng.randrange(n)
    halves = set(rng.sample(range(n), rng.randint(0, n)))
    while True:
        bars = [_bar(rng, k, one, by, j in halves) for j in range(n)]
        scene = Scene(names, colours, places, tuple(bars), by, one, at)
        if by in ("total", "part", "percent", "half") or winner(_figures(scene)) is not None:
            return scene


def _bar(rng: Random, k: int, one: int, by: str, more: bool) -> tuple[int, ...]:
    """The figure that may be asked for is drawn first, then the rest of the bar."""
    while True:
        whole, part = rng.randint(k + 1, TOP), rng.randint(1, TOP - k + 1)
        if by == "percent":
            whole, part = rng.choice([(w, p * w // 100) for p in [rng.choice(PERCENTS)] for w in _wholes(p)])
        if by == "part":
            whole = rng.randint(part + k - 1, TOP)
        if whole - part < k - 1 or (by == "half" and (2 * part == whole or (2 * part > whole) != more)):
            continue
        cuts = [0, *sorted(rng.sample(range(1, whole - part), k - 2)), whole - part]
        rest = [b - a for a, b in pairwise(cuts)]
        return (*rest[:one], part, *rest[one:])


def _wholes(percent: int) -> list[int]:
    return [whole for whole in range(2, TOP + 1) if percent * whole % 100 == 0]


def _figures(scene: Scene) -> dict[str, float]:
    """What is compared, so that the greatest is the answer."""
    compared = {"highest": lambda part, whole: whole, "largest": lambda part, whole: part}
    figure = compared.get(scene.by, lambda part, whole: part / whole)
    return {group: figure(*bar) for group, bar in scene.bars().items()}


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), top=0.14)
    canvas, n = Canvas(skin), len(scene.groups)
    FRAME.rules(canvas)
    colours = [skin.colours[name] for name in scene.colours]
    half = FRAME.slot(n) * 0.33
    for middle, parts in zip(FRAME.middles(n), scene.parts, strict=True):
        foot = 0
        for part, colour in zip(parts, colours, strict=True):
            low, high = (middle - half, FRAME.y(foot + part)), (middle + half, FRAME.y(foot))
            canvas.rectangle(low, high, fill=colour)
            foot += part
    FRAME.axes(canvas)
    FRAME.names(canvas, scene.groups)
    legend(canvas, scene.series, colours)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    sheet.rules("y", TOP)
    feet = [0] * len(scene.groups)
    for name, colour, parts in zip(scene.series, scene.colours, zip(*scene.parts, strict=True), strict=True):
        sheet.axes.bar(range(len(feet)), parts, width=0.62, bottom=feet, color=sheet.colour(colour), label=name)
        feet = [foot + part for foot, part in zip(feet, parts, strict=True)]
    sheet.axes.set_ylim(0, TOP + 0.5)
    sheet.names(scene.groups)
    sheet.legend(scene.series)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, at, where = scene.series[scene.one], scene.groups[scene.at], options(scene.groups)
    part, whole = scene.bars()[at]
    question, right = {
        "total": (f"How high is the whole bar of {at}?", whole),
        "part": (f"How large is the part of {one} in the bar of {at}?", part),
        "percent": (f"What percentage of the bar of {at} is {one}?", 100 * part // whole),
        "half": (
            f"How many bars are more than half {one}?",
            sum(2 * part > whole for part, whole in scene.bars().values()),
        ),
        "highest": (f"Which whole bar is highest: {where}?", winner(_figures(scene))),
        "largest": (f"Which bar has the largest part of {one}: {where}?", winner(_figures(scene))),
        "share": (f"Which bar has the largest percentage of {one}: {where}?", winner(_figures(scene))),
    }[scene.by]
    return scene.by, question, answer(right, scene.groups)


def explain(scene: Scene) -> tuple[str, ...]:
    one, at = scene.series[scene.one], scene.groups[scene.at]
    part, whole = scene.bars()[at]
    foot = sum(scene.parts[scene.at][: scene.one])
    span = f"{one}: from {foot} to {foot + part}."
    if scene.by == "total":
        return (f"{at}: {whole}.",)
    if scene.by in ("part", "percent"):
        reads = (span, f"{foot + part} - {foot} = {part}.")
        return (
            reads if scene.by == "part" else (*reads, f"bar: {whole}.", f"{part} of {whole} is {100 * part // whole}%.")
        )
    if scene.by == "half":
        return counted({f"{g}: {part} of {whole}": 2 * part > whole for g, (part, whole) in scene.bars().items()})
    if scene.by == "share":
        shares = {g: round(100 * share, 1) for g, share in _figures(scene).items()}
        reads = (f"{g}: {part} of {whole}, {shares[g]:g}%." for g, (part, whole) in scene.bars().items())
        return (*reads, f"most: {max(shares.values()):g}%, {winner(shares)}.")
    return so_far(_figures(scene))


def caption(scene: Scene) -> str:
    colours = ", ".join(f"{name} is {colour}" for name, colour in zip(scene.series, scene.colours, strict=True))
    bars = (
        f"the bar of {group} has " + ", ".join(f"{p} {s}" for s, p in zip(scene.series, parts, strict=True))
        for group, parts in zip(scene.groups, scene.parts, strict=True)
    )
    return f"{colours}; from the floor up, {'; '.join(bars)}."
