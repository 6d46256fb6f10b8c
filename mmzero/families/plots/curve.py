"""Reading the graph of a function: its values, its highest and lowest place, where it crosses a height and turns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.plots._plane import Plane
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

REACH = 4
XS = range(-REACH, REACH + 1)
STEEPEST = 3
GOALS = {  # what can be asked, and the answers, each as likely as any other
    "value": XS,
    "highest": XS,
    "lowest": XS,
    "zeros": range(5),
    "root": range(-1, REACH),  # for the last zero; the first is mirrored
    "turns": range(1, 7),
    "level": range(5),
    "double": XS,
    "rises": range(1, 2 * REACH),
}
BY_LEVEL = (("value",), ("value",), ("highest",), ("highest", "lowest"), *((by,) for by in list(GOALS)[3:]))
KNOBS = {"by": tuple(GOALS)}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`values` are f(-4), f(-3) … f(4); in between the curve rises or falls steadily. Levels 0 and 1 read f at `at`, 2
    and 3 find the highest or lowest place, 4 counts zeros, 5 finds the first (`at` -1) or last zero, 6 counts turns, 7
    counts how often the height `at` is met, 8 asks for f(f(at)), 9 for how long f rises in all."""

    values: tuple[int, ...]
    by: str
    at: int


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level if level < 4 else min(level, 9)])
    goal = rng.choice(GOALS[by])
    at = {"root": rng.choice((-1, 1)), "level": rng.choice((-2, -1, 1, 2)), "zeros": 0}.get(by, rng.choice(XS))
    goal *= at if by == "root" else 1
    while True:
        scene = Scene(_walk(rng, through_zero=by == "root"), by, at)
        if right(scene) == goal:
            return scene


def _walk(rng: Random, through_zero: bool) -> tuple[int, ...]:
    """Never level, never too steep; it may have to cross the axis on a line of the grid."""
    line = [rng.choice(XS)]
    while len(line) < len(XS):
        here = line[-1]
        nexts = [y for y in XS if 0 < abs(y - here) <= STEEPEST and not (through_zero and y * here < 0)]
        line.append(rng.choice(nexts))
    return tuple(line)


def right(scene: Scene) -> int | None:
    """The answer; None where there is not exactly one."""
    line, ups = scene.values, [b > a for a, b in pairwise(scene.values)]
    if scene.by in ("value", "double"):
        once = line[scene.at + REACH]
        return once if scene.by == "value" else line[once + REACH]
    if scene.by in ("highest", "lowest"):
        best = max(line) if scene.by == "highest" else min(line)
        return line.index(best) - REACH if line.count(best) == 1 else None
    if scene.by == "rises":
        return sum(ups)
    if scene.by == "turns":
        return sum(a != b for a, b in pairwise(ups))
    crossings = _crossings([y - (scene.at if scene.by == "level" else 0) for y in line])
    if scene.by == "root":
        zeros = [x for x, y in zip(XS, line, strict=True) if y == 0]
        return zeros[-1 if scene.at > 0 else 0] if crossings and crossings > 1 else None
    return crossings


def _crossings(heights: list[int]) -> int | None:
    """How often the sign changes; None where zero is only touched, or met at an end."""
    padded = [0, *heights, 0]
    if any(b == 0 and a * c >= 0 for a, b, c in zip(padded, heights, padded[2:], strict=False)):
        return None
    signs = [height > 0 for height in heights if height]
    return sum(a != b for a, b in pairwise(signs))


def _between(values: tuple[int, ...], x: float) -> float:
    """The monotone cubic through the values: it turns at whole numbers only."""
    steps = [b - a for a, b in pairwise(values)]
    i = min(int(x + REACH), len(steps) - 1)
    tilts = [
        0.0 if before * after <= 0 else 2 * before * after / (before + after)
        for before, after in ((steps[max(j - 1, 0)], steps[min(j, len(steps) - 1)]) for j in (i, i + 1))
    ]
    t, (a, b) = x + REACH - i, values[i : i + 2]
    return a + t * t * (3 - 2 * t) * (b - a) + t * (1 - t) * ((1 - t) * tilts[0] - t * tilts[1])


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    plane = Plane(canvas, -REACH, REACH)
    plane.grid()
    plane.graph(lambda x: _between(scene.values, x), skin.colours["blue"])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = {
        "value": f"The curve is the graph of f. What is f({scene.at})?",
        "highest": "At which x is the curve highest?",
        "lowest": "At which x is the curve lowest?",
        "zeros": "How many times does the curve cross the x-axis?",
        "root": f"What is the {'largest' if scene.at > 0 else 'smallest'} x at which the curve crosses the x-axis?",
        "turns": "How many times does the curve turn from rising to falling or from falling to rising?",
        "level": f"At how many x does the curve have the height y = {scene.at}?",
        "double": f"The curve is the graph of f. What is f(f({scene.at}))?",
        "rises": "From x = -4 to x = 4, over how many units of x in all does the curve rise?",
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Point by point from the left, with the count or the best so far."""
    line, first = scene.values, scene.values[scene.at + REACH]
    if scene.by in ("value", "double"):
        again = (f"f({first}) = {line[first + REACH]}.",) if scene.by == "double" else ()
        return (f"f({scene.at}) = {first}.", *again)
    if scene.by in ("highest", "lowest"):
        best = max if scene.by == "highest" else min
        leads = [XS[line.index(best(line[: i + 1]))] for i in range(len(line))]
        return tuple(f"{x}: {y}, {line[lead + REACH]} at {lead}." for x, y, lead in zip(XS, line, leads, strict=True))
    ups = ["up" if b > a else "down" for a, b in pairwise(line)]
    if scene.by == "rises":
        return tuple(
            f"{x} to {x + 1}: {up}, {ups[: i + 1].count('up')}." for i, (x, up) in enumerate(zip(XS, ups, strict=False))
        )
    if scene.by == "turns":
        turns = [a != b for a, b in pairwise(ups)]
        return tuple(
            f"{x}: {a}, {b}: {sum(turns[:i])}."
            for i, (x, (a, b)) in enumerate(zip(XS[1:], pairwise(ups), strict=False), 1)
        )
    if scene.by == "root":
        points = list(zip(XS, line, strict=True))[:: -scene.at]
        ends = next(i for i, (_, y) in enumerate(points) if y == 0)
        return tuple(f"{x}: {y}." for x, y in points[: ends + 1])
    height = scene.at if scene.by == "level" else 0
    sides = [("above" if y > height else "below" if y < height else "on it") for y in line]
    counts = [
        _crossings([y - height for y in (*line[: i + 1], line[i + 1] if line[i] == height else line[i])])
        for i in range(len(line))
    ]
    return tuple(f"{x}: {side}, {n}." for x, side, n in zip(XS, sides, counts, strict=True))


def caption(scene: Scene) -> str:
    read = ", ".join(f"{y} at {x}" for x, y in zip(XS, scene.values, strict=True))
    return f"A curve f has the values {read}; in between it rises or falls steadily."
