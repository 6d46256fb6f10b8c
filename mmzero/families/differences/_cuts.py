"""A picture of large overlapping shapes that can be cut into tiles, and whether the tiles fit in one way only; asks nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas

Shape = tuple[str, int, int, int, int, int]  # colour, corners, x, y, radius and degrees turned
Cut = tuple[int, int]  # the top left corner of a tile in the picture

PICTURE = 600  # the picture's side: halves and thirds of it are whole
COLOURS = ("red", "blue", "green", "yellow", "purple")
_CORNERS = (3, 4, 5, 32)  # the last is as good as a circle
_READ = 8  # places read along a side of a tile
_SLACK = 1  # sides that differ in no more of them might pass for the same


def painted(rng: Random, n: int) -> tuple[Shape, ...]:
    """Later ones lie over earlier ones, the first being the ground; no colour follows itself and looks like one."""
    order = [rng.choice(COLOURS)]
    while len(order) < n:
        order.append(rng.choice([colour for colour in COLOURS if colour != order[-1]]))
    places = [(rng.randint(40, 560), rng.randint(40, 560)) for _ in order]
    return tuple(
        (colour, rng.choice(_CORNERS), x, y, rng.randint(110, 220) if i else 420, rng.randrange(0, 120, 5))
        for i, (colour, (x, y)) in enumerate(zip(order, places, strict=True))
    )


def shade(picture: Sequence[Shape], x: float, y: float) -> str:
    """The colour on top at this place, 'blank' where there is none."""
    for colour, corners, across, down, radius, turn in reversed(picture):
        dx, dy, part = x - across, y - down, math.tau / corners
        if dx * dx + dy * dy > radius * radius:
            continue
        off = (math.atan2(dy, dx) - math.radians(turn)) % part - part / 2
        if math.hypot(dx, dy) * math.cos(off) <= radius * math.cos(part / 2):
            return colour
    return "blank"


def edges(picture: Sequence[Shape], cut: Cut, size: int) -> tuple[tuple[str, ...], ...]:
    """What is read along the left, the upper, the right and the lower side of this tile."""
    x, y = cut
    steps = [(i + 0.5) * size / _READ for i in range(_READ)]
    across = [tuple(shade(picture, x + step, y + down) for step in steps) for down in (0, size)]
    along = [tuple(shade(picture, x + right, y + step) for step in steps) for right in (0, size)]
    return along[0], across[0], along[1], across[1]


def unlike(one: Sequence[str], two: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(one, two, strict=True))


def fits_one_way(picture: Sequence[Shape], side: int) -> bool:
    """Whether the tiles make a picture in their true order alone, even for eyes that overlook a little, and whether
    most of the sides that meet change colour on their way."""
    size = PICTURE // side
    read = [edges(picture, cut, size) for cut in grid(side)]
    seams = [tile[2] for i, tile in enumerate(read) if (i + 1) % side] + [tile[3] for tile in read[:-side]]
    if sum(len(set(seam)) > 1 for seam in seams) < 0.6 * len(seams):
        return False
    first = _arrangements(read, side, ())
    return next(first) == tuple(range(side * side)) and next(first, None) is None


def _arrangements(read: Sequence[tuple[tuple[str, ...], ...]], side: int, laid: tuple[int, ...]) -> Iterator[tuple]:
    at = len(laid)
    if at == side * side:
        yield laid
        return
    for tile in range(side * side):
        beside = at % side == 0 or unlike(read[laid[-1]][2], read[tile][0]) <= _SLACK
        if tile not in laid and beside and (at < side or unlike(read[laid[at - side]][3], read[tile][1]) <= _SLACK):
            yield from _arrangements(read, side, (*laid, tile))


def grid(side: int) -> tuple[Cut, ...]:
    size = PICTURE // side
    return tuple((size * column, size * row) for row in range(side) for column in range(side))


def runs(read: Sequence[str]) -> str:
    """What is read along a side, each colour said once where it goes on."""
    return " ".join(colour for i, colour in enumerate(read) if i == 0 or colour != read[i - 1])


def show(canvas: Canvas, picture: Sequence[Shape], cut: Cut, size: int, low: tuple[float, float], wide: float) -> None:
    """The tile of this size cut at `cut`, drawn `wide` at `low`."""
    scale = wide / size
    for colour, corners, x, y, radius, turn in picture:
        turns = [math.radians(turn) + math.tau * i / corners for i in range(corners)]
        ring = [(x + radius * math.cos(t) - cut[0], y + radius * math.sin(t) - cut[1]) for t in turns]
        for axis in (0, 1):
            ring = _kept(_kept(ring, axis, 0, 1), axis, size, -1)
        if len(ring) > 2:
            places = [(low[0] + a * scale, low[1] + b * scale) for a, b in ring]
            canvas.polygon(*places, fill=canvas.skin.colours[colour])
    x, y = low
    rim = ((x, y), (x + wide, y), (x + wide, y + wide), (x, y + wide), (x, y), (x + wide, y))
    canvas.line(*rim, colour=canvas.skin.faint, width=canvas.skin.stroke / 2)


def _kept(ring: list[tuple[float, float]], axis: int, limit: float, way: int) -> list[tuple[float, float]]:
    """The part of a convex ring on one side of a line: Sutherland and Hodgman's clipping."""
    kept = []
    for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
        a, b = way * (here[axis] - limit), way * (there[axis] - limit)
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            share = a / (a - b)
            kept.append(tuple(p + share * (q - p) for p, q in zip(here, there, strict=True)))
    return kept
