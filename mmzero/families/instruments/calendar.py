"""Reading a month's sheet: weekdays of dates, dates of weekdays, and the days between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
NTH = ("first", "second", "third", "fourth", "last")
BY = ("circled", "weekday", "nth", "between", "workdays", "later", "beyond", "next", "every")
BY_LEVEL = ("circled", "weekday", "nth", "nth", "between", "later", "workdays", "beyond", "next", "every")
KNOBS = {"by": BY, "begins": ("Monday", "Sunday")}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """A month whose weeks begin on `begins`; `circled` are (colour, day); `which` is the weekday asked for, 0 Monday,
    and `n` a date, a count or a number of days. Levels 0 and 1 name a day's weekday, 2 finds a weekday's date, 4
    counts the days between two, 5 goes on, 6 leaves weekends out, 7 and 8 leave the month, 9 repeats."""

    year: int
    month: int
    begins: str
    circled: tuple[tuple[str, int], ...]
    by: str
    which: int
    n: int


def sample(level: int, seed: int, by: str | None = None, begins: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    begins = begins or (rng.choice(KNOBS["begins"]) if level % 2 else "Monday")
    year, month, which = rng.randint(2020, 2039), rng.randint(1, 12), rng.randrange(7)
    last, days, n = _days(year, month), (), 0
    if by == "circled":
        days = (rng.randint(1, last),)
    elif by in ("weekday", "next"):
        n = rng.randint(1, last if by == "weekday" else 20)
    elif by == "nth":
        n = rng.randint(1, 4 if level == 2 else 5)
    elif by in ("between", "workdays"):
        gap = rng.randint(2, last - 1)
        start = rng.randint(1, last - gap)
        days = (start, start + gap)
    elif by == "later":
        n = 7 * rng.randint(1, 3) + rng.randint(1, 6)
        days = (rng.randint(1, last - n),)
    elif by == "beyond":
        n, days = rng.randint(8, 40), (rng.randint(1, last),)
    else:
        times = rng.randint(2, 7)
        n = rng.randint(2, min(9, (last - 1) // (times - 1)))
        end = rng.randint(max(last - n + 1, 1 + n * (times - 1)), last)
        days = (end - n * (times - 1),)
    return Scene(year, month, begins, tuple(zip(("red", "blue"), days, strict=False)), by, which, n)


def _days(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def _on(scene: Scene, day: int) -> date:
    """The date of a day of this month; days past its end are in the next."""
    return date(scene.year, scene.month, 1) + timedelta(days=day - 1)


def _order(scene: Scene) -> tuple[str, ...]:
    return WEEK if scene.begins == "Monday" else (WEEK[-1], *WEEK[:-1])


def _cell(scene: Scene, day: int) -> Point:
    lead = _order(scene).index(WEEK[_on(scene, 1).weekday()])
    row, column = divmod(lead + day - 1, 7)
    return 0.095 + 0.135 * column, 0.32 + 0.12 * row


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, small = Canvas(skin), min(skin.text, 0.07)
    canvas.text((0.5, 0.09), f"{MONTHS[scene.month - 1]} {scene.year}", height=min(skin.text, 0.085))
    for i, name in enumerate(_order(scene)):
        quiet = tuple((2 * a + b) // 3 for a, b in zip(skin.ink, skin.faint, strict=True))
        canvas.text((0.095 + 0.135 * i, 0.21), name[:2], height=small, colour=quiet)
    canvas.line((0.03, 0.26), (0.97, 0.26), colour=skin.faint)
    for colour, day in scene.circled:
        canvas.circle(_cell(scene, day), 0.062, outline=skin.colours[colour], width=skin.stroke * 0.9)
    for day in range(1, _days(scene.year, scene.month) + 1):
        canvas.text(_cell(scene, day), str(day), height=small)
    return canvas.image()


def _th(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th") if n // 10 != 1 else "th"
    return f"{n}{ending}"


def _several(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _dates(scene: Scene) -> list[int]:
    """The days of the month that the question is about, where it is about several."""
    days, circled = range(1, _days(scene.year, scene.month) + 1), [day for _, day in scene.circled]
    if scene.by == "nth":
        return [day for day in days if _on(scene, day).weekday() == scene.which]
    if scene.by == "every":
        return list(days[circled[0] - 1 :: scene.n])
    return [day for day in range(circled[0], circled[-1] + 1) if _on(scene, day).weekday() < 5]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    by, n, last = scene.by, scene.n, _days(scene.year, scene.month)
    red, other = (scene.circled or ((None, 1),))[0][1], (scene.circled or ((None, 1),))[-1][1]
    if by in ("circled", "weekday", "beyond", "next"):
        words, day = {
            "circled": ("does the circled day fall", red),
            "weekday": (f"does the {_th(n)} fall", n),
            "beyond": (f"is it {n} days after the circled day", red + n),
            "next": (f"does the {_th(n)} of the next month fall", last + n),
        }[by]
        right = WEEK[_on(scene, day).weekday()]
        question = f"On which weekday {words}: {', '.join(WEEK[:-1])} or {WEEK[-1]}?"
        return by, question, Answer(kind="choice", value=right, choices=WEEK, warrant=COMPUTED)
    if by == "nth":
        dates = _dates(scene)
        question = f"What is the date of the {NTH[n - 1]} {WEEK[scene.which]} in this month?"
        return by, question, Answer(kind="number", value=dates[min(n, len(dates)) - 1], warrant=COMPUTED)
    question, right = {
        "between": ("How many days after the day circled red is the day circled blue?", other - red),
        "workdays": (
            "How many days from Monday to Friday are there from the day circled red to the day circled blue, both included?",
            len(_dates(scene)) if by == "workdays" else 0,
        ),
        "later": (
            f"What date is {_several(n // 7, 'week')} and {_several(n % 7, 'day')} after the circled day?",
            red + n,
        ),
        "every": (
            f"A plant is watered on the circled day and every {n} days after it. How often is that in this month?",
            len(_dates(scene)) if by == "every" else 0,
        ),
    }[by]
    return by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Which column a day is in, or which days are in a column, then the reckoning."""
    by, n, last = scene.by, scene.n, _days(scene.year, scene.month)
    reads = [f"the {colour} circle is round {day}." for colour, day in scene.circled]
    day = scene.circled[0][1] if scene.circled else n
    if by in ("circled", "weekday"):
        name = WEEK[_on(scene, day).weekday()]
        return (*reads, f"{day} is in the column {name[:2]}: {name}.")
    if by in ("beyond", "next"):
        start = day if by == "beyond" else last
        name, rest = WEEK[_on(scene, start).weekday()], n % 7
        then = WEEK[_on(scene, start + n).weekday()]
        reads += [] if by == "beyond" else [f"the {_th(n)} of the next month is {_several(n, 'day')} after {last}."]
        return (
            *reads,
            f"{start} is in the column {name[:2]}: {name}.",
            f"{n} days are {_several(n // 7, 'week')} and {_several(rest, 'day')}.",
            f"{_several(rest, 'day')} after {name}: {then}.",
        )
    if by == "nth":
        name = WEEK[scene.which]
        return (
            f"in the column {name[:2]}: {', '.join(map(str, _dates(scene)))}.",
            f"{NTH[n - 1]}: {ask(scene)[2].text}.",
        )
    if by == "between":
        return (*reads, f"{scene.circled[1][1]} - {day} = {scene.circled[1][1] - day}.")
    if by == "later":
        weeks = n // 7 * 7
        return (
            *reads,
            f"in {_several(n // 7, 'week')} there are {weeks} days.",
            f"{day} + {weeks} = {day + weeks}.",
            f"{day + weeks} + {n % 7} = {day + n}.",
        )
    if by == "every":
        return (*reads, f"the days: {', '.join(map(str, _dates(scene)))}.", f"counted: {len(_dates(scene))}.")
    return (*reads, *_weeks(scene))


def _weeks(scene: Scene) -> list[str]:
    """Week by week the days from Monday to Friday, with the count so far."""
    weeks: dict[int, list[int]] = {}
    for day in _dates(scene):
        weeks.setdefault((day - 1 - _on(scene, day).weekday()) // 7, []).append(day)
    total, steps = 0, []
    for days in weeks.values():
        total += len(days)
        steps.append(f"{days[0]} to {days[-1]}: {len(days)}, so far {total}.")
    return steps or ["none: 0."]


def caption(scene: Scene) -> str:
    circled = "".join(f" The {day} is circled {colour}." for colour, day in scene.circled)
    first = WEEK[_on(scene, 1).weekday()]
    month = f"{MONTHS[scene.month - 1]} {scene.year}"
    return f"A sheet for {month} begins with a {first} and has {_days(scene.year, scene.month)} days.{circled}"
