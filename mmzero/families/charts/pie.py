"""Shares of a pie: sectors ranked, read on a ring of five-percent ticks, added, completed, and turned into amounts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.charts._frame import legible, letters
from mmzero.families.charts._plotted import plotted, share
from mmzero.families.charts._reading import COLOURS, added, answer, options, so_far, winner

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.charts._plotted import Sheet
    from mmzero.families.skin import Skin
    from mmzero.types import Answer

LETTERS = "ABCDE"
BY = ("largest", "smallest", "percent", "together", "missing", "amount", "times", "turn")
BY_LEVEL = (*[BY[:2]] * 2, *[BY[2:3]] * 2, *[BY[3:4]] * 2, BY[4:5], BY[5:6], BY[6:7], BY[7:])
PARTS = 20  # a whole pie is twenty parts of five percent
CENTRE, RADIUS = 0.5, 0.37
KNOBS = {"sectors": range(3, len(LETTERS) + 1), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`sectors` are sizes in five percents, clockwise from twelve o'clock. Level 0 finds the largest or smallest, 2
    reads one off the ring, 4 adds two, 6 takes the ring away and completes written percentages, 7 turns a share of a
    `whole` into an amount, 8 asks how many times as large one sector is, 9 for its angle."""

    sectors: tuple[int, ...]
    colours: tuple[str, ...]
    by: str
    one: int
    two: int
    whole: int

    def percents(self) -> dict[str, int]:
        return {letter: 100 * size // PARTS for letter, size in zip(LETTERS, self.sectors, strict=False)}

    def figure(self) -> tuple[int, int]:
        percents = list(self.percents().values())
        return percents[self.one], percents[self.two]


def sample(level: int, seed: int, sectors: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = sectors or rng.randint(3 + (level % 2), len(LETTERS) - (level in (0, 2)))
    colours = tuple(rng.sample(COLOURS, n))
    one, two = rng.sample(range(n), 2)
    whole = PARTS * rng.choice((1, 2, 3, 4, 5, 10))
    while True:
        a, b = rng.randint(1, 12), rng.randint(1, 12)
        if by == "together":
            a = rng.randint(1, (both := rng.randint(2, 16)) - 1)
            b = both - a
        if by == "times":
            a = b * rng.randint(2, 6)
        if a + b > PARTS - (n - 2) or (n == 2 and a + b < PARTS):
            continue
        rest = PARTS - a - b
        cuts = [0, *sorted(rng.sample(range(1, rest), n - 3)), rest]
        others = iter([after - before for before, after in pairwise(cuts)])
        sizes = tuple(a if i == one else b if i == two else next(others) for i in range(n))
        least = 2 if by in ("missing", "largest", "smallest") else 1  # each has to hold a written percentage
        scene = Scene(sizes, colours, by, one, two, whole)
        if min(sizes) >= least and (by not in BY[:2] or winner(_figures(scene)) is not None):
            return scene


def _figures(scene: Scene) -> dict[str, int]:
    return {letter: -size if scene.by == "smallest" else size for letter, size in scene.percents().items()}


def _spoke(parts: float, radius: float) -> Point:
    """This many five percents clockwise from twelve o'clock."""
    turn = math.tau * parts / PARTS
    return CENTRE + radius * math.sin(turn), CENTRE - radius * math.cos(turn)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    if skin.plotted:
        return plotted(skin, partial(_paint, scene), left=0.01, right=0.01, top=0.01, bottom=0.01)
    canvas, height = Canvas(skin), letters(skin)
    starts = [0, *accumulate(scene.sectors)]
    for (start, end), name in zip(pairwise(starts), scene.colours, strict=True):
        rim = [_spoke(start + (end - start) * i / 40, RADIUS) for i in range(41)]
        canvas.polygon((CENTRE, CENTRE), *rim, fill=skin.colours[name])
    for (start, end), name, letter in zip(pairwise(starts), scene.colours, LETTERS, strict=False):
        canvas.line((CENTRE, CENTRE), _spoke(start, RADIUS + 0.005), colour=skin.paper)
        middle = (start + end) / 2
        canvas.text(_spoke(middle, 0.29), letter, height=height, colour=legible(skin, skin.colours[name]))
        if scene.by == "missing" and letter != LETTERS[scene.one]:
            canvas.text(_spoke(middle, 0.43), f"{scene.percents()[letter]}%", height=0.9 * height)
    if scene.by != "missing":
        for part in range(PARTS):
            ends = _spoke(part, RADIUS + 0.015), _spoke(part, RADIUS + (0.03 if part % 5 else 0.045))
            canvas.line(*ends, width=skin.stroke * 0.8)
        for part in range(0, PARTS, 5):
            canvas.text(_spoke(part, 0.453), str(5 * part), height=0.85 * height)
    return canvas.image()


def _paint(scene: Scene, sheet: Sheet) -> None:
    """In the same units as the canvas: the radius of a pie is 1 there, and its middle the origin."""
    letters_, fills = tuple(scene.percents()), [sheet.skin.colours[name] for name in scene.colours]
    edges = {"edgecolor": share(sheet.skin.paper), "linewidth": 0.8 * sheet.stroke}
    sheet.axes.pie(scene.sectors, colors=list(map(share, fills)), startangle=90, counterclock=False, wedgeprops=edges)
    for (start, end), letter, fill in zip(pairwise([0, *accumulate(scene.sectors)]), letters_, fills, strict=True):
        turn = math.tau * (start + end) / 2 / PARTS
        x, y = math.sin(turn), math.cos(turn)
        sheet.text(0.78 * x, 0.78 * y, letter, color=share(legible(sheet.skin, fill)))
        if scene.by == "missing" and letter != letters_[scene.one]:
            sheet.text(1.26 * x, 1.16 * y, f"{scene.percents()[letter]}%")
    for part in range(PARTS) if scene.by != "missing" else ():
        x, y = math.sin(math.tau * part / PARTS), math.cos(math.tau * part / PARTS)
        far = 1.07 if part % 5 else 1.1
        sheet.axes.plot((1.03 * x, far * x), (1.03 * y, far * y), color=sheet.ink, linewidth=0.8 * sheet.stroke)
        if part % 5 == 0:
            sheet.text(1.27 * x, 1.22 * y, str(5 * part))
    sheet.axes.set(xlim=(-1.48, 1.48), ylim=(-1.48, 1.48))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two, names = LETTERS[scene.one], LETTERS[scene.two], tuple(scene.percents())
    a, b = scene.figure()
    question, right = {
        "largest": (f"Which sector is largest: {options(names)}?", winner(_figures(scene))),
        "smallest": (f"Which sector is smallest: {options(names)}?", winner(_figures(scene))),
        "percent": (f"What percentage of the pie is sector {one}?", a),
        "together": (f"What percentage of the pie are sectors {one} and {two} together?", a + b),
        "missing": (f"What percentage has to be written beside sector {one}?", a),
        "amount": (
            f"The whole pie is {scene.whole} people. How many people are in sector {one}?",
            a * scene.whole // 100,
        ),
        "times": (f"How many times as large as sector {two} is sector {one}?", a // b),
        "turn": (f"How many degrees does the angle of sector {one} have?", a * 360 // 100),
    }[scene.by]
    return scene.by, question, answer(right, names)


def explain(scene: Scene) -> tuple[str, ...]:
    a, b = scene.figure()
    if scene.by in ("largest", "smallest"):
        return so_far(scene.percents(), max if scene.by == "largest" else min)
    if scene.by == "missing":
        written = [p for i, p in enumerate(scene.percents().values()) if i != scene.one]
        reads = (f"written: {', '.join(map(str, written))}.", *added(written))
        return (*reads, f"100 - {sum(written)} = {100 - sum(written)}.")
    reads = _read(scene, scene.one)
    pair = (*reads, *_read(scene, scene.two))
    return {
        "percent": reads,
        "together": (*pair, f"{a} + {b} = {a + b}."),
        "amount": (*reads, f"{a}% of {scene.whole} = {a * scene.whole // 100}."),
        "times": (*pair, f"{a} / {b} = {a // b}."),
        "turn": (*reads, "1% is 3.6 degrees.", f"{a} x 3.6 = {a * 360 // 100}."),
    }[scene.by]


def _read(scene: Scene, which: int) -> tuple[str, ...]:
    start = 5 * sum(scene.sectors[:which])
    end = start + 5 * scene.sectors[which]
    return (f"{LETTERS[which]}: from {start} to {end}.", f"{end} - {start} = {end - start}.")


def caption(scene: Scene) -> str:
    sizes = ", ".join(
        f"{letter} ({colour}) {'without a percentage' if scene.by == 'missing' and i == scene.one else f'{percent}%'}"
        for i, ((letter, percent), colour) in enumerate(zip(scene.percents().items(), scene.colours, strict=True))
    )
    return f"Clockwise from the top, the sectors of the pie are {sizes}."
