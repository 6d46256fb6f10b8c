"""Things in and out of outlines: how many are inside, outside, in both or in one only, and how deep a thing lies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import hypot
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow", "purple")
SHAPES = ("circle", "square", "triangle", "star")
FORMS = ("box", "ring")
BY = ("inside", "outside", "both", "one", "depth")
WHERE = dict(zip(BY, ("inside the {}", "outside the {}", "in both outlines", "in exactly one outline"), strict=False))
RADIUS, CLEAR = 0.037, 62  # of a thing; and, in thousandths, how far its middle keeps from a line
KNOBS = {"by": BY, "others": range(3, 8)}
SMALLEST = 128

Outline = tuple[str, str, int, int, int, int]  # form, colour, middle, half width and half height


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (x, y, colour, shape), all lengths in thousandths. Level 0 asks what is inside an outline, 2
    outside it, 4 in both of two, 6 in exactly one of two, 8 how many outlines are around the first thing; odd levels
    count one colour only, and 9 draws more outlines."""

    outlines: tuple[Outline, ...]
    things: tuple[tuple[int, int, str, str], ...]
    by: str
    colour: str


def _gap(outline: Outline, x: int, y: int) -> float:
    """How far outside the outline a point is; below zero it is inside."""
    form, _, middle_x, middle_y, wide, high = outline
    right, down = abs(x - middle_x), abs(y - middle_y)
    return hypot(right, down) - wide if form == "ring" else max(right - wide, down - high)


