"""Second opinion on `lines`: every window of every row, column and diagonal as a word; the picture cell by cell."""

import re

import numpy as np

RGB = {"red": (214, 39, 40), "yellow": (240, 190, 0), "blue": (31, 89, 200)}


def _words(board):
    """Rows, columns and both kinds of diagonals, read as words."""
    high, wide = board.shape
    for one in (board, np.fliplr(board)):
        yield from ("".join(one.diagonal(i)) for i in range(-high, wide + 1))
    yield from ("".join(line) for lines in (board, board.T) for line in lines)


def _made(board, mark, need):
    return any(mark * need in word for word in _words(board))


def _places(board, mark, need, drop):
    for row, column in np.argwhere(board == "."):
        if drop and row + 1 < len(board) and board[row + 1, column] == ".":
            continue
        after = board.copy()
        after[row, column] = mark
        if _made(after, mark, need):
            yield row, column


def rederive(scene, question):
    board = np.array([list(row) for row in scene["rows"]])
    if "longest" in question:
        return str(max(n for n in range(1, 8) if _made(board, "x", n)))
    if question.startswith("How many"):
        return str(sum(len(run) == 3 for word in _words(board) for run in re.findall("x+", word)))
    drop = "dropped" in question
    mark = "o" if "noughts" in question else "x"
    ((row, column),) = _places(board, mark, 4 if drop else 3, drop)
    return str(column + 1 if drop else row * len(board) + column + 1)


def seen(picture, scene, question):
    high, wide = len(scene["rows"]), len(scene["rows"][0])
    cell = 224 * 0.92 / wide
    top = 224 * (0.96 - (0.1 if "dropped" in question else 0)) - high * cell
    for place in range(high * wide):
        row, column = divmod(place, wide)
        y, x = top + (row + 0.5) * cell, 224 * 0.04 + (column + 0.5) * cell
        middle, side = picture[int(y), int(x)], picture[int(y), int(x + 0.28 * cell) - 2]
        mark = scene["rows"][row][column]
        if "disc" in question:
            right = RGB[scene["colour"]] if mark == "x" else RGB["blue"] if mark == "o" else (255, 255, 255)
            shown = np.abs(middle - right).sum() < 60
        else:
            cross, nought = middle[0] - middle[2] > 100, side[2] - side[0] > 80
            shown = (cross, nought) == (mark == "x", mark == "o")
        if not shown:
            return False
    return True
