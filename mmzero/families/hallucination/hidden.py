"""A bar chart with patches laid over it: what is asked can be told from the rest, or it cannot, which is a choice too."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

TOP = 8
LETTERS = "ABCDEF"
COLOURS = ("red", "blue", "green", "purple")
UNKNOWN = "cannot be told"
BY = ("value", "taller", "tallest", "sum", "above")
BASE, UNIT, LEFT = 0.86, 0.095, 0.13
KNOBS = {"bars": range(4, 7), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`bars` are (height, lid, foot): a lid hides what is from a height of `lid` on, a foot what is up to `foot`, 0 is
    none. Level 0 asks for the value of one bar, 2 for the taller of two, 4 for the tallest of all, 6 for the sum of two,
    8 for how many are above `limit`. Whether it can be told was drawn as one `choices` among the others."""

    bars: tuple[tuple[int, int, int], ...]
    by: str
    asked: tuple[int, ...]
    limit: int
    colour: str
    choices: tuple[str, ...]

    def spans(self) -> list[tuple[int, int]]:
        """The least and the most that each bar can be, as far as can be seen."""
        return [(lid, TOP) if lid else (height, height) for height, lid, _ in self.bars]


def sample(level: int, seed: int, bars: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = bars or rng.randint(4, 5 + level % 2)
    asked = tuple(sorted(rng.sample(range(n), {"value": 1, "taller": 2, "sum": 2}.get(by, n))))
    letters = [LETTERS[i] for i in asked] if by in ("taller", "tallest") else []
    # Of three numbers one is right; of letters any may be.
    right = rng.choice([*(letters or ["number"] * 3), UNKNOWN])
    while True:
        drawn = tuple(_bar(rng) for _ in range(n))
        scene = Scene(drawn, by, asked, rng.randint(2, 6), rng.choice(COLOURS), (*letters, UNKNOWN))
        found = outcomes(scene)
        told = UNKNOWN if len(found) > 1 else found[0] if letters else "number"
        if told != right or not any(lid or foot for _, lid, foot in drawn):
            continue
        if letters:
            return scene
        most = {"value": TOP, "sum": 2 * TOP, "above": n}[by]
        numbers = map(str, _numbers(rng, list(map(int, found)), most))
        return Scene(drawn, by, asked, scene.limit, scene.colour, (*numbers, UNKNOWN))


def _bar(rng: Random) -> tuple[int, int, int]:
    height, patch = rng.randint(1, TOP), rng.random()
    if patch < 0.3:
        return height, rng.randint(1, min(height, TOP - 2)), 0
    return height, 0, rng.randint(1, height - 1) if patch < 0.5 and height > 2 else 0


def _numbers(rng: Random, found: list[int], most: int) -> list[int]:
    """Three numbers: the right one among near ones, or such as are all possible, that none be told by leaving out."""
    if len(found) > 2:
        return sorted(rng.sample(found, 3))
    near = [number for number in range(max(0, found[0] - 2), min(most, found[-1] + 2) + 1) if number not in found]
    return sorted([*found, *rng.sample(near, 3 - len(found))])


def outcomes(scene: Scene) -> list[str]:
    """Every answer that agrees with what can be seen; for letters at most two of them."""
    spans = [scene.spans()[i] for i in scene.asked]
    if scene.by in ("taller", "tallest"):
        leads = [
            LETTERS[i]
            for i, (low, _) in zip(scene.asked, spans, strict=True)
            if all(low > scene.spans()[j][1] for j in scene.asked if j != i)
        ]
        known = all(low == high for low, high in spans)
        return leads or (["tie"] if known else [LETTERS[scene.asked[0]], "another"])
    if scene.by == "above":
        least, most = (sum(span[end] > scene.limit for span in spans) for end in (0, 1))
    else:
        least, most = (sum(span[end] for span in spans) for end in (0, 1))
    return [str(number) for number in range(least, most + 1)]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    step = (0.98 - LEFT) / len(scene.bars)
    for value in range(TOP + 1):
        canvas.line((LEFT, at(value)), (0.98, at(value)), colour=skin.faint, width=skin.stroke / 2)
        if value % 2 == 0:
            canvas.text((LEFT / 2, at(value)), str(value), height=0.07)
    for i, (height, lid, foot) in enumerate(scene.bars):
        x = LEFT + (i + 0.5) * step
        canvas.rectangle((x - 0.28 * step, at(height)), (x + 0.28 * step, BASE), fill=skin.colours[scene.colour])
        canvas.text((x, 0.935), LETTERS[i])
        if lid:
            _patch(canvas, x, 0.41 * step, 0.05, at(lid - 0.5))
        if foot:
            _patch(canvas, x, 0.41 * step, at(foot - 0.5), BASE)
    canvas.line((LEFT, BASE), (0.98, BASE))
    return canvas.image()


def at(value: float) -> float:
    return BASE - UNIT * value


def _patch(canvas: Canvas, x: float, half: float, top: float, bottom: float) -> None:
    """Opaque and hatched, so that nobody takes it for a bar."""
    canvas.rectangle((x - half, top), (x + half, bottom), fill=canvas.skin.faint)
    for y in (top + share * 0.055 for share in range(1, int((bottom - top) / 0.055))):
        canvas.line((x - half, y), (x + half, y - 0.03), width=canvas.skin.stroke / 2)
    canvas.rectangle((x - half, top), (x + half, bottom), outline=canvas.skin.ink)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    first, last = LETTERS[scene.asked[0]], LETTERS[scene.asked[-1]]
    what = {
        "value": f"What is the value of bar {first}",
        "taller": f"Which bar is taller, {first} or {last}",
        "tallest": "Which bar is the tallest",
        "sum": f"What do the values of bars {first} and {last} add up to",
        "above": f"How many bars are higher than {scene.limit}",
    }[scene.by]
    found = outcomes(scene)
    right = found[0] if len(found) == 1 else UNKNOWN
    question = f"{what}: {', '.join(scene.choices[:-1])} or {UNKNOWN}?"
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=scene.choices)


def told(scene: Scene, i: int) -> str:
    low, high = scene.spans()[i]
    return str(low) if low == high else f"{low} or more, patched"


def explain(scene: Scene) -> tuple[str, ...]:
    """What can be seen of each bar that matters, and what follows."""
    steps = [f"{LETTERS[i]}: {told(scene, i)}." for i in scene.asked]
    found = outcomes(scene)
    if len(found) > 1:
        return (*steps, "the patch hides which.")
    if scene.by in ("value", "sum"):
        return tuple(steps)
    end = {"above": f"higher than {scene.limit}: {found[0]}"}.get(
        scene.by, f"{found[0]} is above all that the others can be"
    )
    return (*steps, f"{end}.")


def caption(scene: Scene) -> str:
    seen = ", ".join(f"{LETTERS[i]} is {told(scene, i)}" for i in range(len(scene.bars)))
    return f"A bar chart up to {TOP}, some of it under patches: {seen}."
