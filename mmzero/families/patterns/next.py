"""Which panel comes next: panels that repeat, count, turn, keep two rules at once, or are two sequences woven into one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.patterns._panel import (
    COLOURS,
    MOST,
    PITCH,
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

BY = ("cycle", "count", "turn", "two", "woven")
HALF, TOP = 0.107, 0.135
KNOBS = {"by": BY, "colour": COLOURS}  # the colour of the first panel
SMALLEST = 128

Rule = tuple[str, str, tuple]  # attribute, how it goes, its values up to the one that comes next


@dataclass(frozen=True, slots=True)
class Scene:
    """The last of `rules`, (attribute, words), explain the `panels`; `right` is the place of the right option. Level 0
    has colours or shapes that repeat, 2 numbers of things, 4 an arrow that turns, 6 two rules at once, 8 one sequence
    at the odd and another at the even places; odd levels have longer or less regular ones."""

    panels: tuple[Panel, ...]
    options: tuple[Panel, ...]
    right: int
    rules: tuple[tuple[str, str], ...]
    by: str


def sample(level: int, seed: int, by: str | None = None, colour: str | None = None) -> Scene:
    rng = Random(seed)
    by, hard = by or BY[level // 2], level % 2
    colour = colour or rng.choice(COLOURS)
    rules = _rules(rng, by, hard, colour)
    ruled = [attribute for attribute, *_ in rules]
    plain = Panel("arrow" if "turn" in ruled else rng.choice(SHAPES), colour)
    plain = plain._replace(size=0 if "count" in ruled else 2)
    steps = [dict(zip(ruled, values, strict=True)) for values in zip(*(rule[2] for rule in rules), strict=True)]
    panels = [plain._replace(**step) for step in steps]
    right = panels.pop()
    if len(rules) == 2 and by == "two":
        wrong = crossed(right, *({a: others(rng, a, getattr(right, a), 1, _unseen(a, v))[0]} for a, _, v in rules))
    else:
        wrong = [right._replace(**{ruled[0]: v}) for v in others(rng, ruled[0], getattr(right, ruled[0]), 3)]
    options, place = shuffled(rng, right, wrong)
    return Scene(tuple(panels), options, place, tuple(rule[:2] for rule in rules), by)


def _unseen(attribute: str, values: tuple) -> tuple:
    """Values that a wrong option should not have, where the sequence has others: it would stand out."""
    wide = COLOURS if attribute == "colour" else SHAPES if attribute == "shape" else ()
    return tuple(value for value in wide if value not in values)


def _rules(rng: Random, by: str, hard: int, colour: str) -> list[Rule]:
    if by == "cycle":
        return [_cycle(rng, rng.choice(("colour", "shape")), 2 + hard + rng.randint(0, 1 - hard), 4 + 3 * hard, colour)]
    if by == "count":
        return [_counting(rng, hard)]
    if by == "turn":
        return [_turning(rng, hard)]
    if by == "two":
        first = _turning(rng, 0) if hard else _cycle(rng, "shape", rng.choice((2, 3)), 6, colour)
        return [first, _cycle(rng, "colour", 2 if hard or "3" in first[1] else 3, len(first[2]) - 1, colour)]
    attribute = rng.choice(("turn", "count"))
    woven = _woven(rng, attribute)
    return [woven] if hard else [woven, _cycle(rng, "colour", 2, 7, colour)]


def _cycle(rng: Random, attribute: str, period: int, shown: int, colour: str) -> Rule:
    first = colour if attribute == "colour" else rng.choice(SHAPES)
    values = [first, *others(rng, attribute, first, period - 1)]
    shown = max(shown, 2 * period - 1)
    return attribute, f"repeats after {period}", tuple(values[i % period] for i in range(shown + 1))


def _counting(rng: Random, hard: int) -> Rule:
    """Up or down by one, or where it is hard by two and back by one, or every number twice."""
    steps, how = [((1,), "by 1"), ((2, -1), "by 2 and back by 1"), ((0, 1), "by 1 every other time")][
        rng.choice((1, 2)) if hard else 0
    ]
    shown, up = 5 if hard else 4, rng.choice((1, -1))
    rises = [up * steps[i % len(steps)] for i in range(shown)]
    sums = [sum(rises[:i]) for i in range(shown + 1)]
    first = rng.randint(1 - min(sums), MOST - max(sums))
    return "count", f"goes {'up' if up > 0 else 'down'} {how}", tuple(first + total for total in sums)


def _turning(rng: Random, hard: int) -> Rule:
    """By the same angle every time, or where it is hard by 45 degrees more each time."""
    first, way = rng.randrange(8), rng.choice((1, -1))
    side = "clockwise" if way > 0 else "anticlockwise"
    if hard:
        start = rng.randint(1, 2)
        turns = [way * sum(range(start, start + i)) for i in range(7)]
        how = f"turns {side} by {45 * start} degrees, then by 45 more each time"
    else:
        step = rng.randint(1, 3)
        turns, how = [way * step * i for i in range(rng.choice((6, 7)))], f"turns {45 * step} degrees {side}"
    return "turn", how, tuple((first + turn) % 8 for turn in turns)


def _woven(rng: Random, attribute: str) -> Rule:
    """Two sequences of four, in turn."""
    if attribute == "turn":
        starts, steps = rng.sample(range(8), 2), rng.sample((-3, -2, -1, 1, 2, 3), 2)
        pairs = [[(start + step * i) % 8 for start, step in zip(starts, steps, strict=True)] for i in range(4)]
        how = " and ".join(f"{45 * abs(s)} degrees {'clockwise' if s > 0 else 'anticlockwise'}" for s in steps)
    else:
        steps = rng.sample((-1, 0, 1), 2)
        starts = [rng.randint(1 + 3 * (s < 0), MOST - 3 * (s > 0)) for s in steps]
        pairs = [[start + step * i for start, step in zip(starts, steps, strict=True)] for i in range(4)]
        how = " and ".join(("stays", "goes up by 1", "goes down by 1")[s] for s in steps)
    return attribute, f"at odd and even places: {how}", tuple(value for pair in pairs for value in pair)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for i, panel in enumerate((*scene.panels, None)):
        draw_panel(canvas, (0.5 + (i % 4 - 1.5) * PITCH, TOP + i // 4 * PITCH), HALF, panel)
    draw_options(canvas, scene.options, HALF)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    return scene.by, "Which option comes next in the sequence: A, B, C or D?", letter(scene.right)


def explain(scene: Scene) -> tuple[str, ...]:
    """For every attribute that changes its values, how it goes, and what comes next; then the option that has it all."""
    right, steps = scene.options[scene.right], []
    for attribute, how in scene.rules:
        values = ", ".join(told(panel, attribute) for panel in scene.panels)
        steps += [f"{attribute}: {values}.", f"{how}, next {told(right, attribute)}."]
    return (*steps, f"options: {lettered(scene.options)}.", found(scene.options, scene.right))


def caption(scene: Scene) -> str:
    sequence = ", ".join(f"{i} {words(panel)}" for i, panel in enumerate(scene.panels, 1))
    return f"The sequence is: {sequence}. The options are: {lettered(scene.options)}."
