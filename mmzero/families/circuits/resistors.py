"""Resistors in a row and side by side: how much they resist together, and what current and voltage come of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.circuits._parts import battery, resistor
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

BY = ("series", "parallel", "mixed", "current", "missing", "drop", "branch")
BY_LEVEL = ("series", "series", "parallel", "parallel", "mixed", "mixed", "current", "missing", "drop", "branch")
MOST_OHMS, MOST_VOLTS = 60, 240
ASKED = {"drop": 1, "branch": 2}  # how many lie side by side where the resistor is that is asked for
VOLTS = ("current", "drop", "branch")  # what the battery's voltage is shown for
LEFT, RIGHT, TOP, FLOOR = 0.1, 0.95, 0.34, 0.87
KNOBS = {"by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`stages` lie in a row, each one resistor or some side by side, in ohms; `at` is (stage, place) of the one asked
    for or hidden. Level 0 adds a row, 2 takes two side by side, 3 three, 4 mixes both, 6 asks for the current, 7 for a
    missing resistor, 8 for the voltage at one, 9 for the current through one of two."""

    stages: tuple[tuple[int, ...], ...]
    volts: int
    by: str
    at: tuple[int, int]

    def total(self) -> int:
        return sum(map(_together, self.stages))


def _together(stage: tuple[int, ...]) -> int:
    """Of resistors side by side; every stage is made so that this comes out even."""
    if len(stage) == 1:
        return stage[0]
    return prod(stage) // sum(prod(stage) // one for one in stage)


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    singles = {"series": rng.randint(2 + level % 2, 3 + level % 2), "parallel": 0}.get(by, rng.randint(1, 2))
    many = {"series": 0, "parallel": 2 + level % 2, "mixed": 2 + level % 2}.get(by, 2)
    while True:
        stages = [(rng.randint(1, 20),) for _ in range(singles)]
        if many:
            stages.insert(rng.randint(0, singles), _beside(rng, many))
        stage = rng.choice([i for i, one in enumerate(stages) if by not in ASKED or len(one) == ASKED[by]])
        place, amperes = rng.randrange(len(stages[stage])), rng.randint(1, 9)
        volts, ohms = amperes * sum(map(_together, stages)), stages[stage][place]
        even = by != "branch" or amperes * _together(stages[stage]) % ohms == 0
        if even and volts <= MOST_VOLTS and sum(stages, ()).count(ohms) == 1:
            return Scene(tuple(stages), volts, by, (stage, place))


