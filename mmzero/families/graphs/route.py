"""Ways through a map of towns and roads with lengths: how long, over how many roads, and over which town."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.graphs._plane import LETTERS, Places, at, draw_nodes, listed, net
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("road", "along", "roads", "shortest", "next", "stop", "closed")
BY_LEVEL = ("road", "road", "along", "roads", "roads", "shortest", "shortest", "next", "stop", "closed")
TOWNS = (5, 6, 6, 7, 8, 6, 7, 7, 7, 7)
KNOBS = {"towns": range(5, 9), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`towns` are places in thousandths, A first; `roads` are (town, town, length); `asked` are the towns that the
    question names, in its order. Level 0 reads one road, 2 adds roads along a way, 3 counts the fewest roads, 5 finds
    the shortest way, 7 its first town, 8 goes by way of a third town, 9 closes a road."""

    towns: Places
    roads: tuple[tuple[int, int, int], ...]
    by: str
    asked: tuple[int, ...]


def sample(level: int, seed: int, towns: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], towns or TOWNS[level]
    # How many roads the way has is drawn first: left to the map it would nearly always be two.
    wanted = rng.randint(1, 3 if n < 7 else 4)
    while True:
        places, lines = net(rng, n, n + (rng.randint(0, 1) if by == "roads" else rng.randint(1, 4)))
        roads = tuple((here, there, rng.randint(1, 9)) for here, there in lines)
        asked = _asked(rng, roads, n, by, wanted)
        if asked:
            return Scene(places, roads, by, asked)


def _asked(rng: Random, roads, n: int, by: str, wanted: int) -> tuple[int, ...] | None:
    """The towns of a question that has one right answer and is worth asking; None where this map has none."""
    if by == "road":
        return rng.choice(roads)[:2]
    start, goal, over = rng.sample(range(n), 3)
    if by == "along":
        steps = {(a, b) for a, b, _ in roads} | {(b, a) for a, b, _ in roads}
        ways = [(a, b, c, d) for a, b in steps for x, c in steps if x == b and c != a for y, d in steps if y == c]
        ways = sorted(way for way in ways if len(set(way)) == 4)
        return rng.choice(ways) if ways else None
    if by == "roads":
        return next(((start, g) for g, (steps, _) in _ways(_even(roads), start).items() if steps == wanted), None)
    length, way = _ways(roads, start)[goal]
    if by == "stop":
        return (start, over, goal) if over not in way else None
    if len(way) < 3:
        return None
    without = {road[:2]: _ways([r for r in roads if r != road], start) for road in roads if _on(road, way)}
    if by == "closed":
        ends = rng.choice(sorted(without))
        return (*ends, start, goal) if goal in without[ends] else None
    first = without[min(way[:2]), max(way[:2])]
    return (start, goal) if goal not in first or first[goal][0] > length else None


def _even(roads):
    return tuple((here, there, 1) for here, there, _ in roads)


def _on(road, way) -> bool:
    return any(set(step) == set(road[:2]) for step in pairwise(way))


def _ways(roads, start: int) -> dict[int, tuple[int, tuple[int, ...]]]:
    """For every town that can be reached, nearest first: the length of the shortest way to it, and the way."""
    found: dict[int, tuple[int, tuple[int, ...]]] = {}
    ahead = [(0, (start,))]
    while ahead:
        length, way = heapq.heappop(ahead)
        here = way[-1]
        if here not in found:
            found[here] = (length, way)
            for one, two, long in roads:
                if here in (one, two) and one + two - here not in found:
                    heapq.heappush(ahead, (length + long, (*way, one + two - here)))
    return found


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for one, two, length in scene.roads:
        (x, y), (u, v) = at(scene.towns, one), at(scene.towns, two)
        canvas.line((x, y), (u, v))
        middle, height = ((x + u) / 2, (y + v) / 2), skin.text * 0.85
        canvas.circle(middle, height * 0.55, fill=skin.paper)
        canvas.text(middle, str(length), height=height)
    draw_nodes(canvas, scene.towns, "yellow")
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    names = [LETTERS[town] for town in scene.asked]
    ends, others = f"from {names[-2]} to {names[-1]}", [i for i in range(len(scene.towns)) if i != scene.asked[0]]
    question = {
        "road": f"How long is the road between {names[0]} and {names[1]}?",
        "along": f"How long is the way {' - '.join(names)} in all?",
        "roads": f"How many roads does the way {ends} have that uses the fewest roads?",
        "shortest": f"How long is the shortest way {ends}?",
        "next": f"On the shortest way {ends}, which town comes right after {names[0]}: {listed(others)}?",
        "stop": f"How long is the shortest way from {names[0]} to {names[1]} and on to {names[-1]}?",
        "closed": f"The road between {names[0]} and {names[1]} is closed. How long is the shortest way {ends} now?",
    }[scene.by]
    if scene.by != "next":
        return scene.by, question, Answer(kind="number", value=_reckon(scene)[0], warrant=COMPUTED)
    right = LETTERS[_ways(scene.roads, scene.asked[0])[scene.asked[1]][1][1]]
    choices = tuple(LETTERS[town] for town in others)
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=choices)


def _reckon(scene: Scene) -> tuple[int, tuple[str, ...]]:
    """How long the way is that is asked for, and the steps to that."""
    roads, asked = scene.roads, scene.asked
    if scene.by in ("road", "along"):
        length, so_far, steps = {frozenset(road[:2]): road[2] for road in roads}, 0, []
        for here, there in pairwise(asked):
            so_far += (long := length[frozenset((here, there))])
            steps.append(f"{LETTERS[here]} to {LETTERS[there]}: {long}, so far {so_far}.")
        return so_far, tuple(steps)
    if scene.by == "stop":
        (one, first), (two, second) = (_settle(roads, *ends) for ends in pairwise(asked))
        return one + two, (*first, *second, f"{one} + {two} = {one + two}.")
    if scene.by == "closed":
        roads = tuple(road for road in roads if road[:2] != asked[:2])
    return _settle(_even(roads) if scene.by == "roads" else roads, *asked[-2:])


def _settle(roads, start: int, goal: int) -> tuple[int, tuple[str, ...]]:
    """The nearest towns first, each from the one before it, up to the goal."""
    ways = _ways(roads, start)
    steps, nearest = [], list(ways)
    for town in nearest[1 : nearest.index(goal) + 1]:
        length, (*_, before, _) = ways[town]
        far = ways[before][0]
        steps.append(f"{LETTERS[town]} from {LETTERS[before]}: {far} + {length - far} = {length}.")
    return ways[goal][0], tuple(steps)


def explain(scene: Scene) -> tuple[str, ...]:
    steps = _reckon(scene)[1]
    if scene.by != "next":
        return steps
    way = _ways(scene.roads, scene.asked[0])[scene.asked[1]][1]
    return (*steps, f"way: {', '.join(LETTERS[town] for town in way)}.")


def caption(scene: Scene) -> str:
    return "Roads: " + ", ".join(f"{LETTERS[one]} - {LETTERS[two]} {long}" for one, two, long in scene.roads) + "."
