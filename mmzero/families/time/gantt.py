"""Reading a plan of tasks: how long they take, when they run side by side, and how late they may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

DAYS, LEFT, WIDE, HEAD = 10, 0.12, 0.085, 0.13
NAMES = "ABCDEF"
BY = ("days", "last", "together", "running", "most", "idle", "wait", "chain", "slack")
BY_LEVEL = ("days", "last", "together", "running", "running", "most", "idle", "wait", "chain", "slack")
ARROWS = {"wait": ((0, 1),), "chain": ((0, 1), (1, 2)), "slack": ((0, 1), (0, 2), (1, 3), (2, 3))}
KNOBS = {"tasks": range(4, 7), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`tasks` are the first and the last day of A, B, C …, `arrows` say which waits for which. Level 0 measures a task,
    1 finds the last one, 2 the days of two together, 3 counts what runs on `day`, 5 the most at once, 6 idle days, 7
    asks how late a task may end before another has to wait, 8 through a chain, 9 where ways part and meet."""

    tasks: tuple[tuple[int, int], ...]
    arrows: tuple[tuple[int, int], ...]
    by: str
    day: int


def sample(level: int, seed: int, tasks: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = tasks or (4 if by == "slack" else min(6, 4 + level // 3))
    day, arrows = rng.randint(2, DAYS - 1), ARROWS.get(by, ())
    # The answer is drawn first: free plans nearly all answer alike.
    low, high = {"days": (1, 8), "together": (1, 6), "running": (0, n - 1), "most": (1, n - 1)}.get(by, (0, 4))
    goal = rng.choice(NAMES[:n]) if by == "last" else rng.randint(low, high)
    longest = {"idle": 3, "most": 5, "wait": 4, "chain": 3, "slack": 3}.get(by, 8)
    for i in range(100_000):
        plan = tuple(_task(rng, longest if i < 400 else 3) for _ in range(n))
        scene = Scene(plan, arrows, by, day)
        if all(plan[a][1] < plan[b][0] for a, b in arrows) and _right(scene) == goal:
            return scene
    raise AssertionError(f"no plan of {n} tasks answers '{by}' with {goal}")


def _task(rng: Random, longest: int) -> tuple[int, int]:
    long = rng.randint(1, longest)
    start = rng.randint(1, DAYS + 1 - long)
    return start, start + long - 1


def _runs(scene: Scene, day: int) -> list[str]:
    return [name for name, (start, end) in zip(NAMES, scene.tasks, strict=False) if start <= day <= end]


def _gap(scene: Scene, one: int, other: int) -> int:
    """The free days between a task and one that waits for it."""
    return scene.tasks[other][0] - scene.tasks[one][1] - 1


def _right(scene: Scene) -> int | str | None:
    (a, b), (c, d) = scene.tasks[:2]
    running = [len(_runs(scene, day)) for day in range(1, DAYS + 1)]
    ways = [[_gap(scene, *pair) for pair in zip((0, *way), way, strict=False)] for way in _ways(scene)]
    ends = [end for _, end in scene.tasks]
    right: dict[str, Callable[[], int | str | None]] = {
        "days": lambda: b - a + 1,
        "last": lambda: NAMES[ends.index(max(ends))] if ends.count(max(ends)) == 1 else None,
        "together": lambda: max(0, min(b, d) - max(a, c) + 1),
        "running": lambda: running[scene.day - 1],
        "most": lambda: max(running),
        "idle": lambda: running.count(0),
    }
    return right[scene.by]() if scene.by in right else min(map(sum, ways))


def _ways(scene: Scene) -> tuple[tuple[int, ...], ...]:
    """The tasks that lead from A to the one it must not delay."""
    return {"wait": ((1,),), "chain": ((1, 2),), "slack": ((1, 3), (2, 3))}.get(scene.by, ())


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), len(scene.tasks)
    tall = (0.97 - HEAD) / n
    for day in range(DAYS + 1):
        x = LEFT + WIDE * day
        canvas.line((x, HEAD), (x, 0.97), colour=skin.faint, width=skin.stroke * 0.6)
        if day:
            canvas.text((x - WIDE / 2, 0.075), str(day), height=min(skin.text, 0.065))
    hues = [skin.colours[name] for name in ("blue", "red", "green", "purple", "yellow")]
    middles = [HEAD + tall * (i + 0.5) for i in range(n)]
    for i, (start, end) in enumerate(scene.tasks):
        canvas.text((LEFT / 2, middles[i]), NAMES[i], height=min(skin.text, 0.085))
        low, high = (LEFT + WIDE * (start - 1), middles[i] - 0.038), (LEFT + WIDE * end, middles[i] + 0.038)
        canvas.rectangle(low, high, fill=hues[i % len(hues)])
    for one, other in scene.arrows:
        x, y = LEFT + WIDE * (scene.tasks[other][0] - 0.5), middles[one]
        canvas.line((LEFT + WIDE * scene.tasks[one][1], y), (x, y), (x, y + 0.04))
        canvas.arrow((x, y), (x, middles[other] - 0.036))
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right, names = _right(scene), tuple(NAMES[: len(scene.tasks)])
    if scene.by == "last":
        question = f"Which task is finished last: {', '.join(names[:-1])} or {names[-1]}?"
        return "last", question, Answer(kind="choice", value=right, choices=names, warrant=COMPUTED)
    late = "A task begins only when those with arrows to it are done. How many days late can task A end without delaying task"
    question = {
        "days": "How many days does task A take?",
        "together": "On how many days are task A and task B both under way?",
        "running": f"How many tasks are under way on day {scene.day}?",
        "most": "How many tasks are under way at once at most?",
        "idle": f"On how many of the {DAYS} days is no task under way?",
    }.get(scene.by) or f"{late} {NAMES[_ways(scene)[0][-1]]}?"
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """First and last days of the tasks that matter, then the count."""
    plan = [f"{name}: {a} to {b}." for name, (a, b) in zip(NAMES, scene.tasks, strict=False)]
    (a, b), (c, d) = scene.tasks[:2]
    right = _right(scene)
    if scene.by == "days":
        return plan[0], f"{b} - {a} + 1 = {right}."
    if scene.by == "together":
        return (*plan[:2], f"both: {max(a, c)} to {min(b, d)}.", f"{min(b, d)} - {max(a, c)} + 1 = {right}.")
    if scene.by == "last":
        return (*plan, f"the last day is {max(end for _, end in scene.tasks)}: {right}.")
    if scene.by == "running":
        return (*plan, f"on day {scene.day}: {', '.join(_runs(scene, scene.day)) or 'none'}.", f"counted: {right}.")
    if scene.by in ("most", "idle"):
        counts = [len(_runs(scene, day)) for day in range(1, DAYS + 1)]
        listed = ", ".join(f"{day}: {count}" for day, count in enumerate(counts, 1))
        zero = f"days with 0: {right}." if scene.by == "idle" else f"the most: {right}."
        return (*plan, f"on each day: {listed}.", zero)
    steps = []
    for way in _ways(scene):
        gaps = [(NAMES[one], NAMES[other], _gap(scene, one, other)) for one, other in zip((0, *way), way, strict=False)]
        steps += [f"free between {one} and {other}: {gap}." for one, other, gap in gaps]
        total = sum(gap for *_, gap in gaps)
        steps += [f"{' + '.join(str(gap) for *_, gap in gaps)} = {total}."] * (len(gaps) > 1)
    return (*steps, f"the least is {right}.") if scene.by == "slack" else tuple(steps)


def caption(scene: Scene) -> str:
    plan = ", ".join(f"{name} from day {a} to day {b}" for name, (a, b) in zip(NAMES, scene.tasks, strict=False))
    waits = ", ".join(f"{NAMES[a]} to {NAMES[b]}" for a, b in scene.arrows)
    return f"A plan of {DAYS} days has the tasks {plan}{f', with arrows from {waits}' * bool(waits)}."
