"""Reading how high water stands in measuring glasses, and what stones in it push aside."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Colour
from mmzero.families.instruments._scale import reading, worth
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

STEPS = 5  # numbered steps of every glass
UNITS = {  # millilitres that a mark may be worth
    1: (2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    2: (1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50),
    3: (2, 3, 5, 10, 20, 30),
    4: (1, 2, 5, 10, 20, 25),
    5: (1, 2, 3, 4, 10, 20),
}
MARKS_BY_LEVEL = (1, 5, 2, 4, 2, 5, 3, 5, 2, 4)
BY = ("read", "more", "room", "poured", "stone", "each", "bigger")
BY_LEVEL = ("read", "read", "more", "more", "room", "poured", "stone", "stone", "each", "bigger")
NAMES = ("A", "B", "C")
TOP, BOTTOM = 0.15, 0.83
KNOBS = {"marks": range(1, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`glasses` are (marks to a numbered step, millilitres of a mark, marks of water, stones); where stones are asked
    about, one glass is shown before and after. Level 0 reads a glass, 2 compares two, 3 two of different scales, 4
    asks what still fits, 5 pours together, 6 measures a stone, 8 one of several alike, 9 compares two stones."""

    glasses: tuple[tuple[int, int, int, tuple[str, ...]], ...]
    by: str


