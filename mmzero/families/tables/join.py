"""Two tables that share a column: what the second says of a line of the first, and what comes out for all lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.tables._ruled import ruled
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

NAMES = ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana")
THEMES = (
    ("item", "price", ("tea", "cake", "soup", "rice", "fish", "juice", "salad")),
    ("bus", "fare", ("red", "blue", "green", "grey", "pink", "gold", "white")),
    ("room", "rent", ("attic", "hall", "loft", "cabin", "tower", "suite", "barn")),
    ("team", "score", ("bears", "crows", "foxes", "hares", "owls", "seals", "bats")),
)
BY = ("follow", "whose", "count", "missing", "pay", "most", "all")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:4], BY[4:5], BY[4:5], BY[5:6], BY[6:])
BUYING = ("pay", "most", "all")
LETTERS, ROW = 0.062, 0.115
KNOBS = {"lines": range(3, 8), "by": BY}
SMALLEST = 224


@dataclass(frozen=True, slots=True)
class Scene:
    """`lines` are (name, key, how many) and `prices` (key, value); `at` is the line asked for and `bound` what to be
    above. Level 0 follows a key, 2 follows it backwards, 4 counts by what is found, 5 also finds the key that is not
    there, 6 multiplies what is found, 8 finds the largest product, 9 adds all products up."""

    theme: int
    lines: tuple[tuple[str, str, int], ...]
    prices: tuple[tuple[str, int], ...]
    by: str
    at: int
    bound: int

    @property
    def found(self) -> list[int]:
        """What the second table says of each line."""
        return [dict(self.prices).get(key, 0) for _, key, _ in self.lines]

    @property
    def paid(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for (name, _, number), price in zip(self.lines, self.found, strict=True):
            sums[name] = sums.get(name, 0) + number * price
        return sums


def sample(level: int, seed: int, lines: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = lines or min(7, 3 + level // 3 + rng.randint(0, 1) + (level >= 7) - (by == "all"))
    theme = 0 if by in BUYING else rng.randrange(len(THEMES))
    keys = rng.sample(THEMES[theme][2], min(7, n))
    values = dict(zip(keys, rng.sample(range(2, 10 if by in BUYING else 30), len(keys)), strict=True))
    at, bound = rng.randrange(n), 0
    if by == "count":
        bound = rng.randint(8, 22)
        right = rng.randint(0, n)  # drawn first, and the values to fit it
        above, below = rng.sample(range(bound + 1, 31), right), rng.sample(range(1, bound + 1), n - right)
        values = dict(zip(keys, above + below, strict=True))
    elif by != "whose" and by != "missing":
        keys[1:] = [rng.choice(keys) for _ in keys[1:]]  # a key may stand in several lines
        rng.shuffle(keys)
    names = rng.sample(NAMES, n)
    if by == "pay" and n > 3:
        at, again = rng.sample(range(n), 2)
        names[again] = names[at]
    if by == "missing":
        del values[keys[at]]
    prices = list(values.items())
    rng.shuffle(prices)
    table = tuple((name, key, rng.randint(2, 9) if by in BUYING else 1) for name, key in zip(names, keys, strict=True))
    scene = Scene(theme, table, tuple(prices), by, at, bound)
    if by == "most" and sorted(scene.paid.values())[-2:] == [max(scene.paid.values())] * 2:
        return sample(level, seed + 1, lines, by)  # two pay most
    return scene


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    key, value, _ = THEMES[scene.theme]
    first = [(line[0], line[1], str(line[2]))[: 2 + (scene.by in BUYING)] for line in scene.lines]
    first = [("name", key, "n")[: len(first[0])], *first]
    second = [(key, value), *((key, str(value)) for key, value in scene.prices)]
    wide = (0.19, 0.2, 0.11)[: len(first[0])]
    gap = (1 - sum(wide) - 0.38) / 3
    ruled(canvas, (gap, (1 - ROW * len(first)) / 2), wide, ROW, first, LETTERS, skin.colours["blue"])
    corner = (1 - gap - 0.38, (1 - ROW * len(second)) / 2)
    ruled(canvas, corner, (0.2, 0.18), ROW, second, LETTERS, skin.colours["green"])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    key, value, _ = THEMES[scene.theme]
    names, at = tuple(dict.fromkeys(name for name, *_ in scene.lines)), scene.lines[scene.at][0]
    options = f"{', '.join(names[:-1])} or {names[-1]}"
    if scene.by in ("whose", "missing", "most"):
        paid = scene.paid
        question, right = {
            "whose": (f"Whose {key} has the {value} {scene.found[scene.at]}: {options}?", at),
            "missing": (f"Whose {key} is missing from the table at the right: {options}?", at),
            "most": (f"Each pays n times the price of an item. Who pays most: {options}?", max(paid, key=paid.get)),
        }[scene.by]
        return scene.by, question, Answer(kind="choice", value=right, choices=names, warrant=COMPUTED)
    question, right = {
        "follow": (f"What is the {value} of {at}'s {key}?", scene.found[scene.at]),
        "count": (
            f"For how many names is the {value} of their {key} above {scene.bound}?",
            sum(found > scene.bound for found in scene.found),
        ),
        "pay": (f"Each line costs n times the price of its item. What does {at} pay in all?", scene.paid[at]),
        "all": ("Each line costs n times the price of its item. What do all pay together?", sum(scene.paid.values())),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Line by line from the first table to the second, with the count or the sum so far."""
    (name, key, _), found = scene.lines[scene.at], scene.found
    if scene.by == "follow":
        return f"{name}: {key}.", f"{key}: {found[scene.at]}."
    if scene.by == "whose":
        return f"{found[scene.at]}: {key}.", f"{key}: {name}."
    if scene.by == "missing":
        there = dict(scene.prices)
        return tuple(f"{name}: {key}, {'there' if key in there else 'missing'}." for name, key, _ in scene.lines)
    if scene.by == "count":
        over = [price > scene.bound for price in found]
        return tuple(
            f"{name}: {key}, {price}, {'above' if yes else 'not above'}: {sum(over[:i])}."
            for i, ((name, key, _), price, yes) in enumerate(zip(scene.lines, found, over, strict=True), 1)
        )
    lines = [line for line in zip(scene.lines, found, strict=True) if scene.by != "pay" or line[0][0] == name]
    sums = list(accumulate(number * price for (*_, number), price in lines))
    steps = [f"{who}: {key}, {number} x {price} = {number * price}" for (who, key, number), price in lines]
    if scene.by == "most":
        return (
            *(f"{step}." for step in steps),
            f"most: {max(scene.paid.values())}, {max(scene.paid, key=scene.paid.get)}.",
        )
    return tuple(f"{step}: {total}." for step, total in zip(steps, sums, strict=True))


def caption(scene: Scene) -> str:
    key, value, _ = THEMES[scene.theme]
    first = [f"{name} {key}" + (f" n {number}" if scene.by in BUYING else "") for name, key, number in scene.lines]
    second = [f"{key} {value}" for key, value in scene.prices]
    return (
        f"The left table, name and {key}: {', '.join(first)}. The right table, {key} and {value}: {', '.join(second)}."
    )
