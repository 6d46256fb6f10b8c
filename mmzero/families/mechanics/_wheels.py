"""Wheels that turn each other: where they stand, teeth that mesh, belts, and the arrow of the one that drives."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Colour

Wheel = tuple[complex, float]  # where its middle is, across + 1j * down, and its radius
WIDE, BIGGEST, SLOPE = 0.84, 0.014, math.radians(32)
GAP = 0.11  # between wheels that a belt joins


def chain(teeth: Sequence[int], upper: int) -> list[Wheel]:
    """From left to right, up and down in turn, with wheel `upper` and every other one above; as large as there is room."""
    across = teeth[0] + teeth[-1] + math.cos(SLOPE) * sum(a + b for a, b in pairwise(teeth))
    scale, middle, wheels = min(BIGGEST, WIDE / across), 0j, []
    for i, n in enumerate(teeth):
        if i:
            middle += cmath.rect(scale * (teeth[i - 1] + n), SLOPE if (i - 1 - upper) % 2 == 0 else -SLOPE)
        wheels.append((middle, scale * n))
    sides = [(min(one(at) - r for at, r in wheels), max(one(at) + r for at, r in wheels)) for one in (_across, _down)]
    shift = complex(*(0.5 - (low + high) / 2 for low, high in sides))
    return [(at + shift, radius) for at, radius in wheels]


def _across(at: complex) -> float:
    return at.real


def _down(at: complex) -> float:
    return at.imag


def row(sizes: Sequence[int]) -> list[Wheel]:
    """Apart from each other on a level, so that no two belts cross where both are straight, with room on the left."""
    wide, gaps = WIDE - 0.02, GAP * (len(sizes) - 1)
    scale = min(BIGGEST, (wide - gaps) / (2 * sum(sizes)))
    x, wheels = 0.55 - scale * sum(sizes) - gaps / 2, []
    for n in sizes:
        wheels.append((complex(x + scale * n, 0.5), scale * n))
        x += 2 * scale * n + GAP
    return wheels


def ring(n: int, slots: int, degrees: int) -> list[Wheel]:
    """Equal wheels that touch in a ring with room for `slots` of them."""
    share = math.sin(math.pi / slots)
    reach = 0.43 / (1 + share)
    turns = [math.radians(degrees) + 2 * math.pi * i / slots for i in range(n)]
    return [(0.5 + 0.5j + cmath.rect(reach, turn), reach * share) for turn in turns]


def gears(canvas: Canvas, wheels: Sequence[Wheel], teeth: Sequence[int], fills: Sequence[Colour]) -> None:
    """Each gear's teeth stand in the gaps of the one before it."""
    turn = 0.0
    for i, ((at, radius), n, fill) in enumerate(zip(wheels, teeth, fills, strict=True)):
        pitch = 2 * math.pi / n
        if i:
            way, before = cmath.phase(at - wheels[i - 1][0]), 2 * math.pi / teeth[i - 1]
            turn = way + math.pi - (0.5 - (way - turn) / before) * pitch
        high = radius / n  # half a tooth and a little
        edge = [(radius - 1.7 * high, -0.3), (radius + 1.5 * high, -0.15), (radius + 1.5 * high, 0.15)]
        edge.append((radius - 1.7 * high, 0.3))
        corners = [at + cmath.rect(reach, turn + (k + part) * pitch) for k in range(n) for reach, part in edge]
        canvas.polygon(*[(corner.real, corner.imag) for corner in corners], fill=fill)
        canvas.circle((at.real, at.imag), min(0.014, radius / 5), fill=canvas.skin.paper)


def belts(canvas: Canvas, wheels: Sequence[Wheel], crossed: Sequence[int], fills: Sequence[Colour]) -> None:
    """Smooth wheels and what runs round each two of them, straight or crossed."""
    for ((one, r), (two, q)), cross in zip(pairwise(wheels), crossed, strict=True):
        for side in (-1, 1):
            normal = cmath.phase(two - one) + side * math.acos((r + q if cross else r - q) / abs(two - one))
            ends = one + cmath.rect(r, normal), two + cmath.rect(-q if cross else q, normal)
            canvas.line(*[(end.real, end.imag) for end in ends])
    for (at, radius), fill in zip(wheels, fills, strict=True):
        canvas.circle((at.real, at.imag), radius, fill=fill, outline=canvas.skin.ink)
        canvas.circle((at.real, at.imag), min(0.014, radius / 5), fill=canvas.skin.paper)


def arrow(canvas: Canvas, wheel: Wheel, clockwise: bool, beside: bool) -> None:
    """Bent round the wheel's top, or its left where belts leave at the top, the way that goes."""
    (at, radius), skin, side = wheel, canvas.skin, 180 if beside else 270
    reach, way = radius + 0.05, 1 if clockwise else -1
    canvas.arc((at.real, at.imag), reach, side - 35, side + 35)
    ends = (reach - 0.03, 33), (reach + 0.03, 33), (reach, 33 + math.degrees(0.055 / reach))
    tip = [at + cmath.rect(far, math.radians(side + way * turn)) for far, turn in ends]
    canvas.polygon(*[(corner.real, corner.imag) for corner in tip], fill=skin.ink)
