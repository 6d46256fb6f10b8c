"""Reading thermometers above and below zero, and reckoning with what they show."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.instruments._scale import reading, worth
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

UNITS = {  # degrees that a mark may be worth
    1: (1, 2, 3, 4, 5, 6, 8, 10, 15, 20),
    2: (1, 2, 3, 5, 6, 10),
    3: (1, 2, 5, 10),
    4: (1, 2, 5, 10),
    5: (1, 2, 3, 4, 10),
}
MARKS_BY_LEVEL = (1, 2, 2, 5, 1, 4, 2, 5, 4, 5)
BY = ("read", "below", "change", "after", "nearest", "spread", "mean")
BY_LEVEL = ("read", "read", "below", "below", "change", "change", "after", "nearest", "spread", "mean")
NAMES = ("A", "B", "C")
TOP, BOTTOM = 0.07, 0.72
KNOBS = {"marks": range(1, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """A scale with `marks` marks of `unit` degrees to a numbered step, from `low` marks up to `high` (below zero they
    are negative); `shown` is how high each thermometer stands and `move` a rise to come, all in marks. Level 0 reads
    one, 2 goes below zero, 4 compares two, 6 lets one rise or fall, 7 finds the nearest to zero of three, 8 their
    spread, 9 their mean."""

    marks: int
    unit: int
    low: int
    high: int
    shown: tuple[int, ...]
    by: str
    move: int


def sample(level: int, seed: int, marks: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    marks, by = marks or MARKS_BY_LEVEL[level], by or BY_LEVEL[level]
    steps = {1: 8, 2: 6, 3: 5}.get(marks, 4)
    under = 0 if by == "read" or level == 4 else steps // 2 + rng.randint(-1, 1)
    low, high, move = -under * marks, (steps - under) * marks, 0
    span = range(low, high + 1)
    shown: tuple[int, ...] = (rng.choice(span),)
    if by == "below":
        shown = (rng.choice(range(low, max(1, high // 3))),)
    elif by == "change":
        gap = rng.randint(1, len(span) - 1)
        cold = rng.randint(low, high - gap)
        shown = tuple(rng.sample((cold, cold + gap), 2))
    elif by == "after":
        end = rng.choice([mark for mark in span if mark != shown[0]])
        move = end - shown[0]
    elif by in ("nearest", "spread", "mean"):
        shown = _three(rng, span, by)
    return Scene(marks, rng.choice(UNITS[marks]), low, high, shown, by, move)


def _three(rng: Random, span: range, by: str) -> tuple[int, ...]:
    """Three heights that differ; the mean and the spread are drawn first, else they would crowd in the middle."""
    mean, spread = rng.choice(span[1:-1]), rng.randint(2, len(span) - 1)
    while True:
        shown = tuple(rng.sample(span, 3))
        near = sorted(abs(mark) for mark in shown)
        fits = {
            "nearest": near[0] < near[1],
            "spread": max(shown) - min(shown) == spread,
            "mean": sum(shown) == 3 * mean,
        }
        if fits[by]:
            return shown


def _height(scene: Scene, mark: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * (mark - scene.low) / (scene.high - scene.low)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), len(scene.shown)
    places = {1: (0.55,), 2: (0.46, 0.78), 3: (0.38, 0.62, 0.86)}[n]
    for mark in range(scene.low, scene.high + 1):
        y, numbered = _height(scene, mark), mark % scene.marks == 0
        if numbered:
            canvas.line((places[0] - 0.1, y), (places[-1] + 0.08, y), colour=skin.faint, width=skin.stroke * 0.6)
            canvas.text((places[0] - 0.13, y), str(mark * scene.unit), height=min(skin.text, 0.08), anchor="rm")
        for x in places:
            long, bold = (0.05, 1) if numbered else (0.03, 0.6)
            canvas.line((x - 0.025 - long, y), (x - 0.025, y), width=skin.stroke * bold)
    for i, (x, mark) in enumerate(zip(places, scene.shown, strict=True)):
        _tube(canvas, x, _height(scene, mark))
        if n > 1:
            canvas.text((x, 0.94), NAMES[i], height=min(skin.text, 0.085))
    return canvas.image()


def _tube(canvas: Canvas, x: float, y: float) -> None:
    """A glass that goes a little beyond its scale, and what stands in it."""
    skin, foot = canvas.skin, (x, 0.81)
    for wide, colour in ((0.025, skin.ink), (0.025 - skin.stroke, skin.paper)):
        canvas.circle((x, TOP - 0.02), wide, fill=colour)
        canvas.rectangle((x - wide, TOP - 0.02), (x + wide, 0.8), fill=colour)
        canvas.circle(foot, wide + 0.03, fill=colour)
    canvas.circle(foot, 0.04, fill=skin.colours["red"])
    canvas.rectangle((x - 0.025 + skin.stroke, y), (x + 0.025 - skin.stroke, 0.8), fill=skin.colours["red"])


def ask(scene: Scene) -> tuple[str, str, Answer]:
    shown = [mark * scene.unit for mark in scene.shown]
    if scene.by == "nearest":
        value = NAMES[min(range(3), key=lambda i: abs(shown[i]))]
        answer = Answer(kind="choice", value=value, choices=NAMES, warrant=COMPUTED)
        return "nearest", "Which thermometer is nearest to 0 degrees: A, B or C?", answer
    warm, cold = NAMES[shown.index(max(shown))], NAMES[shown.index(min(shown))]
    way, degrees = "fall" if scene.move < 0 else "rise", abs(scene.move) * scene.unit
    question, right = {
        "read": ("How many degrees does the thermometer show?", shown[0]),
        "below": ("What temperature does the thermometer show?", shown[0]),
        "change": (f"How many degrees warmer is thermometer {warm} than thermometer {cold}?", max(shown) - min(shown)),
        "after": (
            f"What does the thermometer show after a {way} of {degrees} degrees?",
            shown[0] + scene.move * scene.unit,
        ),
        "spread": ("How many degrees apart are the warmest and the coldest thermometer?", max(shown) - min(shown)),
        "mean": ("What is the mean of the three temperatures?", sum(shown) // len(shown)),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What a mark is worth, every reading, and the reckoning."""
    shown = [mark * scene.unit for mark in scene.shown]
    names = NAMES if len(shown) > 1 else ("it",)
    steps = [f"one mark is {worth(scene.marks, scene.unit)}."] * (scene.marks > 1)
    steps += [reading(name, scene.marks, scene.unit, mark) for name, mark in zip(names, scene.shown, strict=False)]
    warm, cold = max(shown), min(shown)
    if scene.by in ("change", "spread"):
        steps.append(f"{warm} - {f'({cold})' if cold < 0 else cold} = {warm - cold}.")
    elif scene.by == "after":
        sign, degrees = "-" if scene.move < 0 else "+", abs(scene.move) * scene.unit
        steps.append(f"{shown[0]} {sign} {degrees} = {shown[0] + scene.move * scene.unit}.")
    elif scene.by == "nearest":
        steps += [f"{name} is {abs(one)} from 0." for name, one in zip(NAMES, shown, strict=True)]
        steps.append(f"the least is {min(map(abs, shown))}: {ask(scene)[2].text}.")
    elif scene.by == "mean":
        steps.append(f"{' + '.join(f'({one})' if one < 0 else str(one) for one in shown)} = {sum(shown)}.")
        steps.append(f"{sum(shown)} / 3 = {sum(shown) // 3}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    if len(scene.shown) == 1:
        return f"A thermometer shows {scene.shown[0] * scene.unit} degrees."
    shown = ", ".join(f"{name} {mark * scene.unit}" for name, mark in zip(NAMES, scene.shown, strict=False))
    return f"Thermometers show, in degrees: {shown}."
