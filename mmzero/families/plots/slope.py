"""Straight lines on a grid: slope, intercept and equation, and the pieces of a broken line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.plots._plane import Plane
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

REACH = 5
LETTERS = "ABCDE"
BY = ("intercept", "slope", "fraction", "equation", "rising", "steepest", "piece", "perpendicular", "beyond")
BY_LEVEL = (*BY[:3], *BY[2:])
BROKEN = ("rising", "steepest", "piece")
WHOLE = (-4, -3, -2, -1, 1, 2, 3, 4)
KNOBS = {"by": BY}
SMALLEST = 128
Knot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """A line through two marked `knots`, or a broken line through five. Level 0 asks for the intercept, 1 for a whole
    slope, 2 and 3 for a slope that is a fraction, 4 for the equation (`options` are slope and intercept), 5 for the
    piece that rises, 6 for the steepest, 7 for the slope at x = `at`, 8 for a perpendicular's, 9 for y at x = `at`."""

    knots: tuple[Knot, ...]
    by: str
    at: int
    options: tuple[Knot, ...]


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    if by in BROKEN:
        return _broken(rng, by)
    # The slope, as up and across, or the intercept is drawn first; a line that leaves the picture is drawn again.
    up, across = rng.choice(WHOLE), 1
    while by in ("fraction", "perpendicular") and not (abs(up) > 1 and Fraction(up, across).denominator > 1):
        up, across = rng.choice((-5, -4, -3, -2, 2, 3, 4, 5)), rng.randint(2, 5)
    at = rng.choice((-1, 1)) * rng.randint(7, 12) if by == "beyond" else 0
    intercept = rng.choice(WHOLE)
    while True:
        x, wide = rng.randint(-4, 3), across * rng.randint(1, 4)
        y = rng.randint(-4, 4)
        if by in ("intercept", "equation", "beyond"):
            up = rng.choice((-3, -2, -1, 1, 2, 3))
            y = intercept + up * x
        knots = ((x, y), (x + wide, y + up * wide // across))
        if all(abs(c) <= 4 for knot in knots for c in knot) and wide >= 2 - (abs(up) > 3):
            break
    options = [(up, intercept), (-up, intercept), (up, -intercept), (-up, -intercept)]
    rng.shuffle(options)
    return Scene(knots, by, at, tuple(options) if by == "equation" else ())


def _broken(rng: Random, by: str) -> Scene:
    """Five knots; which piece it is, or what its slope is, is drawn first."""
    which, slope = rng.randrange(4), rng.choice((-3, -2, -1, 0, 1, 2, 3))
    while True:
        xs = sorted(rng.sample(range(-4, 5), 5))
        knots = tuple((x, rng.randint(-4, 4)) for x in xs)
        steps = tilts(knots)
        if by == "rising":
            good = [i for i, tilt in enumerate(steps) if tilt > 0] == [which]
        elif by == "steepest":
            ranked = sorted(steps)
            good = steps[which] == ranked[-1] > ranked[-2] > 0
        else:
            good = steps[which] == slope and knots[which + 1][0] - knots[which][0] >= 2
        if good and len(set(steps)) == 4:
            return Scene(knots, by, rng.randint(xs[which] + 1, xs[which + 1] - 1) if by == "piece" else 0, ())


def tilts(knots: tuple[Knot, ...]) -> list[Fraction]:
    return [Fraction(d - b, c - a) for (a, b), (c, d) in pairwise(knots)]


def _piece(scene: Scene) -> int:
    """Which piece is the right one, or the one asked about."""
    steps = tilts(scene.knots)
    if scene.by == "piece":
        return next(i for i, (x, _) in enumerate(scene.knots[1:]) if scene.at < x)
    return steps.index(max(steps))


def right(scene: Scene) -> int | Fraction | str:
    slope, (x, y) = tilts(scene.knots)[_piece(scene)], scene.knots[0]
    if scene.by in ("rising", "steepest"):
        return LETTERS[_piece(scene) : _piece(scene) + 2]
    return {
        "equation": lambda: LETTERS[scene.options.index((int(slope), int(y - slope * x)))],
        "perpendicular": lambda: -1 / slope,
        "intercept": lambda: y - slope * x,
        "beyond": lambda: y + slope * (scene.at - x),
    }.get(scene.by, lambda: slope)()


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    plane, blue, knots = Plane(canvas, -REACH, REACH), skin.colours["blue"], scene.knots
    plane.grid()
    if scene.by not in BROKEN:
        (x, y), slope = knots[0], float(tilts(knots)[0])
        plane.graph(lambda at: y + slope * (at - x), blue)
        for knot in knots:
            plane.dot(*knot, blue)
        return canvas.image()
    for i, knot in enumerate(knots):
        plane.name(*knot, LETTERS[i], _outwards(knot, (*knots[max(i - 1, 0) : i], *knots[i + 1 : i + 2])))
    plane.stroke(list(knots), blue)
    for knot in knots:
        plane.dot(*knot, blue)
    return canvas.image()


def _outwards(knot: Knot, beside: tuple[Knot, ...]) -> tuple[float, float]:
    """Away from the neighbours; off to the side where the line goes nearly straight on."""
    arms = [((x - knot[0]) / math.dist(knot, (x, y)), (y - knot[1]) / math.dist(knot, (x, y))) for x, y in beside]
    across, up = (-sum(arm[i] for arm in arms) for i in (0, 1))
    return (across, up) if math.hypot(across, up) > 0.3 else (-arms[0][1], arms[0][0])


def equation(slope: int, intercept: int) -> str:
    front = {1: "", -1: "-"}.get(slope, str(slope))
    return f"y = {front}x {'+' if intercept > 0 else '-'} {abs(intercept)}"


def ask(scene: Scene) -> tuple[str, str, Answer]:
    listed = ", ".join(f"{letter}: {equation(*option)}" for letter, option in zip(LETTERS, scene.options, strict=False))
    question = {
        "intercept": "At which y does the line cross the y-axis?",
        "slope": "What is the slope of the line?",
        "fraction": "What is the slope of the line? Write it as a/b in lowest terms.",
        "equation": f"Which equation does the line have? {listed.replace(', D', ' or D')}?",
        "rising": "On which piece does the line rise: AB, BC, CD or DE?",
        "steepest": "On which piece does the line rise most steeply: AB, BC, CD or DE?",
        "piece": f"What is the slope of the broken line at x = {scene.at}?",
        "perpendicular": "What is the slope of a line perpendicular to this one? Write it as a/b in lowest terms.",
        "beyond": f"The line goes on outside the picture. What is y on it at x = {scene.at}?",
    }[scene.by]
    found = right(scene)
    if isinstance(found, str):
        choices = tuple("ABCD") if scene.by == "equation" else ("AB", "BC", "CD", "DE")
        return scene.by, question, Answer(kind="choice", value=found, warrant=COMPUTED, choices=choices)
    if scene.by in ("fraction", "perpendicular"):
        return scene.by, question, Answer(kind="text", value=str(found), warrant=COMPUTED)
    return scene.by, question, Answer(kind="number", value=int(found), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """From one marked point to the next: how far up, how far across."""
    found, slopes = right(scene), tilts(scene.knots)
    rises = [
        f"from ({a}, {b}) to ({c}, {d}): {d - b} / {c - a} = {t}."
        for ((a, b), (c, d)), t in zip(pairwise(scene.knots), slopes, strict=True)
    ]
    (x, y), slope = scene.knots[0], slopes[0]
    back = f"{slope} x {x} = {slope * x}, and {y} - ({slope * x}) = {y - slope * x}."
    if scene.by in ("rising", "steepest"):
        return tuple(f"{LETTERS[i : i + 2]} {rise}" for i, rise in enumerate(rises))
    ends = {
        "intercept": (back,),
        "equation": (back, f"{equation(int(slope), int(y - slope * x))} is {found}."),
        "perpendicular": (f"-1 / ({slope}) = {found}.",),
        "beyond": (
            f"From x = {x} to {scene.at}: {scene.at - x}.",
            f"{slope} x {scene.at - x} = {slope * (scene.at - x)}.",
            f"{y} + ({slope * (scene.at - x)}) = {found}.",
        ),
    }
    return (rises[_piece(scene)], *ends.get(scene.by, ()))


def caption(scene: Scene) -> str:
    if scene.by not in BROKEN:
        return f"A straight line goes through {' and '.join(map(str, scene.knots))}."
    return "A broken line joins " + ", ".join(f"{a}{knot}" for a, knot in zip(LETTERS, scene.knots, strict=True)) + "."
