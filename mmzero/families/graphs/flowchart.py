"""Following a flowchart: what a number becomes on its way through boxes and questions, and how often it goes round."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.graphs._chart import AFTER, draw_chart
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("chain", "fork", "late", "twice", "loop", "rounds", "start", "weave")
BY_LEVEL = ("chain", "chain", "fork", "late", "twice", "twice", "loop", "rounds", "start", "weave")
PLAN = {"start": "chain", "rounds": "loop"}  # what else is asked of a plan; the others are called like theirs
ROUNDS = {"loop": range(2, 5), "rounds": range(1, 6), "weave": range(2, 4)}
HIGHEST = 60
KNOBS = {"x": range(1, 13), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`boxes` are what boxes a, b, c do and `tests` what questions p, q ask, in the plan that `by` names; `x` is the
    number at the start. Level 0 goes through three boxes, 2 chooses between two, 3 after a first box, 4 asks twice, 6
    goes round, 7 counts the rounds, 8 goes back from the end to the start, 9 chooses anew in each round."""

    boxes: tuple[tuple[str, int], ...]
    tests: tuple[tuple[str, int], ...]
    by: str
    x: int

    def plan(self) -> str:
        return PLAN.get(self.by, self.by)


def sample(level: int, seed: int, x: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, x = by or BY_LEVEL[level], x or rng.randint(2, 12)
    after = AFTER[PLAN.get(by, by)]
    # What the questions answer and how often it goes round is drawn first, so that each is as likely as any other.
    ways = {part: rng.choice(nexts) for part, nexts in after.items() if part in "pq"}
    rounds = rng.choice(ROUNDS.get(by, (0,)))
    while True:
        boxes = tuple(_box(rng, "++*" if rounds else "+-*") for part in "abc" if part in after)
        tests = [(rng.choice("<>e"), rng.randint(1, HIGHEST if rounds else 2 * x + 4)) for _ in ways]
        if rounds:
            tests[-1] = (">" if by == "weave" else "<", tests[-1][1])
        scene = Scene(boxes, tuple(tests), by, x)
        met, values = _run(scene)
        if met[-1] == "." and min(values) >= 0 and len(set(boxes)) == len(boxes):
            followed = all(way in (".", met[met.index(part) + 1]) for part, way in ways.items() if part in met)
            if (met.count(max(ways)) == rounds and set(after) <= {*met, "."}) if rounds else followed:
                return scene


def _box(rng: Random, signs: str) -> tuple[str, int]:
    sign = rng.choice(signs)
    return sign, rng.randint(2, 3 if sign == "*" else 9)


def _run(scene: Scene) -> tuple[list[str], list[int]]:
    """The parts that are met, and the number before each; it stops short of the end where the number runs away."""
    after, part, x, met, values = AFTER[scene.plan()], "<", scene.x, [], []
    while part != "." and x <= HIGHEST:
        met.append(part)
        values.append(x)
        if part in "pq":
            part = after[part][0 if _holds(scene.tests["pq".index(part)], x) else 1]
            continue
        if part in "abc":
            sign, number = scene.boxes["abc".index(part)]
            x = {"+": x + number, "-": x - number, "*": x * number}[sign]
        part = after[part]
    return ([*met, "."] if part == "." else met), [*values, x]


def _holds(test: tuple[str, int], x: int) -> bool:
    relation, number = test
    return {"<": x < number, ">": x > number, "e": x % 2 == 0}[relation]


def _says(scene: Scene) -> dict[str, str]:
    """What is written in each part."""
    boxes = {part: f"x {sign} {number}" for part, (sign, number) in zip("abc", scene.boxes, strict=False)}
    tests = {
        part: "x even" if relation == "e" else f"x {relation} {number}"
        for part, (relation, number) in zip("pq", scene.tests, strict=False)
    }
    return {"<": "start", ".": "end"} | boxes | tests


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    draw_chart(canvas, scene.plan(), _says(scene))
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    met, values = _run(scene)
    question, right = f"At the start x is {scene.x}. Each box changes x. What is x at the end?", values[-1]
    if scene.by == "rounds":
        question, right = f"At the start x is {scene.x}. How many times is the box passed?", met.count("a")
    if scene.by == "start":
        question, right = f"At the end x is {values[-1]}. Each box changes x. What was x at the start?", scene.x
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    (met, values), says, steps = _run(scene), _says(scene), []
    for part, before, then in zip(met, values, values[1:], strict=False):
        if part in "abc":
            passed = f"{sum(step.count(' = ') for step in steps) + 1}: " if scene.by == "rounds" else ""
            steps.append(f"{passed}{says[part].replace('x', str(before))} = {then}.")
        if part in "pq":
            yes = _holds(scene.tests["pq".index(part)], before)
            steps.append(f"{says[part].replace('x ', f'{before} ')}: {'yes' if yes else 'no'}.")
    if scene.by != "start":
        return tuple(steps)
    undo = {"+": "-", "-": "+", "*": "/"}
    back = zip(reversed(scene.boxes), values[:0:-1], values[-2::-1], strict=False)
    return tuple(f"{then} {undo[sign]} {number} = {before}." for (sign, number), then, before in back)


def caption(scene: Scene) -> str:
    """Part by part what it says and where it leads."""
    says, parts = _says(scene), []
    for part, nexts in AFTER[scene.plan()].items():
        leads = f"yes: {says[nexts[0]]}, no: {says[nexts[1]]}" if part in "pq" else f"next: {says[nexts]}"
        parts.append(f"{says[part]} ({leads})")
    return f"A flowchart: {'; '.join(parts)}."
