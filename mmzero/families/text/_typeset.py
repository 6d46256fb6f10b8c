"""Expressions as nested tuples — ("+", 3, ("^", "x", 2)) — typeset, written on one line, and worked out exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm

from mmzero.families.canvas import Canvas

Node = int | str | tuple
AXIS = 0.36  # of a letter's height: where the bar of a fraction stands above the line of the letters
SMALLER = 0.62  # an exponent beside its base


@dataclass(frozen=True, slots=True)
class Box:
    """What a part takes up above and below the axis, and how to draw it there."""

    wide: float
    up: float
    down: float
    put: Callable[[float, float], None]


def box(canvas: Canvas, node: Node, height: float) -> Box:
    match node:
        case int() | str():
            return _letters(canvas, str(node), height)
        case ("()", inside):
            left, right = (_letters(canvas, bracket, height) for bracket in "()")
            return _row([left, box(canvas, inside, height), right], 0.04 * height)
        case (".", number, name):
            return _row([box(canvas, number, height), box(canvas, name, height)], 0.06 * height)
        case ("/", top, low):
            return _fraction(canvas, box(canvas, top, height), box(canvas, low, height), height)
        case ("^", base, power):
            return _power(box(canvas, base, height), box(canvas, power, SMALLER * height), height)
        case ("root", inside):
            return _root(canvas, box(canvas, inside, height), height)
        case (sign, left, right):
            parts = [box(canvas, left, height), _sign(canvas, sign, height), box(canvas, right, height)]
            return _row(parts, 0.24 * height)


def _letters(canvas: Canvas, text: str, height: float) -> Box:
    colour = canvas.skin.colours["blue"] if text == "x" else None

    def put(x: float, y: float) -> None:
        canvas.text((x, y + AXIS * height), text, height=height, colour=colour, anchor="ls")

    return Box(canvas.extent(text, height)[0] + 0.05 * height, 0.4 * height, 0.4 * height, put)


def _sign(canvas: Canvas, sign: str, height: float) -> Box:
    """Drawn with lines: the embedded font has no minus and no times."""
    reach, thick = 0.19 * height, 0.065 * height
    ends = {
        "+": (((-reach, 0), (reach, 0)), ((0, -reach), (0, reach))),
        "-": (((-reach, 0), (reach, 0)),),
        "*": (
            ((-0.75 * reach, -0.75 * reach), (0.75 * reach, 0.75 * reach)),
            ((-0.75 * reach, 0.75 * reach), (0.75 * reach, -0.75 * reach)),
        ),
        "=": (((-reach, -0.09 * height), (reach, -0.09 * height)), ((-reach, 0.09 * height), (reach, 0.09 * height))),
    }[sign]

    def put(x: float, y: float) -> None:
        for line in ends:
            canvas.line(*[(x + reach + across, y + down) for across, down in line], width=thick)

    return Box(2 * reach, reach, reach, put)


def _row(parts: list[Box], gap: float) -> Box:
    def put(x: float, y: float) -> None:
        for part in parts:
            part.put(x, y)
            x += part.wide + gap

    wide = sum(part.wide for part in parts) + gap * (len(parts) - 1)
    return Box(wide, max(part.up for part in parts), max(part.down for part in parts), put)


def _fraction(canvas: Canvas, top: Box, low: Box, height: float) -> Box:
    wide, gap = max(top.wide, low.wide) + 0.3 * height, 0.2 * height

    def put(x: float, y: float) -> None:
        canvas.line((x, y), (x + wide, y), width=0.06 * height)
        top.put(x + (wide - top.wide) / 2, y - gap - top.down)
        low.put(x + (wide - low.wide) / 2, y + gap + low.up)

    return Box(wide, gap + top.up + top.down, gap + low.up + low.down, put)


def _power(base: Box, power: Box, height: float) -> Box:
    def put(x: float, y: float) -> None:
        base.put(x, y)
        power.put(x + base.wide + 0.05 * height, y - base.up)

    return Box(base.wide + power.wide + 0.1 * height, base.up + power.up, base.down, put)


def _root(canvas: Canvas, inside: Box, height: float) -> Box:
    sign, gap = 0.45 * height, 0.18 * height
    wide, up, down = inside.wide + sign + gap, inside.up + gap, inside.down + 0.02 * height

    def put(x: float, y: float) -> None:
        bends = ((x, y + 0.1 * height), (x + 0.4 * sign, y + down), (x + 0.8 * sign, y - up), (x + wide, y - up))
        canvas.line(*bends, width=0.06 * height)
        inside.put(x + sign, y)

    return Box(wide, up + 0.05 * height, down, put)


def written(node: Node) -> str:
    """On one line, with brackets where a fraction or a root held things together."""
    match node:
        case int() | str():
            return str(node)
        case ("()", inside):
            return f"({written(inside)})"
        case (".", number, name):
            return f"{number}{written(name)}"
        case ("/", top, low):
            return f"{_held(top)}/{_held(low)}"
        case ("^", base, power):
            return f"{written(base)}^{power}"
        case ("root", inside):
            return f"sqrt({written(inside)})"
        case (sign, left, right):
            return f"{written(left)} {sign} {written(right)}"


def _held(node: Node) -> str:
    return written(node) if isinstance(node, int | str) or node[0] == "()" else f"({written(node)})"


def value(node: Node, steps: list[str] | None = None) -> Fraction:
    """Worked out from the inside; each operation is told in `steps`."""
    steps = steps if steps is not None else []
    if isinstance(node, int):
        return Fraction(node)
    if node[0] == "()":
        return value(node[1], steps)
    if node[0] == "root":
        inside = value(node[1], steps)
        steps.append(f"the root of {inside} is {isqrt(int(inside))}.")
        return Fraction(isqrt(int(inside)))
    one, two = (value(part, steps) for part in node[1:])
    sign = "*" if node[0] == "." else node[0]
    result = _worked(sign, one, two)
    if sign == "/" and result.denominator > 1:
        return result
    if sign in "+-" and lcm(one.denominator, two.denominator) > 1:
        both = lcm(one.denominator, two.denominator)
        steps.append(f"{one} = {one * both}/{both}.")
        steps.append(f"{two} = {two * both}/{both}.")
        steps.append(f"{one * both} {sign} {two * both} = {result * both}, so {result}.")
    else:
        steps.append(f"{one} {sign} {two} = {result}.")
    return result


def _worked(sign: str, one: Fraction, two: Fraction) -> Fraction:
    match sign:
        case "+":
            return one + two
        case "-":
            return one - two
        case "*":
            return one * two
        case "/":
            return one / two
    return one ** int(two)


def solved(left: Node, right: Fraction, steps: list[str]) -> Fraction:
    """Undoes what was done to x, from the outside in; each undoing is told in `steps`."""
    while left != "x":
        sign, *parts = left
        if len(parts) == 1:
            inside, right = parts[0], right if sign == "()" else right * right
            if sign == "root":
                steps.append(f"{written(inside)} = {right}.")
            left = inside
            continue
        first = "x" in written(parts[0])
        inside, known = (parts[0], value(parts[1])) if first else (parts[1], value(parts[0]))
        right = _undone(sign, right, known, first)
        left = inside[1] if inside[0] == "()" else inside
        steps.append(f"{written(left)} = {right}.")
    return right


def _undone(sign: str, right: Fraction, known: Fraction, first: bool) -> Fraction:
    """What a part must be so that with the known part it makes `right`; `first` says that it stands first."""
    match sign:
        case "+":
            return right - known
        case "-":
            return right + known if first else known - right
        case "*" | ".":
            return right / known
        case "/":
            return right * known if first else known / right
    return Fraction(isqrt(int(right)))
