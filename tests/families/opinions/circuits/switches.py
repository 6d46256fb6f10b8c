"""Lamps by networkx: one lights where closed switches join it to the battery; levers are seen closed where they lie on
the line of their wire."""

import re
from itertools import combinations, product

import networkx as nx
import numpy as np
from printed import stands

LETTERS = "ABCDEFGH"


def _edges(scene: dict) -> tuple[list[tuple[str, str, int]], list[str], list[int]]:
    """(end, end, switch or -1), where each lamp is fed from, and the state of every switch in the order of numbers."""
    edges, fed, states, here = [], [], [], "battery"
    for i, (rail, how, own, lamps) in enumerate(scene["branches"]):
        edges.append((here, f"top {i}", len(states) if rail >= 0 else -1))
        states += [rail] if rail >= 0 else []
        here = f"top {i}"
        for j, state in enumerate(own):
            ends = (here, f"foot {i}") if how == "pair" else (f"{i} {j}" if j else here, f"{i} {j + 1}")
            edges.append((*ends, len(states)))
            states.append(state)
        fed += [(f"foot {i}" if how == "pair" else f"{i} {len(own)}") if own else here] * lamps
    return edges, fed, states


def _lit(scene: dict, states) -> str:
    edges, fed, _ = _edges(scene)
    graph = nx.Graph([(a, b) for a, b, switch in edges if switch < 0 or states[switch]])
    graph.add_nodes_from(["battery", *fed])
    return "".join(name for name, end in zip(LETTERS, fed, strict=False) if nx.has_path(graph, "battery", end))


def rederive(scene: dict, question: str) -> str:
    _, fed, states = _edges(scene)
    asked = re.search(r"lamp ([A-H])\b", question)
    if "settings" in question:
        return str(sum(asked[1] in _lit(scene, some) for some in product((0, 1), repeat=len(states))))
    if "all lamps" in question:
        for n in range(len(states) + 1):
            for some in combinations(range(len(states)), n):
                if len(_lit(scene, [s or i in some for i, s in enumerate(states)])) == len(fed):
                    return str(n)
    if "has to be closed" in question:
        only = [i for i in range(len(states)) if asked[1] in _lit(scene, [s or i == j for j, s in enumerate(states)])]
        assert len(only) == 1 and not states[only[0]], f"not one switch is right: {scene}"
        return str(only[0] + 1)
    if "Does lamp" in question:
        return "yes" if asked[1] in _lit(scene, states) else "no"
    return ", ".join(_lit(scene, states)) if "Which" in question else str(len(_lit(scene, states)))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n, letters = len(scene["branches"]), iter(LETTERS)
    gap = 0.82 / (n + 0.2)
    for i, (rail, how, own, lamps) in enumerate(scene["branches"]):
        x = 0.08 + gap * (i + 1)
        places = [(x - gap / 2, 0.14, rail)]
        for j, state in enumerate(own):
            spot = (x + (-0.05, 0.05)[j], 0.36) if how == "pair" else (x, 0.28 + 0.15 * j)
            places.append((*spot, state))
        if not all(_dark(picture, u, v) == bool(state) for u, v, state in places):
            return False
        if not all(stands(picture, next(letters), (x, y), 0.066) for y in ((0.72,) if lamps == 1 else (0.65, 0.79))):
            return False
    return _dark(picture, 0.08 + gap * n, 0.88) and not _dark(picture, 0.08 + gap * (n + 1), 0.88)


def _dark(picture: np.ndarray, x: float, y: float) -> bool:
    return bool(x < 1 and picture[int(y * 224), int(x * 224)].sum() < 400)
