"""A short program drawn as text: what does it print?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.text._run import run
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("line", "branch", "loop", "list", "while", "filter", "nested", "function")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:4], BY[4:5], BY[5:6], BY[6:7], BY[7:])
LETTERS, LINE, LEFT, INDENT = 0.068, 0.105, 0.13, 0.07
KEYWORDS = ("for", "while", "if", "else:", "def", "return")
WORDS, MOST = 90, 150  # how long a worked solution may be, and how large a number printed
PROGRAMS = {
    "line": ("{a} = {start}", "{b} = {a} {sign} {n}", "{a} = {b} {other} {a}", "print({a} + {b})"),
    "branch": (
        "{a} = {start}",
        "{b} = {a} {sign} {n}",
        "if {test}:",
        "  {a} = {b} {other} {m}",
        "else:",
        "  {a} += {m}",
        "print({a})",
    ),
    "loop": ("{a} = {start}", "for {i} in range({low}, {high}):", "  {a} += {step}", "print({a})"),
    "list": (
        "{b} = [{items}]",
        "{a} = {start}",
        "for {i} in range({few}):",
        "  {a} = {b}[{i}] {minus} {a}",
        "print({a})",
    ),
    "while": ("{a} = {start}", "while {a} < {bound}:", "  {a} = {a} * {two} + {n}", "print({a})"),
    "filter": ("{a} = {start}", "for {b} in [{items}]:", "  if {test}:", "    {a} += {kept}", "print({a})"),
    "nested": (
        "{a} = {start}",
        "for {i} in range({two}):",
        "  for {j} in range({i}, {end}):",
        "    {a} += {inner}",
        "print({a})",
    ),
    "function": (
        "def f({b}):",
        "  {i} = {b} {times} {two}",
        "  return {i} {minus} {n}",
        "{a} = {start}",
        "{a} = f({a}) + {m}",
        "print({last})",
    ),
}
KNOBS = {"by": BY, "start": range(1, 10)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`lines` are the program and `start` the number it begins with. Level 0 computes line by line, 2 branches, 4 loops,
    5 also reads a list, 6 loops until a bound is passed, 7 keeps some of a list, 8 nests loops, 9 calls a function."""

    lines: tuple[str, ...]
    by: str
    start: int


def sample(level: int, seed: int, by: str | None = None, start: int | None = None) -> Scene:
    rng = Random(seed)
    by, start = by or rng.choice(BY_LEVEL[level]), start or rng.randint(1, 9)
    while True:
        scene = Scene(_program(rng, level, by, start), by, start)
        if sum(len(step.split()) for step in explain(scene)) <= WORDS and 0 <= int(_steps(scene.lines)[-1]) <= MOST:
            return scene


def _program(rng: Random, level: int, by: str, start: int) -> tuple[str, ...]:
    """One of the programs with its names, numbers and signs drawn; level 0 does without the third line."""
    (a, b), (i, j) = rng.sample("abcdmnpstuxy", 2), rng.sample("hjk", 2)
    n, m, low, few = rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 4), rng.randint(2, 5)
    sign, other = rng.sample("+-*", 2)
    drawn = {
        "items": ", ".join(str(rng.randint(1, 12)) for _ in range(4 + level // 4)),
        "test": rng.choice((f"{b} > {m}", f"{b} < {n}", f"{b} % 2 == {rng.randint(0, 1)}")),
        "step": rng.choice((i, f"{i} * {n}")),
        "kept": rng.choice((b, "1", str(n))),
        "inner": rng.choice((f"{i} + {j}", f"{i} * {j}", j)),
        "last": rng.choice((f"f({a}) - f({m})", f"f(f({a}))")),
        "minus": rng.choice("+-"),
        "times": rng.choice("+*"),
        "two": rng.randint(2, 3),
        "end": rng.randint(3, 4),
        "bound": rng.randint(20, 90),
        "high": low + few,
    }
    names = {"a": a, "b": b, "i": i, "j": j, "start": start, "n": n, "m": m, "low": low, "few": few - 1}
    lines = [line.format(sign=sign, other=other, **names, **drawn) for line in PROGRAMS[by]]
    return tuple(lines[:2] + lines[3:] if by == "line" and level == 0 else lines)


@lru_cache(maxsize=64)
def _steps(lines: tuple[str, ...]) -> list[str]:
    return run(lines)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    top = (1 - LINE * len(scene.lines)) / 2
    canvas.rectangle((0.03, top - 0.04), (0.97, 1 - top + 0.04), outline=skin.faint)
    canvas.line((LEFT - 0.035, top - 0.02), (LEFT - 0.035, 1 - top + 0.02), colour=skin.faint)
    for i, line in enumerate(scene.lines):
        text, y = line.lstrip(), top + LINE * (i + 0.5)
        x = LEFT + INDENT * (len(line) - len(text)) / 2
        canvas.text((0.065, y), str(i + 1), height=LETTERS * 0.8, colour=skin.faint)
        colour = skin.colours["blue"] if text.split(" ")[0] in KEYWORDS else None
        canvas.text((x, y), text, height=LETTERS, anchor="lm", colour=colour)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right = int(_steps(scene.lines)[-1])
    return scene.by, "What does this program print?", Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What happens, in the order in which it does."""
    *steps, last = _steps(scene.lines)
    return (*(f"{step}." for step in steps), f"prints {last}.")


def caption(scene: Scene) -> str:
    return f"A program of {len(scene.lines)} lines: {' | '.join(scene.lines)}."
