"""A histogram: bars over intervals read, ranked, and added up beyond an edge, between two, to the middle and to a share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, letters
from mmzero.families.charts._plotted import plotted, share
from mmzero.families.charts._reading import COLOURS, answer, options, running, so_far, winner

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

BY = ("height", "tallest", "least", "below", "between", "all", "median", "percent")
BY_LEVEL = (*[BY[:1]] * 2, *[BY[1:2]] * 2, *[BY[2:4]] * 2, BY[4:5], BY[5:6], BY[6:7], BY[7:])
FRAME = Frame(top=10)
KNOBS = {"bins": range(4, 7), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`bins` are counts of intervals `width` wide, the first from `start`; asked from edge `low` to edge `high`, counted
    from 0. Level 0 reads a bar, 2 finds the tallest, 4 adds the bars on one side of an edge, 6 those between two edges,
    7 all of them, 8 finds the interval of the median, 9 gives the percentage below an edge."""

    bins: tuple[int, ...]
    start: int
    width: int
    colour: str
    by: str
    low: int
    high: int

    def edges(self) -> list[int]:
        return [self.start + i * self.width for i in range(len(self.bins) + 1)]

    def named(self) -> dict[str, int]:
        return {f"{a}-{b}": count for (a, b), count in zip(pairwise(self.edges()), self.bins, strict=True)}

    def part(self) -> tuple[int, ...]:
        return self.bins[self.low : self.high]


def sample(level: int, seed: int, bins: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = bins or rng.randint(4 + (level in (1, 3, 5, 6, 7)), 5 + (level in (3, 5, 6, 7)))
    start, width, colour = 10 * rng.randint(0, 3), rng.choice((5, 10)), rng.choice(COLOURS)
    edge = rng.randint(1, n - 1)
    low, high = {
        "height": (edge, edge + 1),
        "least": (edge, n),
        "between": (at := rng.randint(0, n - 2), rng.randint(at + 2, n)),
        "median": (middle := rng.randrange(n), middle + 1),
    }.get(by, (0, edge))
    if by == "height" and rng.random() < 1 / n:
        low, high = 0, 1
    while True:
        most = rng.choice((2, 3, 5, 9)) if by == "median" else 10
        counts = [rng.randint(1, most) for _ in range(n)]
        if by == "median":
            counts[low] = rng.randint(1, 10)
        scene = Scene(tuple(counts), start, width, colour, by, low, high)
        if _fits(scene):
            return scene


def _fits(scene: Scene) -> bool:
    """Whether what is asked has the one answer."""
    if scene.by == "median":
        return 2 * max(sum(scene.bins[: scene.low]), sum(scene.bins[scene.high :])) < sum(scene.bins)
    if scene.by == "percent":
        return 100 % sum(scene.bins) == 0
    return scene.by != "tallest" or winner(scene.named()) is not None


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), right=0.06)
    canvas, n = Canvas(skin), len(scene.bins)
    half = FRAME.slot(n) / 2 - 0.004
    FRAME.rules(canvas)
    for middle, count in zip(FRAME.middles(n), scene.bins, strict=True):
        low, high = (middle - half, FRAME.y(count)), (middle + half, FRAME.floor)
        canvas.rectangle(low, high, fill=skin.colours[scene.colour])
    FRAME.axes(canvas)
    for i, edge in enumerate(scene.edges()):
        x = FRAME.left + i * FRAME.slot(n)
        canvas.line((x, FRAME.floor), (x, FRAME.floor + 0.02))
        # The last number would run off the picture were it not moved inwards a little.
        canvas.text((min(x, FRAME.right - 0.02), FRAME.floor + 0.07), str(edge), height=letters(skin))
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    edges = scene.edges()
    sheet.rules("y", FRAME.top)
    style = {"color": sheet.colour(scene.colour), "edgecolor": share(sheet.skin.paper), "linewidth": sheet.stroke}
    sheet.axes.bar(edges[:-1], scene.bins, width=scene.width, align="edge", **style)
    sheet.axes.set_xticks(edges)
    sheet.axes.set(xlim=(edges[0], edges[-1]), ylim=(0, FRAME.top + 0.5))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    edges, names, part = scene.edges(), tuple(scene.named()), sum(scene.part())
    question, right = (
        {
            "height": f"How many values lie in the interval {names[scene.low]}?",
            "tallest": f"Which interval holds the most values: {options(names)}?",
            "least": f"How many values are {edges[scene.low]} or more?",
            "below": f"How many values are below {edges[scene.high]}?",
            "between": f"How many values lie between {edges[scene.low]} and {edges[scene.high]}?",
            "all": "How many values are there in all?",
            "median": f"In which interval does the median of all values lie: {options(names)}?",
            "percent": f"What percentage of all values is below {edges[scene.high]}?",
        }[scene.by],
        {
            "tallest": winner(scene.named()),
            "all": sum(scene.bins),
            "median": names[scene.low],
            "percent": 100 * part // sum(scene.bins),
        }.get(scene.by, part),
    )
    return scene.by, question, answer(right, names)


def explain(scene: Scene) -> tuple[str, ...]:
    named, whole, part = scene.named(), sum(scene.bins), scene.part()
    if scene.by == "height":
        return (f"{list(named)[scene.low]}: {part[0]}.",)
    if scene.by == "tallest":
        return so_far(named)
    if scene.by in ("least", "below", "between", "all"):
        asked = list(named.items())[scene.low : scene.high] if scene.by != "all" else list(named.items())
        sums = accumulate(count for _, count in asked)
        return tuple(f"{name}: {count}, together {total}." for (name, count), total in zip(asked, sums, strict=True))
    all_of_them = f"all: {running(scene.bins)}."
    if scene.by == "percent":
        return (all_of_them, f"below: {running(part)}.", f"{sum(part)} of {whole} is {100 * sum(part) // whole}%.")
    before, reached = sum(scene.bins[: scene.low]), sum(scene.bins[: scene.high])
    upto = f"up to {scene.edges()[scene.high]}: {reached}."
    return (all_of_them, f"half: {whole / 2:g}.", f"up to {scene.edges()[scene.low]}: {before}.", upto)


def caption(scene: Scene) -> str:
    return "A histogram counts " + ", ".join(f"{count} values in {name}" for name, count in scene.named().items()) + "."
