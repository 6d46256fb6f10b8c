"""Scales in balance: what one thing weighs, which is the heaviest, and what balances the last pair of pans."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.mechanics._load import load, support
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("unit", "both", "chain", "order", "system", "fill")
BY_LEVEL = ("unit", "unit", "both", "both", "chain", "chain", "order", "system", "fill", "fill")
HUES = {"circle": "red", "square": "blue", "triangle": "green", "star": "purple"}
ENDS = ("heaviest", "lightest")
KNOBS = {"by": BY, "most": range(4, 21)}  # kilograms of one thing
SMALLEST = 128
PLATES = {1: (0.5,), 2: (0.27, 0.73), 3: (0.19, 0.51, 0.83)}  # how far down the pans of so many scales are
PAN, REACH, PITCH, TIP = 0.27, 0.2, 0.085, 0.035  # from the middle to a pan, half a pan, between things, of a tilt

Pan = tuple[str | int, ...]  # things by name, and loads by their kilograms


@dataclass(frozen=True, slots=True)
class Scene:
    """`scales` are (left, right), in balance; `tips` says of each which pan is lower, -1 for the left and 1 for the right.
    Of the `names` in them the one `asked` is to be weighed, or to be put into the pan that is empty; where none is in
    balance it is an end, the heaviest or the lightest. Level 0 weighs things of a kind, 1 beside a load, 2 in both pans;
    4 needs one scale for the next, 6 asks for the heaviest of things that are not in balance, 7 has two unknown weights
    in two scales, 8 no load at all."""

    scales: tuple[tuple[Pan, Pan], ...]
    tips: tuple[int, ...]
    by: str
    names: tuple[str, ...]
    asked: str
    right: int | str


def sample(level: int, seed: int, by: str | None = None, most: int | None = None) -> Scene:
    rng = Random(seed)
    by, most = by or BY_LEVEL[level], most or (9 if level < 2 else 12)
    if by == "order":
        return _order(rng)
    if by == "fill":
        return _fill(rng, hard=level % 2)
    while True:
        weights = {name: 1 + int(most * rng.random()) for name in rng.sample(list(HUES), 2)}
        one, two = weights
        scales = {"unit": _unit, "both": _both, "chain": _chain, "system": _system}[by](rng, weights, level % 2)
        asked = {"chain": two, "system": rng.choice((one, two))}.get(by, one)
        if (
            scales
            and weights[one] != weights[two]
            and all(0 < load_ < 100 for pans in scales for pan in pans for load_ in _loads(pan))
        ):
            sides = [pans if rng.random() < 0.5 else pans[::-1] for pans in scales]
            names = (one,) if by in ("unit", "both") else (one, two)
            return Scene(tuple(sides), (0,) * len(sides), by, names, asked, weights[asked])


def _loads(pan: Pan) -> list[int]:
    return [one for one in pan if isinstance(one, int)]


def _unit(rng: Random, weights: dict[str, int], hard: int) -> list[tuple[Pan, Pan]]:
    (name, weight), *_ = weights.items()
    n, beside = rng.randint(2, 4), rng.randint(1, 20)
    return [((name,) * n + (beside,) * hard, (n * weight + beside * hard,))]


def _both(rng: Random, weights: dict[str, int], hard: int) -> list[tuple[Pan, Pan]]:
    (name, weight), *_ = weights.items()
    fewer = rng.randint(1, 2)
    more, beside = fewer + 1 + hard, rng.randint(1, 20)
    return [((name,) * more + (beside,), (name,) * fewer + (beside + (more - fewer) * weight,))]


def _chain(rng: Random, weights: dict[str, int], hard: int) -> list[tuple[Pan, Pan]]:
    (one, weight), (two, other) = weights.items()
    n, m, k = rng.randint(2, 4), 1 + hard, rng.randint(1, 2)
    return [((one,) * n, (n * weight,)), ((two,) * m, (one,) * k + (m * other - k * weight,))]


def _system(rng: Random, weights: dict[str, int], _: int) -> list[tuple[Pan, Pan]]:
    """Two sums of which none is the other some times over."""
    one, two = weights
    (a, b), (c, d) = ((rng.randint(1, 2), rng.randint(1, 3)) for _ in range(2))
    if a * d == b * c:
        return []
    mixed = [(one,) * x + (two,) * y for x, y in ((a, b), (c, d))]
    return [(pan, (sum(weights[name] for name in pan),)) for pan in mixed]


def _order(rng: Random) -> Scene:
    """Each heavier than the next, one scale for every two neighbours."""
    names, end = rng.sample(list(HUES), len(HUES)), rng.choice(ENDS)
    scales = []
    for pair in rng.sample(list(pairwise(names)), len(names) - 1):
        tip = rng.choice((-1, 1))
        scales.append((tuple((one,) for one in pair[::-tip]), tip))
    pans, tips = zip(*scales, strict=True)
    return Scene(pans, tips, "order", tuple(names), end, names[0 if end == "heaviest" else -1])


def _fill(rng: Random, hard: int) -> Scene:
    """Everything weighs some of the first thing; where it is hard, some of these lie in both pans."""
    one, two, three = names = tuple(rng.sample(list(HUES), 3))
    while True:
        worth = dict(zip((two, three), rng.sample(range(2, 6), 2), strict=True))
        beside, over = rng.randint(1, 2) * hard, rng.randint(0, 1) * hard
        more = worth[three] + over - worth[two]
        last = (three,) * rng.randint(1, 2) + (two,) * rng.randint(0, 2)
        first = ((two,) + (one,) * beside, (one,) * (worth[two] + beside))
        second = ((three,) + (one,) * over, (two,) + (one,) * more)
        if more >= 0 and worth[two] + beside <= 5:
            sides = [pans if rng.random() < 0.5 else pans[::-1] for pans in (first, second)]
            return Scene((*sides, (last, ())), (0, 0, 0), "fill", names, one, sum(worth[name] for name in last))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for (left, right), tip, plate in zip(scene.scales, scene.tips, PLATES[len(scene.scales)], strict=True):
        beam = plate + 0.035
        ends = [(0.5 + side * PAN, beam + side * tip * TIP) for side in (-1, 1)]
        canvas.line(*ends, width=skin.stroke * 1.4)
        support(canvas, (0.5, beam), size=0.04)
        for (x, y), pan in zip(ends, (left, right), strict=True):
            canvas.line((x, y), (x, y - 0.035))
            canvas.line((x - REACH, y - 0.035), (x + REACH, y - 0.035), width=skin.stroke * 1.4)
            _things(canvas, x, y - 0.042, pan)
    return canvas.image()


def _things(canvas: Canvas, x: float, ground: float, pan: Pan) -> None:
    if not pan:
        canvas.text((x, ground - 0.05), "?", height=0.09)
    for i, one in enumerate(pan):
        at = x + PITCH * (i - (len(pan) - 1) / 2)
        if isinstance(one, int):
            load(canvas, (at, ground), str(one), "yellow", size=0.033)
        else:
            sunk = 0.016 if one == "triangle" else 0.0  # its middle lies low in it
            canvas.shape(one, (at, ground - 0.038 + sunk), 0.034, canvas.skin.colours[HUES[one]])


def ask(scene: Scene) -> tuple[str, str, Answer]:
    if scene.by == "order":
        question = f"Which is the {scene.asked}: circle, square, triangle or star?"
        return scene.by, question, Answer(kind="choice", value=scene.right, choices=tuple(HUES), warrant=COMPUTED)
    question = f"The scales are in balance. How many kilograms does one {scene.asked} weigh?"
    if scene.by == "fill":
        question = f"The scales are in balance. How many {scene.asked}s have to lie in the pan with the question mark?"
    return scene.by, question, Answer(kind="number", value=scene.right, warrant=COMPUTED)


def _told(pan: Pan) -> str:
    """As the side of an equation: 2 circle + 5."""
    names = Counter(one for one in pan if isinstance(one, str))
    terms = [f"{n} {name}{'s' * (n > 1)}" for name, n in names.items()]
    return " + ".join(terms + list(map(str, _loads(pan)))) or "?"


def explain(scene: Scene) -> tuple[str, ...]:
    """Every scale as an equation; then what is left when the like is taken from both pans."""
    if scene.by == "order":
        pairs = [pans[::-tip] for pans, tip in zip(scene.scales, scene.tips, strict=True)]
        over = {heavy[0]: light[0] for heavy, light in pairs}
        line = [next(name for name in HUES if name not in over.values())]
        while line[-1] in over:
            line.append(over[line[-1]])
        return (*(f"{heavy[0]} over {light[0]}." for heavy, light in pairs), f"in order: {', '.join(line)}.")
    steps = [f"{_told(left)} = {_told(right)}." for left, right in scene.scales]
    return tuple(steps + {"chain": _chained, "system": _solved, "fill": _filled}.get(scene.by, _weighed)(scene))


def _more(pans: tuple[Pan, Pan], name: str) -> tuple[int, int]:
    """How many more of a thing one pan has, and how many kilograms more the other one."""
    things = pans[0].count(name) - pans[1].count(name)
    loads = sum(_loads(pans[1])) - sum(_loads(pans[0]))
    return (things, loads) if things > 0 else (-things, -loads)


def _weighed(scene: Scene) -> list[str]:
    (pans,), (name,) = scene.scales, scene.names
    n, weight = _more(pans, name)
    loads = sorted(_loads(pans[0]) + _loads(pans[1]), reverse=True)
    taken = [f"{loads[0]} - {loads[1]} = {weight}."] if len(loads) > 1 else []
    return [*taken, f"{n} {name}{'s' * (n > 1)}: {weight}.", f"{weight} / {n} = {weight // n}."]


def _chained(scene: Scene) -> list[str]:
    (first, second), (one, two) = scene.scales, scene.names
    (n, whole), (m, beside) = _more(first, one), _more(second, two)
    each, k = whole // n, sum(pan.count(one) for pan in second)
    total = k * each + beside
    return [f"{one}: {whole} / {n} = {each}.", f"{k} * {each} + {beside} = {total}.", f"{total} / {m} = {total // m}."]


def _solved(scene: Scene) -> list[str]:
    """Each scale as often as makes the other thing alike in both; their difference."""
    (other,) = (name for name in scene.names if name != scene.asked)
    (a, b, p), (c, d, q) = (
        (*(pans[0].count(name) + pans[1].count(name) for name in (scene.asked, other)), sum(_loads(sum(pans, ()))))
        for pans in scene.scales
    )
    if a * d < b * c:
        (a, b, p), (c, d, q) = (c, d, q), (a, b, p)
    n, weight = a * d - b * c, p * d - q * b
    many = f"{n} {scene.asked}{'s' * (n > 1)}"
    return [f"{d} * {p} - {b} * {q} = {weight}.", f"that is {many}.", f"{weight} / {n} = {weight // n}."]


def _filled(scene: Scene) -> list[str]:
    """The other two in the first thing, then the last pan."""
    one, two, three = scene.names
    two_worth, over = (
        sum(pan.count(one) * (-1 if name in pan else 1) for pan in pans)
        for pans, name in zip(scene.scales, (two, three), strict=False)
    )
    worth, last = {two: two_worth, three: two_worth + over}, scene.scales[-1][0]
    terms = [f"{last.count(name)} * {worth[name]}" for name in (three, two) if name in last]
    return [*(f"{name}: {n} {one}s." for name, n in worth.items()), f"{' + '.join(terms)} = {scene.right}."]


def caption(scene: Scene) -> str:
    how = {0: "in balance with", -1: "heavier than", 1: "lighter than"}
    parts = [
        f"{_told(left)} {how[tip]} {_told(right)}" for (left, right), tip in zip(scene.scales, scene.tips, strict=True)
    ]
    return f"Pans of scales, loads in kilograms: {'; '.join(parts)}."