def sample(level: int, seed: int, by: str | None = None, others: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    others = others or rng.randint(3, 5 + level // 4)
    if by == "depth":
        return _deep(rng, 5 + level % 2, others)
    colour = rng.choice(COLOURS) if level % 2 else ""
    wanted = rng.randint(0, 4) if by == "both" else rng.randint(1, 6)
    while True:
        outlines = _one_or_two(rng, by)
        free = _free(rng, outlines)
        counted = [at for at in free if _counts(outlines, by, *at)]
        rest = [at for at in free if at not in counted]
        if len(counted) >= wanted and len(rest) >= others:
            break
    things = [(*at, colour or rng.choice(COLOURS), rng.choice(SHAPES)) for at in counted[:wanted]]
    strangers = [other for other in COLOURS if other != colour]
    # Where a colour is asked for, half of the others stand where it counts, in another colour.
    decoys = counted[wanted : wanted + others // 2] if colour else []
    for x, y in decoys + rest[: others - len(decoys)]:
        inside = _counts(outlines, by, x, y)
        things.append((x, y, rng.choice(strangers if inside else COLOURS), rng.choice(SHAPES)))
    return Scene(outlines, tuple(sorted(things, key=lambda thing: thing[1] * 1000 + thing[0])), by, colour)


def _one_or_two(rng: Random, by: str) -> tuple[Outline, ...]:
    n = 2 if by in ("both", "one") else 1
    lean = rng.choice((-1, 1)) * rng.randint(95, 125) if n == 2 else 0
    outlines = []
    for form, side in zip(rng.sample(FORMS, n), (lean, -lean), strict=False):
        wide = rng.randint(225, 290)
        high = wide if form == "ring" else rng.randint(225, 290)
        outlines.append((form, "", 500 + side + rng.randint(-40, 40), 500 + rng.randint(-70, 70), wide, high))
    return tuple(outlines)


def _free(rng: Random, outlines: tuple[Outline, ...]) -> list[tuple[int, int]]:
    """Places, in random order, that lie clear of all lines and of one another."""
    grid = [
        (100 + 133 * i + rng.randint(-12, 12), 100 + 133 * j + rng.randint(-12, 12)) for i in range(7) for j in range(7)
    ]
    rng.shuffle(grid)
    return [at for at in grid if all(abs(_gap(outline, *at)) >= CLEAR for outline in outlines)]


def _counts(outlines: tuple[Outline, ...], by: str, x: int, y: int) -> bool:
    around = sum(_gap(outline, x, y) < 0 for outline in outlines)
    return around == {"inside": 1, "outside": 0, "both": 2, "one": 1}[by]


def _deep(rng: Random, n: int, others: int) -> Scene:
    """A thing with a drawn number of `n` outlines around it, and the rest of the outlines beside it."""
    x, y, depth = rng.randint(300, 700), rng.randint(300, 700), rng.randint(0, n)
    names = rng.sample(list(product(FORMS, COLOURS)), n)
    outlines: list[Outline] = []
    while len(outlines) < n:
        form, colour = names[len(outlines)]
        around = len(outlines) < depth
        wide = rng.randint(90, 420) if around else rng.randint(80, 200)
        high = wide if form == "ring" else round(wide * rng.uniform(0.75, 1.3))
        new = (form, colour, rng.randint(40 + wide, max(40 + wide, 960 - wide)), rng.randint(200, 800), wide, high)
        if (_gap(new, x, y) < 0) == around and abs(_gap(new, x, y)) >= CLEAR and _apart(new, outlines):
            outlines.append(new)
    rng.shuffle(outlines)
    looks = rng.sample(list(product(COLOURS, SHAPES)), others)
    places = [at for at in _free(rng, tuple(outlines)) if hypot(at[0] - x, at[1] - y) > 110]
    # `_free` may find few places among many lines: then there are fewer other things.
    things = ((*at, *look) for at, look in zip([(x, y), *places], looks, strict=False))
    return Scene(tuple(outlines), tuple(things), "depth", "")


def _apart(new: Outline, outlines: list[Outline]) -> bool:
    """The outline lies in the picture, and none of its sides runs along another's."""
    low, high = (new[2] - new[4], new[3] - new[5]), (new[2] + new[4], new[3] + new[5])
    if min(low) < 40 or max(high) > 960:
        return False
    sides = [(o[2] - o[4], o[3] - o[5], o[2] + o[4], o[3] + o[5]) for o in outlines]
    return all(abs(a - b) >= 25 for other in sides for a, b in zip((*low, *high), other, strict=True))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for form, colour, x, y, wide, high in scene.outlines:
        line = skin.colours[colour] if colour else skin.ink
        low, far = ((x - wide) / 1000, (y - high) / 1000), ((x + wide) / 1000, (y + high) / 1000)
        if form == "ring":
            canvas.circle((x / 1000, y / 1000), wide / 1000, outline=line)
        else:
            canvas.rectangle(low, far, outline=line)
    for x, y, colour, shape in scene.things:
        canvas.shape(shape, (x / 1000, y / 1000), RADIUS, skin.colours[colour])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    if scene.by == "depth":
        x, y, colour, shape = scene.things[0]
        right = sum(_gap(outline, x, y) < 0 for outline in scene.outlines)
        question = f"How many outlines are around the {colour} {shape}?"
    else:
        right = len(_found(scene))
        question = f"How many {scene.colour} things are {_where(scene)}?".replace("  ", " ")
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _where(scene: Scene) -> str:
    return WHERE[scene.by].format(scene.outlines[0][0])


def _found(scene: Scene) -> list[tuple[int, int, str, str]]:
    mine = [thing for thing in scene.things if scene.colour in ("", thing[2])]
    return [thing for thing in mine if _counts(scene.outlines, scene.by, *thing[:2])]


def explain(scene: Scene) -> tuple[str, ...]:
    """What lies there, from the top down and numbered; for `depth`, outline by outline whether it is around."""
    if scene.by == "depth":
        x, y, *_ = scene.things[0]
        around = [_gap(outline, x, y) < 0 for outline in scene.outlines]
        steps = tuple(
            f"{outline[1]} {outline[0]}: {'around' if inside else 'not around'}, {sum(around[: i + 1])}."
            for i, (outline, inside) in enumerate(zip(scene.outlines, around, strict=True))
        )
        return (*steps, f"in all {sum(around)}.")
    found = [f"{colour} {shape} {i}" for i, (_, _, colour, shape) in enumerate(_found(scene), 1)]
    return (f"{scene.colour or 'all'} {_where(scene)}: {', '.join(found) or 'none'}.", f"in all {len(found)}.")


def caption(scene: Scene) -> str:
    steps = []
    for x, y, colour, shape in scene.things:
        around = [f"the {o[1]} {o[0]}".replace("  ", " ") for o in scene.outlines if _gap(o, x, y) < 0]
        steps.append(f"A {colour} {shape} is in {' and '.join(around) or 'no outline'}.")
    return " ".join(steps)
