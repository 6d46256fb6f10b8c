"""Reading a dial: what its needle shows, which zone it is in, and how far needles stand apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

UNITS = {1: (1, 2, 10, 20), 2: (1, 5, 10, 50), 3: (1, 2, 10), 4: (5, 25, 50), 5: (1, 2, 10, 20)}  # what a mark is worth
MARKS_BY_LEVEL = (1, 2, 4, 5, 2, 5, 2, 5, 4, 5)
BY = ("read", "zone", "until", "apart", "middle", "moved")
BY_LEVEL = ("read", "read", "zone", "read", "until", "until", "apart", "apart", "middle", "moved")
ZONES = ("green", "yellow", "red")
KNOBS = {"marks": range(1, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`steps` numbered steps of `marks` marks, each worth `unit`; `needles` are (colour, mark), `zones` the marks where
    the yellow and the red zone begin. Levels 0, 1 and 3 read ever finer marks, 2 names the zone, 4 asks how far it is
    to the red one, 6 compares two needles, 8 finds their middle, 9 moves the needle by `move` marks."""

    marks: int
    unit: int
    steps: int
    needles: tuple[tuple[str, int], ...]
    zones: tuple[int, ...]
    by: str
    move: int


def sample(level: int, seed: int, marks: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    marks, by = marks or MARKS_BY_LEVEL[level], by or BY_LEVEL[level]
    steps = rng.randint(5, 6) if marks > 1 else rng.randint(8, 10)
    last, zones, move = marks * steps, (), 0
    needles = (("black", rng.randint(0, last)),)
    if by in ("zone", "until"):
        zones = _zones(rng, last)
        bounds = (0, *zones, last)
        which = rng.randrange(3 if by == "zone" else 2)
        needles = (("black", rng.randint(bounds[which] + 1, bounds[which + 1] - 1)),)
    elif by in ("apart", "middle"):
        gap = rng.randint(1, last // 2) * (2 if by == "middle" else 1)
        low = rng.randint(0, last - gap)
        needles = tuple(zip(rng.sample(("red", "blue"), 2), (low, low + gap), strict=True))
    elif by == "moved":
        move = rng.choice((-1, 1)) * rng.randint(2, 2 * marks + 1)
        needles = (("black", rng.randint(max(0, -move), last - max(0, move))),)
    return Scene(marks, rng.choice(UNITS[marks]), steps, needles, zones, by, move)


def _zones(rng: Random, last: int) -> tuple[int, int]:
    """Every zone is wide enough for a needle that stands inside it and not on its edge."""
    yellow = rng.randint(max(2, last // 4), last // 2)
    return yellow, rng.randint(yellow + 2, last - 2)


def _on(scene: Scene, mark: float, reach: float) -> Point:
    """The point `reach` from the middle of the dial towards a mark; the scale is three quarters of a turn."""
    angle = math.radians(270 * mark / (scene.marks * scene.steps) - 135)
    return 0.5 + reach * math.sin(angle), 0.53 - reach * math.cos(angle)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, last = Canvas(skin), scene.marks * scene.steps
    bounds = (0, *scene.zones, last)
    for i, colour in enumerate(ZONES[: len(bounds) - 1] if scene.zones else ()):
        ends = [bounds[i] + (bounds[i + 1] - bounds[i]) * k / 24 for k in range(25)]
        band = [_on(scene, m, 0.33) for m in ends] + [_on(scene, m, 0.28) for m in reversed(ends)]
        canvas.polygon(*band, fill=skin.colours[colour])
    canvas.line(*[_on(scene, last * k / 60, 0.33) for k in range(61)])
    for mark in range(last + 1):
        long = mark % scene.marks == 0
        bold = 1.3 if long else 0.7
        canvas.line(_on(scene, mark, 0.27 if long else 0.3), _on(scene, mark, 0.33), width=skin.stroke * bold)
        if long:
            canvas.text(_on(scene, mark, 0.41), str(mark * scene.unit), height=min(skin.text, 0.072))
    for colour, mark in scene.needles:
        tip, left, right = _on(scene, mark, 0.3), _on(scene, mark - last / 3, 0.025), _on(scene, mark + last / 3, 0.025)
        canvas.polygon(tip, left, right, fill=skin.colours[colour])
        canvas.line((0.5, 0.53), tip, colour=skin.colours[colour])
    canvas.circle((0.5, 0.53), 0.045, fill=skin.ink)
    return canvas.image()


def _shown(scene: Scene) -> list[int]:
    return [mark * scene.unit for _, mark in scene.needles]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    first, last = _shown(scene)[0], _shown(scene)[-1]
    if scene.by == "zone":
        zone = ZONES[sum(scene.needles[0][1] > bound for bound in scene.zones)]
        answer = Answer(kind="choice", value=zone, choices=ZONES, warrant=COMPUTED)
        return "zone", "In which zone is the needle: green, yellow or red?", answer
    way = "back" if scene.move < 0 else "on"
    question, right = {
        "read": ("What number does the needle show?", first),
        "until": ("By how much must the reading rise to reach the red zone?", _left(scene)),
        "apart": ("How far apart are the readings of the two needles?", last - first),
        "middle": ("What number is halfway between the two needles?", (first + last) // 2),
        "moved": (
            f"What number does the needle show after it moves {way} by {abs(scene.move)} small marks?",
            first + scene.move * scene.unit,
        ),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _left(scene: Scene) -> int:
    """How far it is from the needle up to the last zone, where there is one."""
    return sum(scene.zones[-1:]) * scene.unit - _shown(scene)[0]


def _reading(scene: Scene, mark: int, name: str) -> tuple[str, ...]:
    """The number before it, and the marks from there on."""
    over, before = mark % scene.marks, mark // scene.marks * scene.marks * scene.unit
    if not over:
        return (f"{name} is on {before}.",)
    more = over * scene.unit
    return (f"{name} is {over} mark{'s' * (over > 1)} past {before}: {before} + {more} = {before + more}.",)


def explain(scene: Scene) -> tuple[str, ...]:
    """First what one mark is worth, then each reading, then the reckoning."""
    shown, worth = _shown(scene), f"one mark is {scene.marks * scene.unit} / {scene.marks} = {scene.unit}."
    if scene.by == "zone":
        return (f"the needle is over the {ask(scene)[2].text} band.",)
    names = ["the needle"] if len(shown) == 1 else [f"{colour}" for colour, _ in scene.needles]
    read = [step for (_, mark), name in zip(scene.needles, names, strict=True) for step in _reading(scene, mark, name)]
    read = [worth, *read] if scene.marks > 1 else read
    first, last = shown[0], shown[-1]
    if scene.by == "until":
        edge = scene.zones[-1] * scene.unit
        return (*read, *_reading(scene, scene.zones[-1], "the red zone's edge"), f"{edge} - {first} = {edge - first}.")
    if scene.by == "middle":
        return (*read, f"{first} + {last} = {first + last}.", f"{first + last} / 2 = {(first + last) // 2}.")
    if scene.by == "moved":
        span, sign = abs(scene.move) * scene.unit, "-" if scene.move < 0 else "+"
        total = first + scene.move * scene.unit
        return (*read, f"{abs(scene.move)} x {scene.unit} = {span}.", f"{first} {sign} {span} = {total}.")
    return (*read, f"{last} - {first} = {last - first}.") if scene.by == "apart" else tuple(read)


def caption(scene: Scene) -> str:
    top = scene.marks * scene.steps * scene.unit
    needles = " and ".join(f"a {colour} needle at {mark * scene.unit}" for colour, mark in scene.needles)
    begins = [f"{colour} begins at {at * scene.unit}" for colour, at in zip(ZONES[1:], scene.zones, strict=False)]
    return f"A dial from 0 to {top}, a small mark every {scene.unit}, with {needles}{'; ' * bool(begins)}{', '.join(begins)}."
