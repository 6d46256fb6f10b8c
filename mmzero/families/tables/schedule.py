"""A timetable: when a train leaves, which comes next, how long it takes, and which one is fastest or still in time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.tables._ruled import ruled
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

STOPS = ("Bern", "Cork", "Graz", "Jena", "Kyiv", "Lima", "Metz", "Oslo", "Riga", "Rome", "Turin", "York")
BY = ("time", "next", "duration", "wait", "arrive", "fastest", "latest")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:3], BY[3:4], BY[4:5], BY[5:6], BY[6:])
LETTER = "ABCD"
LETTERS, FIRST = 0.062, 0.19
KNOBS = {"trains": range(2, 5), "by": BY}
SMALLEST = 224


@dataclass(frozen=True, slots=True)
class Scene:
    """`trains` are the minutes of the day at which each train is at each of `stops`; `train`, `start` and `end` say which
    are asked for and `now` is the traveller's time. Level 0 reads a time, 2 finds the next train, 4 takes a duration, 6
    waits for the next train, 7 rides it, 8 finds the fastest train, 9 the last that is in time; from 7 on the trains
    stand in no order."""

    stops: tuple[str, ...]
    trains: tuple[tuple[int, ...], ...]
    by: str
    train: int
    start: int
    end: int
    now: int


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def sample(level: int, seed: int, trains: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n, stops = trains or min(4, 2 + level // 3 + rng.randint(0, 1)), min(6, 3 + level // 2)
    names = tuple(rng.sample(STOPS, stops))
    while True:
        runs = _runs(rng, n, stops)
        if level >= 7:
            rng.shuffle(runs)
        train, (start, end) = rng.randrange(n), sorted(rng.sample(range(stops), 2))
        moments = _moments([run[end if by == "latest" else start] for run in runs], train, by)
        if moments:
            scene = Scene(names, tuple(runs), by, train, start, end, rng.choice(moments))
            if (by != "fastest" or _fastest(scene) == train) and (by != "latest" or _latest(scene) == train):
                return scene


def _runs(rng: Random, n: int, stops: int) -> list[tuple[int, ...]]:
    leaves = rng.randint(600, 700)  # no hour has one digit: 9:05 and 09:05 would both be right
    runs = []
    for _ in range(n):
        times = [leaves]
        for _ in range(stops - 1):
            times.append(times[-1] + rng.randint(4, 55))
        runs.append(tuple(times))
        leaves += rng.randint(25, 110)
    return runs


def _moments(times: list[int], train: int, by: str) -> range:
    """When the train drawn is the next one at its stop, or there just in time."""
    here = times[train]
    if by == "latest":
        return range(here + 1, min((time for time in times if time > here), default=here + 40))
    return range(max((time for time in times if time < here), default=here - 40) + 1, here)


def _fastest(scene: Scene) -> int | None:
    rides = [run[scene.end] - run[scene.start] for run in scene.trains]
    return rides.index(min(rides)) if rides.count(min(rides)) == 1 else None


def _latest(scene: Scene) -> int:
    """Of the trains that are in time the one that leaves last: one train may overtake another."""
    timely = [i for i, run in enumerate(scene.trains) if run[scene.end] <= scene.now]
    return max(timely, key=lambda i: scene.trains[i][scene.start])


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    n, stops = len(scene.trains), len(scene.stops) + 1
    row = min(0.15, 0.94 / stops)
    times = [map(clock, column) for column in zip(*scene.trains, strict=True)]
    cells = [("", *LETTER[:n]), *((stop, *column) for stop, column in zip(scene.stops, times, strict=True))]
    wide = (FIRST, *[(0.95 - FIRST) / n] * n)
    ruled(canvas, (0.025, (1 - row * stops) / 2), wide, row, cells, LETTERS, skin.colours["green"])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    start, end, run = scene.stops[scene.start], scene.stops[scene.end], scene.trains[scene.train]
    letter, letters = LETTER[scene.train], tuple(LETTER[: len(scene.trains)])
    if scene.by == "fastest":
        options = f"{', '.join(letters[:-1])} or {letters[-1]}"
        right = Answer(kind="choice", value=letter, choices=letters, warrant=COMPUTED)
        return scene.by, f"Which train takes the least time from {start} to {end}: {options}?", right
    now, ride = clock(scene.now), run[scene.end] - run[scene.start]
    question, right = {
        "time": (f"At what time is train {letter} in {start}?", clock(run[scene.start])),
        "next": (f"It is {now}. At what time does the next train leave {start}?", clock(run[scene.start])),
        "duration": (f"How many minutes does train {letter} take from {start} to {end}?", ride),
        "wait": (
            f"It is {now}. How many minutes later does the next train leave {start}?",
            run[scene.start] - scene.now,
        ),
        "arrive": (f"It is {now}. At what time is the next train from {start} in {end}?", clock(run[scene.end])),
        "latest": (f"What is the latest time to leave {start} and be in {end} by {now}?", clock(run[scene.start])),
    }[scene.by]
    kind = "text" if isinstance(right, str) else "number"
    return scene.by, question, Answer(kind=kind, value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The row or the column read, and the time between by way of the full hours."""
    start, end, run = scene.stops[scene.start], scene.stops[scene.end], scene.trains[scene.train]
    letter, leave, reach = LETTER[scene.train], clock(run[scene.start]), clock(run[scene.end])
    trains = list(zip(LETTER, scene.trains, strict=False))
    if scene.by == "time":
        return (f"{start}, {letter}: {leave}.",)
    if scene.by == "duration":
        return f"{letter} {start} {leave}.", f"{letter} {end} {reach}.", _between(run[scene.start], run[scene.end])
    if scene.by == "fastest":
        rides = [f"{one}: {_between(times[scene.start], times[scene.end])}" for one, times in trains]
        return (*rides, f"least: {letter}.")
    at = scene.end if scene.by == "latest" else scene.start
    row = [
        f"{one} {scene.stops[at]} {clock(times[at])}, {'before' if times[at] < scene.now else 'after'} {clock(scene.now)}."
        for one, times in trains
    ]
    last = {
        "next": f"next: {letter} {leave}.",
        "wait": f"next: {letter}: {_between(scene.now, run[scene.start])}",
        "arrive": f"next: {letter}, {end} {reach}.",
        "latest": f"last: {letter}, {start} {leave}.",
    }[scene.by]
    return (*row, last)


def _between(one: int, two: int) -> str:
    """10:50 to 12:20 as 10 + 60 + 20 minutes."""
    hours = [*range(one // 60 * 60 + 60, two, 60)]
    parts = [b - a for a, b in pairwise([one, *hours, two])]
    return f"{clock(one)} to {clock(two)} is {' + '.join(map(str, parts))}{f' = {two - one}' if hours else ''}."


def caption(scene: Scene) -> str:
    trains = [
        f"Train {letter}: {', '.join(f'{stop} {clock(time)}' for stop, time in zip(scene.stops, run, strict=True))}"
        for letter, run in zip(LETTER, scene.trains, strict=False)
    ]
    return f"{'. '.join(trains)}."
