"""Second opinion on `maze`: walks by networkx, and on the picture the ground of every cell and the mark on it."""

from itertools import pairwise

import networkx as nx
import numpy as np
from cells import cell, thing

FILLS = {"circle": np.pi / 4, "diamond": 0.5, "star": 0.36}
MARKS = {"start": ("red", "circle"), "goal": ("green", "star"), "key": ("blue", "diamond")}


def rederive(scene: dict, question: str) -> str:
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


def seen(picture, scene, question) -> bool:
    n = scene["size"]
    marks = {scene[what]: mark for what, mark in MARKS.items()}
    for place in range(n * n):
        patch = cell(picture, *divmod(place, n), n)
        patch = patch[4:-4, 4:-4]  # within the block, which leaves a gap to the next
        ground = int(patch[0].mean())
        if abs(ground - (30 if place in scene["walls"] else 201)) > 20:
            return False
        if thing(patch, ground, FILLS) != marks.get(place):
            return False
    return True
