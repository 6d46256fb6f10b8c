"""Measuring with a ruler: how long things are that lie along it, and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Colour
    from mmzero.families.skin import Skin

LONG = {1: 10, 2: 8, 5: 6}  # centimetres of the ruler that carries so many marks to a centimetre
BY = ("end", "length", "longer", "gap", "pieces")
BY_LEVEL = ("end", "end", "length", "length", "longer", "longer", "gap", "gap", "pieces", "pieces")
MARKS_BY_LEVEL = (1, 2, 1, 2, 2, 5, 2, 5, 1, 2)
KNOBS = {"grain": ("centimetre", "half", "fifth"), "by": BY}
GRAINS = dict(zip(KNOBS["grain"], LONG, strict=True))
NEAR, ACROSS = 0.1, 0.8
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, first mark, last mark), the first above the ruler and the second below it; a centimetre has
    1, 2 or 5 marks by its `grain`. Level 0 measures from zero, 2 from elsewhere, 4 compares two lengths, 6 finds the
    gap between two things, 8 how many pieces can be cut; odd levels have finer marks."""

    grain: str
    things: tuple[tuple[str, int, int], ...]
    by: str


def sample(level: int, seed: int, grain: str | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    marks = GRAINS[grain] if grain else MARKS_BY_LEVEL[level]
    last, least = marks * LONG[marks], max(2, marks)
    colours = rng.sample(("red", "blue", "green", "purple"), 2)
    one = (0, rng.randint(least, last)) if by == "end" else _lies(rng, rng.randint(least, last - 1), last, 1)
    spans = [one]
    if by == "longer":
        short = rng.randint(least, last - 1)
        spans = [_lies(rng, rng.randint(short + 1, last), last), _lies(rng, short, last)]
    elif by == "gap":
        gap = rng.randint(1, last - 2 * least)
        start = rng.randint(0, last - gap - 2 * least)
        inner = rng.randint(start + least, last - gap - least)
        spans = [(start, inner), (inner + gap, rng.randint(inner + gap + least, last))]
    elif by == "pieces":
        pieces = rng.randint(1, 5)
        short = rng.randint(2, last // pieces - (pieces == 1))
        longest = min(last, pieces * short + short - 1)
        spans = [_lies(rng, rng.randint(pieces * short, longest), last), _lies(rng, short, last)]
    things = tuple((colour, *span) for colour, span in zip(colours, spans, strict=False))
    return Scene(next(name for name, n in GRAINS.items() if n == marks), things, by)


def _lies(rng: Random, long: int, last: int, least: int = 0) -> tuple[int, int]:
    start = rng.randint(least, last - long)
    return start, start + long


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, marks = Canvas(skin), GRAINS[scene.grain]
    last = marks * LONG[marks]
    pale = tuple((ink + 5 * paper) // 6 for ink, paper in zip(skin.colours["yellow"], skin.paper, strict=True))
    canvas.rectangle((NEAR - 0.06, 0.36), (NEAR + ACROSS + 0.06, 0.64), fill=pale, outline=skin.ink)
    for mark in range(last + 1):
        x, whole = NEAR + ACROSS * mark / last, mark % marks == 0
        long, width = (0.07, skin.stroke) if whole else (0.045, skin.stroke * 0.6)
        canvas.line((x, 0.36), (x, 0.36 + long), width=width)
        canvas.line((x, 0.64), (x, 0.64 - long), width=width)
        if whole:
            canvas.text((x, 0.5), str(mark // marks), height=min(skin.text, 0.075))
    for i, (colour, start, end) in enumerate(scene.things):
        low, high = ((0.22, 0.345), (0.655, 0.78))[i]
        _pencil(canvas, NEAR + ACROSS * start / last, NEAR + ACROSS * end / last, low, high, skin.colours[colour])
    return canvas.image()


def _pencil(canvas: Canvas, left: float, right: float, low: float, high: float, colour: Colour) -> None:
    """From its flat end to the tip of its lead; wood is the colour thinned with paper."""
    middle, neck = (low + high) / 2, max(left + 0.04, right - 0.09)
    wood = tuple((a + 2 * b) // 3 for a, b in zip(colour, canvas.skin.paper, strict=True))
    canvas.polygon((neck, low), (right, middle), (neck, high), fill=wood)
    share = 0.35
    lead = [(right - share * (right - neck), middle + side * share * (high - low) / 2) for side in (-1, 1)]
    canvas.polygon((right, middle), *lead, fill=colour)
    canvas.rectangle((left, low), (neck, high), fill=colour)


def _mm(scene: Scene, marks: int) -> int:
    return marks * 10 // GRAINS[scene.grain]


def _names(scene: Scene) -> list[str]:
    return [f"the {colour} pencil" for colour, _, _ in scene.things]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    lengths, names = [end - start for _, start, end in scene.things], _names(scene)
    unit = "centimetres" if scene.grain == "centimetre" else "millimetres"
    if scene.by == "pieces":
        question = f"How many whole pieces as long as {names[1]} can be cut from {names[0]}?"
        return "pieces", question, Answer(kind="number", value=lengths[0] // lengths[1], warrant=COMPUTED)
    question, marks = {
        "end": (f"How many {unit} long is {names[0]}?", lengths[0]),
        "length": (f"How many {unit} long is {names[0]}?", lengths[0]),
        "longer": (f"By how many {unit} is {names[0]} longer than {names[-1]}?", lengths[0] - lengths[-1]),
        "gap": (f"How many {unit} apart are the tip of {names[0]} and the flat end of {names[-1]}?", _gap(scene)),
    }[scene.by]
    right = marks if unit == "centimetres" else _mm(scene, marks)
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _gap(scene: Scene) -> int:
    return scene.things[-1][1] - scene.things[0][2]


def explain(scene: Scene) -> tuple[str, ...]:
    """Where each thing ends and begins, then its length, then how the lengths compare."""
    fine = scene.grain != "centimetre"
    steps = [f"one mark is {_mm(scene, 1)} millimetres."] * fine
    say = [
        (name, *(_mm(scene, at) if fine else at for at in ends))
        for name, (_, *ends) in zip(_names(scene), scene.things, strict=True)
    ]
    if scene.by == "gap":
        tip, flat = say[0][2], say[1][1]
        return (
            *steps,
            f"{say[0][0]} has its tip at {tip}.",
            f"{say[1][0]} begins at {flat}.",
            f"{flat} - {tip} = {flat - tip}.",
        )
    for name, start, end in say:
        steps += [f"{name} goes from {start} to {end}.", f"{end} - {start} = {end - start}."]
    one, two = say[0][2] - say[0][1], say[-1][2] - say[-1][1]
    if scene.by == "longer":
        steps.append(f"{one} - {two} = {one - two}.")
    if scene.by == "pieces":
        steps += [f"{one} / {two} is {one // two}, {one % two} left over."]
    return tuple(steps)


def caption(scene: Scene) -> str:
    lie = [
        f"a {colour} pencil from {_mm(scene, start)} to its tip at {_mm(scene, end)}"
        for colour, start, end in scene.things
    ]
    return f"Along a ruler lies {' and '.join(lie)} millimetres."