def _beside(rng: Random, many: int) -> tuple[int, ...]:
    """Some side by side; what they come to is drawn first, then two that come to it, and one of these is split again."""
    stage = (rng.randint(2, 12),)
    while len(stage) < many:
        whole = rng.choice(stage)
        # whole = one * two / (one + two) just where (one - whole) * (two - whole) = whole * whole.
        pairs = [(whole + i, whole + whole * whole // i) for i in range(1, whole * whole + 1) if whole * whole % i == 0]
        pairs = [pair for pair in pairs if max(pair) <= MOST_OHMS]
        split = list(stage)
        split.remove(whole)
        stage = tuple(split) + rng.choice(pairs) if pairs else stage
    return tuple(rng.sample(stage, many))


def _spots(scene: Scene) -> list[list[Point]]:
    slot = (RIGHT - LEFT) / len(scene.stages)
    rows = {1: (0.0,), 2: (-0.1, 0.1), 3: (-0.2, 0.0, 0.2)}
    return [[(LEFT + slot * (i + 0.5), TOP + row) for row in rows[len(stage)]] for i, stage in enumerate(scene.stages)]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    canvas.line((LEFT, TOP), (LEFT, FLOOR), (RIGHT, FLOOR), (RIGHT, TOP), (LEFT, TOP), (LEFT, FLOOR))
    for i, spots in enumerate(_spots(scene)):
        (x, first), (_, last) = spots[0], spots[-1]
        if len(spots) > 1:
            canvas.rectangle((x - 0.12, TOP - 0.02), (x + 0.12, TOP + 0.02), fill=skin.paper)
            canvas.line(
                (x - 0.12, first),
                (x - 0.12, last),
                (x + 0.12, last),
                (x + 0.12, first),
                (x - 0.12, first),
                (x - 0.12, last),
            )
        for j, (_, y) in enumerate(spots):
            canvas.line((x - 0.12, y), (x + 0.12, y))
            resistor(canvas, (x, y), "?" if scene.by == "missing" and scene.at == (i, j) else str(scene.stages[i][j]))
    battery(canvas, (LEFT, (TOP + FLOOR) / 2))
    if scene.by in VOLTS:
        canvas.text((LEFT + 0.18, (TOP + FLOOR) / 2), f"{scene.volts} V", height=0.066)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    ohms = scene.stages[scene.at[0]][scene.at[1]]
    question = {
        "current": "The resistances are in ohms. How many amperes flow through the battery?",
        "missing": f"All resistors together have {scene.total()} ohms. What is the resistance at the question mark?",
        "drop": f"How many volts lie across the resistor of {ohms} ohms?",
        "branch": f"How many amperes flow through the resistor of {ohms} ohms?",
    }.get(scene.by, "The resistances are in ohms. What is the resistance of all resistors together?")
    amperes = scene.volts // scene.total()
    right = {
        "current": amperes,
        "missing": ohms,
        "drop": amperes * ohms,
        "branch": amperes * _together(scene.stages[scene.at[0]]) // ohms,
    }.get(scene.by, scene.total())
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    (i, j), total = scene.at, scene.total()
    stage, ohms, whole = scene.stages[i], scene.stages[i][j], _together(scene.stages[i])
    if scene.by == "missing":
        others = [*scene.stages[:i], *scene.stages[i + 1 :]]
        steps, known = [step for one in others for step in _merged(one)], [_together(one) for one in others]
        steps += [*_added(known), f"{total} - {sum(known)} = {whole}."] if known else []
        if len(stage) > 1:
            other = stage[1 - j]
            steps += [f"{other} * {whole} = {other * whole}.", f"{other} - {whole} = {other - whole}."]
            steps.append(f"{other * whole} / {other - whole} = {ohms}.")
        return tuple(steps)
    steps = [step for one in scene.stages for step in _merged(one)] + _added([_together(one) for one in scene.stages])
    amperes = scene.volts // total
    steps += [f"{scene.volts} / {total} = {amperes}."] if scene.by in VOLTS else []
    steps += [f"{amperes} * {whole} = {amperes * whole}."] if scene.by in ("drop", "branch") else []
    steps += [f"{amperes * whole} / {ohms} = {amperes * whole // ohms}."] if scene.by == "branch" else []
    return tuple(steps)


def _added(row: list[int]) -> list[str]:
    return [f"{sum(row[:i])} + {row[i]} = {sum(row[: i + 1])}." for i in range(1, len(row))]


def _merged(stage: tuple[int, ...]) -> list[str]:
    """Two side by side come to their product over their sum; of three those two first for which that is whole."""
    if len(stage) == 1:
        return []
    one, two = next(pair for pair in combinations(stage, 2) if prod(pair) % sum(pair) == 0)
    rest = list(stage)
    rest.remove(one)
    rest.remove(two)
    whole = one * two // (one + two)
    steps = [f"{one} * {two} = {one * two}.", f"{one} + {two} = {one + two}.", f"{one * two} / {one + two} = {whole}."]
    return steps + _merged((*rest, whole))


def caption(scene: Scene) -> str:
    row = []
    for i, stage in enumerate(scene.stages):
        ohms = ["?" if scene.by == "missing" and scene.at == (i, j) else str(one) for j, one in enumerate(stage)]
        row.append(" and ".join(ohms) + " side by side" * (len(ohms) > 1))
    volts = f" at a battery of {scene.volts} volts" * (scene.by in VOLTS)
    return f"In a row are resistors of {', then '.join(row)}, in ohms{volts}."
