"""Pointing: the middles of things, and places that follow from them, in thousandths of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.detection._scatter import COLOURS, Thing, middle, name, scatter, show
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

SHAPES = ("circle", "square", "star", "diamond")  # where the middle of a triangle is would be a matter of taste
BY = ("one", "several", "halfway", "mirror", "corner")
RIM = 90  # no asked place is nearer to the edge
FAR = 220  # nor a mirrored thing or a corner nearer to its neighbour
KNOBS = {"things": range(5, 10), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, shape, x, y, radius) in thousandths, the `asked` first ones in question. Level 0 asks for the
    middle of one, 2 of several alike, 4 for the place halfway between two, 6 for where a thing is mirrored by a dashed
    line that stands `across` or `down` at `line`, 8 for the fourth corner of a tilted rectangle."""

    things: tuple[Thing, ...]
    by: str
    asked: int
    way: str
    line: int


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = things or rng.randint(5 + level // 4, 7 + level // 4)
    kinds = rng.sample([(colour, shape) for colour in COLOURS for shape in SHAPES], n)  # no two alike
    top = 140 - 8 * n
    radii = [rng.randint(40, top) for _ in kinds]
    if by == "corner":
        corners, asked = _corners(rng, kinds[0]), 3
        rest = scatter(rng, kinds[3:], radii[3:], corners)  # clear of the fourth corner too, which stays empty
        return Scene((*corners[:3], *rest), by, asked, "", 0)
    asked = {"one": 1, "several": rng.randint(2, min(4, n - 2)), "halfway": 2, "mirror": 1}[by]
    if by == "several":
        kinds[:asked] = [kinds[0]] * asked
    while True:
        placed = scatter(rng, kinds, radii)
        way, line = (rng.choice(("across", "down")), rng.randint(350, 650)) if by == "mirror" else ("", 0)
        if by != "mirror" or _mirrors(placed[0], way, line):
            return Scene(placed, by, asked, way, line)


def _mirrors(thing: Thing, way: str, line: int) -> bool:
    here = thing[2 + (way == "down")]
    return abs(here - line) > FAR / 2 and RIM < 2 * line - here < 1000 - RIM


def _corners(rng: Random, kind: tuple[str, str]) -> tuple[Thing, ...]:
    """Four things at the corners of a tilted rectangle, the last opposite the first."""
    while True:
        x, y, turn = rng.randint(RIM, 1000 - RIM), rng.randint(RIM, 1000 - RIM), rng.uniform(0, 2 * math.pi)
        sides = [(rng.uniform(FAR, 600), turn), (rng.uniform(FAR, 600), turn + math.pi / 2)]
        (a, b), (c, d) = [(round(s * math.cos(t)), round(s * math.sin(t))) for s, t in sides]
        places = [(x, y), (x + a, y + b), (x + c, y + d), (x + a + c, y + b + d)]
        if all(RIM <= number <= 1000 - RIM for place in places for number in place):
            return tuple((*kind, *place, 36) for place in places)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.by == "mirror":
        ends = ((scene.line / 1000, 0.02), (scene.line / 1000, 0.98))
        canvas.dashes(*(ends if scene.way == "across" else [end[::-1] for end in ends]))
    show(canvas, scene.things)
    return canvas.image()


def right(scene: Scene) -> tuple[tuple[int, int], ...]:
    places = [middle(thing) for thing in scene.things[: scene.asked]]
    (x, y), last = places[0], places[-1]
    if scene.by == "halfway":
        return ((round((x + last[0]) / 2), round((y + last[1]) / 2)),)
    if scene.by == "mirror":
        return ((2 * scene.line - x, y) if scene.way == "across" else (x, 2 * scene.line - y),)
    if scene.by == "corner":
        return ((places[1][0] + last[0] - x, places[1][1] + last[1] - y),)
    return tuple(sorted(places))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    first = name(scene.things[0])
    what = {
        "one": f"Point at the middle of the {first}: give it",
        "several": f"Point at the middles of all {first}s: give them, parted by semicolons,",
        "halfway": f"Point at the place halfway between the middles of the {first} and the {name(scene.things[1])}: give it",
        "mirror": f"The {first} is mirrored in the dashed line. Point at where its middle comes to lie: give it",
        "corner": f"The {first}s are three corners of a rectangle. Point at the fourth corner: give it",
    }[scene.by]
    question = f"{what} as x, y in thousandths of the picture's width and height."
    # What follows from other places is read off with their errors.
    tolerance = 20.0 if scene.by in ("one", "several") else 35.0
    return scene.by, question, Answer(kind="points", value=right(scene), warrant=COMPUTED, tolerance=tolerance)


def explain(scene: Scene) -> tuple[str, ...]:
    """Where the things in question lie, and one small step on from them."""
    asked = scene.things[: scene.asked]
    places = [middle(thing) for thing in asked]
    (x, y), (u, v) = places[0], right(scene)[0]
    steps = [f"{name(thing)}: {a} across, {b} down." for thing, (a, b) in sorted(zip(asked, places, strict=True))]
    if scene.by == "halfway":
        (a, b) = places[1]
        steps += [f"across: half of {x} and {a}, {u}.", f"down: half of {y} and {b}, {v}."]
    elif scene.by == "mirror":
        here, there = (x, u) if scene.way == "across" else (y, v)
        off = abs(scene.line - here)
        steps += [f"line at {scene.line} {scene.way}.", f"{off} from the line.", f"as far on the other side: {there}."]
    elif scene.by == "corner":
        (a, b), (c, d) = places[1:]
        steps = [f"corner {i}: {p}, {q}." for i, (p, q) in enumerate(places, 1)]
        steps += ["right angle at corner 1.", f"from there to corner 2: {a - x}, {b - y}."]
        steps += [f"the same from corner 3, {c}, {d}: {u}, {v}."]
    else:
        steps.append(f"in all {scene.asked}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    things = "; ".join(f"{name(thing)} {thing[2]}, {thing[3]}" for thing in scene.things)
    line = f" A dashed line stands at {scene.line} {scene.way}." if scene.by == "mirror" else ""
    return f"Each thing with its middle, x, y in thousandths: {things}.{line}"
