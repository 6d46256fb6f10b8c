"""Values on a logarithmic scale, where equal steps are equal factors: read, divided, subtracted and continued."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import Frame, letters
from mmzero.families.charts._plotted import plotted
from mmzero.families.charts._reading import COLOURS, answer, counted, options, winner
from mmzero.families.charts._reading import groups as some_groups

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

DECADES = 3
MARKS = tuple(lead * 10**power for power in range(DECADES + 1) for lead in (1, 2, 5))[: 3 * DECADES + 1]
PAIRS = {
    factor: [(low, high) for low in MARKS for high in MARKS if high == factor * low]
    for factor in (2, 5, 10, 20, 50, 100)
}
BY = ("value", "times", "over", "difference", "jump", "partner", "next")
BY_LEVEL = (*[BY[0]] * 2, *[BY[1]] * 2, BY[2], BY[3], *[BY[4]] * 2, *BY[5:])
FOOT = 0.03  # a bar of 1 has no height on this scale: bars stand this much below it
FRAME = Frame(top=DECADES, left=0.2, floor=0.85)
KNOBS = {"values": range(3, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`values` are 1, 2 or 5 times a power of ten, drawn as bars or as dots; places `one` and `two` are asked for, or a
    `mark` between the rules. Level 0 reads a value, 2 divides two, 4 counts those over a mark, 5 subtracts two, 6 finds
    the step of the largest factor, 8 the value that is so many times another, 9 takes a factor once more."""

    names: tuple[str, ...]
    values: tuple[int, ...]
    look: str
    colour: str
    by: str
    one: int
    two: int
    mark: int

    def steps(self) -> dict[str, float]:
        """The factor of each step from one value to the next."""
        places = (f"{a} to {b}" for a, b in pairwise(self.names))
        return {place: b / a for place, (a, b) in zip(places, pairwise(self.values), strict=True)}


def sample(level: int, seed: int, values: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = values or rng.randint(3 + (level in (4, 6, 7)), 4 + (level > 3))
    names, look, colour = some_groups(rng, n), rng.choice(("bars", "dots")), rng.choice(COLOURS)
    one, two = rng.sample(range(n), 2)
    if by == "next" and one > two:
        one, two = two, one
    mark = rng.choice((3, 7)) * 10 ** rng.randint(0, DECADES - 1)
    over = set(rng.sample(range(n), rng.randint(0, n)))
    while True:
        read = [rng.choice(MARKS) for _ in range(n)]
        if by in ("times", "partner", "next"):
            read[one], read[two] = rng.choice(PAIRS[rng.choice(list(PAIRS))])
        if by == "over":
            read = [rng.choice([v for v in MARKS if (v > mark) == (i in over)]) for i in range(n)]
        scene = Scene(names, tuple(read), look, colour, by, one, two, mark)
        fits = {
            "difference": read[one] < read[two],
            "partner": read.count(read[two]) == 1,
            "jump": by == "jump" and winner(scene.steps()) is not None and max(scene.steps().values()) > 1,
        }
        if fits.get(by, True):
            return scene


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), left=0.19)
    canvas, n, colour = Canvas(skin), len(scene.values), skin.colours[scene.colour]
    for mark in MARKS:
        y, power_of_ten = FRAME.y(math.log10(mark)), str(mark)[0] == "1"
        width = skin.stroke * (1.0 if power_of_ten else 0.6)
        canvas.line((FRAME.left, y), (FRAME.right, y), colour=skin.faint, width=width)
        canvas.text((FRAME.left - 0.025, y), str(mark), height=0.9 * letters(skin), anchor="rm")
    tops = [(middle, FRAME.y(math.log10(v))) for middle, v in zip(FRAME.middles(n), scene.values, strict=True)]
    if scene.look == "bars":
        for x, y in tops:
            canvas.rectangle((x - 0.05, y), (x + 0.05, FRAME.floor + FOOT), fill=colour)
    else:
        canvas.line(*tops, colour=colour)
        for top in tops:
            canvas.circle(top, 0.026, fill=colour)
    canvas.line((FRAME.left, FRAME.ceiling - 0.02), (FRAME.left, FRAME.floor + FOOT), (FRAME.right, FRAME.floor + FOOT))
    FRAME.names(canvas, scene.names, below=0.09)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    colour, places = sheet.colour(scene.colour), range(len(scene.values))
    sheet.axes.set_yscale("log")
    sheet.axes.set_yticks(MARKS, map(str, MARKS))
    sheet.axes.minorticks_off()
    sheet.grid("y")
    if scene.look == "bars":
        sheet.axes.bar(places, scene.values, width=0.45, color=colour)
    else:
        sheet.axes.plot(
            places, scene.values, marker="o", color=colour, linewidth=1.2 * sheet.stroke, markersize=4.4 * sheet.stroke
        )
    sheet.axes.set_ylim(MARKS[0] / 1.35, MARKS[-1] * 1.35)
    sheet.names(scene.names)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two = scene.names[scene.one], scene.names[scene.two]
    low, high = scene.values[scene.one], scene.values[scene.two]
    others, steps = tuple(name for name in scene.names if name != one), tuple(scene.steps())
    question = {
        "value": f"What is the value of {one}?",
        "times": f"How many times as large as {one} is {two}?",
        "over": f"How many values are larger than {scene.mark}?",
        "difference": f"How much larger is {two} than {one}?",
        "jump": f"Which step has the largest factor of growth: {options(steps)}?",
        "partner": f"Which is {high // low} times as large as {one}: {options(others)}?",
        "next": f"From {one} to {two} the value grows by a factor. What is {two} multiplied by that factor once more?",
    }[scene.by]
    right = {
        "value": low,
        "times": high // low,
        "over": sum(value > scene.mark for value in scene.values),
        "difference": high - low,
        "jump": winner(scene.steps()),
        "partner": two,
        "next": high * high // low,
    }[scene.by]
    return scene.by, question, answer(right, others if scene.by == "partner" else steps)


def explain(scene: Scene) -> tuple[str, ...]:
    one, two = scene.names[scene.one], scene.names[scene.two]
    low, high = scene.values[scene.one], scene.values[scene.two]
    reads = (f"{one}: {low}.", f"{two}: {high}.")
    if scene.by == "value":
        return reads[:1]
    if scene.by == "over":
        return counted({f"{n}: {v}": v > scene.mark for n, v in zip(scene.names, scene.values, strict=True)})
    if scene.by == "jump":
        steps = scene.steps()
        pairs = zip(pairwise(scene.values), steps.values(), strict=True)
        read = (f"{a} to {b}: {f'{factor:g} times' if factor > 1 else 'no growth'}." for (a, b), factor in pairs)
        return (*read, f"most: {max(steps.values()):g} times, {winner(steps)}.")
    if scene.by == "partner":
        every = (f"{n}: {v}." for n, v in zip(scene.names, scene.values, strict=True) if n != one)
        return (reads[0], f"{low} x {high // low} = {high}.", *every)
    if scene.by == "difference":
        return (*reads, f"{high} - {low} = {high - low}.")
    times = (*reads, f"{high} / {low} = {high // low}.")
    return times if scene.by == "times" else (*times, f"{high} x {high // low} = {high * high // low}.")


def caption(scene: Scene) -> str:
    values = ", ".join(f"{name} is {value}" for name, value in zip(scene.names, scene.values, strict=True))
    return f"On a logarithmic scale, {values}."
