"""A shop's receipt: what a thing costs, what all come to, what a line that is gone must say, and which line is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.tables._ruled import pale
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

ITEMS = ("bread", "milk", "tea", "rice", "eggs", "soap", "cake", "fish", "salt", "plums", "beans", "oil")
BY = ("price", "total", "missing", "change", "times", "discount", "wrong", "bill")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:4], BY[4:5], BY[5:6], BY[6:7], BY[7:])
TIMES = ("times", "wrong", "bill")  # lines that say how many of a thing are bought
LETTERS, LINE, LEFT, RIGHT, TORN = 0.07, 0.094, 0.1, 0.9, 0.025
NOTES = (500, 1000, 2000, 5000, 10000, 20000, 50000)  # cents
KNOBS = {"items": range(2, 6), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`items` are (thing, how many, price of one in cents, what the line says); `at` is the line asked for, `off` a
    discount in per cent, `paid` what was given in cents. Level 0 reads a price, 2 adds them up, 4 works back from the
    total to a price, 5 also finds the change and shows cents, 6 multiplies, 7 takes a discount off, 8 finds the line
    that is multiplied wrongly, 9 does all of it to find the change."""

    items: tuple[tuple[str, int, int, int], ...]
    by: str
    at: int
    off: int
    paid: int
    coins: bool

    @property
    def total(self) -> int:
        return sum(number * price for _, number, price, _ in self.items)

    @property
    def due(self) -> int:
        return self.total * (100 - self.off) // 100

    def money(self, cents: int) -> str:
        return str(cents // 100) if self.coins else f"{cents / 100:.2f}"


def sample(level: int, seed: int, items: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = items or rng.randint(2 + (level > 1), min(5, 3 + level // 2))
    coins = by in ("times", "wrong") or (level < 5 and by not in ("discount", "bill"))
    lines = []
    for thing in rng.sample(ITEMS, n):
        # A multiple of 20 cents stays a whole number of cents under every discount.
        price = 100 * rng.randint(2, 12 + 2 * (level % 5)) if coins else 20 * rng.randint(3, 49)
        number = rng.randint(2, 4 if by == "bill" else 9) if by in TIMES else 1
        lines.append((thing, number, price, number * price))
    at = rng.randrange(n)
    if by == "wrong":
        thing, number, price, said = lines[at]
        slips = (said + 1000, said + 100, said - 100, said + price, said - price)
        lines[at] = (thing, number, price, rng.choice([slip for slip in slips if slip > 0]))
    off = rng.choice((10, 20, 25, 50)) if by in ("discount", "bill") else 0
    scene = Scene(tuple(lines), by, at, off, 0, coins)
    if by in ("change", "bill"):
        return replace(scene, paid=min(note for note in NOTES if note > scene.due))
    return scene


def _feet(scene: Scene) -> list[tuple[str, str]]:
    """What stands below the things."""
    total = [("total", "?" if scene.by in ("total", "times") else scene.money(scene.total))]
    off = [("off", f"{scene.off} %")]
    return {
        "discount": [*off, ("to pay", "?")],
        "wrong": [],
        "change": [("paid", scene.money(scene.paid)), ("change", "?")],
        "bill": [*off, ("paid", scene.money(scene.paid)), ("change", "?")],
    }.get(scene.by, total)


def _lines(scene: Scene) -> list[tuple[str, str, str]]:
    """What stands left, in the middle and at the right of each thing's line."""
    lines = []
    for i, (thing, number, price, said) in enumerate(scene.items):
        each = f"{number} x {scene.money(price)}"
        shown = "?" if scene.by == "missing" and i == scene.at else scene.money(said)
        lines.append((thing, each, shown) if scene.by == "wrong" else (thing, "", each if scene.by in TIMES else shown))
    return lines


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    lines, feet = _lines(scene), _feet(scene)
    tall = LINE * (len(lines) + len(feet) + 1.6)
    top, low = (1 - tall - TORN) / 2, (1 + tall - TORN) / 2
    teeth = [(LEFT - 0.05 + (RIGHT - LEFT + 0.1) * i / 24, low + TORN * (i % 2 == 0)) for i in range(25)]
    paper = pale(skin.colours["yellow"], skin.paper, 0.12)
    canvas.polygon((LEFT - 0.05, top), *teeth, (RIGHT + 0.05, top), fill=paper, outline=skin.faint)
    canvas.text((0.5, top + LINE * 0.7), "RECEIPT", height=LETTERS * 0.9, colour=skin.colours["purple"])
    for i, (thing, each, shown) in enumerate([*lines, *((left, "", right) for left, right in feet)]):
        y = top + LINE * (i + 1.8 - 0.1 * (i < len(lines)))
        canvas.text((LEFT, y), thing, height=LETTERS, anchor="lm")
        canvas.text((0.52, y), each, height=LETTERS) if each else None
        canvas.text((RIGHT, y), shown, height=LETTERS, anchor="rm")
    for at in (0, len(lines)) if feet else (0,):
        canvas.dashes((LEFT, top + LINE * (at + 1.22)), (RIGHT, top + LINE * (at + 1.22)), width=skin.stroke * 0.6)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    thing, _, price, _ = scene.items[scene.at]
    if scene.by == "wrong":
        things = tuple(thing for thing, *_ in scene.items)
        question = f"In which line is the number at the right wrong: {', '.join(things[:-1])} or {things[-1]}?"
        return scene.by, question, Answer(kind="choice", value=thing, choices=things, warrant=COMPUTED)
    question, cents = {
        "price": (f"What does the line {thing} cost?", price),
        "total": ("What is the total?", scene.total),
        "missing": (f"The price of one line is gone. What does the line {thing} cost?", price),
        "change": ("How much change is given?", scene.paid - scene.due),
        "times": ("What is the total?", scene.total),
        "discount": ("What is there to pay after the discount?", scene.due),
        "bill": ("How much change is given after the discount?", scene.paid - scene.due),
    }[scene.by]
    value = cents / 100 if cents % 100 else cents // 100
    return scene.by, question, Answer(kind="number", value=value, warrant=COMPUTED, tolerance=0.001)


def explain(scene: Scene) -> tuple[str, ...]:
    """Line by line with the sum so far, then what stands below."""
    money, thing = scene.money, scene.items[scene.at][0]
    if scene.by == "price":
        return (f"{thing}: {money(scene.items[scene.at][2])}.",)
    if scene.by == "wrong":
        return (
            *(
                f"{name}: {n} x {money(price)} = {money(n * price)}, {'right' if said == n * price else f'not {money(said)}'}."
                for name, n, price, said in scene.items
            ),
            f"wrong: {thing}.",
        )
    lines = [item for i, item in enumerate(scene.items) if (scene.by, i) != ("missing", scene.at)]
    sums = list(accumulate(said for *_, said in lines))
    steps = [
        f"{name} {f'{n} x {money(price)} = ' if n > 1 else ''}{money(said)}: {money(total)}."
        for (name, n, price, said), total in zip(lines, sums, strict=True)
    ]
    if scene.by == "missing":
        steps.append(f"{money(scene.total)} - {money(sums[-1])} = {money(scene.total - sums[-1])}.")
    if scene.off:
        steps.append(f"{scene.off} % of {money(scene.total)} is {money(scene.total - scene.due)}.")
        steps.append(f"{money(scene.total)} - {money(scene.total - scene.due)} = {money(scene.due)}.")
    if scene.paid:
        steps.append(f"{money(scene.paid)} - {money(scene.due)} = {money(scene.paid - scene.due)}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    lines = [f"{thing} {each} {shown}".replace("  ", " ") for thing, each, shown in _lines(scene)]
    return f"A receipt: {', '.join(lines + [f'{left} {right}' for left, right in _feet(scene)])}."
