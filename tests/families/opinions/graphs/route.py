"""Routes by networkx; a road is seen where dark ink runs from town to town."""

import re
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
from discs import joined, lettered
from printed import stands


def rederive(scene: dict, question: str) -> str:
    graph = nx.Graph()
    graph.add_weighted_edges_from(("ABCDEFGH"[a], "ABCDEFGH"[b], w) for a, b, w in scene["roads"])
    named = re.findall(r"\b[A-H]\b", question.split(":")[0])
    if "is closed" in question:
        graph.remove_edge(*named[:2])
        named = named[2:]
    if "right after" in question:
        after = {way[1] for way in nx.all_shortest_paths(graph, *named[:2], weight="weight")}
        assert len(after) == 1, f"more than one town is right: {scene}"
        return after.pop()
    if "fewest roads" in question:
        return str(nx.shortest_path_length(graph, *named))
    if "shortest" in question:
        return str(sum(nx.dijkstra_path_length(graph, a, b) for a, b in pairwise(named)))
    return str(nx.path_weight(graph, named, "weight"))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    towns, roads = scene["towns"], {(a, b) for a, b, _ in scene["roads"]}
    pairs = combinations(range(len(towns)), 2)
    return (
        lettered(picture, towns)
        and all(joined(picture, towns[a], towns[b], label=9) == ((a, b) in roads) for a, b in pairs)
        and all(_long(picture, towns[a], towns[b], length) for a, b, length in scene["roads"])
    )


def _long(picture: np.ndarray, one: list, two: list, length: int) -> bool:
    """The length stands in the middle of its road."""
    return stands(
        picture, str(length), tuple(sum(ends) / 2000 for ends in zip(one, two, strict=True)), 0.0595, beside=0
    )
