"""A scatter of points: counts beside dashed lines, the outermost point, the one far from the rest, and clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, letters
from mmzero.families.charts._plotted import plotted
from mmzero.families.charts._reading import COLOURS, answer, counted

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

Place = tuple[int, int]
Dot = tuple[int, int, str]
BY = ("above", "extreme", "quadrant", "outlier", "clusters", "diagonal", "coloured")
BY_LEVEL = (*[BY[0]] * 2, *[BY[1]] * 2, *[BY[2]] * 2, *BY[3:])
CROSSINGS = [(10 * x, 10 * y) for x in range(1, 10) for y in range(1, 10)]
EXTREMES = ("highest", "lowest", "rightmost", "leftmost")
FRAME = Frame(top=10, right=0.93, ceiling=0.1)
KNOBS = {"points": range(6, 13), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`points` are (x, y, colour) in tenths, from left to right; `at`, in tenths too, is where dashed lines run, or the
    point asked for. Level 0 counts above or below one line, 2 finds the outermost point, 4 counts in a corner of two
    lines, 6 looks for the point away from the trend, 7 counts clusters, 8 counts beside a diagonal, 9 does so for one
    `colour` of two."""

    points: tuple[Dot, ...]
    by: str
    side: str
    at: tuple[int, int]
    colour: str

    def counts(self, dot: Dot) -> bool:
        """Whether this point is one of those asked for."""
        x, y, colour = dot
        line = x if self.by in ("diagonal", "coloured") else self.at[1]
        fits = y > line if "above" in self.side else y < line
        if self.by == "quadrant":
            fits &= x > self.at[0] if "right" in self.side else x < self.at[0]
        return fits and colour == self.colour


