"""A radar chart: values on spokes read by their rings, and two outlines compared spoke by spoke."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import letters, mix
from mmzero.families.charts._plotted import plotted, share
from mmzero.families.charts._reading import COLOURS, answer, counted, options, running, so_far, winner

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

LETTERS, TOP = "ABCDEF", 5
BY = ("value", "highest", "lowest", "more", "total", "reach", "gap", "lead")
BY_LEVEL = (*[BY[:1]] * 2, *[BY[1:3]] * 2, *[BY[3:4]] * 2, BY[4:5], BY[5:6], BY[6:7], BY[7:])
PAIRED = ("more", "gap", "lead")
CENTRE, RING = (0.5, 0.51), 0.073
KNOBS = {"axes": range(4, len(LETTERS) + 1), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`axes` are A, B, C …, clockwise from the top, each with the value of every outline, in the order of `colours`.
    Level 0 reads a value, 2 finds the highest or lowest, 4 compares two outlines axis by axis, 6 adds one up, 7 counts
    the axes that reach `mark`, 8 finds the largest gap between two outlines, 9 subtracts their totals."""

    axes: tuple[tuple[int, ...], ...]
    colours: tuple[str, ...]
    by: str
    at: int
    mark: int

    def outlines(self) -> tuple[tuple[int, ...], ...]:
        return tuple(zip(*self.axes, strict=True))

    def named(self) -> dict[str, tuple[int, ...]]:
        return dict(zip(LETTERS, self.axes, strict=False))


def sample(level: int, seed: int, axes: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = axes or rng.randint(4 + (level > 1), 5 + (level > 1))
    colours = tuple(rng.sample(COLOURS, 2 if by in PAIRED else 1))
    at, mark, lead = rng.randrange(n), rng.randint(3, 4), rng.randint(1, 7)
    yes = set(rng.sample(range(n), rng.randint(0, n)))
    while True:
        values = [(rng.randint(1, TOP),) for _ in range(n)]
        if by in PAIRED:  # never alike, or one outline would hide the other
            values = [tuple(rng.sample(range(1, TOP + 1), 2)) for _ in range(n)]
        if by == "more":
            values = [tuple(sorted(pair, reverse=i in yes)) for i, pair in enumerate(values)]
        if by == "reach":
            values = [(rng.randint(mark, TOP) if i in yes else rng.randint(1, mark - 1),) for i in range(n)]
        scene = Scene(tuple(values), colours, by, at, mark)
        if by == "lead" and sum(a - b for a, b in values) != lead:
            continue
        if by not in ("highest", "lowest", "gap") or winner(_figures(scene)) is not None:
            return scene


def _figures(scene: Scene) -> dict[str, int]:
    """What is compared, so that the greatest is the answer."""
    sign = -1 if scene.by == "lowest" else 1
    return {
        letter: max(row) - min(row) if scene.by == "gap" else sign * row[0] for letter, row in scene.named().items()
    }


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), left=0.12, right=0.12, top=0.12, bottom=0.12, projection="polar")
    canvas, n, height = Canvas(skin), len(scene.axes), letters(skin)
    outlines = [[_spoke(i, n, value) for i, value in enumerate(outline)] for outline in scene.outlines()]
    if len(outlines) == 1:
        canvas.polygon(*outlines[0], fill=mix(skin.colours[scene.colours[0]], skin.paper, 0.72))
    for ring in range(1, TOP + 1):
        corners = [_spoke(i, n, ring) for i in range(n)]
        canvas.line(*corners, corners[0], colour=skin.faint, width=skin.stroke * 0.7)
    for i, letter in enumerate(scene.named()):
        canvas.line(CENTRE, _spoke(i, n, TOP), colour=skin.faint, width=skin.stroke * 0.7)
        canvas.text(_spoke(i, n, TOP + 0.95), letter, height=height)
    drawn = [(outline, skin.colours[name]) for outline, name in zip(outlines, scene.colours, strict=True)]
    for outline, colour in drawn:
        canvas.line(*outline, outline[0], colour=colour, width=skin.stroke * 1.2)
    for dot, colour in ((dot, colour) for outline, colour in drawn for dot in outline):
        canvas.circle(dot, 0.022, fill=colour)  # last, so that no outline runs over the dots of the other
    for ring in range(1, TOP + 1, 2):
        x, y = _spoke(0, n, ring)
        canvas.text((x - 0.045, y), str(ring), height=0.85 * height)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    turns = [math.tau * i / len(scene.axes) for i in range(len(scene.axes))]
    sheet.axes.set_theta_zero_location("N")
    sheet.axes.set_theta_direction(-1)
    sheet.axes.set_xticks(turns, tuple(scene.named()))
    sheet.axes.tick_params(axis="x", pad=0.035 * sheet.skin.size)  # clear of the outermost dots
    sheet.axes.set_yticks(range(1, TOP + 1), [""] * TOP)
    sheet.grid("both")
    for outline, name in zip(scene.outlines(), scene.colours, strict=True):
        colour, around = sheet.colour(name), ([*turns, turns[0]], [*outline, outline[0]])
        if len(scene.colours) == 1:
            sheet.axes.fill(*around, color=colour, alpha=0.25, linewidth=0)
        sheet.axes.plot(*around, color=colour, linewidth=1.3 * sheet.stroke)
        # Above all lines, so that no outline runs over the dots of the other.
        sheet.axes.plot(*around, "o", color=colour, markersize=4 * sheet.stroke, clip_on=False, zorder=3)
    sheet.axes.set_ylim(0, TOP)
    sheet.axes.spines["polar"].set_visible(False)  # the outermost ring stands there
    ground = {"facecolor": share(sheet.skin.paper), "alpha": 0.8, "linewidth": 0, "pad": 0.5}
    for ring in range(1, TOP + 1, 2):
        sheet.text(-math.pi / len(scene.axes), ring, str(ring), fontsize=0.9 * sheet.height, bbox=ground, zorder=4)


