"""The plan once more as graphs: stations joined by stops, and (line, station) pairs joined by stops and changes."""

import re
from itertools import pairwise

import networkx as nx
import numpy as np
from printed import stands

HUES = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "purple": (140, 60, 190)}


def rederive(scene, question):
    lines = dict(scene["lines"])
    names = re.findall(r"the (red|blue|green|purple) line", question)
    if "How many stations" in question:
        return str(len(lines[names[0]]))
    if "meet" in question:
        (both,) = set(lines[names[0]]) & set(lines[names[1]])
        return both
    start, goal = re.search(r"from ([A-T]) to ([A-T])", question).groups()
    if "shortest way" in question:
        plan = nx.Graph(pair for line in lines.values() for pair in pairwise(line))
        return str(nx.shortest_path_length(plan, start, goal))
    way = _way(lines, start, goal)
    colours = [colour for colour, _ in way[1:-1]]
    stops = sum(a[0] == b[0] for a, b in pairwise(way[1:-1]))
    changes = [b[1] for a, b in pairwise(way[1:-1]) if a[0] != b[0]]
    if question.startswith("Which line"):
        return colours[0]
    if question.startswith("At which"):
        return changes[0]
    if "changes of line" in question:
        return str(len(changes))
    cost = re.search(r"takes (\d+) minutes and every change (\d+)", question)
    stop, change = map(int, cost.groups()) if cost else (1, 0)
    return str(stop * stops + change * len(changes))


def _way(lines, start, goal):
    """The fewest changes, then the fewest stops: a change weighs more than all stops together."""
    plan = nx.Graph()
    for colour, line in lines.items():
        plan.add_edges_from((((colour, a), (colour, b)) for a, b in pairwise(line)), weight=1)
        plan.add_edges_from(
            (((colour, a), (other, a)) for a in line for other in lines if other != colour and a in lines[other]),
            weight=1000,
        )
        plan.add_edges_from(
            ((end, (colour, end[0])) for end in ((start, "from"), (goal, "to")) if end[0] in line), weight=10**6
        )
    return nx.shortest_path(plan, (start, "from"), (goal, "to"), weight="weight")


def seen(picture, scene, question):
    at = {letter: np.array([0.0875 + 0.165 * x, 0.17 + 0.165 * y]) for letter, x, y in scene["at"]}
    if not all(stands(picture, letter, tuple(place), 0.062) for letter, place in at.items()):
        return False
    for colour, line in scene["lines"]:
        for a, b in pairwise(line):
            x, y = (at[a] + at[b]) / 2 * 224
            if np.abs(picture[int(y), int(x)] - np.array(HUES[colour])).sum() > 60:
                return False
    return True
