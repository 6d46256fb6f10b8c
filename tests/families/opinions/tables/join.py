"""The two tables as a graph: a name is joined to its keys, and a key to its value."""

import re

import networkx as nx
from printed import stands


def rederive(scene: dict, question: str) -> str:
    graph = nx.MultiDiGraph()
    for name, key, number in scene["lines"]:
        graph.add_edge(("name", name), ("key", key), number=number)
    for key, value in scene["prices"]:
        graph.add_edge(("key", key), ("value", value))
    head = question.split(":")[0]
    named = [name for name in re.findall(r"\w+", head) if ("name", name) in graph]
    people = [node for node in graph if node[0] == "name"]
    numbers = [int(number) for number in re.findall(r"\d+", head)]

    def ends(node: tuple) -> list[int]:
        return [end[1] for end in nx.descendants(graph, node) if end[0] == "value"]

    def pays(node: tuple) -> int:
        return sum(data["number"] * ends(key)[0] for _, key, data in graph.out_edges(node, data=True))

    if "missing" in head:
        return next(name for _, name in people if not ends(("name", name)))
    if head.startswith("Whose"):
        return next(name for kind, name in nx.ancestors(graph, ("value", numbers[0])) if kind == "name")
    if head.startswith("For how many"):
        return str(sum(value > numbers[0] for node in people for value in ends(node)))
    if "most" in head:
        return max(people, key=pays)[1]
    if "together" in head:
        return str(sum(map(pays, people)))
    return str(pays(("name", named[0])) if "n times" in head else ends(("name", named[0]))[0])


def seen(picture, scene: dict, question: str) -> bool:
    buying = "n times" in question
    wide = (0.19, 0.2, 0.11)[: 2 + buying]
    gap = (1 - sum(wide) - 0.38) / 3
    found = []
    for i, (name, key, number) in enumerate(scene["lines"], 1):
        y = 0.5 + 0.115 * (i + 0.5 - (len(scene["lines"]) + 1) / 2)
        found.append(stands(picture, name, (gap + 0.02, y), 0.062, "lm"))
        found.append(stands(picture, key, (gap + 0.29, y), 0.062))
        found.append(not buying or stands(picture, str(number), (gap + 0.445, y), 0.062))
    for i, (key, value) in enumerate(scene["prices"], 1):
        y = 0.5 + 0.115 * (i + 0.5 - (len(scene["prices"]) + 1) / 2)
        found.append(stands(picture, key, (1 - gap - 0.36, y), 0.062, "lm"))
        found.append(stands(picture, str(value), (1 - gap - 0.09, y), 0.062))
    return all(found)
