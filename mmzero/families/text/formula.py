"""A typeset expression or equation, with fractions, powers and roots: its value, or what x is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.text._typeset import Node, box, solved, value, written
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("value", "power", "fraction", "solve", "share", "root", "square", "terms")
BY_LEVEL = ("value", "value", "power", "power", "fraction", "solve", "share", "root", "square", "terms")
NUMBERS = {"small": 6, "middling": 10, "large": 15}  # how large the numbers drawn may be
LETTERS, MOST = 0.19, 150  # the letters' height where there is room, and the largest value
KNOBS = {"by": BY, "numbers": tuple(NUMBERS)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`formula` is nested, an equation's sign outermost. Level 0 works out a value, 2 with powers, 4 with fractions that
    come out whole; 5 solves for x, 6 where x stands in a fraction; 7 takes roots, 8 solves a square, 9 leaves a
    fraction in lowest terms."""

    formula: Node
    by: str


def sample(level: int, seed: int, by: str | None = None, numbers: str | None = None) -> Scene:
    rng = Random(seed)
    by, top = by or BY_LEVEL[level], NUMBERS[numbers] if numbers else 8 + level // 2
    while True:
        formula = _FORMS[by](rng, top)
        right = value(formula) if formula[0] != "=" else solved(formula[1], Fraction(formula[2]), [])
        if 0 < right <= MOST and (right.denominator > 1) == (by == "terms"):
            return Scene(formula, by)


def _value(rng: Random, top: int) -> Node:
    a, b, c, d = (rng.randint(2, top) for _ in range(4))
    product = ("*", a, b)
    return rng.choice(
        (
            ("+", c, product),
            ("-", product, c),
            ("*", ("()", ("+", a, b)), c),
            ("+", product, ("*", c, d)),
            ("*", c, ("()", ("-", a + b, a))),
        )
    )


def _power(rng: Random, top: int) -> Node:
    a, b, c = (rng.randint(2, top) for _ in range(3))
    square = ("^", a, 2)
    return rng.choice(
        (
            ("+", square, b),
            ("-", square, b),
            ("-", ("^", a + b, 2), square),
            ("+", ("^", 2, rng.randint(2, 6)), ("*", b, c)),
            ("^", ("()", ("-", a + b, b)), 2),
            ("-", ("^", rng.randint(2, 5), 3), b),
            ("*", ("^", rng.randint(2, 5), 2), b),
        )
    )


def _fraction(rng: Random, top: int) -> Node:
    a, b, c, d = (rng.randint(2, top) for _ in range(4))
    part = rng.randint(1, a * b - 1)
    whole = ("/", ("+", a * b - part, part), a)
    return rng.choice(
        (
            ("+", whole, c),
            ("-", ("/", ("*", a, b * 2), a), 2),
            ("+", ("/", a * b, a), ("/", c * d, c)),
            ("*", c, whole),
            ("/", a * b, ("-", a + c, c)),
            ("/", ("-", ("^", a + b, 2), ("^", b, 2)), a),
        )
    )


def _solve(rng: Random, top: int) -> Node:
    a, b, x = rng.randint(2, top), rng.randint(2, top), rng.randint(2, top)
    return rng.choice(
        (
            ("=", ("+", (".", a, "x"), b), a * x + b),
            ("=", ("-", (".", a, "x"), b), a * x - b),
            ("=", (".", a, ("()", ("+", "x", b))), a * (x + b)),
            ("=", ("-", a * x + b, (".", a, "x")), b),
        )
    )


def _share(rng: Random, top: int) -> Node:
    a, b, x = rng.randint(2, top), rng.randint(2, top), rng.randint(2, top)
    return rng.choice(
        (
            ("=", ("+", ("/", "x", a), b), b + x),
            ("=", ("/", ("+", "x", b), a), x),
            ("=", ("/", ("-", (".", a, "x"), a), b), a * (x - 1) // b),
            ("=", ("/", a * (x + b), ("+", "x", b)), a),
            ("=", ("+", ("/", a * x, "x"), b), a + b),
        )
    )


def _root(rng: Random, top: int) -> Node:
    a, b, c = (rng.randint(2, top) for _ in range(3))
    part = rng.randint(1, a * a - 1)
    whole = ("root", ("+", a * a - part, part))
    return rng.choice(
        (
            ("+", ("root", a * a), b),
            ("*", c, whole),
            ("+", whole, ("^", b, 2)),
            ("/", ("+", ("root", a * a), b * c - a), c),
            ("-", ("root", a * a), ("root", b * b)),
        )
    )


def _square(rng: Random, top: int) -> Node:
    a, b, x = rng.randint(2, top), rng.randint(2, top), rng.randint(2, top)
    return rng.choice(
        (
            ("=", ("+", ("^", "x", 2), a), x * x + a),
            ("=", ("-", ("^", "x", 2), a), x * x - a),
            ("=", ("^", ("()", ("+", "x", a)), 2), (x + a) ** 2),
            ("=", (".", a, ("^", "x", 2)), a * x * x),
            ("=", ("root", ("+", "x", b)), a + 3),
            ("=", ("/", ("^", "x", 2), a), a * (1 + x % 4) ** 2),
        )
    )


def _terms(rng: Random, top: int) -> Node:
    a, b, c, d = (rng.randint(1, top - 2), rng.randint(2, top), rng.randint(1, top - 2), rng.randint(2, top))
    one, two = ("/", a, b), ("/", c, d)
    return rng.choice((("+", one, two), ("-", one, two), ("*", one, two), ("/", ("+", a, c), ("+", b, d))))


_FORMS = {
    "value": _value,
    "power": _power,
    "fraction": _fraction,
    "solve": _solve,
    "share": _share,
    "root": _root,
    "square": _square,
    "terms": _terms,
}


def _worked(scene: Scene) -> tuple[Fraction, list[str]]:
    steps: list[str] = []
    if scene.formula[0] == "=":
        return solved(scene.formula[1], Fraction(scene.formula[2]), steps), steps
    return value(scene.formula, steps), steps


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    whole = box(canvas, scene.formula, LETTERS)
    height = LETTERS * min(1, 0.88 / whole.wide)
    whole = box(canvas, scene.formula, height)
    whole.put((1 - whole.wide) / 2, 0.5 + (whole.up - whole.down) / 2)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right, _ = _worked(scene)
    if scene.by == "terms":
        question = "What is the value of the expression, as a fraction in lowest terms, written like 3/4?"
        return scene.by, question, Answer(kind="text", value=str(right), warrant=COMPUTED)
    question = "What is the value of the expression?" if scene.formula[0] != "=" else "What is x?"
    if scene.by == "square":
        question = "Which positive number is x?"
    return scene.by, question, Answer(kind="number", value=int(right), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What is read, then one operation at a time."""
    right, steps = _worked(scene)
    return (f"{written(scene.formula)}.", *steps) if steps else (f"{written(scene.formula)} = {right}.",)


def caption(scene: Scene) -> str:
    what = "equation" if scene.formula[0] == "=" else "expression"
    return f"The {what} {written(scene.formula)}."
