"""Trees by networkx; a branch is seen where dark ink runs from disc to disc."""

import re
from itertools import combinations

import networkx as nx
import numpy as np
from discs import joined, lettered


def rederive(scene: dict, question: str) -> str:
    names, across = "ABCDEFGHI", {name: x for name, (x, _) in zip("ABCDEFGHI", scene["nodes"], strict=False)}
    pairs = [(names[top], names[node]) for node, top in enumerate(scene["above"]) if top >= 0]
    tree = nx.DiGraph(sorted(pairs, key=lambda pair: across[pair[1]]))
    (top,) = (node for node, degree in tree.in_degree if not degree)
    asked = re.findall(r"\b[A-I]\b", question.split(":")[0])
    if "whole tree" in question:
        return ", ".join(nx.dfs_preorder_nodes(tree, top))
    if "lowest node" in question:
        return nx.lowest_common_ancestor(tree, *asked)
    if "the way from" in question:
        return str(nx.shortest_path_length(tree.to_undirected(), *asked))
    if "does one go down" in question:
        return str(nx.shortest_path_length(tree, top, asked[0]))
    if "or through" in question:
        return str(len(nx.descendants(tree, asked[0])))
    if "no node hanging" in question:
        return str(sum(degree == 0 for _, degree in tree.out_degree))
    return str(tree.out_degree[asked[0]]) if "How many" in question else next(tree.predecessors(asked[0]))


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    nodes, branches = scene["nodes"], {frozenset(pair) for pair in enumerate(scene["above"])}
    pairs = combinations(range(len(nodes)), 2)
    return lettered(picture, nodes) and all(
        joined(picture, nodes[a], nodes[b]) == (frozenset((a, b)) in branches) for a, b in pairs
    )
