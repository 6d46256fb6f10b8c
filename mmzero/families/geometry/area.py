"""Figures on a grid: their area, the way round them, and the grid points in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Colour
from mmzero.families.plots._plane import Plane
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

SIDE = 8
BY = ("rectangle", "around", "stairs", "triangle", "polygon", "slanted", "inside", "hole", "larger", "boundary")
KNOBS = {"by": BY}
SMALLEST = 128
Outline = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Corners of the figure, and of its hole or of a second figure (`other`). Level 0 asks for a rectangle's area, 1 for
    the way round stairs, 2 for their area, 3 for a triangle's, 4 for any polygon's, 5 for the way round slanted sides
    (3, 4, 5), 6 for the grid points inside, 7 for an area with a hole, 8 for a difference, 9 for points on the rim."""

    outline: Outline
    other: Outline
    by: str


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level]
    if by in ("hole", "larger"):
        while True:
            n, m = rng.choice((3, 4)), rng.choice((3, 4))
            outline = _rectangle(rng, 5) if by == "hole" else _polygon(rng, n, 5, SIDE)
            other = _polygon(rng, m, 1, SIDE - 1) if by == "hole" else _polygon(rng, m, 0, 4)
            if _holds(outline, other) if by == "hole" else doubled(outline) > doubled(other):
                return Scene(outline, other, by)
    build = {"around": _stairs, "stairs": _stairs, "slanted": _slanted, "rectangle": _rectangle}
    if by in build:
        return Scene(build[by](rng), (), by)
    n = 3 if by == "triangle" else rng.choice((4, 5))
    return Scene(_polygon(rng, n, 0, SIDE, flat=by == "triangle"), (), by)


def _rectangle(rng: Random, least: int = 2) -> Outline:
    wide, high = rng.randint(least, SIDE), rng.randint(least, SIDE)
    x, y = rng.randint(0, SIDE - wide), rng.randint(0, SIDE - high)
    return (x, y), (x + wide, y), (x + wide, y + high), (x, y + high)


def _stairs(rng: Random) -> Outline:
    """Two or three towers side by side on one floor, turned as a whole."""
    n = rng.choice((2, 3))
    xs = sorted(rng.sample(range(SIDE + 1), n + 1))
    heights = [rng.randint(1, SIDE)]
    while len(heights) < n:
        heights.append(rng.choice([h for h in range(1, SIDE + 1) if h != heights[-1]]))
    corners = [(xs[-1], 0), (xs[0], 0)]
    for left, right, high in zip(xs, xs[1:], heights, strict=False):
        corners += [(left, high), (right, high)]
    turn = rng.randrange(4)
    for _ in range(turn):
        corners = [(SIDE - y, x) for x, y in corners]
    return tuple(corners)


def _slanted(rng: Random) -> Outline:
    """A rectangle cut off by a side of 5, which goes 3 and 4 across and up; turned as a whole."""
    across, up = rng.choice(((3, 4), (4, 3)))
    top, low = rng.randint(0, SIDE - across), rng.randint(0, SIDE - up)
    wide, high = top + across, low + up
    corners = dict.fromkeys(((0, 0), (wide, 0), (wide, low), (top, high), (0, high)))  # two may be one and the same
    x, y = rng.randint(0, SIDE - wide), rng.randint(0, SIDE - high)
    placed = [(x + a, y + b) for a, b in corners]
    for _ in range(rng.randrange(4)):
        placed = [(SIDE - b, a) for a, b in placed]
    return tuple(placed)


def _polygon(rng: Random, n: int, low: int, high: int, flat: bool = False) -> Outline:
    """Corners round a middle, none straight or sharp, between these heights; its area is whole."""
    while True:
        spots = {(rng.randint(0, SIDE), rng.randint(low, high)) for _ in range(n)}
        if len(spots) < n:
            continue
        x, y = (sum(spot[i] for spot in spots) / n for i in (0, 1))
        corners = tuple(sorted(spots, key=lambda spot: math.atan2(spot[1] - y + 1e-3, spot[0] - x + 1e-3)))
        straight = any(a[i] == b[i] for a, b in edges(corners) for i in (0, 1))
        bends = [_bend(corners[i - 2], corners[i - 1], corners[i]) for i in range(n)]
        if min(bends) > 0.35 and doubled(corners) % 2 == 0 and straight >= flat:
            return corners


