"""Sliding tiles: which tile can slide, what stands where after some slides, how many are misplaced, the fewest slides."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

SIDE = 3
# Where the gap goes when a tile slides this way: the tile comes from the other side.
SLIDES = {"left": (0, 1), "right": (0, -1), "up": (1, 0), "down": (-1, 0)}
ROWS = ("top", "middle", "bottom")
BY = ("slide", "after", "row", "misplaced", "fewest")
KNOBS = {"by": BY, "where": ROWS}
SMALLEST = 128

Board = tuple[int, ...]  # in reading order; 0 is the gap


@dataclass(frozen=True, slots=True)
class Scene:
    """Level 0 asks which tile can slide one way, 2 which one slides last of several `slides`, 4 for a whole row after
    them, 6 how many tiles are not where the second board has them, 8 how few slides lead to the second board; odd
    levels take more slides. `goal` is empty where there is one board."""

    board: Board
    goal: Board
    slides: tuple[str, ...]
    by: str
    where: str


def _slide(board: Board, way: str) -> Board | None:
    """The board after a tile has slid this way into the gap; None if there is no such tile."""
    gap = board.index(0)
    row, column = gap // SIDE + SLIDES[way][0], gap % SIDE + SLIDES[way][1]
    if not (0 <= row < SIDE and 0 <= column < SIDE):
        return None
    after, tile = list(board), row * SIDE + column
    after[gap], after[tile] = board[tile], 0
    return tuple(after)


def _boards(start: Board, slides: tuple[str, ...]) -> list[Board]:
    boards = [start]
    for way in slides:
        boards.append(_slide(boards[-1], way))
    return boards


def sample(level: int, seed: int, by: str | None = None, where: str | None = None) -> Scene:
    rng = Random(seed)
    by, where = by or BY[level // 2], where or rng.choice(ROWS)
    more = level % 2
    board = tuple(rng.sample(range(9), 9))
    if by == "misplaced":
        return Scene(board, _moved(rng, board, rng.randint(2, 7) + more), (), by, where)
    if by == "fewest":
        slides = _shortest(rng, board, rng.randint(1 + 2 * more, 5 + 2 * more))
        return Scene(board, _boards(board, slides)[-1], slides, by, where)
    n = {"slide": 1, "after": 2 + more, "row": 3 + more}[by]
    return Scene(board, (), _walk(rng, board, n), by, where)


def _walk(rng: Random, board: Board, n: int) -> tuple[str, ...]:
    """Slides of which none takes the one before it back."""
    slides, boards = [], [board]
    for _ in range(n):
        ways = [way for way in SLIDES if _slide(boards[-1], way) and _slide(boards[-1], way) not in boards[-2:-1]]
        slides.append(rng.choice(ways))
        boards.append(_slide(boards[-1], slides[-1]))
    return tuple(slides)


def _moved(rng: Random, board: Board, n: int) -> Board:
    """The board with exactly `n` of its tiles elsewhere; the gap stays where n is too small to move it or by chance."""
    while True:
        places = rng.sample([i for i in range(9) if board[i]], n)
        if n < 8 and rng.random() < 0.5:
            places.append(board.index(0))
        mixed = rng.sample(places, len(places))
        after = list(board)
        for old, new in zip(places, mixed, strict=True):
            after[new] = board[old]
        if sum(a != b and a > 0 for a, b in zip(board, after, strict=True)) == n:
            return tuple(after)


def _shortest(rng: Random, board: Board, n: int) -> tuple[str, ...]:
    """A way to some board that cannot be reached in fewer than `n` slides."""
    reached, edge = {board: ()}, [board]
    for _ in range(n):
        new = {}
        for one in edge:
            for way in SLIDES:
                there = _slide(one, way)
                if there and there not in reached:
                    new.setdefault(there, (*reached[one], way))
        reached, edge = reached | new, list(new)
    return reached[rng.choice(edge)]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.goal:
        _tiles(canvas, scene.board, (0.03, 0.275), 0.42)
        _tiles(canvas, scene.goal, (0.55, 0.275), 0.42)
        canvas.arrow((0.467, 0.485), (0.533, 0.485))
    else:
        _tiles(canvas, scene.board, (0.1, 0.1), 0.8)
    return canvas.image()


def _tiles(canvas: Canvas, board: Board, corner: tuple[float, float], side: float) -> None:
    skin, cell = canvas.skin, side / SIDE
    rim = 0.08 * cell
    far = (corner[0] + side + rim, corner[1] + side + rim)
    canvas.rectangle((corner[0] - rim, corner[1] - rim), far, outline=skin.ink)
    for place, tile in enumerate(board):
        x, y = corner[0] + place % SIDE * cell, corner[1] + place // SIDE * cell
        if tile:
            canvas.rectangle((x + rim, y + rim), (x + cell - rim, y + cell - rim), fill=skin.faint)
            canvas.text((x + cell / 2, y + cell / 2), str(tile), height=0.6 * cell)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    after = _boards(scene.board, scene.slides)
    ways, row = ", ".join(scene.slides), ROWS.index(scene.where) * SIDE
    last = after[-1][after[-2].index(0)] if scene.slides else 0
    kind, question, right = {
        "slide": ("number", f"Which tile can slide {ways}?", last),
        "after": ("number", f"One tile after another slides into the gap: {ways}. Which tile slides last?", last),
        "row": (
            "sequence",
            f"One tile after another slides into the gap: {ways}. What is then the {scene.where} row, with commas and 0"
            " for the gap?",
            after[-1][row : row + SIDE],
        ),
        "misplaced": (
            "number",
            "How many tiles stand elsewhere on the right board than on the left one?",
            _differ(scene),
        ),
        "fewest": ("number", "How many slides at least make the left board the right one?", len(scene.slides)),
    }[scene.by]
    return scene.by, question, Answer(kind=kind, value=right, warrant=COMPUTED)


def _differ(scene: Scene) -> int:
    return sum(a != b and a > 0 for a, b in zip(scene.board, scene.goal, strict=False))


def _rows(board: Board) -> list[str]:
    return [" ".join(str(tile) for tile in board[i : i + SIDE]) for i in range(0, 9, SIDE)]


def explain(scene: Scene) -> tuple[str, ...]:
    """The rows, 0 for the gap; then slide by slide which tile goes, or row by row how many tiles differ."""
    read = tuple(f"row {i}: {row}." for i, row in enumerate(_rows(scene.board), 1))
    if scene.goal:
        pairs = enumerate(zip(_rows(scene.board), _rows(scene.goal), strict=True), 1)
        read = tuple(f"row {i}: {a}, {b}." for i, (a, b) in pairs)
    if scene.by == "misplaced":
        moved = [str(a) for a, b in zip(scene.board, scene.goal, strict=True) if a != b and a > 0]
        return (*read, f"elsewhere: {', '.join(moved)}.", f"in all {len(moved)}.")
    boards, steps = _boards(scene.board, scene.slides), []
    for i, way in enumerate(scene.slides, 1):
        gap = boards[i - 1].index(0)
        steps.append(f"{i}: gap in row {gap // SIDE + 1}, column {gap % SIDE + 1}, {boards[i][gap]} slides {way}.")
    if scene.by == "row":
        steps.append(f"{scene.where} row: {_rows(boards[-1])[ROWS.index(scene.where)]}.")
    return (*read, *steps, f"{len(steps)} slides.") if scene.by == "fewest" else (*read, *steps)


def caption(scene: Scene) -> str:
    boards = [("left ", scene.board), ("right ", scene.goal)] if scene.goal else [("", scene.board)]
    return " ".join(f"The rows of the {side}board are {', '.join(_rows(board))}, 0 the gap." for side, board in boards)
