"""Telling the time from a clock with hands, and reckoning with it."""

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

DAY = 12 * 60  # minutes until the hands stand the same again
GRAINS = {"hour": 60, "half": 30, "quarter": 15, "five": 5}
GRAIN_BY_LEVEL = ("hour", "half", "quarter", "five", "half", "five", "quarter", "five", "five", "five")
BY = ("time", "hours", "later", "ago", "until")
BY_LEVEL = ("time", "time", "time", "time", "hours", "hours", "later", "later", "ago", "until")
KNOBS = {"grain": tuple(GRAINS), "by": BY}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """The hands show `shown`, in minutes after twelve; the question looks `by` `span` minutes. Levels up to 3 read ever
    finer times, 4 adds hours, 6 adds minutes, 8 goes back, 9 asks how long until a given time."""

    shown: int
    by: str
    span: int


def sample(level: int, seed: int, grain: str | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    step = GRAINS[grain or GRAIN_BY_LEVEL[level]]
    by = by or BY_LEVEL[level]
    shown, pace = rng.randrange(0, DAY, step), min(step, 15)
    span = {
        "time": 0,
        "hours": 60 * rng.randint(1, 5),
        "later": pace * rng.randint(1, 55 // pace),
        "ago": 5 * rng.randint(1, 11),
        "until": 5 * rng.randint(1, 12),
    }[by]
    return Scene(shown, by, span)


def _say(minutes: int) -> str:
    hour, minute = divmod(minutes % DAY, 60)
    return f"{hour or 12}:{minute:02d}"


def _hand(turn: float, reach: float) -> Point:
    """The point `reach` from the middle after `turn` of a full turn from twelve."""
    angle = 2 * math.pi * turn
    return 0.5 + reach * math.sin(angle), 0.5 - reach * math.cos(angle)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    canvas.circle((0.5, 0.5), 0.48, outline=skin.ink)
    for i in range(12):
        quarter = i % 3 == 0
        inner, bold = (0.37, 1.6) if quarter else (0.41, 0.9)
        canvas.line(_hand(i / 12, inner), _hand(i / 12, 0.45), width=skin.stroke * bold)
    minute, hour = scene.shown % 60 / 60, scene.shown / DAY
    canvas.line((0.5, 0.5), _hand(minute, 0.36), colour=skin.colours["blue"], width=skin.stroke * 1.6)
    canvas.line((0.5, 0.5), _hand(hour, 0.22), colour=skin.colours["red"], width=skin.stroke * 3)
    canvas.circle((0.5, 0.5), skin.stroke * 1.8, fill=skin.ink)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    hours, then = scene.span // 60, _say(scene.shown + scene.span)
    question, right = {
        "time": ("What time is it?", then),
        "hours": (f"What time is it {hours} hour{'s' * (hours != 1)} later?", then),
        "later": (f"What time is it {scene.span} minutes later?", then),
        "ago": (f"What time was it {scene.span} minutes ago?", _say(scene.shown - scene.span)),
        "until": (f"How many minutes is it until {then}?", scene.span),
    }[scene.by]
    return scene.by, question, Answer(kind="number" if scene.by == "until" else "text", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The long hand gives the minutes, the short hand the hour; then the reckoning, hours and minutes apart."""
    hour, minute = scene.shown // 60 or 12, scene.shown % 60
    after = hour % 12 + 1
    short = f"short hand {f'between {hour} and {after}' if minute else f'on {hour}'}: hour {hour}."
    read = (f"long hand on {minute // 5 or 12}: {minute:02d}.", short)
    if scene.by == "time":
        return read
    reckon = {"hours": _plus_hours, "later": _plus_minutes, "ago": _minus_minutes, "until": _wait}[scene.by]
    return read + reckon(hour, minute, scene.span)


def _wrap(hour: int) -> tuple[str, ...]:
    """Past twelve, or before one, the hours begin again."""
    return (f"{hour} is {hour % 12 or 12}.",) if not 1 <= hour <= 12 else ()


def _plus_hours(hour: int, _: int, span: int) -> tuple[str, ...]:
    hours = span // 60
    return (f"{hour} + {hours} = {hour + hours}.", *_wrap(hour + hours))


def _plus_minutes(hour: int, minute: int, span: int) -> tuple[str, ...]:
    total = minute + span
    added = f"{minute} + {span} = {total}."
    if total < 60:
        return (added, f"hour {hour}.")
    return added, f"{total} - 60 = {total - 60}.", f"{hour} + 1 = {hour + 1}.", *_wrap(hour + 1)


def _minus_minutes(hour: int, minute: int, span: int) -> tuple[str, ...]:
    if minute >= span:
        return f"{minute} - {span} = {minute - span}.", f"hour {hour}."
    lent, back = minute + 60, f"{hour} - 1 = {hour - 1}."
    return f"{minute} + 60 = {lent}.", f"{lent} - {span} = {lent - span}.", back, *_wrap(hour - 1)


def _wait(_: int, minute: int, span: int) -> tuple[str, ...]:
    end = minute + span
    if end < 60:
        return (f"{end} - {minute} = {span}.",)
    rest = 60 - minute
    return f"60 - {minute} = {rest}.", f"{rest} + {end - 60} = {span}."


def caption(scene: Scene) -> str:
    return f"There is a clock that shows {_say(scene.shown)}."
