"""Measuring on a map with its scale: how far places are from each other, by road and straight."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import dist
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.families.maps._place import pale, place
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

WIDE, HIGH, PITCH, LEFT, TOP = 8, 6, 0.12, 0.08, 0.09
UNITS = (1, 2, 3, 4, 5, 10, 20)  # kilometres to a square
BY = ("apart", "road", "shorter", "straight", "hours", "saved", "shortest")
BY_LEVEL = ("apart", "apart", "road", "road", "shorter", "straight", "hours", "saved", "saved", "shortest")
KNOBS = {"bar": range(1, 4), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """Places A and B on a map of squares that are `unit` kilometres wide, with a scale of `bar` squares; `roads` are
    (colour, the squares' corners where it turns), all from A to B. Level 0 measures a straight line, 2 a road, 4 compares
    two roads, 5 goes straight across, 6 reckons with a speed of `pace` squares an hour, 7 compares a road with the
    straight line, 9 finds the shortest of three."""

    unit: int
    bar: int
    roads: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    by: str
    pace: int


def sample(level: int, seed: int, bar: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    bar = bar or (1 if level == 0 else rng.randint(2, 3))
    unit, pace = rng.choice(UNITS), 0
    colours, hours = rng.sample(("red", "blue", "green"), 3), rng.randint(2, 7)
    if by == "apart":
        upright = rng.random() < 0.5
        long = rng.randint(1, (HIGH if upright else WIDE) - 1)
        x, y = rng.randint(0, WIDE - 1 - long * (not upright)), rng.randint(0, HIGH - 1 - long * upright)
        ends = ((x, y), (x + long * (not upright), y + long * upright))
        return Scene(unit, bar, ((colours[0], ends[:: rng.choice((1, -1))]),), by, pace)
    if by in ("straight", "saved"):
        return Scene(unit, bar, ((colours[0], _corner_road(rng, by)),), by, pace)
    while True:
        roads = _roads(rng)
        lengths = [_squares(road) for road in roads]
        if by in ("road", "hours"):
            roads = [rng.choice(roads)]
            pace = _squares(roads[0]) // hours if by == "hours" else 0
            if by == "road" or pace * hours == _squares(roads[0]):
                break
        elif by == "shorter":
            roads = rng.sample(roads, 2)
            roads.sort(key=_squares)
            if _squares(roads[0]) < _squares(roads[1]):
                break
        elif lengths.count(min(lengths)) == 1:
            rng.shuffle(roads)
            break
    return Scene(unit, bar, tuple(zip(colours, roads, strict=False)), by, pace)


def _corner_road(rng: Random, by: str) -> tuple[tuple[int, int], ...]:
    """Three squares one way and four the other, so that straight across it is five; or one way, the road round it."""
    slanted, side = rng.random() < 0.5, 0
    if slanted:
        across, down = rng.choice(((3, 4), (4, 3)))
    else:
        across, down, side = rng.randint(2, WIDE - 1), 0, rng.randint(1, HIGH - 1) * (by == "saved")
    x, y = rng.randint(0, WIDE - 1 - across), rng.randint(0, HIGH - 1 - down - side)
    ends = [(x, y), (x + across, y + down)] if rng.random() < 0.5 else [(x + across, y), (x, y + down)]
    if by == "straight":
        return ends[0], ends[1]
    if slanted:
        return ends[0], ((ends[0][0], ends[1][1]) if rng.random() < 0.5 else (ends[1][0], ends[0][1])), ends[1]
    if rng.random() < 0.5:
        return ends[0], (ends[0][0], y + side), (ends[1][0], y + side), ends[1]
    return (ends[0][0], y + side), ends[0], ends[1], (ends[1][0], y + side)


def _roads(rng: Random) -> list[tuple[tuple[int, int], ...]]:
    """Three roads that meet only at their ends: over the top, round below, and with bends between the two."""
    (ax, bx), (ay, by) = sorted(rng.sample(range(WIDE), 2)), (rng.randint(1, HIGH - 2) for _ in range(2))
    if bx - ax < 3:
        return _roads(rng)
    top, low = rng.randint(0, min(ay, by) - 1), rng.randint(max(ay, by) + 1, HIGH - 1)
    x, far = sorted(rng.sample(range(ax + 1, bx), 2))
    y = rng.randint(top + 1, low - 1)
    roads = [
        ((ax, ay), (ax, top), (bx, top), (bx, by)),
        ((ax, ay), (ax, low), (bx, low), (bx, by)),
        ((ax, ay), (x, ay), (x, y), (far, y), (far, by), (bx, by)),
    ]
    return [_plain(road) for road in roads]


def _plain(road: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Without the turns that are none."""
    kept = [one for one, after in pairwise(road) if one != after]
    kept.append(road[-1])
    bends = [
        b
        for a, b, c in zip(kept, kept[1:], kept[2:], strict=False)
        if len({a[0], b[0], c[0]}) > 1 < len({a[1], b[1], c[1]})
    ]
    return (kept[0], *bends, kept[-1])


def _squares(road: tuple[tuple[int, int], ...]) -> int:
    return sum(abs(x - u) + abs(y - v) for (x, y), (u, v) in pairwise(road))


def _at(corner: tuple[int, int]) -> Point:
    return LEFT + PITCH * corner[0], TOP + PITCH * corner[1]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, foot = Canvas(skin), 0.87
    for x in range(WIDE):
        canvas.line(_at((x, 0)), _at((x, HIGH - 1)), colour=skin.faint, width=skin.stroke * 0.5)
    for y in range(HIGH):
        canvas.line(_at((0, y)), _at((WIDE - 1, y)), colour=skin.faint, width=skin.stroke * 0.5)
    for colour, road in scene.roads:
        if scene.by == "straight":
            canvas.dashes(_at(road[0]), _at(road[-1]), colour=skin.colours[colour])
        else:
            canvas.line(*map(_at, road), colour=skin.colours[colour], width=skin.stroke * 2)
    for letter, corner in zip("AB", (scene.roads[0][1][0], scene.roads[0][1][-1]), strict=True):
        place(canvas, _at(corner), letter, pale(skin, skin.colours["yellow"]))
    for i in range(scene.bar):
        low, high = (LEFT + PITCH * i, foot - 0.025), (LEFT + PITCH * (i + 1), foot + 0.025)
        canvas.rectangle(low, high, fill=skin.paper if i % 2 else skin.ink, outline=skin.ink)
    words = f"{scene.bar * scene.unit} km"
    canvas.text((LEFT + PITCH * scene.bar + 0.03, foot), words, height=min(skin.text, 0.075), anchor="lm")
    return canvas.image()


def _squared(n: int) -> str:
    return f"{n} square{'s' * (n != 1)}"


def _straight(scene: Scene) -> int:
    return round(dist(scene.roads[0][1][0], scene.roads[0][1][-1]))


def _named(scene: Scene) -> list[tuple[str, int]]:
    return [(colour, _squares(road)) for colour, road in scene.roads]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    named, unit = _named(scene), scene.unit
    (one, first), (two, second) = named[0], named[-1]
    question, right = {
        "apart": ("How many kilometres is it from A to B?", first * unit),
        "road": ("How many kilometres long is the road from A to B?", first * unit),
        "shorter": (
            f"By how many kilometres is the {one} road from A to B shorter than the {two} one?",
            (second - first) * unit,
        ),
        "straight": ("How many kilometres is it from A straight to B?", _straight(scene) * unit),
        "hours": (
            f"How many hours does the road from A to B take at {scene.pace * unit} kilometres an hour?",
            first // max(1, scene.pace),
        ),
        "saved": (
            "How many kilometres longer is the road from A to B than the straight line?",
            (first - _straight(scene)) * unit,
        ),
        "shortest": (
            "How many kilometres long is the shortest of the roads from A to B?",
            min(n for _, n in named) * unit,
        ),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What a square is worth, the squares along each way, and the kilometres that they make."""
    unit, named = scene.unit, _named(scene)
    steps = [f"the scale is {_squared(scene.bar)} long, {scene.bar * unit} km: one square is {unit} km."]
    if scene.by in ("straight", "saved"):
        return (*steps, *_across(scene))
    for colour, road in scene.roads:
        parts = [str(_squares(pair)) for pair in pairwise(road)]
        steps.append(f"squares along {colour}: {' + '.join(parts)}{f' = {_squares(road)}' * (len(parts) > 1)}.")
    if scene.by == "hours":
        long = named[0][1] * unit
        return (
            *steps,
            f"{named[0][1]} x {unit} = {long}.",
            f"{long} / {scene.pace * unit} = {named[0][1] // scene.pace}.",
        )
    squares = named[0][1]
    if scene.by == "shorter":
        squares = named[1][1] - named[0][1]
        steps.append(f"{named[1][1]} - {named[0][1]} = {squares}.")
    if scene.by == "shortest":
        squares = min(n for _, n in named)
        steps.append(f"the least is {squares} squares.")
    return (*steps, f"{squares} x {unit} = {squares * unit}.")


def _across(scene: Scene) -> list[str]:
    (x, y), (u, v) = scene.roads[0][1][0], scene.roads[0][1][-1]
    across, down, far, unit = abs(x - u), abs(y - v), _straight(scene), scene.unit
    steps = [f"{_squared(across)} across and {down} down."]
    if across and down:
        steps.append(
            f"{across} x {across} + {down} x {down} = {far * far} = {far} x {far}: straight it is {far} squares."
        )
    if scene.by == "saved":
        road = scene.roads[0][1]
        parts, long = " + ".join(str(_squares(pair)) for pair in pairwise(road)), _squares(road)
        steps += [f"by road it is {parts} = {long} squares.", f"{long} - {far} = {long - far}."]
        far = long - far
    return [*steps, f"{far} x {unit} = {far * unit}."]


def caption(scene: Scene) -> str:
    (x, y), (u, v) = scene.roads[0][1][0], scene.roads[0][1][-1]
    roads = ", ".join(f"{colour} {squares}" for colour, squares in _named(scene))
    start = f"On a map with squares of {scene.unit} km, B is {_squared(abs(u - x))} across and {abs(v - y)} down from A"
    return f"{start}." if scene.by == "straight" else f"{start}; lengths of the ways in squares: {roads}."