def _bend(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> float:
    """The sine of a left turn at b; 0 where it is too sharp or to the right."""
    (x, y), (u, v) = (b[0] - a[0], b[1] - a[1]), (c[0] - b[0], c[1] - b[1])
    return (x * v - y * u) / math.hypot(x, y) / math.hypot(u, v)


def _holds(outer: Outline, inner: Outline) -> bool:
    (left, low), (right, high) = outer[0], outer[2]
    return all(left < x < right and low < y < high for x, y in inner)


def edges(outline: Outline) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(pairwise((*outline, outline[0])))


def doubled(outline: Outline) -> int:
    """Twice the area, by the shoelace formula."""
    return abs(sum(a * d - c * b for (a, b), (c, d) in edges(outline)))


def _rim(outline: Outline) -> list[int]:
    """How many grid points lie on each side, its first corner not counted."""
    return [math.gcd(c - a, d - b) for (a, b), (c, d) in edges(outline)]


def right(scene: Scene) -> int:
    twice, less, rim = doubled(scene.outline), doubled(scene.other) if scene.other else 0, sum(_rim(scene.outline))
    if scene.by in ("around", "slanted"):
        return round(sum(math.dist(a, b) for a, b in edges(scene.outline)))
    return {"inside": (twice - rim) // 2 + 1, "boundary": rim}.get(scene.by, (twice - less) // 2)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    plane = Plane(canvas, 0, SIDE)
    hues = ("red", "blue") if scene.by == "larger" else ("blue", "blue")
    for outline, hue in zip((scene.outline, scene.other), hues, strict=True):
        if outline:
            empty = scene.by == "hole" and outline is scene.other
            fill: Colour = skin.paper if empty else _mixed(skin.colours[hue], skin.paper)
            canvas.polygon(*[plane.at(*corner) for corner in outline], fill=fill)
    plane.grid()
    for outline, hue in zip((scene.outline, scene.other), hues, strict=True):
        if outline:
            canvas.polygon(*[plane.at(*corner) for corner in outline], outline=skin.colours[hue])
    return canvas.image()


def _mixed(one: Colour, two: Colour) -> Colour:
    return tuple(round(0.3 * a + 0.7 * b) for a, b in zip(one, two, strict=True))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = {
        "around": "How long is the way round the figure, in sides of a grid square?",
        "slanted": "How long is the way round the figure, in sides of a grid square?",
        "inside": "How many points of the grid lie inside the figure, not counting those on its sides?",
        "hole": "How many grid squares large is the blue area, without its hole?",
        "larger": "By how many grid squares is the red figure larger than the blue one?",
        "boundary": "How many points of the grid lie on the sides of the figure, its corners included?",
    }.get(scene.by, "How many grid squares large is the area of the figure?")
    return scene.by, question, Answer(kind="number", value=right(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    found, twice, outline = right(scene), doubled(scene.outline), scene.outline
    if scene.by == "rectangle":
        (x, y), (far, top) = outline[0], outline[2]
        return f"{far - x} wide.", f"{top - y} high.", f"{far - x} x {top - y} = {found}."
    if scene.by == "hole":
        less = doubled(scene.other) // 2
        return f"The rectangle has {twice // 2}.", f"The hole has {less}.", f"{twice // 2} - {less} = {found}."
    if scene.by == "larger":
        less = doubled(scene.other) // 2
        return f"Red has {twice // 2}.", f"Blue has {less}.", f"{twice // 2} - {less} = {found}."
    if scene.by == "triangle":
        base = next(c - a + d - b for (a, b), (c, d) in edges(outline) if a == c or b == d)
        return (
            f"base {abs(base)}.",
            f"height {twice // abs(base)}.",
            f"{abs(base)} x {twice // abs(base)} / 2 = {found}.",
        )
    if scene.by == "polygon":
        parts = [(f"{a} x {d} - {c} x {b}", a * d - c * b) for (a, b), (c, d) in edges(outline)]
        sums = [f"{text} = {part}." for text, part in parts]
        return (*sums, f"{' + '.join(f'({part})' for _, part in parts)} = {twice}.", f"{twice} / 2 = {found}.")
    counts, name = {
        "around": ([round(math.dist(*edge)) for edge in edges(outline)], "side"),
        "slanted": ([round(math.dist(*edge)) for edge in edges(outline)], "side"),
        "stairs": (_columns(outline), "column"),
        "inside": ([sum(_within(outline, x, y) for x in range(SIDE)) for y in range(SIDE + 1)], "row y ="),
        "boundary": (_rim(outline), "side"),
    }[scene.by]
    first = 0 if scene.by == "inside" else 1
    return tuple(f"{name} {i}: {n}, {sum(counts[: i + 1 - first])}." for i, n in enumerate(counts, first) if n)


def _columns(outline: Outline) -> list[int]:
    """How many squares the figure has in each column of the grid."""
    return [
        abs(sum((b if a < c else -b) for (a, b), (c, _) in edges(outline) if min(a, c) <= x < max(a, c)))
        for x in range(SIDE)
    ]


def _within(outline: Outline, x: int, y: int) -> bool:
    """Strictly inside, for a figure without dents."""
    return all((c - a) * (y - b) > (d - b) * (x - a) for (a, b), (c, d) in edges(outline))


def caption(scene: Scene) -> str:
    first, second = (", ".join(map(str, outline)) for outline in (scene.outline, scene.other))
    if scene.by == "hole":
        return f"A blue rectangle has the corners {first}; cut out of it is {second}."
    if scene.by == "larger":
        return f"A red figure has the corners {first}; a blue one {second}."
    return f"A figure on a grid has the corners {first}."