def _spoke(i: int, n: int, value: float) -> Point:
    turn = math.tau * i / n
    return CENTRE[0] + RING * value * math.sin(turn), CENTRE[1] - RING * value * math.cos(turn)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letters_, named = tuple(scene.named()), scene.named()
    one, two = scene.colours[0], scene.colours[-1]
    sums = [sum(outline) for outline in scene.outlines()]
    question, right = {
        "value": (f"What is the value on axis {LETTERS[scene.at]}?", scene.axes[scene.at][0]),
        "highest": (f"On which axis is the value highest: {options(letters_)}?", winner(_figures(scene))),
        "lowest": (f"On which axis is the value lowest: {options(letters_)}?", winner(_figures(scene))),
        "more": (f"On how many axes is {one} further out than {two}?", sum(row[0] > row[-1] for row in named.values())),
        "total": ("What is the total of the values on all axes?", sums[0]),
        "reach": (
            f"On how many axes is the value {scene.mark} or more?",
            sum(row[0] >= scene.mark for row in scene.axes),
        ),
        "gap": (f"On which axis are {one} and {two} furthest apart: {options(letters_)}?", winner(_figures(scene))),
        "lead": (f"How much larger is the total of {one} than the total of {two}?", sums[0] - sums[-1]),
    }[scene.by]
    return scene.by, question, answer(right, letters_)


def explain(scene: Scene) -> tuple[str, ...]:
    named, firsts = scene.named(), {letter: row[0] for letter, row in scene.named().items()}
    if scene.by == "value":
        return (f"{LETTERS[scene.at]}: {scene.axes[scene.at][0]}.",)
    if scene.by in ("highest", "lowest"):
        return so_far(firsts, max if scene.by == "highest" else min)
    if scene.by == "more":
        return counted({f"{letter}: {a} and {b}": a > b for letter, (a, b) in named.items()})
    if scene.by == "reach":
        return counted({f"{letter}: {value}": value >= scene.mark for letter, value in firsts.items()})
    if scene.by == "total":
        sums = accumulate(firsts.values())
        return tuple(
            f"{letter}: {value}, together {total}." for (letter, value), total in zip(firsts.items(), sums, strict=True)
        )
    if scene.by == "gap":
        figures = _figures(scene)
        reads = (f"{letter}: {max(row)} - {min(row)} = {figures[letter]}." for letter, row in named.items())
        return (*reads, f"most: {max(figures.values())}, {winner(figures)}.")
    one, two = scene.outlines()
    reads = (f"{name}: {running(outline)}." for name, outline in zip(scene.colours, (one, two), strict=True))
    return (*reads, f"{sum(one)} - {sum(two)} = {sum(one) - sum(two)}.")


def caption(scene: Scene) -> str:
    outlines = (
        f"{colour} is " + ", ".join(f"{value} on {letter}" for letter, value in zip(LETTERS, outline, strict=False))
        for colour, outline in zip(scene.colours, scene.outlines(), strict=True)
    )
    return f"On the axes of a radar chart, {'; '.join(outlines)}."
