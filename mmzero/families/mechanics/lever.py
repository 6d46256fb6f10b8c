"""Levers: which side goes down, what balances them, what two supports carry, and levers that hang on levers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.mechanics._load import load, support
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

BY = ("side", "missing", "place", "carried", "pivot", "mobile")
BY_LEVEL = ("side", "side", "missing", "missing", "place", "place", "carried", "carried", "pivot", "mobile")
SIDES = ("left", "right", "neither")
MOST = 40  # kilograms of one load
END, STEP, BEAM = 4, 0.105, 0.5  # marks on either side of the middle, how far apart, and how far down the beam lies
MOBILE, NEAR = (0.42, 0.075), 3  # where its middle hangs and how far apart its marks are; marks of its lower bar
UPPER, LOWER = 0.22, 0.6  # how far down its bars hang
KNOBS = {"by": BY, "most": range(5, MOST + 1)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`loads` are (mark, kilograms), the marks counted from the middle to the right; `at` is which of them is asked for.
    A mobile is three loads: on the left of the upper bar, and on the lower bar, which hangs from its mark `hung`. Level 0
    asks which side goes down, 2 for a load that balances the others, 4 where to put one, 6 what a support at the left
    end carries, 8 under which mark a support would balance all, 9 for a load of a mobile; odd levels have more loads."""

    loads: tuple[tuple[int, int], ...]
    by: str
    at: int
    hung: int

    def torque(self, but: int = -1) -> int:
        """How strongly they turn to the right about the middle."""
        return sum(mark * weight for i, (mark, weight) in enumerate(self.loads) if i != but)

    def weight(self) -> int:
        return sum(weight for _, weight in self.loads)


def sample(level: int, seed: int, by: str | None = None, most: int | None = None) -> Scene:
    rng = Random(seed)
    by, most = by or BY_LEVEL[level], most or (12 if level < 2 else 20 if level < 9 else 30)
    n = {"place": 3, "carried": 2 + level % 2, "pivot": 3}.get(by, 2 + 2 * (level % 2))
    far = 3 if by == "pivot" else END
    wanted, mark = rng.choice(SIDES), rng.choice([m for m in range(-far, far + 1) if m])
    while True:
        if by == "mobile":
            scene = _mobile(rng, most)
        else:
            marks = rng.sample([m for m in range(-END, END + 1) if m], n)
            scene = Scene(tuple((m, rng.randint(1, most)) for m in sorted(marks)), by, rng.randrange(n), 0)
            scene = _balanced(scene, wanted, mark)
        if scene and all(1 <= weight <= most for _, weight in scene.loads) and _whole(scene, mark):
            return scene


def _mobile(rng: Random, most: int) -> Scene:
    """The lower bar in balance, and with all its weight the upper one."""
    near, far = rng.sample(range(1, NEAR + 1), 2)
    weight = rng.randint(1, most)
    other, odd = divmod(weight * near, far)
    hung, mark = rng.randint(1, NEAR), -rng.randint(1, END)
    whole, left = divmod((weight + other) * hung, -mark)
    loads = ((mark, 0 if odd or left else whole), (-near, weight), (far, other))
    return Scene(loads, "mobile", 0, hung)


def _balanced(scene: Scene, wanted: str, mark: int) -> Scene | None:
    """The scene with its answer as it was drawn first, the load asked for made to fit the others; None where it cannot."""
    if scene.by == "side" and not scene.loads[0][0] < 0 < scene.loads[-1][0]:
        return None
    if scene.by == "side" and wanted != "neither":
        return scene if _side(scene) == wanted else None
    if scene.by in ("side", "missing", "place"):
        i = scene.at
        at, weight = scene.loads[i]
        if scene.by == "place":
            if mark in [m for j, (m, _) in enumerate(scene.loads) if j != i]:
                return None
            at = mark
        weight, odd = divmod(-scene.torque(but=i), at)
        if odd:
            return None
        loads = (*scene.loads[:i], (at, weight), *scene.loads[i + 1 :])
        return Scene(loads, scene.by, i, 0)
    return scene


def _whole(scene: Scene, mark: int) -> bool:
    """Whether the answer is a whole number; every mark is as likely to be a pivot, the middle apart."""
    if scene.by == "carried":
        return _carried(scene)[1] == 0 and 0 < _carried(scene)[0] < scene.weight()
    return scene.by != "pivot" or scene.torque() == mark * scene.weight()


def _carried(scene: Scene) -> tuple[int, int]:
    """What the left one of two supports at the ends carries, and what is left over."""
    return divmod(sum((END - mark) * weight for mark, weight in scene.loads), 2 * END)


def _side(scene: Scene) -> str:
    return SIDES[0 if scene.torque() < 0 else 1 if scene.torque() else 2]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.by == "mobile":
        _draw_mobile(canvas, scene)
        return canvas.image()
    _bar(canvas, (0.5, BEAM), END, STEP)
    for mark in {"carried": (-END, END), "pivot": ()}.get(scene.by, (0,)):
        support(canvas, (0.5 + STEP * mark, BEAM + 0.015))
    for i, (mark, weight) in enumerate(scene.loads):
        asked = i == scene.at and scene.by in ("missing", "place")
        if not asked or scene.by == "missing":
            load(canvas, (0.5 + STEP * mark, BEAM - 0.015), "?" if asked else str(weight))
    if scene.by == "place":
        load(canvas, (0.5, 0.92), str(scene.loads[scene.at][1]), "yellow")
    return canvas.image()