def sample(level: int, seed: int, points: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], points or rng.randint(6 + level // 3, 9 + level // 3)
    colour, other = rng.sample(COLOURS, 2)
    height, hand = rng.choice(("above", "below")), rng.choice(("right", "left"))
    side = f"{height} and {hand}" if by == "quadrant" else rng.choice(EXTREMES) if by == "extreme" else height
    at = (10 * rng.randint(3, 6) + 5, 10 * rng.randint(3, 6) + 5)
    if by in ("clusters", "outlier", "extreme"):
        places = _clusters(rng, n) if by == "clusters" else _trend(rng, n)
        while by == "extreme" and _outermost(places := rng.sample(CROSSINGS, n), side) is None:
            pass  # two points lie equally far out
        at = _outermost(places, side) if by == "extreme" else places[0]
        return Scene(tuple(sorted((x, y, colour) for x, y in places)), by, side, at, colour)
    return _beside(rng, n, Scene((), by, side, at, colour), other)


def _beside(rng: Random, n: int, scene: Scene, other: str) -> Scene:
    """How many points count is drawn first; none lies on a line."""
    colours = {scene.colour, other} if scene.by == "coloured" else {scene.colour}
    free = [(x, y) for x, y in CROSSINGS if x != y or scene.by not in ("diagonal", "coloured")]
    dots = [(*place, colour) for place in free for colour in sorted(colours)]
    wanted = rng.sample([dot for dot in dots if scene.counts(dot)], rng.randint(0, min(n, 7)))
    rest = [dot for dot in dots if not scene.counts(dot)]
    while True:
        points = [*wanted, *rng.sample(rest, n - len(wanted))]
        if len({(x, y) for x, y, _ in points}) == n:  # no two colours on one place
            return replace(scene, points=tuple(sorted(points)))


def _outermost(places: list[Place], side: str) -> Place | None:
    """The one point that lies furthest to this side; None where two do."""
    along, sign = side in ("highest", "lowest"), 1 if side in ("highest", "rightmost") else -1
    ranked = sorted(places, key=lambda place: -sign * place[along])
    return ranked[0] if ranked[0][along] != ranked[1][along] else None


def _trend(rng: Random, n: int) -> list[Place]:
    """First the point four units off, on the side where there is room, then those close to a rising or falling line."""
    slope, middle, x = rng.choice((-0.8, 0.8)), 50, 10 * rng.randint(1, 9)
    line = {at: round(middle + slope * (at - middle)) for at in (x, *range(6, 95, 8))}
    y = line[x] + 40 * (1 if line[x] < middle or (line[x] == middle and rng.random() < 0.5) else -1)
    return [(x, y), *((at, line[at] + rng.randint(-3, 3)) for at in rng.sample(range(6, 95, 8), n - 1))]


def _clusters(rng: Random, n: int) -> list[Place]:
    """Two points or more at some of nine places, one of them in the middle of its place so that no cluster falls apart."""
    most = 9  # points that fit on one place
    centres = rng.sample(
        [(x, y) for x in (18, 50, 82) for y in (18, 50, 82)], rng.randint(1 + (n > most), min(5, n // 2))
    )
    owners = [*centres, *centres]
    while len(owners) < n:
        centre = rng.choice(centres)
        owners += [centre] * (owners.count(centre) < most)
    around = [(a, b) for a in (-7, 0, 7) for b in (-7, 0, 7) if a or b]
    spots = {centre: [*rng.sample(around, 8), (0, 0)] for centre in centres}
    return [(x + a, y + b) for x, y in owners for a, b in [spots[x, y].pop()]]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), right=0.07, top=0.09)
    canvas, height = Canvas(skin), letters(skin)
    FRAME.rules(canvas)
    FRAME.rules_across(canvas)
    FRAME.axes(canvas)
    canvas.text((FRAME.right + 0.035, FRAME.floor - 0.005), "x", height=height)
    canvas.text((FRAME.left, FRAME.ceiling - 0.062), "y", height=height)
    x, y = FRAME.x(scene.at[0] / 10), FRAME.y(scene.at[1] / 10)
    if scene.by in ("above", "quadrant"):
        canvas.dashes((FRAME.left, y), (FRAME.right, y))
    if scene.by == "quadrant":
        canvas.dashes((x, FRAME.ceiling), (x, FRAME.floor))
    if scene.by in ("diagonal", "coloured"):
        canvas.dashes((FRAME.left, FRAME.floor), (FRAME.right, FRAME.ceiling))
    for across, up, colour in scene.points:
        canvas.circle((FRAME.x(across / 10), FRAME.y(up / 10)), 0.024, fill=skin.colours[colour])
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    sheet.rules("x", FRAME.top)
    sheet.rules("y", FRAME.top)
    dashed = {"color": sheet.ink, "linestyle": "--", "linewidth": sheet.stroke}
    if scene.by in ("above", "quadrant"):
        sheet.axes.axhline(scene.at[1] / 10, **dashed)
    if scene.by == "quadrant":
        sheet.axes.axvline(scene.at[0] / 10, **dashed)
    if scene.by in ("diagonal", "coloured"):
        sheet.axes.plot((0, FRAME.top), (0, FRAME.top), **dashed)
    x, y, colours = zip(*scene.points, strict=True)
    sheet.axes.scatter(
        [across / 10 for across in x],
        [up / 10 for up in y],
        c=[sheet.colour(colour) for colour in colours],
        s=(0.045 * sheet.skin.size) ** 2,
        linewidths=0,
        zorder=3,
    )
    sheet.axes.set(xlim=(0, FRAME.top), ylim=(0, FRAME.top))
    sheet.beside((1, 0), (0.04, 0.015), "x")
    sheet.beside((0, 1), (0, 0.04), "y")


def ask(scene: Scene) -> tuple[str, str, Answer]:
    if scene.by in ("extreme", "outlier"):
        axis = _axis(scene)
        which = f"{scene.side} point" if scene.by == "extreme" else "point far away from the line of the others"
        return scene.by, f"What is the {axis} value of the {which}?", answer(scene.at["xy".index(axis)] // 10, ())
    if scene.by == "clusters":
        return scene.by, "How many clusters do the points form?", answer(len(_groups(scene)), ())
    height, _, hand = scene.side.partition(" and ")
    what = f"{scene.colour} points" if scene.by == "coloured" else "points"
    where = f"{height} one dashed line and {hand} of the other" if hand else f"{height} the dashed line"
    return scene.by, f"How many {what} lie {where}?", answer(sum(map(scene.counts, scene.points)), ())


def _axis(scene: Scene) -> str:
    """A point furthest to one side is asked for its other figure."""
    return "y" if scene.side in ("rightmost", "leftmost") else "x"


def _groups(scene: Scene) -> list[list[Dot]]:
    """The points of each cluster; clusters stand in thirds of the plot."""
    thirds: dict[Place, list[Dot]] = {}
    for dot in scene.points:
        thirds.setdefault((dot[0] // 34, dot[1] // 34), []).append(dot)
    return list(thirds.values())


def explain(scene: Scene) -> tuple[str, ...]:
    x, y = (f"{figure / 10:g}" for figure in scene.at)
    if scene.by in ("extreme", "outlier"):
        what = scene.side if scene.by == "extreme" else "off the line"
        return (f"{what}: ({x}, {y}).", f"{_axis(scene)}: {x if _axis(scene) == 'x' else y}.")
    if scene.by == "clusters":
        return tuple(f"{i}: {len(dots)} points near {_named(dots[0])}." for i, dots in enumerate(_groups(scene), 1))
    return counted({_named(dot): scene.counts(dot) for dot in scene.points if dot[2] == scene.colour})


def _named(dot: Dot) -> str:
    return f"({dot[0] / 10:g}, {dot[1] / 10:g})"


def caption(scene: Scene) -> str:
    dots = ", ".join(f"{colour} ({x / 10:g}, {y / 10:g})" for x, y, colour in scene.points)
    x, y = (f"{figure / 10:g}" for figure in scene.at)
    lines = {
        "above": f" A dashed line runs at y = {y}.",
        "quadrant": f" Dashed lines run at x = {x} and y = {y}.",
    } | dict.fromkeys(("diagonal", "coloured"), " A dashed line runs along y = x.")
    return f"The points are {dots}.{lines.get(scene.by, '')}"
