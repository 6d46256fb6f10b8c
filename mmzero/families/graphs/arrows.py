"""Following arrows: how many leave or enter a node, what they lead to, in what order, round in a ring, in how many ways."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.graphs._plane import LETTERS, RADIUS, Line, Places, at, draw_nodes, listed, net
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("leaving", "entering", "source", "reach", "order", "ring", "ways")
BY_LEVEL = ("leaving", "entering", "source", "reach", "reach", "order", "order", "ring", "ways", "ways")
NODES = (5, 6, 6, 6, 8, 5, 6, 7, 6, 8)
# The numbers that are right answers, drawn before the arrows, so that each is as likely as any other.
RIGHT = {"leaving": range(4), "entering": range(4), "reach": range(1, 5), "ring": range(3, 6), "ways": range(1, 6)}
KNOBS = {"nodes": range(5, 9), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`nodes` are places in thousandths, A first; `arrows` are (from, to); `asked` are the nodes that the question
    names. Level 0 counts the arrows that leave a node, 1 those that enter it, 2 looks for the node that none enters, 3
    counts what can be reached, 5 puts all nodes in order, 7 finds the ring, 8 counts the ways between two nodes."""

    nodes: Places
    arrows: tuple[Line, ...]
    by: str
    asked: tuple[int, ...]

    def after(self, node: int) -> list[int]:
        return [there for here, there in self.arrows if here == node]

    def before(self, node: int) -> list[int]:
        return [here for here, there in self.arrows if there == node]


def sample(level: int, seed: int, nodes: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], nodes or NODES[level]
    wanted = rng.choice(RIGHT.get(by, (1,)))
    while True:
        places, lines = net(rng, n, n + rng.randint(0, 2) + (by in ("order", "ways")) * 2)
        arrows = _pointed(rng, lines, n, by, wanted)
        for start in rng.sample(range(n), 1 if by == "ring" else n):
            goal = rng.choice([node for node in range(n) if node != start])
            scene = Scene(places, arrows, by, (start, goal) if by == "ways" else (start,))
            if _reckon(scene)[0] == wanted:
                return scene


def _pointed(rng: Random, lines: tuple[Line, ...], n: int, by: str, wanted: int) -> tuple[Line, ...]:
    """Heads for the lines: anywhere, or never back along a random walk, or back from its end to its start alone."""
    walk = [rng.randrange(n)]
    while nexts := [sum(line) - walk[-1] for line in lines if walk[-1] in line and sum(line) - walk[-1] not in walk]:
        walk.append(rng.choice(nexts))
    walk += rng.sample([node for node in range(n) if node not in walk], n - len(walk))
    if by in ("leaving", "entering", "reach"):
        return tuple(line if rng.random() < 0.5 else line[::-1] for line in lines)
    back = {walk[0], walk[wanted - 1]} if by == "ring" else set()
    return tuple(tuple(sorted(line, key=walk.index, reverse=set(line) == back)) for line in lines)


def _reckon(scene: Scene) -> tuple[int, list[str]]:
    """The number that is asked for and the steps to it; for `source` and `order`, 1 where only one answer is right."""
    here, goal, every = scene.asked[0], scene.asked[-1], range(len(scene.nodes))
    if scene.by in ("leaving", "entering"):
        way, ends = ("to", scene.after(here)) if scene.by == "leaving" else ("from", scene.before(here))
        return len(ends), [f"{way} {LETTERS[end]}: {i}." for i, end in enumerate(ends, 1)] or ["none: 0."]
    if scene.by == "source":
        steps = [f"into {LETTERS[node]}: {listed(scene.before(node), 'and')}." for node in every]
        return sum(not scene.before(node) for node in every), steps
    if scene.by == "order":
        order = _order(scene)
        steps = [f"{LETTERS[node]} after {listed(scene.before(node), 'and')}." for node in order]
        return int(all(there in scene.after(one) for one, there in pairwise(order))), steps
    if scene.by == "ring":
        rings = [ring for node in every for ring in _rings(scene, (node,))]
        steps = (
            [f"{LETTERS[one]} to {LETTERS[there]}: {i}." for i, (one, there) in enumerate(pairwise(rings[0]), 1)]
            if rings
            else []
        )
        return len(steps) if len(rings) == 1 else 0, steps
    if scene.by == "ways":
        return _ways(scene, here, goal)
    met, steps = [here], []
    for node in met:
        fresh = [other for other in scene.after(node) if other not in met]
        met += fresh
        steps += [f"{LETTERS[node]} to {listed(fresh, 'and')}: {len(met) - 1}."] if fresh else []
    return len(met) - 1, steps


