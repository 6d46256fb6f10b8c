"""Second opinion on `slide`: the gap as a complex number, the fewest slides by a search from both boards at once; on the
picture every tile is held against all digits."""

import re
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WAYS = {"left": -1, "right": 1, "up": -1j, "down": 1j}  # down is positive


def _after(places, ways):
    last = None
    for way in ways:
        (last,) = [tile for tile, at in places.items() if tile and at + WAYS[way] == places[0]]
        places = places | {last: places[0], 0: places[last]}
    return places, last


def _next(board):
    places = {tile: complex(i % 3, i // 3) for i, tile in enumerate(board)}
    for way in WAYS.values():
        movers = [tile for tile, at in places.items() if tile and at + way == places[0]]
        for tile in movers:
            yield tuple(0 if one == tile else tile if one == 0 else one for one in board)


def _fewest(start, goal):
    here, there, slides = {start}, {goal}, 0
    while not here & there:
        here, there, slides = there, here | {after for board in here for after in _next(board)}, slides + 1
    return slides


def rederive(scene, question):
    board, goal = tuple(scene["board"]), tuple(scene["goal"])
    if "elsewhere" in question:
        return str(sum(board.index(tile) != goal.index(tile) for tile in range(1, 9)))
    if "at least" in question:
        return str(_fewest(board, goal))
    words = question.split("gap:")[-1].split(".")[0]
    ways = re.findall(r"\b(left|right|up|down)\b", words)
    places, last = _after({tile: complex(i % 3, i // 3) for i, tile in enumerate(board)}, ways)
    if "row" not in question:
        return str(last)
    row = ("top", "middle", "bottom").index(re.search(r"the (\w+) row", question)[1])
    at = {place: tile for tile, place in places.items()}
    return ", ".join(str(at[complex(column, row)]) for column in range(3))


@cache
def _digit(tile, cell):
    """This tile as it should look, at the place of its own."""
    side = round(896 * cell)
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    if tile:
        pen.rectangle([0.08 * side, 0.08 * side, 0.92 * side, 0.92 * side], fill=200)
        font = ImageFont.load_default(size=round(0.6 * 896 * cell))
        pen.text((side / 2, side / 2), str(tile), font=font, fill=30, anchor="mm")
    return np.asarray(image.resize((side // 4, side // 4), Image.Resampling.BOX)).astype(int)


def seen(picture, scene, question):
    boards = [(scene["board"], 0.1, 0.1, 0.8 / 3)]
    if scene["goal"]:
        boards = [(scene["board"], 0.03, 0.275, 0.14), (scene["goal"], 0.55, 0.275, 0.14)]
    for board, left, top, cell in boards:
        for place, tile in enumerate(board):
            y, x = (round(224 * (near + i * cell)) for near, i in zip((top, left), divmod(place, 3), strict=True))
            side = len(_digit(tile, cell))
            patch = picture[y : y + side, x : x + side, 0]
            if min(range(9), key=lambda one: np.abs(patch - _digit(one, cell)).sum()) != tile:
                return False
    return True
