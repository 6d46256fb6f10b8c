"""Reading dice: their pips, their sums, what is hidden under them, and what comes up when one tips over."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Colour, Point
    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow", "purple")
BY = ("shown", "sum", "more", "under", "undersides", "hidden", "tip", "tips")
BY_LEVEL = ("shown", "sum", "sum", "more", "under", "undersides", "undersides", "hidden", "tip", "tips")
KNOBS = {"dice": range(2, 6), "by": BY}
SMALLEST = 64
SPOTS = {1: "4", 2: "08", 3: "048", 4: "0268", 5: "02468", 6: "023568"}  # places of the pips in three rows of three
SIDES = ((0.87, -0.5), (-0.87, -0.5), (0.0, 1.0))  # of a die seen from its corner: right, left, down
RULE = "Opposite faces of a die add up to 7."


@dataclass(frozen=True, slots=True)
class Scene:
    """`dice` are (colour, pips, tilt in degrees) seen from above, of which the question is about the one at `which`.
    From level 7 there is one die seen from its `corner`: its top, left and right face. Level 0 reads a die, 1 adds, 3
    compares, 4 and 5 look underneath, 7 adds the hidden faces, 8 tips the die over the ways in `tips`, 9 repeatedly."""

    dice: tuple[tuple[str, int, int], ...]
    which: int
    corner: tuple[int, ...]
    tips: tuple[str, ...]
    by: str


def sample(level: int, seed: int, dice: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    if by in ("hidden", "tip", "tips"):
        ways = {"hidden": 0, "tip": 1, "tips": rng.randint(2, 3)}[by]
        die = ((rng.choice(COLOURS), 1, 0),)
        return Scene(die, 0, _corner(rng), tuple(rng.choice(("left", "right")) for _ in range(ways)), by)
    n = dice or {"sum": 1 + level, "undersides": level - 3}.get(by, 5)
    n = min(max(n, 2), 5)
    which, pips = rng.randrange(n), [rng.randint(1, 6) for _ in range(n)]
    if by in ("sum", "undersides"):
        pips = [1] * n
        for _ in range(rng.randint(0, 5 * n)):  # the sum is drawn first: that of free dice crowds round its middle
            pips[rng.choice([i for i in range(n) if pips[i] < 6])] += 1
    elif by == "more":
        over = rng.randrange(n)
        own = rng.randint(1, 5) if over else rng.randint(1, 6)
        pips = [rng.randint(own + 1, 6) if i < over else rng.randint(1, own) for i in range(n - 1)]
        rng.shuffle(pips)
        pips.insert(which, own)
    colours = rng.sample(COLOURS, n)
    tilts = [rng.randrange(-20, 21) for _ in range(n)]
    return Scene(tuple(zip(colours, pips, tilts, strict=True)), which, (), (), by)


def _corner(rng: Random) -> tuple[int, int, int]:
    """Three faces that meet, in the order in which they go round on the dice that are sold in the West."""
    faces = [rng.choice(pair) for pair in ((1, 6), (2, 5), (3, 4))]
    if sum(face > 3 for face in faces) % 2:
        faces.reverse()
    start = rng.randrange(3)
    top, right, left = faces[start:] + faces[:start]
    return top, left, right


def places(n: int) -> tuple[tuple[Point, ...], float]:
    """Where the middles of n dice are, and how long their sides."""
    rows = {2: (2,), 3: (1, 2), 4: (2, 2), 5: (2, 1, 2)}[n]
    side, high = (0.26, 0.31) if n == 5 else (0.3, 0.44)
    middles = [
        ((0.5 if row == 1 else 0.26 + 0.48 * i), 0.5 + high * (j - (len(rows) - 1) / 2))
        for j, row in enumerate(rows)
        for i in range(row)
    ]
    return tuple(middles), side


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.corner:
        _from_corner(canvas, scene, skin.colours[scene.dice[0][0]])
        return canvas.image()
    middles, side = places(len(scene.dice))
    for (x, y), (colour, pips, tilt) in zip(middles, scene.dice, strict=True):
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))

        def at(u: float, v: float, x=x, y=y, cos=cos, sin=sin) -> Point:
            across, down = side * (u - 0.5), side * (v - 0.5)
            return x + across * cos - down * sin, y + across * sin + down * cos

        hue = skin.colours[colour]
        _face(canvas, at, pips, hue, _clear(skin, hue))
    return canvas.image()


def _face(canvas: Canvas, at: Callable[[float, float], Point], pips: int, hue: Colour, ink: Colour) -> None:
    """A face with round corners and its pips, wherever `at` puts the points of a unit square."""
    ring = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(0, 360, 15)]
    swing = [(0.5 + math.copysign(0.38, c) + 0.12 * c, 0.5 + math.copysign(0.38, s) + 0.12 * s) for c, s in ring]
    canvas.polygon(*[at(u, v) for u, v in swing], fill=hue)
    for spot in map(int, SPOTS[pips]):
        u, v = 0.25 + 0.25 * (spot % 3), 0.25 + 0.25 * (spot // 3)
        canvas.polygon(*[at(u + 0.09 * c, v + 0.09 * s) for c, s in ring], fill=ink)


def _from_corner(canvas: Canvas, scene: Scene, hue: Colour) -> None:
    skin, (right, left, down) = canvas.skin, SIDES
    dark, ink = min(skin.ink, skin.paper, key=sum), _clear(skin, hue)
    faces = zip(scene.corner, ((left, right), (left, down), (right, down)), (0.0, 0.2, 0.38), strict=True)
    for pips, (one, two), shade in faces:

        def at(u: float, v: float, one=one, two=two) -> Point:
            return 0.5 + 0.42 * (u * one[0] + v * two[0]), 0.5 + 0.42 * (u * one[1] + v * two[1])

        _face(canvas, at, pips, tuple(round(a + shade * (b - a)) for a, b in zip(hue, dark, strict=True)), ink)


def _clear(skin: Skin, hue: Colour) -> Colour:
    """Of ink and paper the one that stands out on a hue."""
    return max((skin.ink, skin.paper), key=lambda one: abs(sum(one) - sum(hue)))


def _tipped(scene: Scene) -> list[tuple[int, int, int]]:
    """Top, left and right face before and after each tip."""
    states = [scene.corner]
    for way in scene.tips:
        top, left, right = states[-1]
        states.append((7 - left, top, right) if way == "left" else (7 - right, left, top))
    return states


def ask(scene: Scene) -> tuple[str, str, Answer]:
    pips, colour = [n for _, n, _ in scene.dice], scene.dice[scene.which][0]
    own = pips[scene.which]
    tips = ", then ".join(f"onto the face at its {way}" for way in scene.tips)
    question, right = {
        "shown": (f"How many pips does the {colour} die show?", own),
        "sum": ("How many pips do the dice show together?", sum(pips)),
        "more": (f"How many dice show more pips than the {colour} die?", sum(n > own for n in pips)),
        "under": (f"{RULE} How many pips are on the underside of the {colour} die?", 7 - own),
        "undersides": (f"{RULE} How many pips are on the undersides of all dice together?", 7 * len(pips) - sum(pips)),
        "hidden": (f"{RULE} How many pips are on the three hidden faces together?", 21 - sum(scene.corner)),
    }.get(scene.by) or (f"{RULE} The die tips over {tips}. How many pips are on top then?", _tipped(scene)[-1][0])
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Die by die what is read, then what follows from it."""
    if scene.corner:
        return _explain_corner(scene)
    colour, own, _ = scene.dice[scene.which]
    if scene.by in ("shown", "under"):
        return (f"the {colour} die shows {own}.", *[f"7 - {own} = {7 - own}."] * (scene.by == "under"))
    steps, total = [f"the {colour} die shows {own}."] * (scene.by == "more"), 0
    for i, (name, pips, _) in enumerate(scene.dice):
        if scene.by != "more":
            add = 7 - pips if scene.by == "undersides" else pips
            under = f", below {add}" if scene.by == "undersides" else ""
            total += add
            steps.append(f"{name} {pips}{under}, so far {total}.")
        elif i != scene.which:
            total += pips > own
            steps.append(f"{name} {pips}, {'more' if pips > own else 'not more'}: {total}.")
    return tuple(steps)


def _explain_corner(scene: Scene) -> tuple[str, ...]:
    top, left, right = scene.corner
    steps = [f"top {top}, left {left}, right {right}."]
    if scene.by == "hidden":
        hidden = [7 - face for face in scene.corner]
        steps.append(f"below {hidden[0]}, right {hidden[1]}, left {hidden[2]}.")
        return (
            *steps,
            f"{hidden[0]} + {hidden[1]} = {hidden[0] + hidden[1]}.",
            f"{hidden[0] + hidden[1]} + {hidden[2]} = {sum(hidden)}.",
        )
    states = _tipped(scene)
    for way, (top, left, right) in zip(scene.tips, states[1:], strict=True):
        steps.append(f"{way} {7 - top} goes below.")
        steps.append(f"top {top}, left {left}, right {right}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    if scene.corner:
        top, left, right = scene.corner
        return (
            f"A {scene.dice[0][0]} die is seen from its corner: {top} on top, {left} at its left, {right} at its right."
        )
    return "Seen from above lie " + ", ".join(f"a {colour} die with {pips}" for colour, pips, _ in scene.dice) + "."
