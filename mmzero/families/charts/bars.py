"""Comparing bars: heights read off a bar chart, then ranked, added or subtracted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._plotted import plotted
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL import Image

    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin

LETTERS = "ABCDE"
BY = ("height", "tallest", "shortest", "gap", "sum", "taller", "second", "spread")
BY_LEVEL = (BY[:1], BY[:1], BY[1:3], BY[1:3], ("gap",), ("sum",), ("taller",), ("taller",), ("second",), ("spread",))
TOP, LEFT, FLOOR, UNIT = 9, 0.17, 0.82, 0.081  # a bar of height 9 ends half a letter below the upper edge
KNOBS = {"bars": range(3, len(LETTERS) + 1), "by": BY}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`heights` of bars A, B, C …, no two alike; `by` is what is asked, of bars `one` and `two`. Level 0 reads one
    height, 2 looks for the tallest or shortest, 4 subtracts two, 5 adds two, 6 counts the taller, 8 ranks, 9 spans."""

    heights: tuple[int, ...]
    by: str
    one: str
    two: str

    def bars(self) -> dict[str, int]:
        return dict(zip(LETTERS, self.heights, strict=False))


def sample(level: int, seed: int, bars: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    n = bars or rng.randint(3 + (level >= 3), 4 + (level >= 3))
    by = by or rng.choice(BY_LEVEL[level])
    heights = tuple(rng.sample(range(1, TOP + 1), n))
    one, two = rng.sample(LETTERS[:n], 2)
    if by == "gap" and heights[LETTERS.index(one)] < heights[LETTERS.index(two)]:
        one, two = two, one
    return Scene(heights, by, one, two)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene))
    canvas = Canvas(skin)
    for height in range(1, TOP + 1):
        rule = FLOOR - height * UNIT
        canvas.line((LEFT, rule), (1, rule), colour=skin.faint, width=skin.stroke * 0.6)
    for height in range(3, TOP + 1, 3):
        canvas.text((LEFT / 2, FLOOR - height * UNIT), str(height))
    slot = (1 - LEFT) / len(scene.heights)
    for i, (letter, height) in enumerate(scene.bars().items()):
        middle = LEFT + (i + 0.5) * slot
        low, high = (middle - slot * 0.32, FLOOR - height * UNIT), (middle + slot * 0.32, FLOOR)
        canvas.rectangle(low, high, fill=skin.colours["blue"])
        canvas.text((middle, (FLOOR + 1) / 2), letter)
    canvas.line((LEFT, FLOOR), (1, FLOOR))
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    sheet.rules("y", TOP, numbered=3)
    sheet.axes.bar(range(len(scene.heights)), scene.heights, width=0.64, color=sheet.colour("blue"))
    sheet.axes.set_ylim(0, TOP + 0.5)
    sheet.names(tuple(scene.bars()))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    bars, one, two = scene.bars(), scene.one, scene.two
    ranked = sorted(bars, key=bars.__getitem__, reverse=True)
    options = f"{', '.join(LETTERS[: len(bars) - 1])} or {LETTERS[len(bars) - 1]}"
    question, right = {
        "height": (f"How tall is bar {one}?", bars[one]),
        "tallest": (f"Which bar is tallest: {options}?", ranked[0]),
        "shortest": (f"Which bar is shortest: {options}?", ranked[-1]),
        "gap": (f"How much taller is bar {one} than bar {two}?", bars[one] - bars[two]),
        "sum": (f"How tall are bars {one} and {two} together?", bars[one] + bars[two]),
        "taller": (f"How many bars are taller than bar {one}?", ranked.index(one)),
        "second": (f"Which bar is second tallest: {options}?", ranked[1]),
        "spread": ("How much taller is the tallest bar than the shortest?", bars[ranked[0]] - bars[ranked[-1]]),
    }[scene.by]
    if isinstance(right, int):
        return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=tuple(bars))


def explain(scene: Scene) -> tuple[str, ...]:
    """Read the bars that matter, then reckon; the tallest or shortest so far is named as the reading goes."""
    bars, one, two = scene.bars(), scene.one, scene.two
    ranked = sorted(bars.values(), reverse=True)
    most, least = ranked[0], ranked[-1]
    every = tuple(f"{letter}: {height}." for letter, height in bars.items())
    pair = (f"{one}: {bars[one]}.", f"{two}: {bars[two]}.")
    marks = (f"{x}: {h}, {'yes' if h > bars[one] else 'no'}." for x, h in bars.items() if x != one)
    return {
        "height": pair[:1],
        "tallest": _so_far(bars, max),
        "shortest": _so_far(bars, min),
        "gap": (*pair, f"{bars[one]} - {bars[two]} = {bars[one] - bars[two]}."),
        "sum": (*pair, f"{bars[one]} + {bars[two]} = {bars[one] + bars[two]}."),
        "taller": (*pair[:1], *marks),
        "second": (*every, f"most: {_at(bars, most)} {most}.", f"next: {_at(bars, ranked[1])} {ranked[1]}."),
        "spread": (*every, f"most: {most}.", f"least: {least}.", f"{most} - {least} = {most - least}."),
    }[scene.by]


def _so_far(bars: dict[str, int], best: Callable[[Iterable[int]], int]) -> tuple[str, ...]:
    heights = list(bars.values())
    leaders = [best(heights[: i + 1]) for i in range(len(heights))]
    return tuple(
        f"{letter}: {bars[letter]}, {_at(bars, led)} {led}." for letter, led in zip(bars, leaders, strict=True)
    )


def _at(bars: dict[str, int], height: int) -> str:
    return next(letter for letter, tall in bars.items() if tall == height)


def caption(scene: Scene) -> str:
    return "There are bars: " + ", ".join(f"{letter} is {height} tall" for letter, height in scene.bars().items()) + "."
