"""The net folded in space, its squares turned about their hinges; in the picture, its squares, the marks on them and
what is red."""

import re
from collections import deque

import numpy as np
from printed import stands


def _turn(points, axis, about):
    """A quarter turn about an axis of the grid, through a point."""
    points, axis = points - about, np.array(axis)
    return np.cross(axis, points) + np.outer(points @ axis, axis) + about


def _folded(cells):
    """Every square's corners, in the order right low, right high, left high, left low, all hinges bent backwards."""
    cells = [tuple(cell) for cell in cells]
    square = np.array([[1, -1, 0], [1, 1, 0], [-1, 1, 0], [-1, -1, 0]])
    flat = {cell: square + np.array([2 * cell[0], -2 * cell[1], 0]) for cell in cells}
    parents, queue = {cells[0]: None}, deque(cells[:1])
    while queue:
        x, y = queue.popleft()
        for beside in ((x + 1, y), (x, y - 1), (x - 1, y), (x, y + 1)):
            if beside in flat and beside not in parents:
                parents[beside] = (x, y)
                queue.append(beside)
    done = []
    for cell in cells:
        corners, here = flat[cell].astype(float), cell
        while (parent := parents[here]) is not None:  # the hinges from the leaf to the root, one after the other
            away = np.array([here[0] - parent[0], parent[1] - here[1], 0])
            corners = _turn(corners, np.cross([0, 0, -1], away) * -1, flat[parent].mean(0) + away)
            here = parent
        done.append(np.round(corners).astype(int))
    return done


def rederive(scene, question):
    squares, marks, at = _folded(scene["cells"]), scene["marks"], scene["at"]
    middles = np.array([square.mean(0) for square in squares])
    if "Can this" in question:
        return "yes" if len({tuple(middle) for middle in middles}) == 6 else "no"
    centre = middles.mean(0)
    outs = np.round(middles - centre).astype(int)

    def facing(way):
        return marks[int(np.flatnonzero((outs == np.round(way)).all(1))[0])]

    if "add up" in question:
        return str(7 - int(facing(-outs[at[0]])))
    if "opposite" in question:
        return facing(-outs[marks.index(re.search(r"opposite ([A-F])", question)[1])])
    if "red" in question:
        corners = squares[at[0]]
        points = [corners[(at[1] + 1) % 4]] + ([corners[at[1]]] if "edge" in question else [])
        shared = [all((square == p).all(1).any() for p in points) for square in squares]
        return ", ".join(sorted(mark for i, mark in enumerate(marks) if shared[i] and i != at[0]))
    below, near = (
        outs[marks.index(letter)] for letter in re.search(r"stands on ([A-F]), and ([A-F])", question).groups()
    )
    world = np.array([np.cross(-below, near), -below, near])  # rows: to the right, up and towards you
    if "on your right" in question:
        return facing(world[0])
    for roll in re.findall(r"to the right|away from you|to the left|towards you", question):
        right, up, towards = world
        world = np.array(
            {
                "to the right": [up, -right, towards],
                "to the left": [-up, right, towards],
                "away from you": [right, towards, -up],
                "towards you": [right, -towards, up],
            }[roll]
        )
    return facing(-world[1])


def seen(picture, scene, question):
    cells = scene["cells"]
    wide, high = np.max(cells, axis=0) + 1
    unit = min(0.88 / max(wide, high), 0.24)

    def spot(x, y):
        return round(224 * (0.5 + (y - high / 2) * unit)), round(224 * (0.5 + (x - wide / 2) * unit))

    for x, y in np.ndindex(int(wide), int(high)):
        if (picture[spot(x + 0.14, y + 0.5)] < 235).any() != ([x, y] in cells):
            return False
    for (x, y), mark in zip(cells, scene["marks"], strict=True):
        middle = 0.5 + (x + 0.5 - wide / 2) * unit, 0.5 + (y + 0.5 - high / 2) * unit
        if mark and not stands(picture, mark, middle, 0.5 * unit):
            return False
    red = abs(picture - (214, 39, 40)).sum(-1) < 60
    if "red" not in question:
        return not red.any()
    (x, y), way = cells[scene["at"][0]], scene["at"][1]
    ways = ((0.5, 0), (0, -0.5), (-0.5, 0), (0, 0.5))
    across, down = np.add(ways[way], (0, 0) if "edge" in question else ways[(way + 1) % 4])
    return red[spot(x + 0.5 + across, y + 0.5 + down)]
