"""Every family's right answer once more, from the scene's JSON and the words of the question; imports no family."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np

Scene = dict[str, Any]


def count(scene: Scene, question: str) -> str:
    what = question.removeprefix("How many ").removesuffix(" are there?").removeprefix("things that are ").split()
    fits = any if "or" in what else all
    return str(sum(fits(w in (c, f"{s}s", "things") for w in what) for _, c, s in scene["things"]))


def bars(scene: Scene, question: str) -> str:
    head, names = question.split(":")[0], "ABCDE"
    heights = np.array(scene["heights"])
    named = [int(heights[names.index(letter)]) for letter in re.findall(r"\b[A-E]\b", head)]
    order = np.argsort(-heights)
    if "second tallest" in head:
        return names[order[1]]
    if head.startswith("Which"):
        return names[order[0 if "tallest" in head else -1]]
    if head.startswith("How many"):
        return str(int((heights > named[0]).sum()))
    if "the tallest bar" in head:
        return str(int(np.ptp(heights)))
    return str(named[0] - named[1] if "How much taller" in head else sum(named))


def trend(scene: Scene, question: str) -> str:
    red, blue = np.array(scene["red"]), np.array(scene["blue"])
    if "value at" in question:
        return str(red[int(re.findall(r"\d+", question)[0]) - 1])
    if "cross" in question:
        return str(int((np.diff(np.sign(red - blue)) != 0).sum()))
    if "red above blue" in question:
        return str(int((red > blue).sum()))
    if "does the line rise?" in question:
        return str(int((np.diff(red) > 0).sum()))
    figures = np.diff(red) if "rise most" in question else red if "highest" in question else -red
    assert (figures == figures.max()).sum() == 1, f"more than one place is right: {scene}"
    return str(int(figures.argmax()) + 1)


def position(scene: Scene, question: str) -> str:
    place = {name: complex(cell % 4, cell // 4) for cell, name in scene["things"]}
    at = {there: name for name, there in place.items()}
    named = re.findall(r"(?:red|blue|green|yellow) (?:circle|square|triangle)", question)
    one = place[named[0]]
    beside = {"right of": 1, "left of": -1, "below": 1j, "above": -1j}
    if "directly" in question:
        return at[one + next(step for words, step in beside.items() if f"directly {words} the" in question)]
    if "moves" in question:
        ways = {"right": 1, "left": -1, "down": 1j, "up": -1j}
        return at[one + sum(int(n) * ways[way] for n, way in re.findall(r"(\d) (right|left|down|up)", question))]
    away = one - place[named[1]]
    if "How many steps" in question:
        return f"{abs(away.real) + abs(away.imag):g}"
    height, side = "above" if away.imag < 0 else "below", "left" if away.real < 0 else "right"
    return f"{height} {side}" if "Where" in question else side if "left or right" in question else height


def clock(scene: Scene, question: str) -> str:
    now = datetime(2000, 1, 1) + timedelta(minutes=scene["shown"])
    if "until" in question:
        hour, minute = map(int, re.search(r"(\d+):(\d+)", question).groups())
        wait = next(
            w
            for w in range(1, 721)
            if (then := now + timedelta(minutes=w)).hour % 12 == hour % 12 and then.minute == minute
        )
        return str(wait)
    if found := re.search(r"(\d+) (hour|minute)", question):
        span = timedelta(**{f"{found[2]}s": int(found[1])})
        now += -span if "ago" in question else span
    return now.strftime("%I:%M").removeprefix("0")


def maze(scene: Scene, question: str) -> str:
    n = scene["size"]
    grid = nx.grid_2d_graph(n, n)
    grid.remove_nodes_from([divmod(wall, n) for wall in scene["walls"]])
    start, goal = divmod(scene["start"], n), divmod(scene["goal"], n)
    if "yes or no" in question:
        return "yes" if nx.has_path(grid, start, goal) else "no"
    if "first" in question:
        ways = {(b[0] - a[0], b[1] - a[1]) for a, b, *_ in nx.all_shortest_paths(grid, start, goal)}
        assert len(ways) == 1, f"more than one first move is right: {scene}"
        return {(0, 1): "right", (0, -1): "left", (1, 0): "down", (-1, 0): "up"}[ways.pop()]
    stops = [start, divmod(scene["key"], n), goal] if "diamond" in question else [start, goal]
    return str(sum(nx.shortest_path_length(grid, a, b) for a, b in pairwise(stops)))


def odd(scene: Scene, question: str) -> str:
    grid = [[tuple(thing) for thing in row] for row in scene["grid"]]
    if question.startswith("What"):
        feature = ["colour", "shape"].index(question.split()[1])
        return _only(Counter(thing[feature] for row in grid for thing in row))
    if "odd one" in question:
        alone = _only(Counter(thing for row in grid for thing in row))
        return str(1 + next(i for i, row in enumerate(grid) if alone in row))
    looked = [tuple(thing["shape" in question] for thing in row) for row in grid]
    looked = [tuple(sorted(row)) for row in looked] if "mix" in question else looked
    return str(looked.index(_only(Counter(looked))) + 1)


def _only(counts: Counter) -> Any:
    once = [value for value, n in counts.items() if n == 1]
    assert len(once) == 1, f"not one odd one: {counts}"
    return once[0]


def angle(scene: Scene, question: str) -> str:
    figure, given = scene["figure"], scene["given"]
    if figure in ("triangle", "quadrilateral", "outside"):  # walking round, the turns make one full turn
        last_turn = 360 - sum(180 - g for g in given)
        return str(last_turn if figure == "outside" else 180 - last_turn)
    if figure == "parallel":
        return str(_crossing(given[0], *divmod(scene["place"], 4)))
    if figure == "isosceles":
        tip = next(t for t in np.arange(1, 180) if abs((t if scene["place"] == 0 else _foot(t)) - given[0]) < 1e-6)
        return f"{round(_foot(tip) if scene['place'] == 0 else tip, 6):g}"
    if figure == "right":
        wanted = lambda x: sorted([*given, x])  # noqa: E731
        sides = [x for x in range(1, 40) if math.hypot(*wanted(x)[:2]) == wanted(x)[2]]
        return str(sides[-1] if scene["place"] == 2 else sides[0])
    walk = {
        "sum": sum(given),
        "part": given[0] - given[-1],
        "rectangle": sum([*given, *given]),
        "straight": 180 - given[0],
    }
    return str(walk[figure])


def _foot(tip: float) -> float:
    """The angle at the foot of an isosceles triangle, from where its corners lie."""
    half = math.radians(tip / 2)
    return math.degrees(math.atan2(math.cos(half), math.sin(half)))


def _crossing(given: float, first: int, second: int) -> int:
    """Quarters anticlockwise from right above, between the rays of two crossing lines."""
    for lean in (given, 180 - given):
        rays = [0, lean, 180, 180 + lean, 360]
        if rays[first + 1] - rays[first] == given:
            return rays[second + 1] - rays[second]
    raise AssertionError("no line makes this angle")


REDERIVE: dict[str, Callable[[Scene, str], str]] = {
    f.__name__: f for f in (count, bars, trend, position, clock, maze, odd, angle)
}
