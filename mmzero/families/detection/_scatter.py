"""Things scattered over the picture, none touching another, and the box around each, in thousandths; asks nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas

Thing = tuple[str, str, int, int, int]  # colour, shape, x, y and radius
Kind = tuple[str, str]  # colour and shape

COLOURS = ("red", "blue", "green", "yellow", "purple")
_FAR = 1.3  # no shape reaches further than so many radii
_GAP, _RIM = 26, 30
# How many radii a shape reaches sideways, up and down, as the canvas draws it.
_REACH = {
    "circle": (1.0, 1.0, 1.0),
    "square": (1.2 * math.sqrt(0.5),) * 3,
    "triangle": (1.25 * math.sqrt(0.75), 1.25, 1.25 / 2),
    "star": (1.3 * math.cos(math.radians(18)), 1.3, 1.3 * math.sin(math.radians(54))),
    "diamond": (1.25, 1.25, 1.25),
}
SHAPES = tuple(_REACH)


def scatter(
    rng: Random, kinds: Sequence[Kind], radii: Sequence[int], clear_of: Sequence[Thing] = ()
) -> tuple[Thing, ...]:
    """A place for each kind, with its radius, clear of what stands already; all shrink together for want of room."""
    for attempt in range(400):
        scale = 0.94 ** (attempt // 8)
        # Multiples of four: the edges of a diamond are then whole thousandths.
        things = _place(rng, kinds, [max(4, 4 * round(radius * scale / 4)) for radius in radii], clear_of)
        if things is not None:
            return things
    raise ValueError(f"{len(kinds)} things find no room in the picture")


def _place(
    rng: Random, kinds: Sequence[Kind], radii: Sequence[int], clear_of: Sequence[Thing]
) -> tuple[Thing, ...] | None:
    placed: dict[int, Thing] = {}
    for i in sorted(range(len(kinds)), key=lambda i: -radii[i]):  # the large first, while there is room
        far = math.ceil(_FAR * radii[i]) + _RIM
        for _ in range(40):
            x, y = rng.randint(far, 1000 - far), rng.randint(far, 1000 - far)
            if all(
                math.hypot(x - other[2], y - other[3]) > _FAR * (radii[i] + other[4]) + _GAP
                for other in (*clear_of, *placed.values())
            ):
                placed[i] = (*kinds[i], x, y, radii[i])
                break
        else:
            return None
    return tuple(placed[i] for i in range(len(kinds)))


def box(thing: Thing) -> tuple[int, int, int, int]:
    _, shape, x, y, radius = thing
    side, up, down = (radius * reach for reach in _REACH[shape])
    return round(x - side), round(y - up), round(x + side), round(y + down)


def middle(thing: Thing) -> tuple[int, int]:
    return thing[2:4]


def name(thing: Thing) -> str:
    return f"{thing[0]} {thing[1]}"


def show(canvas: Canvas, things: Sequence[Thing]) -> None:
    for colour, shape, x, y, radius in things:
        canvas.shape(shape, (x / 1000, y / 1000), radius / 1000, canvas.skin.colours[colour])


def edges(thing: Thing) -> str:
    left, top, right, bottom = box(thing)
    return f"left {left}, top {top}, right {right}, bottom {bottom}"


def told(things: Sequence[Thing]) -> str:
    """Every thing with its box, as a caption has it."""
    return "; ".join(f"{name(thing)} from {', '.join(map(str, box(thing)))}" for thing in things)