def sample(level: int, seed: int, marks: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    marks, by = marks or MARKS_BY_LEVEL[level], by or BY_LEVEL[level]
    unit, last = rng.choice(UNITS[marks]), STEPS * marks
    stones: list[tuple[str, ...]] = [(), ()]
    if by in ("read", "room"):
        heights, stones = [rng.randint(1, last - (by == "room"))], [()]
    elif by == "more":
        return Scene(_unlike(rng, marks, unit, last, alike=level % 2 == 0), by)
    elif by == "poured":
        total = rng.randint(2, last)
        heights = [rng.randint(1, total - 1)]
        heights.append(total - heights[0])
    elif by == "bigger":
        low = _cover(rng, last)
        steps = _two_steps(rng, last - low)
        heights = [low, low + steps[0], low + sum(steps)]
        stones = [(), ("red",), ("red", "green")]
    else:
        n = rng.randint(2, 4) if by == "each" else 1
        low = min(_cover(rng, last), last - n)
        share = rng.randint(1, (last - low) // n)
        heights, stones = [low, low + n * share], [(), ("red",) * n]
    return Scene(tuple((marks, unit, high, within) for high, within in zip(heights, stones, strict=True)), by)


def _cover(rng: Random, last: int) -> int:
    """Enough water for the stones to lie in."""
    return rng.randint(-(-last // 5), -(-last // 3))


def _two_steps(rng: Random, room: int) -> tuple[int, int]:
    """How much a smaller and a bigger stone push aside; how much bigger it is is drawn first."""
    more = rng.randint(1, room - 2)
    first = rng.randint(1, (room - more) // 2)
    return first, first + more


def _unlike(
    rng: Random, marks: int, unit: int, last: int, alike: bool
) -> tuple[tuple[int, int, int, tuple[str, ...]], ...]:
    """Two glasses that do not hold the same; where they have different scales the numbers tell, not the heights."""
    other = unit if alike else rng.choice([one for one in UNITS[marks] if one != unit])
    while True:
        pair = ((marks, unit, rng.randint(1, last), ()), (marks, other, rng.randint(1, last), ()))
        if pair[0][1] * pair[0][2] != pair[1][1] * pair[1][2]:
            return pair


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), len(scene.glasses)
    wide, places = {1: (0.3, (0.58,)), 2: (0.22, (0.32, 0.82)), 3: (0.15, (0.22, 0.545, 0.868))}[n]
    for x, name, (marks, unit, height, stones) in zip(places, NAMES, scene.glasses, strict=False):
        left, right, last = x - wide / 2, x + wide / 2, STEPS * marks
        surface = BOTTOM - (BOTTOM - TOP) * height / last
        canvas.rectangle((left, surface), (right, BOTTOM), fill=_thin(skin.colours["blue"], skin.paper))
        _stones(canvas, x, wide, stones)
        canvas.line((left, surface), (right, surface), colour=skin.colours["blue"])
        for mark in range(1, last + 1):
            y, numbered = BOTTOM - (BOTTOM - TOP) * mark / last, mark % marks == 0
            canvas.line(
                (left, y), (left + (0.06 if numbered else 0.035), y), width=skin.stroke * (1 if numbered else 0.7)
            )
            if numbered:
                canvas.text(
                    (left - 0.025, y), str(mark * unit), height=min(skin.text, 0.075 if n < 3 else 0.06), anchor="rm"
                )
        canvas.line((left, TOP - 0.07), (left, BOTTOM), (right, BOTTOM), (right, TOP - 0.07))
        canvas.line((left - 0.02, BOTTOM), (right + 0.02, BOTTOM), width=skin.stroke * 1.6)
        if n > 1:
            canvas.text((x, 0.92), name, height=min(skin.text, 0.085))
    return canvas.image()


def _stones(canvas: Canvas, x: float, wide: float, stones: tuple[str, ...]) -> None:
    """On the ground, away from the scale, with edges of their own so that each can be told from the next."""
    abreast = 2 if wide > 0.2 else 1
    for i, colour in enumerate(stones):
        row, place = divmod(i, abreast)
        at = (x + wide / 2 - 0.05 - 0.07 * place, BOTTOM - 0.042 - 0.07 * row)
        canvas.circle(at, 0.033, fill=canvas.skin.colours[colour], outline=canvas.skin.ink, width=0.006)


def _thin(colour: Colour, paper: Colour) -> Colour:
    return tuple((2 * a + 3 * b) // 5 for a, b in zip(colour, paper, strict=True))


def _held(scene: Scene) -> list[int]:
    return [unit * height for _, unit, height, _ in scene.glasses]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    held, what = _held(scene), "How many millilitres"
    most, least = NAMES[held.index(max(held))], NAMES[held.index(min(held))]
    marks, unit, _, stones = scene.glasses[-1]
    again = "Glass B is glass A after"
    question, right = {
        "read": (f"{what} are in the glass?", held[0]),
        "more": (f"{what} more are in glass {most} than in glass {least}?", max(held) - min(held)),
        "room": (f"{what} are missing until the water reaches the topmost mark?", STEPS * marks * unit - held[0]),
        "poured": (f"All the water of glass A is poured into glass B. {what} are in glass B then?", sum(held)),
        "stone": (f"{again} a stone was put in. {what} does the stone push aside?", held[-1] - held[0]),
        "each": (
            f"{again} {len(stones)} stones alike were put in. {what} does one stone push aside?",
            (held[-1] - held[0]) // max(1, len(stones)),
        ),
        "bigger": (
            f"{again} the red stone was put in, and glass C after the green one was added. {what} more does the green"
            " stone push aside than the red one?",
            held[-1] - 2 * held[len(held) // 2] + held[0],
        ),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Glass by glass what it holds; then the differences between them."""
    held, steps = _held(scene), []
    for name, (marks, unit, height, _) in zip(NAMES if len(held) > 1 else ("it",), scene.glasses, strict=False):
        said = f"{worth(marks, unit)} to a mark."
        steps += [said] * (height % marks > 0 and said not in steps) + [reading(name, marks, unit, height)]
    a, b = held[0], held[-1]
    if scene.by == "more":
        steps.append(f"{max(held)} - {min(held)} = {max(held) - min(held)}.")
    elif scene.by == "room":
        top = STEPS * scene.glasses[0][0] * scene.glasses[0][1]
        steps.append(f"{top} - {a} = {top - a}.")
    elif scene.by == "poured":
        steps.append(f"{a} + {b} = {a + b}.")
    elif scene.by == "bigger":
        red, green = held[1] - a, b - held[1]
        steps += [f"{held[1]} - {a} = {red}.", f"{b} - {held[1]} = {green}.", f"{green} - {red} = {green - red}."]
    elif scene.by != "read":
        n = len(scene.glasses[-1][3])
        steps.append(f"{b} - {a} = {b - a}.")
        steps += [f"{b - a} / {n} = {(b - a) // n}."] * (scene.by == "each")
    return tuple(steps)


def caption(scene: Scene) -> str:
    shown = []
    for name, held, (marks, unit, _, stones) in zip(NAMES, _held(scene), scene.glasses, strict=False):
        listed = " and ".join(f"{stones.count(one)} {one}" for one in dict.fromkeys(stones))
        within = f" with stones in it, {listed}" if stones else ""
        shown.append(f"glass {name}, which has marks up to {STEPS * marks * unit}, stands at {held}{within}")
    return f"In millilitres, the water of {'; that of '.join(shown)}."
