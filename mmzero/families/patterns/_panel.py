"""A panel, the framed little picture that sequences, matrices and analogies are made of, and rows of options by letter."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Point

COLOURS = ("red", "blue", "green", "yellow", "purple")
SHAPES = ("circle", "square", "triangle", "star", "diamond")
SIZES, RADII = ("small", "medium", "large"), (0.21, 0.42, 0.62)  # shares of half a panel; many things are small ones
WAYS = ("up", "up right", "right", "down right", "down", "down left", "left", "up left")
LINES = {  # the strokes of a panel of lines, in the order of the bits of `turn`
    "top": ((-1, -1), (1, -1)),
    "bottom": ((-1, 1), (1, 1)),
    "left": ((-1, -1), (-1, 1)),
    "right": ((1, -1), (1, 1)),
    "falling": ((-1, -1), (1, 1)),
    "rising": ((-1, 1), (1, -1)),
}
LETTERS = ("A", "B", "C", "D")
OPTION_Y, LETTER_Y, PITCH = 0.855, 0.705, 0.235
MOST = 6  # things in a panel


class Panel(NamedTuple):
    """`count` things of one look; an arrow that points to `turn` eighths of a turn from up; a shape with an `inner` one
    in another colour, `tint`; or lines, the bits of `turn`."""

    shape: str
    colour: str
    size: int = 0
    count: int = 1
    turn: int = 0
    inner: str = ""
    tint: str = ""


def words(panel: Panel) -> str:
    if panel.shape == "arrow":
        return f"{panel.colour} arrow {WAYS[panel.turn]}"
    if panel.shape == "lines":
        return f"lines {strokes(panel.turn)}"
    if panel.inner:
        return f"{panel.colour} {panel.shape} around {panel.tint} {panel.inner}"
    plural = "s" if panel.count > 1 else ""
    return f"{panel.count} {SIZES[panel.size]} {panel.colour} {panel.shape}{plural}"


def strokes(bits: int) -> str:
    return " ".join(name for i, name in enumerate(LINES) if bits >> i & 1) or "none"


def draw_panel(canvas: Canvas, centre: Point, half: float, panel: Panel | None) -> None:
    """The panel in its frame; a question mark for none."""
    skin, (x, y) = canvas.skin, centre
    canvas.rectangle((x - half, y - half), (x + half, y + half), outline=skin.faint)
    if panel is None:
        return canvas.text(centre, "?", height=1.1 * half)
    colour, radius = skin.colours[panel.colour], RADII[panel.size] * half
    if panel.shape == "arrow":
        return _arrow(canvas, centre, 0.72 * half, panel)
    if panel.shape == "lines":
        for i, ends in enumerate(LINES.values()):
            if panel.turn >> i & 1:
                canvas.line(*[(x + 0.62 * half * right, y + 0.62 * half * down) for right, down in ends], colour=colour)
        return None
    for right, down in _spots(panel.count):
        canvas.shape(panel.shape, (x + right * half, y + down * half), radius, colour)
    if panel.inner:
        canvas.circle(centre, 0.33 * half, fill=skin.paper)
        canvas.shape(panel.inner, centre, 0.23 * half, skin.colours[panel.tint])
    return None


def _spots(count: int) -> list[Point]:
    """Where so many things stand, in shares of half a panel: one row, or two of which the upper is no longer."""
    rows = [count] if count < 3 else [count // 2, count - count // 2]
    return [(0.62 * (i - (n - 1) / 2), 0.66 * (j - (len(rows) - 1) / 2)) for j, n in enumerate(rows) for i in range(n)]


def _arrow(canvas: Canvas, centre: Point, reach: float, panel: Panel) -> None:
    corners = ((0, -1), (0.75, -0.1), (0.27, -0.1), (0.27, 0.9), (-0.27, 0.9), (-0.27, -0.1), (-0.75, -0.1))
    (x, y), angle = centre, panel.turn * pi / 4
    turned = [(a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle)) for a, b in corners]
    canvas.polygon(*[(x + reach * a, y + reach * b) for a, b in turned], fill=canvas.skin.colours[panel.colour])


def draw_options(canvas: Canvas, options: Sequence[Panel], half: float) -> None:
    """The options in a row at the foot, each under its letter."""
    for i, (letter, option) in enumerate(zip(LETTERS, options, strict=True)):
        x = 0.5 + (i - 1.5) * PITCH
        canvas.text((x, LETTER_Y), letter, height=0.08)
        draw_panel(canvas, (x, OPTION_Y), half, option)


def others(rng: Random, attribute: str, right: Any, n: int, but: Sequence[Any] = ()) -> list[Any]:
    """`n` other values of an attribute, none of which is in `but`."""
    values = {
        "colour": COLOURS,
        "shape": SHAPES,
        "size": range(len(SIZES)),
        "count": range(max(1, right - 3), min(MOST, right + 3) + 1) if attribute == "count" else (),
        "turn": range(8),
    }[attribute]
    return rng.sample([value for value in values if value != right and value not in but], n)


def shuffled(rng: Random, right: Panel, wrong: Sequence[Panel]) -> tuple[tuple[Panel, ...], int]:
    """The options in an order in which every place of the right one is as likely, and that place."""
    place = rng.randrange(len(LETTERS))
    options = rng.sample(list(wrong), len(wrong))
    options.insert(place, right)
    return tuple(options), place


def crossed(right: Panel, one: dict[str, Any], two: dict[str, Any]) -> list[Panel]:
    """Wrong options that fail in one way, in the other and in both: no look among the four is the commoner one."""
    return [right._replace(**one), right._replace(**two), right._replace(**one, **two)]


def letter(place: int) -> Answer:
    return Answer(kind="choice", value=LETTERS[place], choices=LETTERS, warrant=COMPUTED)


def lettered(options: Sequence[Panel]) -> str:
    return ", ".join(f"{name} {words(option)}" for name, option in zip(LETTERS, options, strict=True))


def found(options: Sequence[Panel], place: int) -> str:
    """The last step of a solution: which option it is."""
    return f"{words(options[place])} is {LETTERS[place]}."


def told(panel: Panel, attribute: str) -> str:
    """The value of one attribute in words."""
    value = getattr(panel, attribute)
    if attribute == "turn":
        return strokes(value) if panel.shape == "lines" else WAYS[value]
    return SIZES[value] if attribute == "size" else str(value)
