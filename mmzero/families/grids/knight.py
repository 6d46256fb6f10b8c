"""Chess pieces on a small board: how many squares a piece reaches, what it can take, who attacks, how many moves it needs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

SIDE, MARGIN = 5, 0.09  # the margin holds the names of columns and rows
CELL = (0.97 - MARGIN) / SIDE
STRAIGHT, SLANTED = ((0, 1), (1, 0), (0, -1), (-1, 0)), ((1, 1), (1, -1), (-1, -1), (-1, 1))
LEAPS = tuple((a, b) for a, b in product((-2, -1, 1, 2), repeat=2) if abs(a) != abs(b))
# How each piece goes: in which directions, and whether it goes on until something stands in its way.
PIECES = {
    "knight": (LEAPS, False),
    "king": (STRAIGHT + SLANTED, False),
    "rook": (STRAIGHT, True),
    "bishop": (SLANTED, True),
    "queen": (STRAIGHT + SLANTED, True),
}
BY = ("reach", "blocked", "take", "attack", "moves")
KNOBS = {"by": BY, "discs": range(2, 8)}
SMALLEST = 128

# Outlines of the pieces, right and down in hundredths of their half width.
FIGURES = {
    "knight": "-70 90, -45 10, -75 25, -95 -5, -35 -65, -20 -100, 5 -70, 55 -35, 65 30, 70 90",
    "rook": "-75 90, -75 60, -45 40, -45 -35, -75 -50, -75 -95, -40 -95, -40 -70, -18 -70, -18 -95, 18 -95, "
    "18 -70, 40 -70, 40 -95, 75 -95, 75 -50, 45 -35, 45 40, 75 60, 75 90",
    "bishop": "-75 90, -70 60, -25 40, -50 -10, 0 -95, 50 -10, 25 40, 70 60, 75 90",
    "queen": "-65 90, -95 -60, -45 -5, -40 -90, 0 -20, 40 -90, 45 -5, 95 -60, 65 90",
    "king": "-60 90, -85 0, -50 -35, -15 -20, -15 -50, -40 -50, -40 -75, -15 -75, -15 -100, 15 -100, 15 -75, "
    "40 -75, 40 -50, 15 -50, 15 -20, 50 -35, 85 0, 60 90",
}

Square = int  # in reading order from the top left


@dataclass(frozen=True, slots=True)
class Scene:
    """`pieces` are (square, name), all blue, `discs` are red and `goal` has a star. Level 0 asks how many squares a
    knight or king reaches, 2 how many a rook, bishop or queen reaches before discs, 4 how many discs a piece can take,
    6 how many pieces attack the star, 8 how many moves a knight needs to it; odd levels have more on the board."""

    pieces: tuple[tuple[Square, str], ...]
    discs: tuple[Square, ...]
    goal: Square
    by: str


def _seen(square: Square, name: str, taken: set[Square]) -> tuple[list[Square], list[Square]]:
    """The free squares a piece reaches, and the first taken ones in its way."""
    free, hit = [], []
    directions, runs = PIECES[name]
    for down, right in directions:
        row, column = square // SIDE + down, square % SIDE + right
        while 0 <= row < SIDE and 0 <= column < SIDE:
            there = row * SIDE + column
            (hit if there in taken else free).append(there)
            if there in taken or not runs:
                break
            row, column = row + down, column + right
    return free, hit


def _ways(start: Square, taken: set[Square]) -> dict[Square, tuple[Square, ...]]:
    """The squares of a shortest way of a knight to every square that it can come to."""
    found, queue = {start: ()}, deque([start])
    while queue:
        here = queue.popleft()
        for there in _seen(here, "knight", taken)[0]:
            if there not in found:
                found[there] = (*found[here], there)
                queue.append(there)
    return found


def sample(level: int, seed: int, by: str | None = None, discs: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    names = ("knight", "king") if by == "reach" else ("rook", "bishop", "queen")
    names = {"take": tuple(PIECES), "moves": ("knight",)}.get(by, names)
    name, more = rng.choice(names), level % 2
    n = discs or {"reach": 2 + 2 * more, "take": 6}.get(by, 2 + 2 * more + rng.randint(0, 1))
    pieces = 1 if by != "attack" else 4 + more
    wanted = _wanted(rng, by, name, more)
    best, miss = None, 99
    # Some numbers are out of reach where a piece has few squares: then the nearest is taken.
    for _ in range(200):
        squares = rng.sample(range(SIDE * SIDE), pieces + n + 1)
        mine = [(square, name if pieces == 1 else rng.choice(list(PIECES))) for square in squares[:pieces]]
        goal = squares[-1] if by in ("attack", "moves") else -1
        scene = Scene(tuple(sorted(mine)), tuple(sorted(squares[pieces:-1])), goal, by)
        off = abs(_right(scene) - wanted)
        if off < miss:
            best, miss = scene, off
        if miss == 0:
            break
    return best


def _wanted(rng: Random, by: str, name: str, more: int) -> int:
    """The answer, drawn before the board is; `more` is 1 at odd levels."""
    if by == "reach":
        return rng.choice((2, 3, 4, 6, 8) if name == "knight" else (3, 5, 8))
    return rng.randint(*{"blocked": (2, 9), "take": (0, 4), "attack": (0, 3 + more), "moves": (1, 4)}[by])


def _right(scene: Scene) -> int:
    taken = {*scene.discs, *(square for square, _ in scene.pieces)}
    free, hit = _seen(*scene.pieces[0], taken)
    if scene.by == "moves":
        way = _ways(scene.pieces[0][0], taken).get(scene.goal)
        return -99 if way is None else len(way)
    if scene.by == "attack":
        return len(_attackers(scene))
    return len(hit) if scene.by == "take" else len(free)


def _attackers(scene: Scene) -> list[tuple[Square, str]]:
    taken = {*scene.discs, *(square for square, _ in scene.pieces)}
    return [piece for piece in scene.pieces if scene.goal in _seen(*piece, taken)[0]]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for square in range(SIDE * SIDE):
        row, column = divmod(square, SIDE)
        low = (MARGIN + column * CELL, 0.03 + row * CELL)
        if (row + column) % 2:
            canvas.rectangle(low, (low[0] + CELL, low[1] + CELL), fill=skin.faint)
    canvas.rectangle((MARGIN, 0.03), (0.97, 0.03 + SIDE * CELL), outline=skin.ink)
    for i in range(SIDE):
        canvas.text((MARGIN + (i + 0.5) * CELL, (1.03 + SIDE * CELL) / 2), "abcde"[i], height=0.065)
        canvas.text((MARGIN / 2, 0.03 + (i + 0.5) * CELL), str(SIDE - i), height=0.065)
    for square in scene.discs:
        canvas.circle(_middle(square), 0.27 * CELL, fill=skin.colours["red"])
    for square, name in scene.pieces:
        x, y = _middle(square)
        corners = [[0.0038 * CELL * float(number) for number in corner.split()] for corner in FIGURES[name].split(",")]
        canvas.polygon(*[(x + right, y + down) for right, down in corners], fill=skin.colours["blue"])
    if scene.goal >= 0:
        canvas.shape("star", _middle(scene.goal), 0.27 * CELL, skin.colours["green"])
    return canvas.image()


def _middle(square: Square) -> tuple[float, float]:
    return MARGIN + (square % SIDE + 0.5) * CELL, 0.03 + (square // SIDE + 0.5) * CELL


def _name(square: Square) -> str:
    return f"{'abcde'[square % SIDE]}{SIDE - square // SIDE}"


def ask(scene: Scene) -> tuple[str, str, Answer]:
    name = scene.pieces[0][1]
    question = {
        "reach": f"To how many free squares can the blue {name} move?",
        "blocked": f"To how many free squares can the blue {name} move?",
        "take": f"How many red discs can the blue {name} take in one move?",
        "attack": "How many of the blue pieces can move to the star in one move?",
        "moves": "How many moves does the blue knight need at least to the star, on free squares only?",
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=_right(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What stands where; then the squares that a piece goes to, who reaches the star, or a shortest way to it."""
    discs = f"discs: {', '.join(map(_name, scene.discs)) or 'none'}."
    star = (f"star: {_name(scene.goal)}.",) if scene.goal >= 0 else ()
    read = (*(f"{name}: {_name(square)}." for square, name in scene.pieces), discs, *star)
    taken = {*scene.discs, *(square for square, _ in scene.pieces)}
    free, hit = _seen(*scene.pieces[0], taken)
    if scene.by == "attack":
        can = _attackers(scene)
        steps = [f"{name} {_name(at)}: {'yes' if (at, name) in can else 'no'}." for at, name in scene.pieces]
        return (*read, *steps, f"in all {len(can)}.")
    if scene.by == "moves":
        way = _ways(scene.pieces[0][0], taken)[scene.goal]
        return (*read, *(f"{i}: {_name(square)}." for i, square in enumerate(way, 1)), f"{len(way)} moves.")
    squares = hit if scene.by == "take" else free
    listed = ", ".join(f"{_name(square)} {i}" for i, square in enumerate(squares, 1))
    return (*read, f"{'takes' if scene.by == 'take' else 'free'}: {listed or 'none'}.", f"in all {len(squares)}.")


def caption(scene: Scene) -> str:
    stand = [f"blue {name} on {_name(square)}" for square, name in scene.pieces]
    stand += [f"red disc on {_name(square)}" for square in scene.discs]
    stand += [f"star on {_name(scene.goal)}"] * (scene.goal >= 0)
    return f"A board of columns a to e and rows 5 to 1 from the top: {', '.join(stand)}."
