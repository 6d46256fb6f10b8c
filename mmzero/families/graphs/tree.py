"""Trees, nodes hanging from one another: what is above, what is below, how deep, and where two branches part."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.graphs._plane import LETTERS, Places, at, draw_nodes, listed
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("parent", "children", "leaves", "depth", "below", "fork", "apart", "order")
BY_LEVEL = ("parent", "children", "leaves", "leaves", "depth", "below", "below", "fork", "apart", "order")
NODES = (5, 6, 7, 8, 8, 7, 9, 8, 9, 8)
# The numbers that are right answers, drawn before the tree, so that each is as likely as any other.
RIGHT = {"children": range(4), "leaves": range(2, 6), "depth": range(1, 5), "below": range(1, 5), "apart": range(2, 6)}
ROWS, BROAD, FORK = 5, 6, 3  # rows of nodes, ends side by side, and branches of one node that the picture has room for
KNOBS = {"nodes": range(5, 10), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`nodes` are places in thousandths, A first; `above` is the node each one hangs from, -1 for the top; `asked` are
    the nodes that the question names. Level 0 asks for what is directly above, 1 counts what is directly below, 2 the
    ends, 4 the lines from the top, 5 all that is below, 7 finds where two branches part, 8 counts the lines between two
    nodes, 9 visits all."""

    nodes: Places
    above: tuple[int, ...]
    by: str
    asked: tuple[int, ...]

    def below(self, node: int) -> list[int]:
        """Left to right."""
        return sorted((one for one, top in enumerate(self.above) if top == node), key=self.nodes.__getitem__)

    def up(self, node: int) -> list[int]:
        """The node and all above it, to the top."""
        return [node] if self.above[node] < 0 else [node, *self.up(self.above[node])]

    def down(self, node: int) -> list[int]:
        """The node and all below it, the left branch before the right one."""
        return [node, *(one for child in self.below(node) for one in self.down(child))]


def sample(level: int, seed: int, nodes: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], nodes or NODES[level]
    fits = [right for right in RIGHT.get(by, (0,)) if right < n - 1 and (by != "leaves" or 3 * right >= n - 1)]
    wanted = rng.choice(fits)
    while True:
        above, places = _grown(rng, n)
        for one in rng.sample(range(n), n):
            two = rng.choice([node for node in range(n) if node != one])
            scene = Scene(places, above, by, (one, two) if by in ("fork", "apart") else (one,))
            if above[one] < 0 if by == "parent" else by == "fork" and _fork(scene) in (one, two):
                continue  # nothing to ask: the top hangs from nothing, and a node does not hang from itself
            if by not in RIGHT or _reckon(scene)[0] == wanted:
                return scene


def _grown(rng: Random, n: int) -> tuple[tuple[int, ...], Places]:
    """A tree that fits the picture: the ends stand side by side, every other node over the middle of its branches."""
    ends = BROAD + 1
    while ends > BROAD:
        above, depth = [-1], [0]
        for _ in range(n - 1):
            above.append(rng.choice([i for i in range(len(above)) if depth[i] < ROWS - 1 and above.count(i) < FORK]))
            depth.append(depth[above[-1]] + 1)
        ends = len(set(range(n)) - set(above))
    across: dict[int, float] = {}
    _spread(above, 0, iter([80 + 840 * i / (ends - 1) for i in range(ends)] if ends > 1 else [500]), across)
    letter = rng.sample(range(n), n)
    ranked = sorted(range(n), key=letter.__getitem__)
    places = tuple((round(across[node]), 95 + 810 * depth[node] // max(max(depth), 3)) for node in ranked)
    return tuple(letter[above[node]] if node else -1 for node in ranked), places


def _spread(above: list[int], node: int, spots: Iterator[float], across: dict[int, float]) -> float:
    """Where this node and all below it stand from left to right; each end takes the next spot."""
    below = [_spread(above, child, spots, across) for child in range(len(above)) if above[child] == node]
    across[node] = sum(below) / len(below) if below else next(spots)
    return across[node]


def _fork(scene: Scene) -> int:
    one, two = (scene.up(node) for node in scene.asked)
    return next(node for node in one if node in two)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for node, top in enumerate(scene.above):
        if top >= 0:
            canvas.line(at(scene.nodes, node), at(scene.nodes, top))
    draw_nodes(canvas, scene.nodes, "purple")
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two = LETTERS[scene.asked[0]], LETTERS[scene.asked[-1]]
    top, others = LETTERS[scene.above.index(-1)], [i for i in range(len(scene.nodes)) if i not in scene.asked]
    question = {
        "parent": f"Which node does {one} hang from directly: {listed(others)}?",
        "children": f"How many nodes hang directly from {one}?",
        "leaves": "How many nodes have no node hanging from them?",
        "depth": f"How many lines does one go down from the top node to {one}?",
        "below": f"How many nodes hang from {one}, directly or through other nodes?",
        "fork": f"Which is the lowest node that both {one} and {two} hang from: {listed(others)}?",
        "apart": f"How many lines does the way from {one} to {two} have?",
        "order": f"Start at {top} and go through the whole tree, always down the left branch before the right one. "
        "In which order are the nodes met for the first time?",
    }[scene.by]
    if scene.by == "order":
        order = tuple(LETTERS[node] for node in scene.down(scene.above.index(-1)))
        return scene.by, question, Answer(kind="sequence", value=order, warrant=COMPUTED)
    right, choices = _reckon(scene)[0], tuple(LETTERS[node] for node in others)
    if scene.by in ("parent", "fork"):
        return scene.by, question, Answer(kind="choice", value=LETTERS[right], warrant=COMPUTED, choices=choices)
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _reckon(scene: Scene) -> tuple[int, list[str]]:
    """The number or the node that is asked for, and the steps to it."""
    one, two = scene.asked[0], scene.asked[-1]
    if scene.by == "parent":
        return scene.above[one], [f"above {LETTERS[one]}: {LETTERS[scene.above[one]]}."]
    if scene.by == "depth":
        up = scene.up(one)
        return len(up) - 1, [f"{LETTERS[a]} up to {LETTERS[b]}: {i}." for i, (a, b) in enumerate(pairwise(up), 1)]
    if scene.by in ("fork", "apart"):
        fork = _fork(scene)
        steps = [f"{LETTERS[node]} hangs from {listed(scene.up(node)[1:], 'and')}." for node in (one, two)]
        first, second = (scene.up(node).index(fork) for node in (one, two))
        if scene.by == "fork":
            return fork, [*steps, f"lowest of both: {LETTERS[fork]}."]
        ways = [f"{LETTERS[one]} up to {LETTERS[fork]}: {first}.", f"down to {LETTERS[two]}: {second}."]
        return first + second, [*ways, f"{first} + {second} = {first + second}."]
    every = scene.down(scene.above.index(-1))
    met = {
        "children": scene.below(one),
        "leaves": [node for node in every if not scene.below(node)],
        "below": scene.down(one)[1:],
        "order": every,
    }[scene.by]
    return len(met), [f"{LETTERS[node]}: {i}." for i, node in enumerate(met, 1)] or ["none: 0."]


def explain(scene: Scene) -> tuple[str, ...]:
    return tuple(_reckon(scene)[1])


def caption(scene: Scene) -> str:
    top = scene.above.index(-1)
    forks = [node for node in scene.down(top) if scene.below(node)]
    hang = ", ".join(f"from {LETTERS[node]} hang {listed(scene.below(node), 'and')}" for node in forks)
    return f"The top node is {LETTERS[top]}; left to right, {hang}."
