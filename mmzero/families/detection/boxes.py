"""Detection: the bounding boxes of all things of a description, in thousandths of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from mmzero.answers.asking import ROWS
from mmzero.families.canvas import Canvas
from mmzero.families.detection._scatter import COLOURS, SHAPES, Kind, Thing, box, edges, name, scatter, show, told
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("one", "several", "colour", "shape", "without", "beside")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:4], BY[2:4], BY[4:5], BY[4:5], BY[5:], BY[5:])
SIDES = ("left of", "right of", "above", "below")
CLEAR = 40  # how far a thing's middle and the edge it is compared with lie apart
KNOBS = {"things": range(5, 11), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, shape, x, y, radius) in thousandths. Level 0 asks for the only thing of a colour and a shape,
    2 for several, 4 for all of a colour or all of a shape, 6 for a shape without a colour, 8 for those of a shape on one
    `side` of the first thing. Any scene can also be asked for what is `absent` from it."""

    things: tuple[Thing, ...]
    by: str
    colour: str
    shape: str
    side: str

    def fits(self, thing: Thing) -> bool:
        is_colour, is_shape = thing[0] == self.colour, thing[1] == self.shape
        return {
            "one": is_colour and is_shape,
            "several": is_colour and is_shape,
            "absent": is_colour and is_shape,
            "colour": is_colour,
            "shape": is_shape,
            "without": is_shape and not is_colour,
            "beside": is_shape and self.beside(thing) > 0,
        }[self.by]

    def beside(self, thing: Thing) -> int:
        """How far this thing's middle lies on the asked side of the first thing's middle."""
        axis = 2 if self.side in SIDES[:2] else 3
        apart = thing[axis] - self.things[0][axis]
        return -apart if self.side in ("left of", "above") else apart


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = things or rng.randint(5 + level // 3, 7 + level // 3)
    while True:
        colour, shape, side = rng.choice(COLOURS), rng.choice(SHAPES), rng.choice(SIDES)
        top = 150 - 8 * n  # the fewer, the larger they may be
        scene = Scene(
            scatter(rng, _kinds(rng, n, by, colour, shape), [rng.randint(40, top) for _ in range(n)]),
            by,
            colour,
            shape,
            side,
        )
        shaped = [thing for thing in scene.things[1:] if thing[1] == shape]
        if by != "beside" or (
            all(abs(scene.beside(thing)) > CLEAR + thing[4] for thing in shaped) and any(map(scene.fits, shaped))
        ):
            return scene


def _kinds(rng: Random, n: int, by: str, colour: str, shape: str) -> list[Kind]:
    """As many that fit as were drawn; of the rest, half have the colour or the shape alone where that is a trap."""
    others = [(c, s) for c in COLOURS for s in SHAPES if c != colour and s != shape]
    near = [(colour, s) for s in SHAPES if s != shape], [(c, shape) for c in COLOURS if c != colour]
    want = 1 if by == "one" else rng.randint(2, min(4, n - 2))
    if by == "beside":
        anchor = rng.choice(others)
        rest = [kind for kind in others if kind != anchor]
        return [anchor, *rng.choices(near[1], k=want + 1), *rng.choices(rest, k=n - want - 2)]
    fits, traps = {
        "one": ([(colour, shape)], near[0] + near[1]),
        "several": ([(colour, shape)], near[0] + near[1]),
        "colour": ([(colour, shape), *near[0]], near[1]),
        "shape": ([(colour, shape), *near[1]], near[0]),
        "without": (near[1], [(colour, shape), *near[0]]),
    }[by]
    return [rng.choice(fits) for _ in range(want)] + [
        rng.choice(traps if rng.random() < 0.5 else others) for _ in range(n - want)
    ]


def absent(scene: Scene) -> Scene:
    """The same things, asked for a colour and a shape that none of them has together; where they can, some have one of both."""
    there = {thing[:2] for thing in scene.things}
    colours, shapes = ({thing[i] for thing in scene.things} for i in (0, 1))
    missing = [(c, s) for c in COLOURS for s in SHAPES if (c, s) not in there]
    near = [(c, s) for c, s in missing if c in colours and s in shapes] or missing
    # Which one hangs on the places, so that it is as good as drawn and still a function of the scene.
    colour, shape = near[sum(thing[2] + thing[3] for thing in scene.things) % len(near)]
    return replace(scene, by="absent", colour=colour, shape=shape)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    show(canvas, scene.things)
    return canvas.image()


def what(scene: Scene) -> str:
    return {
        "one": f"the {scene.colour} {scene.shape}",
        "several": f"all {scene.colour} {scene.shape}s",
        "absent": f"all {scene.colour} {scene.shape}s",
        "colour": f"all {scene.colour} things",
        "shape": f"all {scene.shape}s",
        "without": f"all {scene.shape}s that are not {scene.colour}",
        "beside": f"all {scene.shape}s {scene.side} the {name(scene.things[0])}",
    }[scene.by]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right = tuple(sorted(box(thing) for thing in scene.things if scene.fits(thing)))
    boxes = "box of" if scene.by == "one" else "boxes of"
    parted = "" if scene.by == "one" else ", boxes parted by semicolons"
    question = f"Give the bounding {boxes} {what(scene)}{ROWS}{parted}."
    return scene.by, question, Answer(kind="boxes", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """From left to right, what fits and where its edges are."""
    found = sorted((thing for thing in scene.things if scene.fits(thing)), key=box)
    steps = [f"{name(thing)}: {edges(thing)}." for thing in found]
    if scene.by == "beside":
        x, y = scene.things[0][2:4]
        steps.insert(0, f"{name(scene.things[0])}: middle {x} across, {y} down.")
    return (*steps, f"in all {len(found)}.")


def caption(scene: Scene) -> str:
    return f"Each thing with its box, x1, y1, x2, y2 in thousandths: {told(scene.things)}."
