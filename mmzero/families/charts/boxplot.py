"""Box plots side by side: medians and quartiles read, spreads measured, and plots compared with a value or another plot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, mix
from mmzero.families.charts._plotted import plotted, share
from mmzero.families.charts._reading import COLOURS, answer, counted, options, so_far, winner
from mmzero.families.charts._reading import groups as some_groups

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

Plot = tuple[int, int, int, int, int]
BY = ("median", "highest", "lowest", "range", "quartiles", "widest", "longest", "inside", "above")
BY_LEVEL = (*[BY[:1]] * 2, *[BY[1:3]] * 2, BY[3:4], BY[4:5], *[BY[5:7]] * 2, BY[7:8], BY[8:])
TOP = 12
FRAME = Frame(top=TOP)
KNOBS = {"plots": range(3, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """Each of `plots` is (lowest, lower quartile, median, upper quartile, highest); plot `at` or the value `mark` is asked
    for. Level 0 reads a median, 2 finds the highest or lowest one, 4 measures from whisker to whisker, 5 a box, 6 finds
    the widest box or the longest plot, 8 counts boxes around a value, 9 medians above a quartile of another plot."""

    names: tuple[str, ...]
    plots: tuple[Plot, ...]
    colour: str
    by: str
    at: int
    mark: int

    def named(self) -> dict[str, Plot]:
        return dict(zip(self.names, self.plots, strict=True))


def sample(level: int, seed: int, plots: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = plots or rng.randint(3 + (level > 7), 4 + (level > 2))
    names, colour, at, mark = some_groups(rng, n), rng.choice(COLOURS), rng.randrange(n), rng.randint(4, 9)
    yes = set(rng.sample(others := [i for i in range(n) if by == "inside" or i != at], rng.randint(0, len(others))))
    while True:
        drawn = [_plot(rng) for _ in range(n)]
        if by == "above":
            mark = drawn[at][3]  # from here on the upper quartile that the others are measured against
            if mark > TOP - 3:
                continue
        for i in others if by in ("inside", "above") else ():
            while _counts(drawn[i], by, mark) != (i in yes):
                drawn[i] = _plot(rng)
        scene = Scene(names, tuple(drawn), colour, by, at, mark)
        if by not in ("highest", "lowest", "widest", "longest") or winner(_figures(scene)) is not None:
            return scene


def _plot(rng: Random) -> Plot:
    return tuple(sorted(rng.sample(range(TOP + 1), 5)))


def _counts(plot: Plot, by: str, mark: int) -> bool | None:
    """None where the mark lies on the very line that decides."""
    _, low, middle, high, _ = plot
    if by == "above":
        return None if middle == mark else middle > mark
    return None if mark in (low, high) else low < mark < high


def _figures(scene: Scene) -> dict[str, int]:
    """What is compared, so that the greatest is the answer."""
    figure = {
        "lowest": lambda plot: -plot[2],
        "widest": lambda plot: plot[3] - plot[1],
        "longest": lambda plot: plot[4] - plot[0],
    }.get(scene.by, lambda plot: plot[2])
    return {name: figure(plot) for name, plot in scene.named().items()}


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene))
    canvas, n = Canvas(skin), len(scene.plots)
    FRAME.rules(canvas)
    FRAME.axes(canvas)
    half = min(0.3 * FRAME.slot(n), 0.075)
    for middle, plot in zip(FRAME.middles(n), scene.plots, strict=True):
        low, first, median, third, high = (FRAME.y(value) for value in plot)
        for start, end in ((low, first), (third, high)):
            canvas.line((middle, start), (middle, end))
        for cap in (low, high):
            canvas.line((middle - half * 0.5, cap), (middle + half * 0.5, cap))
        fill = mix(skin.colours[scene.colour], skin.paper, 0.45)
        canvas.rectangle((middle - half, third), (middle + half, first), fill=fill, outline=skin.ink)
        canvas.line((middle - half, median), (middle + half, median), width=1.7 * skin.stroke)
    FRAME.names(canvas, scene.names)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    sheet.rules("y", TOP)
    line, keys = {"color": sheet.ink, "linewidth": sheet.stroke}, ("whislo", "q1", "med", "q3", "whishi")
    fill = share(mix(sheet.skin.colours[scene.colour], sheet.skin.paper, 0.45))
    sheet.axes.bxp(
        [dict(zip(keys, one, strict=True)) for one in scene.plots],
        positions=range(len(scene.plots)),
        widths=0.5,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": fill, "edgecolor": sheet.ink, "linewidth": sheet.stroke},
        medianprops=line | {"linewidth": 1.8 * sheet.stroke},
        whiskerprops=line,
        capprops=line,
    )
    sheet.axes.set_ylim(-0.5, TOP + 0.5)
    sheet.names(scene.names)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    at, which, plot = scene.names[scene.at], options(scene.names), scene.plots[scene.at]
    counts = sum(bool(_counts(other, scene.by, scene.mark)) for other in scene.plots)
    question, right = {
        "median": (f"What is the median of {at}?", plot[2]),
        "highest": (f"Which has the highest median: {which}?", winner(_figures(scene))),
        "lowest": (f"Which has the lowest median: {which}?", winner(_figures(scene))),
        "range": (f"How far is it from the lowest to the highest value of {at}?", plot[4] - plot[0]),
        "quartiles": (f"How far is it from the lower to the upper quartile of {at}?", plot[3] - plot[1]),
        "widest": (f"Which has the largest distance between its quartiles: {which}?", winner(_figures(scene))),
        "longest": (
            f"Which has the largest distance from its lowest to its highest value: {which}?",
            winner(_figures(scene)),
        ),
        "inside": (f"How many boxes have the value {scene.mark} between their quartiles?", counts),
        "above": (f"How many medians are higher than the upper quartile of {at}?", counts),
    }[scene.by]
    return scene.by, question, answer(right, scene.names)


def explain(scene: Scene) -> tuple[str, ...]:
    at, named = scene.names[scene.at], scene.named()
    low, first, median, third, high = scene.plots[scene.at]
    if scene.by == "median":
        return (f"{at}: {median}.",)
    if scene.by in ("highest", "lowest"):
        return so_far({name: plot[2] for name, plot in named.items()}, max if scene.by == "highest" else min)
    if scene.by == "range":
        return (f"{at}: lowest {low}, highest {high}.", f"{high} - {low} = {high - low}.")
    if scene.by == "quartiles":
        return (f"{at}: box from {first} to {third}.", f"{third} - {first} = {third - first}.")
    if scene.by in ("widest", "longest"):
        a, b = (1, 3) if scene.by == "widest" else (0, 4)
        figures = _figures(scene)
        reads = (f"{name}: {plot[b]} - {plot[a]} = {plot[b] - plot[a]}." for name, plot in named.items())
        return (*reads, f"most: {max(figures.values())}, {winner(figures)}.")
    fits = {name: bool(_counts(plot, scene.by, scene.mark)) for name, plot in named.items()}
    if scene.by == "inside":
        return counted({f"{name}: {plot[1]} to {plot[3]}": fits[name] for name, plot in named.items()})
    others = {f"{name}: median {plot[2]}": fits[name] for name, plot in named.items() if name != at}
    return (f"{at}: upper quartile {third}.", *counted(others))


def caption(scene: Scene) -> str:
    plots = "; ".join(f"{name} {', '.join(map(str, plot))}" for name, plot in scene.named().items())
    return f"Lowest value, lower quartile, median, upper quartile and highest value are: {plots}."
