"""A matrix of three rows whose last panel is missing: values shared out, growing, added up, or lines laid together."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.patterns._panel import (
    COLOURS,
    LINES,
    MOST,
    SHAPES,
    Panel,
    crossed,
    draw_options,
    draw_panel,
    found,
    letter,
    lettered,
    others,
    shuffled,
    told,
    words,
)

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin
    from mmzero.types import Answer

BY = ("share", "grow", "both", "sum", "lines")
HALF, PITCH, TOP = 0.087, 0.187, 0.115
KNOBS = {"by": BY, "colour": COLOURS}  # the colour of the first panel
SMALLEST = 128
HOW = {
    "share": "every row has the same three",
    "up": "goes up by 1 along a row",
    "down": "goes down by 1 along a row",
    "turn": "turns alike along a row",
    "sum": "the first and the second make the third",
    "less": "the first less the second is the third",
    "union": "the third has all lines of the first and the second",
    "once": "the third has the lines that only one of the two has",
}

Rows = list[tuple]  # three values in each row


@dataclass(frozen=True, slots=True)
class Scene:
    """`panels` are in reading order without the last; each of `rules` is an attribute and a word of HOW. Level 0 shares
    colours or shapes out over every row, 2 lets numbers or turns grow along it, 4 does two such things at once, 6 adds
    numbers up, 7 also takes them away, 8 lays lines together and 9 keeps those that stand once."""

    panels: tuple[Panel, ...]
    options: tuple[Panel, ...]
    right: int
    rules: tuple[tuple[str, str], ...]
    by: str


def sample(level: int, seed: int, by: str | None = None, colour: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    colour = colour or rng.choice(COLOURS)
    rules = _rules(rng, by, level % 2, colour)
    ruled = [attribute for attribute, *_ in rules]
    shape = "lines" if by == "lines" else "arrow" if "turn" in ruled else rng.choice(SHAPES)
    plain = Panel(shape, colour, size=0 if "count" in ruled else 2)
    cells = [plain] * 9
    if by == "share" and level % 2:  # what is not asked about differs from row to row
        free = "shape" if ruled == ["colour"] else "colour"
        values = _three(rng, free, colour)
        cells = [plain._replace(**{free: values[i // 3]}) for i in range(9)]
    for attribute, _, rows in rules:
        flat = [value for row in rows for value in row]
        cells = [cell._replace(**{attribute: value}) for cell, value in zip(cells, flat, strict=True)]
    options, place = shuffled(rng, cells[-1], _wrong(rng, by, cells, rules))
    return Scene(tuple(cells[:-1]), options, place, tuple(rule[:2] for rule in rules), by)


def _rules(rng: Random, by: str, hard: int, colour: str) -> list[tuple[str, str, Rows]]:
    if by == "share":
        return [_shared(rng, rng.choice(("colour", "shape")), rng.choice((1, 2)), colour)]
    if by == "grow":
        return [_turning(rng) if hard else _growing(rng)]
    if by == "both":
        # With shifts of 1 and 2 every shape meets every colour; with one shift they would go in fixed pairs.
        one, two = rng.sample((1, 2), 2)
        first = rng.choice((_turning, _growing))(rng) if hard else _shared(rng, "shape", one, colour)
        return [first, _shared(rng, "colour", two, colour)]
    return [_summed(rng, hard)] if by == "sum" else [_lined(rng, hard)]


def _three(rng: Random, attribute: str, colour: str) -> list[str]:
    """Three shapes, or three colours of which this one is the first."""
    if attribute == "shape":
        return rng.sample(SHAPES, 3)
    return [colour, *others(rng, "colour", colour, 2)]


def _shared(rng: Random, attribute: str, shift: int, colour: str) -> tuple[str, str, Rows]:
    """The same three values in every row, in orders that leave no value twice in a column."""
    values = _three(rng, attribute, colour)
    return attribute, "share", [tuple(values[(shift * row + i) % 3] for i in range(3)) for row in range(3)]


def _growing(rng: Random) -> tuple[str, str, Rows]:
    starts = rng.sample(range(2, MOST - 1), 3)  # no row is 1 2 3: that would also be a sum
    if rng.random() < 0.5:
        return "count", "up", [(start, start + 1, start + 2) for start in starts]
    return "count", "down", [(start + 2, start + 1, start) for start in starts]


def _turning(rng: Random) -> tuple[str, str, Rows]:
    step = rng.choice((-3, -2, -1, 1, 2, 3))
    return "turn", "turn", [tuple((start + i * step) % 8 for i in range(3)) for start in rng.sample(range(8), 3)]


def _summed(rng: Random, hard: int) -> tuple[str, str, Rows]:
    """Rows that add up, and neither grow evenly nor share out the same values; what they make is drawn first."""
    less = hard and rng.random() < 0.5
    while True:
        totals = [rng.randint(2, MOST) for _ in range(3)]
        rows = [(first := rng.randint(1, total - 1), total - first, total) for total in totals]
        even = all(b - a == c - b for a, b, c in rows[:2])
        if len(set(rows)) == 3 and not even and set(rows[0]) != set(rows[1]):
            break
    return "count", "less" if less else "sum", [(c, a, b) if less else (a, b, c) for a, b, c in rows]


def _lined(rng: Random, hard: int) -> tuple[str, str, Rows]:
    """In every row some line stands in both panels and some in one only, so that the two rules differ."""
    rows = []
    while len(rows) < 3:
        one, two = (sum(1 << i for i in rng.sample(range(len(LINES)), rng.choice((2, 3)))) for _ in range(2))
        if one & two and (one ^ two).bit_count() > 1 and (one, two) not in [row[:2] for row in rows]:
            rows.append((one, two, one ^ two if hard else one | two))
    return "turn", "once" if hard else "union", rows


def _wrong(rng: Random, by: str, cells: list[Panel], rules: list[tuple[str, str, Rows]]) -> list[Panel]:
    """Options that keep one rule of two; with one rule, other values, near where they are numbers or lines."""
    right = cells[-1]
    if by == "both":
        seen = {attribute: {value for row in rows for value in row} for attribute, _, rows in rules}
        wide = {"colour": COLOURS, "shape": SHAPES}
        but = {name: [value for value in wide.get(name, ()) if value not in seen[name]] for name in seen}
        return crossed(right, *({name: others(rng, name, getattr(right, name), 1, but[name])[0]} for name in seen))
    attribute, value = rules[0][0], getattr(right, rules[0][0])
    if by != "lines":
        return [right._replace(**{attribute: other}) for other in others(rng, attribute, value, 3)]
    one, two = cells[6].turn, cells[7].turn
    near = [value ^ 1 << i for i in rng.sample(range(len(LINES)), len(LINES))]
    tempting = [bits for bits in (one | two, one ^ two, one & two, *near) if bits not in (value, 0)]
    return [right._replace(turn=bits) for bits in list(dict.fromkeys(tempting))[:3]]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for i, panel in enumerate((*scene.panels, None)):
        draw_panel(canvas, (0.5 + (i % 3 - 1) * PITCH, TOP + i // 3 * PITCH), HALF, panel)
    draw_options(canvas, scene.options, HALF)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    return scene.by, "Which option completes the matrix: A, B, C or D?", letter(scene.right)


def explain(scene: Scene) -> tuple[str, ...]:
    """For every attribute that follows a rule, the rows, the rule and the value that is missing; then the option."""
    right, steps = scene.options[scene.right], []
    for attribute, how in scene.rules:
        name = "lines" if right.shape == "lines" else attribute
        values = [told(panel, attribute) for panel in scene.panels]
        rows = "; ".join(", ".join(values[i : i + 3]) for i in (0, 3, 6))
        steps += [f"{name}: {rows}.", f"{HOW[how]}: {told(right, attribute)}."]
    return (*steps, found(scene.options, scene.right))


def caption(scene: Scene) -> str:
    rows = (", ".join(map(words, scene.panels[i : i + 3])) for i in (0, 3, 6))
    matrix = " ".join(f"Row {i}: {row}." for i, row in enumerate(rows, 1))
    return f"{matrix} The last panel is missing. The options are: {lettered(scene.options)}."
