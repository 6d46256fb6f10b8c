"""How a drawn graph hangs together: the lines at a node, the lines in all, the pieces, and the triangles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.graphs._plane import LETTERS, Line, Places, at, draw_nodes, listed, net
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("degree", "lines", "most", "exactly", "pieces", "reach", "triangles", "removed")
BY_LEVEL = ("degree", "degree", "lines", "lines", "most", "exactly", "pieces", "reach", "triangles", "removed")
NODES = (6, 7, 6, 8, 7, 7, 8, 8, 7, 8)
# The numbers that are right answers, drawn before the graph, so that each is as likely as any other.
RIGHT = {
    "degree": range(1, 5),
    "exactly": range(5),
    "pieces": range(1, 5),
    "reach": range(1, 5),
    "triangles": range(5),
    "removed": range(1, 5),
}
KNOBS = {"nodes": range(6, 9), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`nodes` are places in thousandths, A first; `lines` join two each; `at` is the node asked about and `times` the
    lines that `exactly` looks for. Level 0 counts the lines at a node, 2 all lines, 4 finds the node with most, 5 the
    nodes with exactly so many, 6 counts pieces, 7 what can be reached, 8 triangles, 9 pieces when a node is gone."""

    nodes: Places
    lines: tuple[Line, ...]
    by: str
    at: int
    times: int

    def beside(self, node: int) -> list[int]:
        return sorted(sum(line) - node for line in self.lines if node in line)


def sample(level: int, seed: int, nodes: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], nodes or NODES[level]
    wanted = rng.choice(RIGHT.get(by, range(n - 1, n + 4)))
    pieces = {"pieces": wanted, "reach": 2 + (n > 6)}.get(by, 1)
    while True:
        more = rng.randint(0, 2) + {"most": 1, "removed": 0, "triangles": wanted}.get(by, rng.randint(0, 2))
        places, lines = net(rng, n, wanted if by == "lines" else n - pieces + more, pieces)
        for node in rng.sample(range(n), n):
            scene = Scene(places, lines, by, node, rng.randint(1, 3))
            if (_most(scene) is not None) if by == "most" else _reckon(scene)[0] == wanted:
                return scene


def _most(scene: Scene) -> int | None:
    """The one node with most lines; None where several have as many."""
    degrees = [len(scene.beside(node)) for node in range(len(scene.nodes))]
    return degrees.index(max(degrees)) if degrees.count(max(degrees)) == 1 else None


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for one, two in scene.lines:
        canvas.line(at(scene.nodes, one), at(scene.nodes, two))
    draw_nodes(canvas, scene.nodes, "blue")
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    here, choices = LETTERS[scene.at], tuple(LETTERS[: len(scene.nodes)])
    question = {
        "degree": f"How many lines end at node {here}?",
        "lines": "How many lines are there?",
        "most": f"At which node do most lines end: {listed(range(len(choices)))}?",
        "exactly": f"How many nodes have exactly {scene.times} line{'s' * (scene.times > 1)}?",
        "pieces": "How many separate pieces does the graph have?",
        "reach": f"How many other nodes can be reached from node {here} along the lines?",
        "triangles": "How many sets of three nodes are there in which each is joined to both others?",
        "removed": f"Node {here} and its lines are rubbed out. How many separate pieces are left?",
    }[scene.by]
    if scene.by == "most":
        right = LETTERS[_most(scene)]
        return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=choices)
    return scene.by, question, Answer(kind="number", value=_reckon(scene)[0], warrant=COMPUTED)


def _reckon(scene: Scene) -> tuple[int, list[str]]:
    """The number that is asked for, and the steps to it; for `most` the greatest number of lines."""
    nodes, total, steps = range(len(scene.nodes)), 0, []
    if scene.by in ("pieces", "removed"):
        pieces = _pieces(scene, scene.at if scene.by == "removed" else None)
        return len(pieces), [f"piece {i}: {listed(sorted(piece), 'and')}." for i, piece in enumerate(pieces, 1)]
    if scene.by == "reach":
        waves = _waves(scene, scene.at)
        steps = [
            f"after {i}: {listed(wave, 'and')}, so far {sum(map(len, waves[: i + 1])) - 1}."
            for i, wave in enumerate(waves)
        ]
        return sum(map(len, waves)) - 1, steps[1:]
    if scene.by == "triangles":
        found = [
            three for three in combinations(nodes, 3) if all(pair in scene.lines for pair in combinations(three, 2))
        ]
        return len(found), [f"{listed(three, 'and')}: {i}." for i, three in enumerate(found, 1)] or ["none: 0."]
    if scene.by == "degree":
        beside = scene.beside(scene.at)
        return len(beside), [f"{LETTERS[scene.at]} to {listed(beside, 'and')}.", f"in all {len(beside)}."]
    for node in nodes:
        beside = scene.beside(node)
        if scene.by == "lines":
            beside = [other for other in beside if other > node]
            total += len(beside)
            steps += [f"{LETTERS[node]} to {listed(beside, 'and')}: so far {total}."] if beside else []
        elif scene.by == "exactly":
            total += len(beside) == scene.times
            steps.append(f"{LETTERS[node]}: {len(beside)}, so far {total}.")
        else:
            total = max(total, len(beside))
            steps.append(f"{LETTERS[node]}: {len(beside)}, most {total}.")
    return total, steps


def _waves(scene: Scene, start: int, gone: int | None = None) -> list[list[int]]:
    """What is reached after 0, 1, 2 … lines."""
    waves, met = [[start]], {start, gone}
    while waves[-1]:
        waves.append(sorted({other for node in waves[-1] for other in scene.beside(node)} - met))
        met.update(waves[-1])
    return waves[:-1]


def _pieces(scene: Scene, gone: int | None) -> list[list[int]]:
    pieces: list[list[int]] = []
    for node in range(len(scene.nodes)):
        if node != gone and not any(node in piece for piece in pieces):
            pieces.append([one for wave in _waves(scene, node, gone) for one in wave])
    return pieces


def explain(scene: Scene) -> tuple[str, ...]:
    steps = _reckon(scene)[1]
    return (*steps, f"most: {LETTERS[_most(scene)]}.") if scene.by == "most" else tuple(steps)


def caption(scene: Scene) -> str:
    lines = ", ".join(f"{LETTERS[one]} - {LETTERS[two]}" for one, two in scene.lines)
    return f"There are the nodes {listed(range(len(scene.nodes)), 'and')}, joined by the lines {lines}."