def _order(scene: Scene) -> list[int]:
    """Every node after all that lead to it; only for arrows without a ring."""
    order: list[int] = []
    while len(order) < len(scene.nodes):
        left = (node for node in range(len(scene.nodes)) if node not in order)
        order.append(next(node for node in left if set(scene.before(node)) <= set(order)))
    return order


def _rings(scene: Scene, way: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The ways on from here that come back to the start, each ring from its first letter only."""
    rings = []
    for node in scene.after(way[-1]):
        if node == way[0]:
            rings.append((*way, node))
        elif node > way[0] and node not in way:
            rings += _rings(scene, (*way, node))
    return rings


def _ways(scene: Scene, start: int, goal: int) -> tuple[int, list[str]]:
    """To a node lead as many ways as to all the nodes before it together."""
    ways, steps = {start: 1}, [f"{LETTERS[start]}: 1."]
    order = _order(scene)
    for node in order[order.index(start) + 1 :]:
        before = [one for one in scene.before(node) if one in ways]
        if before and goal not in ways:
            ways[node] = sum(ways[one] for one in before)
            parts = " + ".join(str(ways[one]) for one in before)
            steps.append(
                f"{LETTERS[node]} from {listed(before, 'and')}: {parts}{f' = {ways[node]}' if len(before) > 1 else ''}."
            )
    return ways.get(goal, 0), steps


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for one, two in scene.arrows:
        (x, y), (u, v) = at(scene.nodes, one), at(scene.nodes, two)
        share = RADIUS / math.dist((x, y), (u, v))
        canvas.arrow((x, y), (u - share * (u - x), v - share * (v - y)), width=skin.stroke * 1.05)
    draw_nodes(canvas, scene.nodes, "green")
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    here, goal = LETTERS[scene.asked[0]], LETTERS[scene.asked[-1]]
    names = tuple(LETTERS[: len(scene.nodes)])
    question = {
        "leaving": f"How many arrows start at node {here}?",
        "entering": f"How many arrows end at node {here}?",
        "source": f"Which node does no arrow lead to: {listed(range(len(names)))}?",
        "reach": f"How many other nodes can be reached from node {here} by following the arrows?",
        "order": "Every arrow leads from a task to a later task. In which order, first to last, are all the tasks done?",
        "ring": "The arrows make one ring in which one can go round and round. How many nodes are on it?",
        "ways": f"In how many different ways can one follow the arrows from {here} to {goal}?",
    }[scene.by]
    if scene.by == "source":
        right = next(name for node, name in enumerate(names) if not scene.before(node))
        return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=names)
    if scene.by == "order":
        order = tuple(LETTERS[node] for node in _order(scene))
        return scene.by, question, Answer(kind="sequence", value=order, warrant=COMPUTED)
    return scene.by, question, Answer(kind="number", value=_reckon(scene)[0], warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    return tuple(_reckon(scene)[1]) + ((f"no arrow into {ask(scene)[2].text}.",) if scene.by == "source" else ())


def caption(scene: Scene) -> str:
    arrows = ", ".join(f"{LETTERS[one]} to {LETTERS[two]}" for one, two in scene.arrows)
    return f"There are the nodes {listed(range(len(scene.nodes)), 'and')}, with arrows from {arrows}."
