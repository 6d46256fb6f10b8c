"""Finding the way on a plan of metro lines: stations, stops and changes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.maps._place import place
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

WIDE, HIGH, PITCH = 6, 5, 0.165
NAMES = "ABCDEFGHIJKLMNOPQRST"
COLOURS = ("red", "blue", "green", "purple")
BY = ("stations", "stops", "meet", "line", "change", "changes", "journey", "minutes", "shortest")
BY_LEVEL = ("stations", "stops", "meet", "line", "change", "changes", "journey", "journey", "minutes", "shortest")
KNOBS = {"lines": range(3, 5), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`lines` are (colour, its stations in order), `at` the (letter, column, row) of each station; two lines run across
    and the others down, and where two meet there is one station of both. `about` are the stations or lines asked about,
    `cost` the minutes of a stop and of a change. Level 0 counts a line's stations, 1 stops, 2 finds where lines meet, 3
    the line to take, 4 where to change, 5 how often, 6 counts stops over changes, 8 minutes, 9 the shortest way."""

    lines: tuple[tuple[str, str], ...]
    at: tuple[tuple[str, int, int], ...]
    by: str
    about: tuple[str, str]
    cost: tuple[int, int]


def sample(level: int, seed: int, lines: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = lines or (4 if by == "shortest" or level in (5, 7) else 3)
    wanted = {"stations": rng.choice((3, 4, 5, 6)), "changes": rng.randint(0, 2)}.get(by)
    while True:
        paths = _paths(rng, n)
        cells = sorted({cell for path in paths for cell in path})
        letters = dict(zip(cells, rng.sample(NAMES[: len(cells)], len(cells)), strict=True))
        named = tuple(
            zip(rng.sample(COLOURS, n), ("".join(letters[cell] for cell in path) for path in paths), strict=True)
        )
        at = tuple(sorted((letter, *cell) for cell, letter in letters.items()))
        cost = (rng.randint(2, 4), rng.randint(3, 9)) if by == "minutes" else (1, 0)
        groups: dict[int | str, list[tuple[str, str]]] = {}
        for about in _pairs(named, at, by):
            groups.setdefault(_right(Scene(named, at, by, about, cost)), []).append(about)
        if groups and wanted in (None, *groups):  # the answer first, then one of the pairs that have it
            answer = rng.choice(sorted(groups)) if wanted is None else wanted
            return Scene(named, at, by, rng.choice(groups[answer]), cost)


def _paths(rng: Random, n: int) -> list[list[tuple[int, int]]]:
    """Two lines across and the others down, each drifting in a band of its own; where they cross they share a station."""
    while True:
        paths = [_drift(rng, rng.randint(0, 2), rng.randint(WIDE - 3, WIDE - 1), low, low + 1) for low in (0, 3)]
        for low in (1, 3)[: n - 2]:
            start, end = rng.randint(0, 1), rng.randint(HIGH - 2, HIGH - 1)
            paths.append([(across, down) for down, across in _drift(rng, start, end, low, low + 1)])
        apart = n < 4 or not set(paths[2]) & set(paths[3])
        meet = all(_meet_well(one, other) for one in paths[:2] for other in paths[2:])
        if apart and meet and min(map(len, paths)) > 2:
            return paths


def _drift(rng: Random, start: int, end: int, low: int, high: int) -> list[tuple[int, int]]:
    aside = rng.randint(low, high)
    path = [(start, aside)]
    for along in range(start + 1, end + 1):
        aside = rng.choice((aside, aside, low, high))
        path.append((along, aside))
    return path


def _meet_well(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """At one station and nowhere between stations."""
    middles = [{(a + c, b + d) for (a, b), (c, d) in pairwise(path)} for path in (one, other)]
    return len(set(one) & set(other)) == 1 and not middles[0] & middles[1]


def _pairs(lines: tuple[tuple[str, str], ...], at: tuple[tuple[str, int, int], ...], by: str) -> list[tuple[str, str]]:
    """What may be asked about: lines, or stations so many changes apart as the question needs."""
    if by == "stations":
        return [(colour, colour) for colour, _ in lines]
    if by == "meet":
        return [(one, other) for one, a in lines for other, b in lines if set(a) & set(b) and one < other]
    scene = Scene(lines, at, by, ("", ""), (1, 0))
    letters = [letter for letter, _, _ in at]
    ends = [(a, b) for a in letters for b in letters if a != b]
    changes = {"stops": (0,), "line": (0,), "change": (1,), "journey": (1, 2), "minutes": (1, 2)}.get(by)
    shared = [letter for letter in letters if sum(letter in line for _, line in lines) > 1]
    if by == "change":  # between stations of two lines each there may be two ways
        ends = [pair for pair in ends if not set(pair) <= set(shared)]
    return [pair for pair in ends if changes is None or len(_rides(scene, *pair)) - 1 in changes]


def _rides(scene: Scene, start: str, goal: str) -> list[tuple[str, str, str, int]]:
    """The fewest rides from station to station, as (line, from, to, stops); of as few, the one with the fewest stops."""
    best: list[tuple[str, str, str, int]] = []
    queue = deque([(start, [])])
    while queue:
        here, rides = queue.popleft()
        if best and len(rides) >= len(best):
            break
        for colour, line in scene.lines:
            if here not in line or any(colour == ride[0] for ride in rides):
                continue
            for there in line:
                shared = sum(there in other for _, other in scene.lines) > 1
                if there != here and (there == goal or shared):
                    way = [*rides, (colour, here, there, abs(line.index(there) - line.index(here)))]
                    if there != goal:
                        queue.append((there, way))
                    elif not best or (len(way), _stops(way)) < (len(best), _stops(best)):
                        best = way
    return best


def _stops(rides: list[tuple[str, str, str, int]]) -> int:
    return sum(ride[3] for ride in rides)


def _shortest(scene: Scene, start: str, goal: str) -> str:
    """The stations of a way with the fewest stops, whatever the changes."""
    came, queue = {start: start}, deque(start)
    while goal not in came:
        here = queue.popleft()
        for _, line in scene.lines:
            for a, b in (*pairwise(line), *pairwise(line[::-1])):
                if a == here and b not in came:
                    came[b] = came[here] + b
                    queue.append(b)
    return came[goal]


def _right(scene: Scene) -> int | str:
    lines, (one, other) = dict(scene.lines), scene.about
    if scene.by == "stations":
        return len(lines[one])
    if scene.by == "meet":
        return next(iter(set(lines[one]) & set(lines[other])))
    if scene.by == "shortest":
        return len(_shortest(scene, one, other)) - 1
    rides = _rides(scene, one, other)
    return {
        "line": rides[0][0],
        "change": rides[0][2],
        "changes": len(rides) - 1,
    }.get(scene.by, _stops(rides) * scene.cost[0] + (len(rides) - 1) * scene.cost[1])


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    spots: dict[str, Point] = {letter: (0.0875 + PITCH * x, 0.17 + PITCH * y) for letter, x, y in scene.at}
    for colour, line in scene.lines:
        canvas.line(*[spots[letter] for letter in line], colour=skin.colours[colour], width=max(0.03, skin.stroke * 2))
    for letter, spot in spots.items():
        shared = sum(letter in line for _, line in scene.lines) > 1
        place(canvas, spot, letter, big=shared)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, other, right = *scene.about, _right(scene)
    stop, change = scene.cost
    ways = f"Of the ways from {one} to {other} with the fewest changes,"
    question = {
        "stations": f"How many stations does the {one} line have?",
        "stops": f"How many stops is it from {one} to {other}, not counting {one}?",
        "meet": f"At which station do the {one} line and the {other} line meet",
        "line": f"Which line goes from {one} to {other} without a change",
        "change": f"At which station do you change lines on the way from {one} to {other}",
        "changes": f"How many changes of line does the way from {one} to {other} need at least?",
        "journey": f"{ways} how many stops does the shortest have, not counting {one}?",
        "minutes": f"Every stop takes {stop} minutes and every change {change}. {ways} how many minutes does the fastest take?",
        "shortest": f"How many stops does the shortest way from {one} to {other} have, not counting {one}?",
    }[scene.by]
    if isinstance(right, int):
        return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)
    choices = _choices(scene, right)
    listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
    return scene.by, f"{question}: {listed}?", Answer(kind="choice", value=right, choices=choices, warrant=COMPUTED)


def _choices(scene: Scene, right: str) -> tuple[str, ...]:
    """The lines, or the right station and its neighbours on the plan's list."""
    if scene.by == "line":
        return tuple(colour for colour, _ in scene.lines)
    letters = [letter for letter, _, _ in scene.at if letter == right or letter not in scene.about]
    first = min(max(0, letters.index(right) - sum(map(ord, scene.lines[0][1])) % 4), len(letters) - 4)
    return tuple(letters[first : first + 4])


def explain(scene: Scene) -> tuple[str, ...]:
    """Station by station along the lines that are used."""
    lines, (one, other), right = dict(scene.lines), scene.about, _right(scene)
    if scene.by == "stations":
        return f"{one}: {', '.join(lines[one])}.", f"counted: {right}."
    if scene.by == "meet":
        return (*(f"{name}: {', '.join(lines[name])}." for name in scene.about), f"both have {right}.")
    if scene.by == "shortest":
        return f"the shortest way: {', '.join(_shortest(scene, one, other))}.", f"stops after {one}: {right}."
    rides, steps = _rides(scene, one, other), []
    for colour, start, end, stops in rides:
        a, b = lines[colour].index(start), lines[colour].index(end)
        passed = lines[colour][a + 1 : b + 1] if a < b else lines[colour][b:a][::-1]
        steps.append(f"{colour} from {start}: {', '.join(passed)}, stops {stops}.")
    if scene.by == "line":
        return (*steps, f"no change on {right}.")
    if scene.by in ("change", "changes"):
        places = f"change at {', '.join(ride[2] for ride in rides[:-1])}" if len(rides) > 1 else "no change"
        return (*steps, f"{places}{f': {len(rides) - 1}' if scene.by == 'changes' else ''}.")
    total = _stops(rides)
    steps += [f"{' + '.join(str(ride[3]) for ride in rides)} = {total}."] * (len(rides) > 1)
    if scene.by == "minutes":
        (stop, change), changes = scene.cost, len(rides) - 1
        steps += [f"{total} x {stop} = {total * stop}.", f"{changes} x {change} = {changes * change}."]
        steps.append(f"{total * stop} + {changes * change} = {right}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    return (
        "Metro lines and their stations: "
        + "; ".join(f"{colour} {', '.join(line)}" for colour, line in scene.lines)
        + "."
    )
