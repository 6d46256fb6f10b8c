"""A picture cut into lettered tiles: which tile belongs where, which fits a gap, which two are swapped, in what order."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.differences._cuts import (
    PICTURE,
    Cut,
    Shape,
    edges,
    fits_one_way,
    grid,
    painted,
    runs,
    show,
    unlike,
)
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("corner", "gap", "beside", "swapped", "order")
LETTERS = "ABCDEFGHI"
PLACES = ("top left", "top right", "bottom left", "bottom right")
SIDES = ("left of", "above", "right of", "below")  # as `edges` has them
LETTER = 0.075
KNOBS = {"shapes": range(6, 11), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`shapes` are (colour, corners, x, y, radius, turn) in a picture 600 wide; `tiles` are the top left corners of what
    A, B, C … show, `side` tiles to the picture's side. Level 0 asks which belongs in the corner `at`, 2 which fits the
    gap `at`, 4 which belongs on one side of tile `at`, 6 which two are swapped, 8 for the order of four and 9 of nine."""

    shapes: tuple[Shape, ...]
    tiles: tuple[Cut, ...]
    side: int
    by: str
    at: int
    way: str


def sample(level: int, seed: int, shapes: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    side = 3 if by in ("gap", "swapped") or (by == "order" and level == 9) else 2
    n = shapes or rng.randint(6, 7) + side - 2
    while True:
        picture, gap = painted(rng, n), rng.randrange(side * side)
        candidates = _candidates(rng, picture, gap) if by == "gap" else ()
        if len(candidates) == 4:
            return Scene(picture, candidates, side, by, gap, "")
        if by != "gap" and fits_one_way(picture, side):
            break
    order = list(range(side * side))
    if by == "swapped":
        i, j = rng.sample(order, 2)
        order[i], order[j] = j, i
    else:
        rng.shuffle(order)
    at = rng.randrange(len(order))
    beside = [way for way, cell in _neighbours(order[at], side).items() if cell is not None]
    tiles = tuple(grid(side)[cell] for cell in order)
    return Scene(picture, tiles, side, by, at, rng.choice(beside) if by == "beside" else "")


def _neighbours(cell: int, side: int) -> dict[str, int | None]:
    row, column = divmod(cell, side)
    return {
        "left of": cell - 1 if column else None,
        "above": cell - side if row else None,
        "right of": cell + 1 if column < side - 1 else None,
        "below": cell + side if row < side - 1 else None,
    }


def _candidates(rng: Random, picture: tuple[Shape, ...], gap: int) -> tuple[Cut, ...]:
    """The piece that was cut out and up to three cut elsewhere, each plainly unlike it where it meets its neighbours."""
    size, right = PICTURE // 3, grid(3)[gap]
    meets = [SIDES.index(way) for way, cell in _neighbours(gap, 3).items() if cell is not None]
    truth, wrong = edges(picture, right, size), []
    if sum(len(set(truth[i])) > 1 for i in meets) < 2:
        return ()
    for _ in range(30):
        cut = rng.randrange(0, PICTURE - size, 10), rng.randrange(0, PICTURE - size, 10)
        apart = all(max(abs(a - b) for a, b in zip(cut, other, strict=True)) >= 60 for other in (right, *wrong))
        theirs = edges(picture, cut, size)
        if apart and len(wrong) < 3 and sum(unlike(truth[i], theirs[i]) for i in meets) >= 3 * len(meets):
            wrong.append(cut)
    tiles = [right, *wrong]
    rng.shuffle(tiles)
    return tuple(tiles)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    size = PICTURE // scene.side
    if scene.by == "gap":
        for i, cut in enumerate(grid(3)):
            low = (0.18 + 0.215 * (i % 3), 0.015 + 0.215 * (i // 3))
            if i == scene.at:
                canvas.text((low[0] + 0.1075, low[1] + 0.1075), "?")
            else:
                show(canvas, scene.shapes, cut, size, low, 0.215)
        for i, cut in enumerate(scene.tiles):
            canvas.text((0.13 + 0.245 * i, 0.71), LETTERS[i], height=LETTER)
            show(canvas, scene.shapes, cut, size, (0.0225 + 0.245 * i, 0.765), 0.215)
        return canvas.image()
    pitch = 0.98 / scene.side
    wide = pitch - 0.095
    for i, cut in enumerate(scene.tiles):
        low = (0.01 + pitch * (i % scene.side) + 0.0475, 0.08 + pitch * (i // scene.side))
        canvas.text((low[0] + wide / 2, low[1] - 0.042), LETTERS[i], height=LETTER)
        show(canvas, scene.shapes, cut, size, low, wide)
    return canvas.image()


def solved(scene: Scene) -> dict[Cut, str]:
    """Where in the picture each letter belongs."""
    return {cut: LETTERS[i] for i, cut in enumerate(scene.tiles)}


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letter, cells = solved(scene), grid(scene.side)
    letters = tuple(LETTERS[: len(scene.tiles)])
    if scene.by == "order":
        question = "The tiles of a picture are shuffled. In what order, row by row, do their letters make the picture?"
        right = tuple(letter[cut] for cut in cells)
        return scene.by, question, Answer(kind="sequence", value=right, warrant=COMPUTED)
    if scene.by == "swapped":
        right = frozenset(LETTERS[i] for i, cut in enumerate(scene.tiles) if cut != cells[i])
        question = "A picture is cut into tiles and two of them are swapped. Which two?"
        return scene.by, question, Answer(kind="set", value=right, warrant=COMPUTED)
    if scene.by == "beside":
        mine = LETTERS[scene.at]
        cell = _neighbours(cells.index(scene.tiles[scene.at]), scene.side)[scene.way]
        letters = tuple(one for one in letters if one != mine)
        right, what = letter[cells[cell]], f"belongs directly {scene.way} tile {mine}"
    elif scene.by == "corner":
        right, what = letter[cells[scene.at]], f"belongs at the {PLACES[scene.at]}"
    else:
        right, what = letter[cells[scene.at]], "fits where the question mark stands"
    start = "" if scene.by == "gap" else "The tiles of a picture are shuffled. "
    question = f"{start}Which tile {what}: {', '.join(letters[:-1])} or {letters[-1]}?"
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=letters)


def explain(scene: Scene) -> tuple[str, ...]:
    """The colours along the sides that meet, in the order in which the tiles are laid."""
    letter, cells, size = solved(scene), grid(scene.side), PICTURE // scene.side
    read = {cut: edges(scene.shapes, cut, size) for cut in cells}
    if scene.by == "gap":
        around = [(way, cell) for way, cell in _neighbours(scene.at, 3).items() if cell is not None]
        steps = [f"{way} the gap: {runs(read[cells[scene.at]][SIDES.index(way)])}." for way, _ in around]
        return (*steps, f"{letter[cells[scene.at]]} has these sides.")
    if scene.by == "swapped":
        moved = [i for i, cut in enumerate(scene.tiles) if cut != cells[i]]
        steps = []
        for i in moved:
            way, cell = next((w, c) for w, c in _neighbours(i, 3).items() if c is not None and c not in moved)
            mine, theirs = read[scene.tiles[i]][SIDES.index(way)], read[cells[i]][SIDES.index(way)]
            steps.append(f"{LETTERS[i]} beside {LETTERS[cell]}: {runs(mine)}, where {runs(theirs)} fits.")
        return (*steps, f"{LETTERS[moved[0]]} and {LETTERS[moved[1]]} fit in each other's place.")
    steps = []
    for i, cut in enumerate(cells):
        for way, cell in _neighbours(i, scene.side).items():
            if cell is not None and (way == "right of" or (way == "below" and i % scene.side == 0)):
                seam = runs(read[cut][SIDES.index(way)])
                steps.append(f"{way} {letter[cut]}: {letter[cells[cell]]}, {seam}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    cells = grid(scene.side)
    if scene.by == "gap":
        told = [
            f"{LETTERS[i]} {'fits' if cut == cells[scene.at] else 'does not fit'}" for i, cut in enumerate(scene.tiles)
        ]
        return f"A picture lacks the tile in row {scene.at // 3 + 1}, column {scene.at % 3 + 1}: {', '.join(told)}."
    told = [
        f"{LETTERS[i]} shows its row {cells.index(cut) // scene.side + 1}, column {cells.index(cut) % scene.side + 1}"
        for i, cut in enumerate(scene.tiles)
    ]
    return f"A picture is cut into {scene.side} by {scene.side} tiles: {'; '.join(told)}."
