"""Reading a line chart: its values, its peaks, its rises, and how two lines pass each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._plotted import plotted
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin

SIDE = 5  # values and positions run from 1 to 5, so that every line of the grid can carry its number
BY = ("value", "highest", "lowest", "rises", "steepest", "above", "crossings")
BY_LEVEL = (BY[:1], BY[:1], BY[1:3], BY[1:3], BY[3:4], BY[3:4], BY[4:5], BY[4:5], BY[5:6], BY[6:])
MARGIN, STEP = 0.17, 0.166
KNOBS = {"points": range(4, SIDE + 1), "by": BY}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`red` and `blue` are the values at positions 1, 2, 3 …, `blue` empty where one line is enough; `at` is the
    position asked for. Level 0 reads a value, 2 finds the peak, 4 counts rises, 6 compares them, 8 compares two lines,
    9 counts how often they cross."""

    red: tuple[int, ...]
    blue: tuple[int, ...]
    by: str
    at: int


def sample(level: int, seed: int, points: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = points or (SIDE if level % 2 or level >= 8 else SIDE - 1)
    if by in ("above", "crossings"):
        red, blue = _two(rng, n, by)
        return Scene(red, blue, by, at=1)
    if by == "rises":
        return Scene(_walk(rng, n), (), by, at=1)
    # The place is drawn first and the line to fit it: every place is then as likely as any other.
    at = rng.randint(1, n - (by == "steepest"))
    while True:
        red = tuple(rng.randint(1, SIDE) for _ in range(n))
        if by == "value" or _only(red, by) == at:
            return Scene(red, (), by, at)


def _walk(rng: Random, n: int) -> tuple[int, ...]:
    """A line of n points with any number of rises, each number as likely as any other, and no level step."""
    rises = set(rng.sample(range(n - 1), rng.randint(0, n - 1)))
    while True:
        line = [rng.randint(1, SIDE)]
        for step in range(n - 1):
            choices = range(line[-1] + 1, SIDE + 1) if step in rises else range(1, line[-1])
            if not choices:
                break
            line.append(rng.choice(choices))
        else:
            return tuple(line)


def _two(rng: Random, n: int, by: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two lines that never meet at a position; how often the asked thing happens is drawn first."""
    if by == "above":
        up = set(rng.sample(range(n), rng.randint(0, n)))
        red_up = [i in up for i in range(n)]
    else:
        turns = set(rng.sample(range(1, n), rng.randint(0, n - 1)))
        red_up = [rng.random() < 0.5]
        for i in range(1, n):
            red_up.append(red_up[-1] != (i in turns))
    pairs = [sorted(rng.sample(range(1, SIDE + 1), 2), reverse=up) for up in red_up]
    return tuple(red for red, _ in pairs), tuple(blue for _, blue in pairs)


def _only(red: tuple[int, ...], by: str) -> int | None:
    """The position of the one highest, lowest or steepest place; None where two are alike."""
    figures = {"highest": red, "lowest": [-v for v in red], "steepest": [b - a for a, b in pairwise(red)]}[by]
    best = max(figures)
    one = list(figures).count(best) == 1 and (by != "steepest" or best > 0)
    return list(figures).index(best) + 1 if one else None


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene))
    canvas = Canvas(skin)
    near, far = MARGIN, 1 - MARGIN
    ticks = [MARGIN + (i + 0.5) * STEP for i in range(SIDE)]
    for i, tick in enumerate(ticks):
        canvas.line((near, 1 - tick), (1, 1 - tick), colour=skin.faint, width=skin.stroke * 0.6)
        canvas.text((MARGIN / 2, 1 - tick), str(i + 1))
    for i in range(len(scene.red)):
        canvas.line((ticks[i], 0), (ticks[i], far), colour=skin.faint, width=skin.stroke * 0.6)
        canvas.text((ticks[i], 1 - MARGIN / 2), str(i + 1))
    canvas.line((near, 0), (near, far), (1, far))
    for colour, line in (("blue", scene.blue), ("red", scene.red)):
        dots = [(ticks[i], 1 - ticks[value - 1]) for i, value in enumerate(line)]
        if dots:
            canvas.line(*dots, colour=skin.colours[colour], width=skin.stroke * 1.4)
        for dot in dots:
            canvas.circle(dot, 0.042, fill=skin.colours[colour])
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    places = range(1, len(scene.red) + 1)
    sheet.axes.set_xticks(places)
    sheet.axes.set_yticks(range(1, SIDE + 1))
    sheet.grid("both")
    for colour, line in (("blue", scene.blue), ("red", scene.red)):
        if line:
            style = {"color": sheet.colour(colour), "linewidth": 1.6 * sheet.stroke, "markersize": 3.6 * sheet.stroke}
            sheet.axes.plot(places, line, marker="o", **style)
    sheet.axes.set(xlim=(0.6, len(places) + 0.4), ylim=(0.6, SIDE + 0.4))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    over = [red > blue for red, blue in zip(scene.red, scene.blue, strict=False)]
    question, right = {
        "value": (f"What is the value at {scene.at}?", scene.red[scene.at - 1]),
        "highest": ("At which position is the line highest?", scene.at),
        "lowest": ("At which position is the line lowest?", scene.at),
        "rises": ("In how many steps does the line rise?", sum(b > a for a, b in pairwise(scene.red))),
        "steepest": ("After which position does the line rise most?", scene.at),
        "above": ("At how many positions is red above blue?", sum(over)),
        "crossings": ("How many times do the lines cross?", sum(a != b for a, b in pairwise(over))),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Position by position, with the count or the best so far."""
    if scene.by == "value":
        return (f"{scene.at}: {scene.red[scene.at - 1]}.",)
    if scene.by in ("highest", "lowest"):
        best = max if scene.by == "highest" else min
        leaders = [best(scene.red[:i]) for i in range(1, len(scene.red) + 1)]
        return tuple(
            f"{i}: {value}, {led} at {scene.red.index(led) + 1}."
            for i, (value, led) in enumerate(zip(scene.red, leaders, strict=True), 1)
        )
    if scene.by == "steepest":
        steps = [f"{i}: {a} to {b}, {b - a if b > a else 'no'}." for i, (a, b) in enumerate(pairwise(scene.red), 1)]
        return (*steps, f"most: {scene.red[scene.at] - scene.red[scene.at - 1]} at {scene.at}.")
    if scene.by == "rises":
        steps = [f"{a} to {b}, {'up' if b > a else 'down'}" for a, b in pairwise(scene.red)]
        marks = [b > a for a, b in pairwise(scene.red)]
    else:
        tops = [red > blue for red, blue in zip(scene.red, scene.blue, strict=True)]
        steps = [f"{'red' if top else 'blue'} above" for top in tops]
        marks = tops if scene.by == "above" else [False, *(a != b for a, b in pairwise(tops))]
    return tuple(f"{i}: {step}: {sum(marks[:i])}." for i, step in enumerate(steps, 1))


def caption(scene: Scene) -> str:
    lines = [("red", scene.red), ("blue", scene.blue)] if scene.blue else [("line", scene.red)]
    values = {name: ", ".join(f"{v} at {i}" for i, v in enumerate(line, 1)) for name, line in lines}
    return " ".join(f"The {name} values are {read}." for name, read in values.items())
