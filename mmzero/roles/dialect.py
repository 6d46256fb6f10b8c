"""The drawing dialect: a language small enough for a coder of a few million parameters, one shape a line, the first at the
bottom. What was written becomes Shapes or a Rejection that names its line; Shapes become an SVG document. Must not know who
writes, nor how anything is rendered.

    drawing   = line { newline line }             blank lines count for nothing; at most 64 shapes
    line      = form colour x y radius            such as: circle red 12 40 8
    form      = circle | square | triangle | star | diamond
    colour    = red | blue | green | yellow | black | purple
    x, y      = 0 … 64                            the middle, from the left and from the top of white paper, 64 by 64
    radius    = 1 … 32                            forms of one radius have about equal ink

Words are parted by blanks, numbers are whole, and case does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from mmzero.families.canvas import SHAPES as FORMS
from mmzero.families.canvas import corners
from mmzero.families.skin import COLOURS
from mmzero.types import Rejection

SIDE = 64  # of the paper, in units and in pixels
RADII = range(1, SIDE // 2 + 1)
MOST_SHAPES = 64


@dataclass(frozen=True, slots=True)
class Shape:
    form: str
    colour: str
    x: int
    y: int
    radius: int

    def __post_init__(self):
        if wrong := _wrong(*astuple(self)):
            raise ValueError(wrong.detail)


def write(shapes: Iterable[Shape]) -> str:
    return "\n".join(" ".join(map(str, astuple(shape))) for shape in shapes)


def parse(text: str) -> tuple[Shape, ...] | Rejection:
    """Untrusted text to shapes; every way of failing has a countable reason, and its detail names the line."""
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if len(shapes) == MOST_SHAPES:
            return Rejection("too_many", f"line {number} is one shape more than the {MOST_SHAPES} that are drawn")
        read = _shape(line)
        if isinstance(read, Rejection):
            return Rejection(read.reason, f"line {number}, {line.strip()[:60]!r}: {read.detail}")
        shapes.append(read)
    return tuple(shapes) or Rejection("empty", "there is no line with a shape")


def svg(shapes: Iterable[Shape]) -> str:
    """A self-contained document; shapes look as the bank's do."""
    body = "\n".join(map(_element, shapes))
    sizes = f'width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {sizes}>\n{body}\n</svg>'


def _shape(line: str) -> Shape | Rejection:
    words = line.lower().split()
    if len(words) != 5:
        return Rejection("wrong_words", f"{len(words)} words, where a line has five: form, colour, x, y and radius")
    if not all(word.isascii() and word.isdecimal() and len(word) < 4 for word in words[2:]):
        return Rejection("no_number", "x, y and radius are whole numbers")
    said = (*words[:2], *map(int, words[2:]))
    return _wrong(*said) or Shape(*said)


def _wrong(form: str, colour: str, x: int, y: int, radius: int) -> Rejection | None:
    if form not in FORMS:
        return Rejection("unknown_form", f"no form {form[:20]!r}; the forms are {', '.join(FORMS)}")
    if colour not in COLOURS:
        return Rejection("unknown_colour", f"no colour {colour[:20]!r}; the colours are {', '.join(COLOURS)}")
    if not (0 <= x <= SIDE and 0 <= y <= SIDE):
        return Rejection("out_of_range", f"the middle {x} {y} lies off the paper, which is {SIDE} by {SIDE}")
    if radius not in RADII:
        return Rejection("out_of_range", f"the radius is {radius}; it is {RADII[0]} to {RADII[-1]}")
    return None


def _element(shape: Shape) -> str:
    fill = f'fill="rgb{COLOURS[shape.colour]}"'.replace(" ", "")
    if shape.form == "circle":
        return f'<circle cx="{shape.x}" cy="{shape.y}" r="{shape.radius}" {fill}/>'
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners(shape.form, (shape.x, shape.y), shape.radius))
    return f'<polygon points="{points}" {fill}/>'
