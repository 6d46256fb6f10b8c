"""Nodes in the plane and the lines between them that stay apart; what is asked about them is the families' own."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmzero.families.canvas import Canvas

LETTERS = "ABCDEFGHI"
RADIUS = 0.066
CLEAR = 0.075  # how near a line may come to the middle of another, where its number stands

Places = tuple[tuple[int, int], ...]  # thousandths of the picture, node A first
Line = tuple[int, int]


def net(rng: Random, nodes: int, lines: int, pieces: int = 1) -> tuple[Places, tuple[Line, ...]]:
    """Nodes somewhere on the picture, joined into exactly `pieces` pieces by `lines` lines, or fewer where no more fit."""
    while True:
        spots = rng.sample(range(9), nodes)
        places = tuple(
            (150 + 350 * (spot % 3) + rng.randint(-55, 55), 150 + 350 * (spot // 3) + rng.randint(-55, 55))
            for spot in spots
        )
        chosen, piece = [], list(range(nodes))
        free = _apart(rng, places)
        for here, there in free:
            if len(set(piece)) > pieces and piece[here] != piece[there]:
                chosen.append((here, there))
                piece = [piece[here] if one == piece[there] else one for one in piece]
        inside = [(here, there) for here, there in free if piece[here] == piece[there]]
        more = [line for line in inside if line not in chosen]
        if len(set(piece)) == pieces:
            return places, tuple(sorted(chosen + more[: max(0, lines - len(chosen))]))


def _apart(rng: Random, places: Places) -> list[Line]:
    """As many lines as fit, in random order, that do not cross, brush a node or crowd each other's middles."""
    points = [(x / 1000, y / 1000) for x, y in places]
    pairs = list(combinations(range(len(points)), 2))
    rng.shuffle(pairs)
    kept: list[Line] = []
    for one, two in pairs:
        here, there = points[one], points[two]
        others = (point for i, point in enumerate(points) if i not in (one, two))
        if math.dist(here, there) > 0.75 or any(_away(point, here, there) < RADIUS + 0.035 for point in others):
            continue
        if all(_beside((here, there), (points[a], points[b])) for a, b in kept):
            kept.append((one, two))
    return kept


def _beside(one, two) -> bool:
    for (here, there), (start, end) in ((one, two), (two, one)):
        if _away(((here[0] + there[0]) / 2, (here[1] + there[1]) / 2), start, end) < CLEAR:
            return False
    sides = [_turn(*one, point) * 1e6 for point in two], [_turn(*two, point) * 1e6 for point in one]
    return not (sides[0][0] * sides[0][1] < 0 and sides[1][0] * sides[1][1] < 0)


def _turn(a, b, c) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _away(point, start, end) -> float:
    """How far a point lies from a stretch of line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / (dx * dx + dy * dy)
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - start[0] - along * dx, point[1] - start[1] - along * dy)


def at(places: Places, node: int) -> tuple[float, float]:
    return places[node][0] / 1000, places[node][1] / 1000


def draw_nodes(canvas: Canvas, places: Places, hue: str) -> None:
    """Discs in a light tint, each with its letter, over whatever lines end there."""
    skin = canvas.skin
    tint = tuple((colour + 3 * paper) // 4 for colour, paper in zip(skin.colours[hue], skin.paper, strict=True))
    for node in range(len(places)):
        canvas.circle(at(places, node), RADIUS, fill=tint, outline=skin.ink)
        canvas.text(at(places, node), LETTERS[node], height=skin.text * 0.95)


def listed(nodes: Iterable[int], last: str = "or") -> str:
    """'A, B or C', as choices are named in a question; of no node at all 'none'."""
    names = [LETTERS[node] for node in nodes]
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names) or "none"