def _bar(canvas: Canvas, middle: Point, ends: int, step: float) -> None:
    """A beam with a tooth under every mark, a longer one in its middle."""
    (x, y), wide = middle, step * ends + 0.04
    canvas.rectangle((x - wide, y - 0.015), (x + wide, y + 0.015), fill=canvas.skin.ink)
    for mark in range(-ends, ends + 1):
        canvas.line((x + step * mark, y), (x + step * mark, y + (0.05 if mark else 0.075)))


def _draw_mobile(canvas: Canvas, scene: Scene) -> None:
    (middle, step), skin = MOBILE, canvas.skin
    x = middle + step * scene.hung
    canvas.line((middle - 0.15, 0.06), (middle + 0.15, 0.06), width=skin.stroke * 2)
    canvas.line((middle, 0.06), (middle, UPPER))
    canvas.line((x, UPPER), (x, LOWER))
    _bar(canvas, (middle, UPPER), END, step)
    _bar(canvas, (x, LOWER), NEAR, step)
    for i, (mark, weight) in enumerate(scene.loads):
        u, v = (x + step * mark, LOWER) if i else (middle + step * mark, UPPER)
        canvas.line((u, v), (u, v + 0.12))
        load(canvas, (u, v + 0.12), "?" if i == scene.at else str(weight) if i == 1 else "", hangs=True)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = {
        "side": "Which side of the lever goes down: left, right or neither?",
        "missing": "The lever is in balance. How many kilograms has the load at the question mark?",
        "place": "Where on the lever has the yellow load to stand to balance it? Give the number of marks from the middle,"
        " negative on the left.",
        "carried": "How many kilograms does the support on the left carry?",
        "pivot": "Under which mark would one support balance the loads? Give the number of marks from the middle, negative"
        " on the left.",
        "mobile": "Both bars are in balance. How many kilograms has the load at the question mark?",
    }[scene.by]
    if scene.by == "side":
        return scene.by, question, Answer(kind="choice", value=_side(scene), choices=SIDES, warrant=COMPUTED)
    mark, weight = scene.loads[scene.at]
    right = {"place": mark, "carried": _carried(scene)[0], "pivot": scene.torque() // scene.weight()}
    return scene.by, question, Answer(kind="number", value=right.get(scene.by, weight), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Each load times its distance, side by side, and what is left over."""
    if scene.by == "mobile":
        return _hanging(scene)
    if scene.by == "carried":
        steps, total = _turning([(END - mark, weight) for mark, weight in scene.loads], "")
        return (*steps, f"{total} / {2 * END} = {total // (2 * END)}.")
    if scene.by == "pivot":
        return _centre(scene)
    known = [one for i, one in enumerate(scene.loads) if i != scene.at or scene.by == "side"]
    left, down = _turning([(-mark, weight) for mark, weight in known if mark < 0], "left")
    right, up = _turning([(mark, weight) for mark, weight in known if mark > 0], "right")
    steps = (*left, *right)
    if scene.by == "side":
        return (*steps, f"left {down}, right {up}.")
    side, gap = ("left" if down < up else "right"), abs(down - up)
    mark, weight = scene.loads[scene.at]
    known = abs(mark) if scene.by == "missing" else weight
    return (*steps, f"{max(down, up)} - {min(down, up)} = {gap} on the {side}.", f"{gap} / {known} = {gap // known}.")


def _turning(arms: Sequence[tuple[int, int]], side: str) -> tuple[list[str], int]:
    """Weight times distance, summed up."""
    products = [arm * weight for arm, weight in arms]
    steps = [f"{f'{side}: ' if side else ''}{weight} * {arm} = {arm * weight}." for arm, weight in arms]
    if len(products) > 1:
        steps.append(f"{f'{side}: ' if side else ''}{' + '.join(map(str, products))} = {sum(products)}.")
    return steps, sum(products)


def _centre(scene: Scene) -> tuple[str, ...]:
    """From the left end, where no number is below zero."""
    steps, total = _turning([(mark + END, weight) for mark, weight in scene.loads], "")
    at, weight = total // scene.weight(), scene.weight()
    weights = " + ".join(str(one) for _, one in scene.loads)
    return (
        *steps,
        f"{weights} = {weight}.",
        f"{total} / {weight} = {at} from the left end.",
        f"{at} - {END} = {at - END}.",
    )


def _hanging(scene: Scene) -> tuple[str, ...]:
    (mark, whole), (near, weight), (far, other) = scene.loads
    lower = f"{weight} * {-near} = {weight * -near}, / {far} = {other}."
    both = weight + other
    return (
        lower,
        f"{weight} + {other} = {both}.",
        f"{both} * {scene.hung} = {both * scene.hung}, / {-mark} = {whole}.",
    )


def caption(scene: Scene) -> str:
    if scene.by == "mobile":
        (mark, _), (near, weight), (far, _) = scene.loads
        return (
            f"A mobile: the upper bar has the load at the question mark {-mark} left of its middle and the lower bar"
            f" {scene.hung} right of it; the lower bar has {weight} kg {-near} left of its middle and a load without"
            f" a number {far} right of it."
        )
    asked = scene.at if scene.by in ("missing", "place") else -1
    stand = [f"{weight} kg at {mark}" for i, (mark, weight) in enumerate(scene.loads) if i != asked]
    mark, weight = scene.loads[scene.at]
    stand += {"missing": [f"the question mark at {mark}"], "place": [f"a yellow load of {weight} kg apart"]}.get(
        scene.by, []
    )
    ends = {"carried": f"supports under {-END} and {END}", "pivot": "no support"}.get(scene.by, "a support under 0")
    return f"A lever with marks from {-END} to {END} and {ends}: {', '.join(stand)}."
