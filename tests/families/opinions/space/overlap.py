"""Second opinion on `overlap`: the things laid down as masks on a fine raster, and the picture against the same raster."""

import networkx as nx
import numpy as np
from things import RGB


def _masks(scene, n):
    y, x = np.mgrid[0:n, 0:n] * (1000 / n) + 500 / n
    for form, _, middle_x, middle_y, radius in scene["things"]:
        right, down = abs(x - middle_x), abs(y - middle_y)
        yield (np.hypot(right, down) if form == "circle" else np.maximum(right, down)) <= radius


def rederive(scene, question):
    colours, masks = [thing[1] for thing in scene["things"]], list(_masks(scene, 125))
    assert sum(mask.astype(int) for mask in masks).max() <= 2, "three overlap in one place"
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(masks)))
    for high, mask in enumerate(masks):
        graph.add_edges_from((low, high) for low in range(high) if (masks[low] & mask).any())
    if "bottom to the top" in question:
        orders = list(nx.all_topological_sorts(graph))
        assert len(orders) == 1, "the stack may be told in two ways"
        return ", ".join(colours[i] for i in orders[0])
    if question.startswith("Which"):
        words = question.split()
        low, high = sorted(colours.index(word) for word in words if word in RGB)
        assert graph.has_edge(low, high)
        return colours[high]
    if "pairs" in question:
        return str(graph.number_of_edges())
    if "covered" in question:
        return str(sum(degree > 0 for _, degree in graph.out_degree()))
    asked = next(word for word in question.split() if word in RGB)
    assert colours.count(asked) == 1
    return str(graph.degree(colours.index(asked)))


def seen(picture, scene, question):
    expected = np.full((224, 224, 3), 255)
    for thing, mask in zip(scene["things"], _masks(scene, 224), strict=True):
        expected[mask] = RGB[thing[1]]
    filled = picture.sum(-1) > 250  # not the dark lines around the things
    return (np.abs(expected - picture).sum(-1) > 120)[filled].mean() < 0.06
