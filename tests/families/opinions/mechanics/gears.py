"""The gears once more: rims that touch move alike, rings are coloured by networkx, and teeth are counted one turn after
another; on the picture every tooth is counted round its gear, and belts are followed between the wheels."""

import math
import re
from fractions import Fraction
from itertools import count, pairwise

import networkx as nx
import numpy as np
from printed import stands
from things import RGB


def _speeds(scene, about):
    """Turns of each gear, clockwise above zero, when the one that drives makes so many."""
    teeth, n = scene["gears"], len(scene["gears"])
    speeds = {scene["drives"]: Fraction(about)}
    for i in [*range(scene["drives"] + 1, n), *range(scene["drives"] - 1, -1, -1)]:
        j = i - 1 if i > scene["drives"] else i + 1
        same = scene["crossed"] and not scene["crossed"][min(i, j)]
        speeds[i] = (1 if same else -1) * speeds[j] * teeth[j] / teeth[i]
    return [speeds[i] for i in range(n)]


def rederive(scene, question):
    teeth = scene["gears"]
    if "Can these" in question:
        graph = nx.path_graph(len(teeth))
        if scene["slots"] == len(teeth):
            graph.add_edge(0, len(teeth) - 1)
        return "yes" if nx.is_bipartite(graph) else "no"
    if "first stand" in question:
        passed = next(n for n in count(teeth[0], teeth[0]) if not any(n % one for one in teeth))
        return str(passed // teeth[0])
    made = [int(n) for n in re.findall(r"makes (\d+)", question)]
    if "How many teeth" in question:
        (right,) = [n for n in range(1, 400) if n * made[1] == teeth[0] * made[0]]
        return str(right)
    if made:
        return str(abs(_speeds(scene, made[0])[-1]))
    speeds = _speeds(scene, 1 if scene["clockwise"] else -1)
    if "How many" in question:
        return str(sum(speed > 0 for speed in speeds))
    return "clockwise" if speeds[-1] > 0 else "anticlockwise"


def _wheels(scene):
    """Middle and radius of each: in a row, up and down in turn, or round the middle."""
    teeth, n = np.array(scene["gears"]), len(scene["gears"])
    if scene["slots"]:
        share = np.sin(np.pi / scene["slots"])
        turns = np.radians(scene["degrees"]) + 2 * np.pi * np.arange(n) / scene["slots"]
        return [(0.5 + 0.5j + 0.43 / (1 + share) * np.exp(1j * turn), 0.43 / (1 + share) * share) for turn in turns]
    if scene["by"] == "belts":
        scale = min(0.014, (0.82 - 0.11 * (n - 1)) / 2 / teeth.sum())
        ends = np.cumsum(2 * scale * teeth + 0.11)
        return [
            (0.55 - (ends[-1] - 0.11) / 2 + end - 0.11 - scale * t + 0.5j, scale * t)
            for end, t in zip(ends, teeth, strict=True)
        ]
    slope, steps = math.radians(32), teeth[1:] + teeth[:-1]
    scale = min(0.014, 0.84 / (teeth[0] + teeth[-1] + np.cos(slope) * steps.sum()))
    ways = [1 if (i - scene["drives"]) % 2 == 0 else -1 for i in range(n - 1)]
    moves = scale * steps * (np.cos(slope) + 1j * np.sin(slope) * np.array(ways))
    at, radii = np.concatenate([[0], np.cumsum(moves)]), scale * teeth
    for part, unit in ((at.real, 1), (at.imag, 1j)):
        at = at + unit * (0.5 - ((part - radii).min() + (part + radii).max()) / 2)
    return list(zip(at, radii, strict=True))


def _names(scene, question):
    names = ["yellow" if i % 2 == 0 else "green" for i in range(len(scene["gears"]))]
    if "Can these" in question:
        return [*names[:-1], "purple"]
    if "blue" in question or "first stand" in question:
        names[-1] = "blue"
    names[scene["drives"]] = "red"
    return names


def _own(picture, at, reach, name):
    """Where the circle of this reach about a middle has the wheel's own colour, going once round."""
    round_ = at + reach * np.exp(2j * np.pi * np.arange(1440) / 1440)
    x, y = np.clip(224 * round_.real, 0, 223).astype(int), np.clip(224 * round_.imag, 0, 223).astype(int)
    return np.abs(picture[y, x] - np.array(RGB[name])).sum(-1) < 130


def _teeth(picture, at, radius, name):
    """Runs of its colour; far shorter ones are where two other colours mix."""
    own = _own(picture, at, radius, name)
    start = np.flatnonzero(~own)[:1]
    turns = np.flatnonzero(np.diff(np.pad(np.roll(own, -start[0] if len(start) else 0), 1).astype(int)))
    runs = np.diff(turns.reshape(-1, 2), axis=1).ravel()
    return int((runs > 0.45 * np.median(runs)).sum()) if len(runs) else 0


def seen(picture, scene, question):
    wheels, names = _wheels(scene), _names(scene, question)
    belts = scene["by"] == "belts"
    for (at, radius), name, teeth in zip(wheels, names, scene["gears"], strict=True):
        if _own(picture, at, radius - 0.02 if belts else 0.5 * radius, name).mean() < 0.99:
            return False
        jammed = 3 if "Can these" in question else 0  # teeth of a ring that cannot turn overlap
        if not belts and not 0 <= teeth - _teeth(picture, at, radius, name) <= jammed:
            return False
    if belts and not all(
        _crossed(picture, *pair) == cross for pair, cross in zip(pairwise(wheels), scene["crossed"], strict=True)
    ):
        return False
    if scene["by"] in ("turns", "teeth", "again"):
        hidden = len(wheels) - 1 if "How many teeth" in question else -1
        labels = ["?" if i == hidden else str(teeth) for i, teeth in enumerate(scene["gears"])]
        sides = [(-1) ** (i - scene["drives"] + 1) for i in range(len(wheels))]
        spots = [(at.real, at.imag + (r + 0.065) * side) for (at, r), side in zip(wheels, sides, strict=True)]
        return all(stands(picture, *one, 0.075) for one in zip(labels, spots, strict=True))
    return "arrow" not in question or _arrow(picture, *wheels[scene["drives"]], belts) == scene["clockwise"]


def _crossed(picture, one, two):
    """Whether the belt is in the middle between two wheels, not above and below it."""
    x = ((one[0] + one[1]).real + (two[0] - two[1]).real) / 2
    column = picture[round(224 * 0.5) - 3 : round(224 * 0.5) + 3, round(224 * (x - 0.04)) : round(224 * (x + 0.04))]
    return bool((column.sum(-1) < 300).any())


def _arrow(picture, at, radius, beside):
    """Whether the end of the bent arrow where clockwise leads to is the thicker one."""
    turns = np.radians(np.arange(25, 55)) * [[1], [-1]] + (np.pi if beside else -np.pi / 2)
    round_ = at + (radius + np.arange(0.02, 0.09, 0.004)) * np.exp(1j * turns)[..., None]
    x, y = (np.clip(224 * part, 0, 223).astype(int) for part in (round_.real, round_.imag))
    dark = picture[y, x].sum(-1) < 300
    return bool(np.subtract(*dark.sum((1, 2))) > 0)
