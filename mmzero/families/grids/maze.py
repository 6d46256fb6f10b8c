"""Walking a grid: how far, whether at all, which way first, or by way of a key; walls are whole cells."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

MOVES = {"right": (0, 1), "down": (1, 0), "left": (0, -1), "up": (-1, 0)}  # also the order in which ties are broken
MARKS = {"circle": "red", "star": "green", "diamond": "blue"}
KNOBS = {"by": ("steps", "reach", "first", "key"), "size": range(3, 5)}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """Cells are numbered in reading order. Level 0 counts steps on a 3 x 3 grid and 2 on a 4 x 4, 4 asks whether the
    star can be reached at all, 6 which way a path that walls bend begins, 8 counts steps by way of a key."""

    size: int
    walls: tuple[int, ...]
    start: int
    goal: int
    key: int | None
    by: str


def routes(size: int, walls: tuple[int, ...], start: int) -> dict[int, tuple[str, ...]]:
    """The moves of a shortest path to every cell that can be reached."""
    found, queue = {start: ()}, deque([start])
    while queue:
        cell = queue.popleft()
        for move, (down, right) in MOVES.items():
            row, column = cell // size + down, cell % size + right
            there = row * size + column
            if 0 <= row < size and 0 <= column < size and there not in walls and there not in found:
                found[there] = (*found[cell], move)
                queue.append(there)
    return found


def path(scene: Scene) -> tuple[str, ...] | None:
    """The walk that is asked about, or None where the star cannot be reached."""
    if scene.key is None:
        return routes(scene.size, scene.walls, scene.start).get(scene.goal)
    there = routes(scene.size, scene.walls, scene.start).get(scene.key)
    back = routes(scene.size, scene.walls, scene.key).get(scene.goal)
    return None if there is None or back is None else there + back


def sample(level: int, seed: int, by: str | None = None, size: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or ("steps", "reach", "first", "key")[(level >= 4) + (level >= 6) + (level >= 8)]
    size = size or (3 if level < 2 else 4)
    blocks = 2 + level % 2 if size == 3 else rng.randint(4, 5) + level % 2 + (by == "reach")
    lengths = range(1 + level % 2, 5 + level % 2) if size == 3 else range(2 + level % 2, 7 + level % 2)
    lengths = range(lengths.start + 1, lengths.stop + 1) if by == "key" else lengths
    # What is asked for is drawn before the walls are, so that neither their number nor the question gives it away.
    wanted = rng.choice((True, False)) if by == "reach" else rng.choice(lengths)
    while True:
        walls_and_marks = rng.sample(range(size * size), blocks + 3)
        start, goal, key = walls_and_marks[:3]
        scene = Scene(size, tuple(sorted(walls_and_marks[3:])), start, goal, key if by == "key" else None, by)
        if _suits(scene, wanted):
            return scene


def _suits(scene: Scene, wanted: int | bool) -> bool:
    moves = path(scene)
    apart = _apart(scene.size, scene.start, scene.goal)
    if scene.by == "reach":
        return (moves is not None) == wanted and apart > 1
    if scene.by == "first":
        return moves is not None and len(moves) > apart and _one_way(scene, len(moves))
    return moves is not None and len(moves) == wanted


def _apart(size: int, here: int, there: int) -> int:
    return abs(here // size - there // size) + abs(here % size - there % size)


def _one_way(scene: Scene, length: int) -> bool:
    """Whether every shortest path begins with the same move."""
    back = routes(scene.size, scene.walls, scene.goal)
    first = [cell for cell, moves in back.items() if len(moves) == length - 1]
    return sum(_apart(scene.size, cell, scene.start) == 1 for cell in first) == 1


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), scene.size
    for cell in range(n * n):
        row, column = divmod(cell, n)
        fill = skin.ink if cell in scene.walls else skin.faint
        low, high = ((column + 0.07) / n, (row + 0.07) / n), ((column + 0.93) / n, (row + 0.93) / n)
        canvas.rectangle(low, high, fill=fill)
        if (mark := _mark(scene, cell)) in MARKS:
            canvas.shape(mark, ((column + 0.5) / n, (row + 0.5) / n), 0.32 / n, skin.colours[MARKS[mark]])
    return canvas.image()


def _mark(scene: Scene, cell: int) -> str:
    marks = dict.fromkeys(scene.walls, "wall") | {scene.start: "circle", scene.goal: "star", scene.key: "diamond"}
    return marks.get(cell, "free")


def ask(scene: Scene) -> tuple[str, str, Answer]:
    moves = path(scene)
    if scene.by == "reach":
        right = Answer(kind="choice", value="no" if moves is None else "yes", choices=("yes", "no"), warrant=COMPUTED)
        return "reach", "Can the circle reach the star: yes or no?", right
    if scene.by == "first":
        right = Answer(kind="choice", value=moves[0], choices=tuple(MOVES), warrant=COMPUTED)
        return "first", "Which way does the circle go first to the star: right, down, left or up?", right
    by_way = " through the diamond" if scene.by == "key" else ""
    right = Answer(kind="number", value=len(moves), warrant=COMPUTED)
    return scene.by, f"How many steps is it from the circle{by_way} to the star?", right


def explain(scene: Scene) -> tuple[str, ...]:
    """The grid row by row, then the walk, each step with the row and column it leads to; for `reach`, the columns of
    each row that can be reached, then the star's."""
    n = scene.size
    if scene.by == "reach":
        reached = routes(n, scene.walls, scene.start)
        columns = [[str(c + 1) for c in range(n) if row * n + c in reached] for row in range(n)]
        within = tuple(f"reach {row + 1}: {', '.join(here) or 'none'}." for row, here in enumerate(columns))
        return (*_rows(scene), *within, f"star: {_place(scene, scene.goal)}.")
    return (*_rows(scene), f"circle: {_place(scene, scene.start)}.", *_walk(scene), f"{len(path(scene))} steps.")


def _walk(scene: Scene) -> tuple[str, ...]:
    cell, steps = scene.start, []
    for move in path(scene):
        down, right = MOVES[move]
        cell += down * scene.size + right
        steps.append(f"{move}: {_place(scene, cell)}.")
    return tuple(steps)


def _place(scene: Scene, cell: int) -> str:
    return f"{cell // scene.size + 1}, {cell % scene.size + 1}"


def _rows(scene: Scene) -> tuple[str, ...]:
    n = scene.size
    return tuple(f"row {row + 1}: {', '.join(_mark(scene, row * n + c) for c in range(n))}." for row in range(n))


def caption(scene: Scene) -> str:
    return f"A grid of {scene.size} rows; " + " ".join(_rows(scene))
