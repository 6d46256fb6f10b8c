"""Detection of the outstanding one: the bounding box of the leftmost, the largest, the second largest, the nearest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.answers.asking import ROWS
from mmzero.families.canvas import Canvas
from mmzero.families.detection._scatter import COLOURS, SHAPES, Thing, box, edges, middle, name, scatter, show, told
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

EDGES = ("leftmost", "rightmost", "highest", "lowest")
BY = ("edge", "size", "coloured", "second", "near")
WORDS = {
    "edge": EDGES,
    "size": ("largest", "smallest"),
    "coloured": ("largest", "smallest"),
    "second": ("second largest", "second smallest"),
    "near": ("nearest to", "farthest from"),
}
SIZES = (36, 48, 64, 84, 112)  # each larger by a third than the one before, so that no two are alike
MARGIN = 45  # thousandths by which the right one leads in place or in distance
KNOBS = {"things": range(5, 10), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, shape, x, y, radius) in thousandths. Level 0 asks for the one nearest an edge, 2 for the
    largest or smallest, 4 for that among one colour, 6 for the second of a size, 8 for the nearest to or farthest from
    the first thing. `word` says which, `colour` among which."""

    things: tuple[Thing, ...]
    by: str
    word: str
    colour: str


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = things or rng.randint(5 + level // 4, 6 + level // 4)
    word = rng.choice(WORDS[by])
    while True:
        if by in ("edge", "near"):
            kinds = rng.sample([(colour, shape) for colour in COLOURS for shape in SHAPES], n)
            radii = [rng.randint(40, 130 - 8 * n) for _ in kinds]
        else:  # one shape, so that what is largest does not hang on how sizes of unlike shapes compare
            shape = rng.choice(SHAPES)
            kinds, radii = _sized(rng, n, shape, by, word)
        scene = Scene(scatter(rng, kinds, radii), by, word, kinds[0][0] if by == "coloured" else "")
        if _clear(scene):
            return scene


def _sized(rng: Random, n: int, shape: str, by: str, word: str) -> tuple[list[tuple[str, str]], list[int]]:
    """All sizes that matter once; the others lie beyond the second, or beyond the coloured ones where colour decides."""
    order = sorted(SIZES, reverse="largest" in word)
    if by == "coloured":
        colour, rest = rng.choice(COLOURS), 2
        colours = [colour] * 3 + [rng.choice([c for c in COLOURS if c != colour]) for _ in range(n - 3)]
        # The outermost size is another colour's: who overlooks the colour is wrong.
        radii = [order[1], order[2], order[3], order[0], *rng.choices(order, k=n - 4)]
    else:
        rest = 1 + (by == "second")
        colours = [rng.choice(COLOURS) for _ in range(n)]
        radii = [*order[:rest], *rng.choices(order[rest:], k=n - rest)]
    return [(colour, shape) for colour in colours], radii


def ranked(scene: Scene) -> list[Thing]:
    """The right one first, then what comes after it; for the second, the one before it at the end."""
    things = [thing for thing in scene.things if thing[0] == scene.colour or not scene.colour]
    if scene.by == "near":
        things = sorted(things[1:], key=lambda thing: _apart(scene, thing), reverse="far" in scene.word)
    elif scene.by == "edge":
        axis, back = EDGES.index(scene.word) // 2, EDGES.index(scene.word) % 2
        things = sorted(things, key=lambda thing: box(thing)[axis + 2 * back], reverse=bool(back))
    else:
        things = sorted(things, key=lambda thing: thing[4], reverse="largest" in scene.word)
    return [*things[1:], things[0]] if scene.by == "second" else things


def _apart(scene: Scene, thing: Thing) -> float:
    return math.dist(middle(thing), middle(scene.things[0]))


def _clear(scene: Scene) -> bool:
    """The right one leads by a margin, measured at its edge as well as at its middle."""
    first, others = ranked(scene)[0], ranked(scene)[1:]
    if scene.by == "near":
        return abs(_apart(scene, others[0]) - _apart(scene, first)) > MARGIN
    if scene.by != "edge":
        return all(max(first[4], one[4]) > 1.2 * min(first[4], one[4]) for one in others)
    axis, way = EDGES.index(scene.word) // 2, (1, -1)[EDGES.index(scene.word) % 2]
    return all(way * (box(one)[edge] - box(first)[edge]) > MARGIN for one in others for edge in (axis, axis + 2))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    show(canvas, scene.things)
    return canvas.image()


def what(scene: Scene) -> str:
    shape = scene.things[0][1]
    return {
        "edge": f"the {scene.word} thing",
        "size": f"the {scene.word} {shape}",
        "coloured": f"the {scene.word} {scene.colour} {shape}",
        "second": f"the {scene.word} {shape}",
        "near": f"the thing whose middle is {scene.word} the {name(scene.things[0])}'s",
    }[scene.by]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right = (box(ranked(scene)[0]),)
    question = f"Give the bounding box of {what(scene)}{ROWS}."
    return scene.by, question, Answer(kind="boxes", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Who leads, who comes next, and where the right one's edges are."""
    order = ranked(scene)
    first = order[0]
    if scene.by == "near":
        x, y = middle(scene.things[0])
        steps = [f"{name(scene.things[0])}: {x} across, {y} down."]
        steps += [f"{name(thing)}: {round(_apart(scene, thing))} away." for thing in sorted(order, key=box)]
    elif scene.by == "edge":
        edge = EDGES.index(scene.word) // 2 + 2 * (EDGES.index(scene.word) % 2)
        side = ("left", "top", "right", "bottom")[edge]
        steps = [f"{name(thing)}: {side} edge {box(thing)[edge]}." for thing in sorted(order, key=box)]
    else:
        among = sorted(order, key=box)
        steps = [f"{name(thing)}: {box(thing)[2] - box(thing)[0]} wide." for thing in among]
    wide = f", {box(first)[2] - box(first)[0]} wide" if scene.by in ("size", "coloured", "second") else ""
    return (*steps, f"{scene.word.split(' to')[0].split(' from')[0]}: the {name(first)}{wide}.", f"{edges(first)}.")


def caption(scene: Scene) -> str:
    return f"Each thing with its box, x1, y1, x2, y2 in thousandths: {told(scene.things)}."
