"""A numbered grid with two axes, and where on the picture its points lie; knows nothing of what is drawn on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from mmzero.families.canvas import Canvas, Colour, Point

LEFT, RIGHT, TOP = 0.125, 0.915, 0.085
FINE = 8  # straight pieces per unit of a drawn curve


class Plane:
    """The square from (low, low) to (high, high). Its numbers stand outside, so that no curve runs over them."""

    def __init__(self, canvas: Canvas, low: int, high: int):
        self.canvas, self.low, self.high = canvas, low, high
        self.unit = (RIGHT - LEFT) / (high - low)

    def at(self, x: float, y: float) -> Point:
        return LEFT + (x - self.low) * self.unit, TOP + (self.high - y) * self.unit

    def grid(self) -> None:
        canvas, low, high, skin = self.canvas, self.low, self.high, self.canvas.skin
        height = min(0.1, max(0.058, 0.8 * skin.text))
        grown = height - 0.058  # larger letters need more room beside the arrows
        for i in range(low, high + 1):
            canvas.line(self.at(i, low), self.at(i, high), colour=skin.faint, width=skin.stroke * 0.5)
            canvas.line(self.at(low, i), self.at(high, i), colour=skin.faint, width=skin.stroke * 0.5)
            if i % 2 == 0:
                canvas.text((self.at(i, low)[0], 0.945), str(i), height=height)
                canvas.text((LEFT - 0.02, self.at(low, i)[1]), str(i), height=height, anchor="rm")
        (x, y), (far, high_up) = self.at(0, 0), self.at(high, high)
        canvas.arrow((LEFT, y), (far + 0.035, y), width=skin.stroke * 0.8)
        canvas.arrow((x, self.at(0, low)[1]), (x, high_up - 0.035), width=skin.stroke * 0.8)
        canvas.text((far + 0.055 - 0.3 * grown, y - 0.01 - 1.5 * grown), "x", height=height)
        canvas.text((x + 0.035 + 0.9 * grown, high_up - 0.04), "y", height=height)

    def graph(self, f: Callable[[float], float], colour: Colour) -> None:
        """The graph of f as far as it lies in the square."""
        xs = [self.low + i / FINE for i in range((self.high - self.low) * FINE + 1)]
        strand: list[Point] = []
        for (x, y), (after, then) in pairwise((x, f(x)) for x in xs):
            inside = self._inside(x, y, after, then)
            if inside:
                strand = strand or [inside[0]]
                strand.append(inside[1])
            if strand and not (inside and self.low <= then <= self.high):
                self.stroke(strand, colour)
                strand = []
        if strand:
            self.stroke(strand, colour)

    def _inside(self, x: float, y: float, after: float, then: float) -> tuple[Point, Point] | None:
        """The part of a straight piece that lies between the lowest and the highest line."""
        if max(y, then) < self.low or min(y, then) > self.high:
            return None
        ends = []
        for here in (y, then):
            kept = min(max(here, self.low), self.high)
            share = 0.0 if then == y else (kept - y) / (then - y)
            ends.append((x + share * (after - x) if kept != here else (x if here is y else after), kept))
        return ends[0], ends[1]

    def stroke(self, points: list[Point], colour: Colour) -> None:
        self.canvas.line(*[self.at(x, y) for x, y in points], colour=colour, width=self.canvas.skin.stroke * 1.4)

    def name(self, x: float, y: float, name: str, towards: Point) -> None:
        """A point's name beside it, in this direction, with the grid wiped away behind it."""
        canvas, long = self.canvas, max(1e-9, math.hypot(*towards))
        height, (across, down) = max(0.065, 0.9 * canvas.skin.text), self.at(x, y)
        across, down = across + 0.062 * towards[0] / long, down - 0.062 * towards[1] / long
        wide, high = (1.15 * size / 2 for size in canvas.extent(name, height))
        canvas.rectangle((across - wide, down - high), (across + wide, down + high), fill=canvas.skin.paper)
        canvas.text((across, down), name, height=height)

    def dot(self, x: float, y: float, colour: Colour) -> None:
        self.canvas.circle(self.at(x, y), 0.02, fill=colour)
