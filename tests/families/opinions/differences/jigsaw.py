"""Jigsaw again: the picture is painted as an array, cut with numpy, and laid by the seams that break the least."""

import itertools
import re

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
RGB |= {"purple": (140, 60, 190), "blank": (255, 255, 255)}
NAMES = list(RGB)
SCALE = 4  # units of the scene to a pixel


def painted(scene):
    """The index of the colour at every pixel of the picture and the same beyond its edges."""
    y, x = (np.mgrid[0:151, 0:151]) * SCALE
    paint = np.full(x.shape, NAMES.index("blank"))
    for colour, corners, across, down, radius, turn in scene["shapes"]:
        angles = np.radians(turn) + 2 * np.pi * np.arange(corners) / corners
        px, py = across + radius * np.cos(angles), down + radius * np.sin(angles)
        sides = zip(px, py, np.roll(px, -1), np.roll(py, -1), strict=True)
        inside = np.all([(bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0 for ax, ay, bx, by in sides], axis=0)
        paint[inside] = NAMES.index(colour)
    return paint


def tiles(scene):
    size, paint = 600 // scene["side"] // SCALE, painted(scene)
    return [paint[y // SCALE :, x // SCALE :][: size + 1, : size + 1] for x, y in scene["tiles"]]


def seams(pieces):
    """How much of each piece's right side differs from each one's left, and of its lower side from each one's upper."""
    across = np.array([[(a[:, -1] != b[:, 0]).mean() for b in pieces] for a in pieces])
    down = np.array([[(a[-1] != b[0]).mean() for b in pieces] for a in pieces])
    return across, down


def cost(order, side, across, down):
    square = np.array(order).reshape(side, side)
    return across[square[:, :-1], square[:, 1:]].sum() + down[square[:-1], square[1:]].sum()


def laid(pieces, side):
    across, down = seams(pieces)
    partial = [()]
    for at in range(side * side):
        grown = []
        for order, tile in itertools.product(partial, range(len(pieces))):
            beside = at % side == 0 or across[order[-1], tile] < 0.02
            if tile not in order and beside and (at < side or down[order[at - side], tile] < 0.02):
                grown.append((*order, tile))
        partial = grown
    return min(partial, key=lambda order: cost(order, side, across, down))


def rederive(scene, question):
    pieces, side = tiles(scene), scene["side"]
    if "question mark" in question:
        size, row, column = 50, *divmod(scene["at"], 3)
        hole = painted(scene)[row * size :, column * size :][: size + 1, : size + 1]
        edges = [(column, np.s_[:, 0]), (row, np.s_[0]), (column < 2, np.s_[:, -1]), (row < 2, np.s_[-1])]
        off = [sum((piece[at] != hole[at]).mean() for there, at in edges if there) for piece in pieces]
        return "ABCD"[int(np.argmin(off))]
    if "swapped" in question:
        across, down = seams(pieces)
        swaps = list(itertools.combinations(range(9), 2))
        orders = [[b if i == a else a if i == b else i for i in range(9)] for a, b in swaps]
        best = int(np.argmin([cost(order, 3, across, down) for order in orders]))
        return ", ".join("ABCDEFGHI"[i] for i in swaps[best])
    order = np.array(laid(pieces, side))
    if "what order" in question:
        return ", ".join("ABCDEFGHI"[i] for i in order)
    square = order.reshape(side, side)
    if "belongs at" in question:
        down, across = re.search("(top|bottom) (left|right)", question).groups()
        return "ABCD"[square[-(down == "bottom"), -(across == "right")]]
    way, mine = re.search(r"directly (left|above|right|below)(?: of)? tile (\w)", question).groups()
    (row,), (column,) = np.nonzero(square == "ABCD".index(mine))
    step = {"left": (0, -1), "right": (0, 1), "above": (-1, 0), "below": (1, 0)}[way]
    return "ABCD"[square[row + step[0], column + step[1]]]


def seen(picture, scene, question):
    n, gap = scene["side"], "question mark" in question
    pitch = 0.98 / n
    right = total = 0
    for i, tile in enumerate(tiles(scene)):
        low = (0.0575 + pitch * (i % n), 0.08 + pitch * (i // n)) if not gap else (0.0225 + 0.245 * i, 0.765)
        wide = 0.215 if gap else pitch - 0.095
        for across, down in itertools.product((0.1, 0.3, 0.5, 0.7, 0.9), repeat=2):
            there = picture[int((low[1] + down * wide) * 224), int((low[0] + across * wide) * 224)]
            pixel = NAMES[tile[round(down * (len(tile) - 1)), round(across * (len(tile) - 1))]]
            right += abs(there - RGB[pixel]).sum() < 90
            total += 1
    return right > 0.88 * total
