"""Arrows by networkx; an arrow is seen as a dark line that is broader at its head than at its tail."""

import re
from itertools import combinations

import networkx as nx
import numpy as np
from discs import lettered


def rederive(scene: dict, question: str) -> str:
    graph = nx.DiGraph()
    graph.add_nodes_from("ABCDEFGH"[: len(scene["nodes"])])
    graph.add_edges_from(("ABCDEFGH"[a], "ABCDEFGH"[b]) for a, b in scene["arrows"])
    named = re.findall(r"(?:node|from|to) ([A-H])\b", question)
    if "no arrow" in question:
        (source,) = (node for node, entering in graph.in_degree if not entering)
        return source
    if "later task" in question:
        (order,) = nx.all_topological_sorts(graph)
        return ", ".join(order)
    if "ring" in question:
        (ring,) = nx.simple_cycles(graph)
        return str(len(ring))
    if "different ways" in question:
        return str(len(list(nx.all_simple_paths(graph, *named))))
    if "reached" in question:
        return str(len(nx.descendants(graph, named[0])))
    return str(graph.out_degree[named[0]] if "start at" in question else graph.in_degree[named[0]])


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    dark = (255 * 3 - picture.sum(-1)) / (255 * 3 - 90)
    nodes = np.array(scene["nodes"]) / 1000 * 224
    ways = dict.fromkeys(map(tuple, scene["arrows"]), 1) | {(b, a): -1 for a, b in scene["arrows"]}
    pairs = combinations(range(len(nodes)), 2)
    return lettered(picture, scene["nodes"]) and all(
        _way(dark, nodes[a], nodes[b]) == ways.get((a, b), 0) for a, b in pairs
    )


def _way(dark: np.ndarray, here: np.ndarray, there: np.ndarray) -> int:
    """0 where no line runs from disc to disc; else 1 or -1 as the broader end lies there or here."""
    long = np.linalg.norm(there - here)
    along = (there - here) / long
    side = 2.6 * along[::-1] * (1, -1)

    def ink(spots: list) -> float:
        spots = np.array(spots).astype(int)
        return dark[spots[:, 1], spots[:, 0]].mean()

    if np.mean([ink([here + d * along]) > 0.4 for d in np.arange(19, long - 19)]) < 0.95:
        return 0
    near, far = (
        ink([at + s * side for s in (1, -1) for at in (end + 20 * way, end + 22 * way)])
        for end, way in ((here, along), (there, -along))
    )
    return 1 if far > near else -1
