"""Second opinion on `knight`: a piece's squares by testing every square of the board; the picture square by square."""

import networkx as nx
import numpy as np


def _goes(name, start, end, taken):
    """Whether this piece goes from one square to another; squares between have to be free."""
    (row, column), (to_row, to_column) = divmod(start, 5), divmod(end, 5)
    down, right = to_row - row, to_column - column
    if start == end:
        return False
    if name == "knight":
        return down**2 + right**2 == 5
    straight, slanted, far = 0 in (down, right), abs(down) == abs(right), max(abs(down), abs(right))
    if not {"king": far == 1, "rook": straight, "bishop": slanted, "queen": straight or slanted}[name]:
        return False
    between = {(row + i * down // far) * 5 + column + i * right // far for i in range(1, far)}
    return not between & taken


def rederive(scene, question):
    taken = {square for square, _ in scene["pieces"]} | set(scene["discs"])
    start, name = scene["pieces"][0]
    if "star in one move" in question:
        return str(sum(_goes(piece, square, scene["goal"], taken) for square, piece in scene["pieces"]))
    assert f"blue {name}" in question
    if "at least" in question:
        free = [square for square in range(25) if square not in taken or square == start]
        leaps = [(a, b) for a in free for b in free if _goes("knight", a, b, set())]
        return str(nx.shortest_path_length(nx.Graph(leaps), start, scene["goal"]))
    ends = scene["discs"] if "discs" in question else set(range(25)) - taken
    return str(sum(_goes(name, start, end, taken) for end in ends))


def seen(picture, scene, question):
    what = dict.fromkeys(scene["discs"], (214, 39, 40)) | {square: (31, 89, 200) for square, _ in scene["pieces"]}
    what[scene["goal"]] = (30, 140, 60)
    for square in range(25):
        row, column = divmod(square, 5)
        y, x = int(224 * (0.03 + (row + 0.5) * 0.176)), int(224 * (0.09 + (column + 0.5) * 0.176))
        board = (200, 200, 205) if (row + column) % 2 else (255, 255, 255)
        if np.abs(picture[y, x] - what.get(square, board)).sum() > 60:
            return False
    return True
