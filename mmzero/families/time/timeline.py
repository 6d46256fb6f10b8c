"""Reading events and periods off a line of years: their order, how far apart they lie, and what overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

STEPS, LEFT, RIGHT, FOOT = 4, 0.1, 0.9, 0.82
NAMES = "ABCDE"
HUES = ("red", "blue", "green", "purple", "yellow")
SCALES = ((1, 20), (1, 50), (1, 100), (2, 5), (2, 10), (2, 25), (2, 50), (4, 5), (4, 25), (5, 2), (5, 10), (5, 20))
BY = ("order", "year", "between", "nearest", "lasted", "overlap", "together", "during", "alone")
BY_LEVEL = ("order", "year", "between", "between", "nearest", "lasted", "overlap", "together", "during", "alone")
POINTS = BY[:4]
KNOBS = {"events": range(3, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """Years from `start`; each of four numbered steps has `marks` marks of `unit` years. `events` are the first and last
    mark of A, B, C …, both the same for an event in one year. Level 0 orders events, 1 dates one, 2 measures between
    two, 4 finds the nearest; from 5 on they are periods: 5 measures one, 6 finds an overlap, 7 measures it, 8 counts
    what goes on in the year of mark `at`, 9 finds out when one is alone."""

    start: int
    marks: int
    unit: int
    events: tuple[tuple[int, int], ...]
    by: str
    at: float


def sample(level: int, seed: int, events: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = events or min(5, 3 + (level + 1) // 2)
    fine = [scale for scale in SCALES if (scale[0] > 2) == (level not in (1, 2, 5) and by != "order")]
    marks, unit = rng.choice(fine)
    last, step = STEPS * marks, marks * unit
    start = step * rng.randint(1000 // step, 2000 // step - STEPS)
    at = rng.randrange(last) + 0.5 if by == "during" else 0
    if by in POINTS:
        return Scene(start, marks, unit, _points(rng, n, last, by), by, at)
    if by == "during":
        spans = [_span(rng, last, at, under_way=i < on) for on in [rng.randint(0, n)] for i in range(n)]
        rng.shuffle(spans)
        return Scene(start, marks, unit, tuple(spans), by, at)
    goal = rng.randint(1, max(2, last // 2))  # how long what is asked for lasts, drawn first
    while True:
        spans = tuple(_span(rng, last) for _ in range(n))
        one, two = (set(range(*span)) for span in spans[:2])
        rest = set().union(*(range(*span) for span in spans[1:]))
        fits = {
            "lasted": len(one) == goal,
            "overlap": sum(bool(one & set(range(*span))) for span in spans[1:]) == 1,
            "together": len(one & two) == goal,
            "alone": len(one - rest) == min(goal, last // 3) and len(one & rest) > 0,
        }
        if fits[by]:
            return Scene(start, marks, unit, _shuffled(rng, spans, by), by, at)


def _span(rng: Random, last: int, at: float = 0, under_way: bool = False) -> tuple[int, int]:
    least = max(1, round(last * 0.12))
    while True:
        start = rng.randint(0, last - least)
        end = rng.randint(start + least, last)
        if (start < at < end) == under_way:
            return start, end


def _shuffled(rng: Random, spans: tuple[tuple[int, int], ...], by: str) -> tuple[tuple[int, int], ...]:
    """A stays the one that is asked about; where a second one is, so does B."""
    kept = 2 if by == "together" else 1
    rest = list(spans[kept:])
    rng.shuffle(rest)
    return spans[:kept] + tuple(rest)


def _points(rng: Random, n: int, last: int, by: str) -> tuple[tuple[int, int], ...]:
    """Years far enough apart for their flags; where one is the nearest to A, no other is as near."""
    apart = max(1, round(last * 0.12))
    while True:
        at = rng.sample(range(last + 1), n)
        gaps = sorted(abs(mark - at[0]) for mark in at[1:])
        clear = all(abs(a - b) >= apart for i, a in enumerate(at) for b in at[:i])
        if clear and (by != "nearest" or len(gaps) < 2 or gaps[0] < gaps[1]):
            return tuple((mark, mark) for mark in at)


def _x(scene: Scene, mark: float) -> float:
    return LEFT + (RIGHT - LEFT) * mark / (STEPS * scene.marks)


def _lane(scene: Scene, i: int) -> float:
    return 0.1 + 0.62 * (i + 0.25) / (len(scene.events) - 0.5)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for mark in range(STEPS * scene.marks + 1):
        x, numbered = _x(scene, mark), mark % scene.marks == 0
        canvas.line((x, 0.04), (x, FOOT), colour=skin.faint, width=skin.stroke * (1 if numbered else 0.4))
        canvas.line((x, FOOT), (x, FOOT + (0.035 if numbered else 0.02)), width=skin.stroke * (1 if numbered else 0.6))
        if numbered:
            canvas.text((x, 0.91), str(_year(scene, mark)), height=min(skin.text, 0.07))
    canvas.line((LEFT - 0.04, FOOT), (RIGHT + 0.04, FOOT))
    for i, (first, end) in enumerate(scene.events):
        x, far, y, hue = _x(scene, first), _x(scene, end), _lane(scene, i), skin.colours[HUES[i]]
        clear = max((skin.ink, skin.paper), key=lambda one: abs(sum(one) - sum(hue)))
        if first == end:
            canvas.line((x, y), (x, FOOT), colour=hue)
            canvas.circle((x, FOOT), skin.stroke * 1.5, fill=hue)
            canvas.circle((x, y), 0.052, fill=hue)
        else:
            canvas.rectangle((x, y - 0.045), (far, y + 0.045), fill=hue)
        canvas.text(((x + far) / 2, y), NAMES[i], height=min(skin.text, 0.075), colour=clear)
    return canvas.image()


def _year(scene: Scene, mark: float) -> int:
    return scene.start + round(mark * scene.unit)


def _alone(scene: Scene) -> list[int]:
    """The marks from which A is the only one until the next mark."""
    others = {mark for span in scene.events[1:] for mark in range(*span)}
    return [mark for mark in range(*scene.events[0]) if mark not in others]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    spans, unit, names = scene.events, scene.unit, list(NAMES[: len(scene.events)])
    (a, b), (c, d) = spans[:2]
    listed = f"{', '.join(names[1:-1])} or {names[-1]}"
    if scene.by == "order":
        value = tuple(sorted(names, key=lambda name: spans[NAMES.index(name)]))
        question = f"In which order do the events {', '.join(names[:-1])} and {names[-1]} come, the earliest first?"
        return "order", question, Answer(kind="sequence", value=value, warrant=COMPUTED)
    if scene.by in ("nearest", "overlap"):
        what = "event is nearest in time to event" if scene.by == "nearest" else "period overlaps with period"
        far = [abs(one - a) if scene.by == "nearest" else -min(b, end) + max(a, one) for one, end in spans[1:]]
        value = names[1 + far.index(min(far))]
        return (
            scene.by,
            f"Which {what} A: {listed}?",
            Answer(kind="choice", value=value, choices=tuple(names[1:]), warrant=COMPUTED),
        )
    middle = f"{_year(scene, int(scene.at))} and {_year(scene, int(scene.at) + 1)}"
    question, right = {
        "year": ("In which year is event A?", _year(scene, a)),
        "between": ("How many years lie between event A and event B?", abs(c - a) * unit),
        "lasted": ("How many years does period A last?", (b - a) * unit),
        "together": ("For how many years do period A and period B go on together?", (min(b, d) - max(a, c)) * unit),
        "during": (
            f"How many periods are under way in the middle between {middle}?",
            sum(one < scene.at < end for one, end in spans),
        ),
        "alone": ("For how many years is period A the only one under way?", len(_alone(scene)) * unit),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The years of what is asked about, then the reckoning."""
    years = [(_year(scene, a), _year(scene, b)) for a, b in scene.events]
    (a, b), (c, d) = years[:2]
    answer = ask(scene)[2].text
    if scene.by in ("order", "nearest"):
        steps = [f"{name} is in {year}." for name, (year, _) in zip(NAMES, years, strict=False)]
        steps += [
            f"{name} is {abs(one - a)} from A."
            for name, (one, _) in zip(NAMES[1:], years[1:], strict=False)
            if scene.by == "nearest"
        ]
        return (*steps, f"{'the earliest first' if scene.by == 'order' else 'the nearest'}: {answer}.")
    if scene.by == "year":
        return (f"one mark is {scene.unit} years.", f"A is in {a}.")
    if scene.by == "between":
        return f"A is in {a}.", f"B is in {c}.", f"{max(a, c)} - {min(a, c)} = {answer}."
    spans = [f"{name} goes from {one} to {end}." for name, (one, end) in zip(NAMES, years, strict=False)]
    if scene.by == "lasted":
        return spans[0], f"{b} - {a} = {b - a}."
    if scene.by == "together":
        return (*spans[:2], f"both go on from {max(a, c)} to {min(b, d)}.", f"{min(b, d)} - {max(a, c)} = {answer}.")
    if scene.by == "overlap":
        return (*spans, f"it begins before A ends and ends after A begins: {answer}.")
    if scene.by == "during":
        on = [name for name, (one, end) in zip(NAMES, scene.events, strict=False) if one < scene.at < end]
        return (*spans, f"under way then: {', '.join(on) or 'none'}.", f"counted: {len(on)}.")
    return (*spans, *_stretches(scene))


def _stretches(scene: Scene) -> list[str]:
    """Each stretch of years in which A is alone, with the total so far."""
    alone, total, steps = _alone(scene), 0, []
    for first in (mark for mark in alone if mark - 1 not in alone):
        end = next(mark for mark in range(first, first + 99) if mark not in alone)
        total += (end - first) * scene.unit
        steps.append(f"alone from {_year(scene, first)} to {_year(scene, end)}, so far {total}.")
    return steps


def caption(scene: Scene) -> str:
    years = [(_year(scene, a), _year(scene, b)) for a, b in scene.events]
    if scene.by in POINTS:
        return (
            "On a line of years are "
            + ", ".join(f"event {n} in {a}" for n, (a, _) in zip(NAMES, years, strict=False))
            + "."
        )
    return (
        "On a line of years are "
        + ", ".join(f"period {n} from {a} to {b}" for n, (a, b) in zip(NAMES, years, strict=False))
        + "."
    )
