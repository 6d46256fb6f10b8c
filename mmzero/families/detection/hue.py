"""Detection by colour alone: the bounding box of the only thing, of the one of a colour, of two, of all others."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.answers.asking import ROWS
from mmzero.families.canvas import Canvas
from mmzero.families.detection._scatter import COLOURS, SHAPES, Thing, box, name, scatter, show, told
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("alone", "one", "two", "others")
BY_LEVEL = ("alone", "alone", "one", "one", "one", "one", "two", "two", "others", "others")
KNOBS = {"things": range(3, 6), "by": BY[1:]}
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, shape, x, y, radius) in thousandths, no two of a colour. Level 0 asks for the only thing, 2 for
    the one of a colour among two, 5 among five, 6 for those of two colours, 8 for all but that of a colour. `colours` are
    those that the question names."""

    things: tuple[Thing, ...]
    by: str
    colours: tuple[str, ...]

    def fits(self, thing: Thing) -> bool:
        return (thing[0] in self.colours) != (self.by == "others")


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or (BY_LEVEL[level] if things is None or level > 1 else "one")
    n = things or {"alone": 1, "one": min(max(level, 2), 5)}.get(by, 3 + level % 2 + (level > 7))
    colours = rng.sample(COLOURS, n)
    most = 190 - 20 * n  # the fewer, the larger they may be
    radii = [rng.randint(most // 2, most) for _ in colours]
    placed = scatter(rng, [(colour, rng.choice(SHAPES)) for colour in colours], radii)
    return Scene(placed, by, tuple(colours[: 2 if by == "two" else 1]))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    show(canvas, scene.things)
    return canvas.image()


def what(scene: Scene) -> str:
    named = " and the ".join(f"{colour} thing" for colour in scene.colours)
    return f"all things that are not {scene.colours[0]}" if scene.by == "others" else f"the {named}"


def ask(scene: Scene) -> tuple[str, str, Answer]:
    right = tuple(sorted(box(thing) for thing in scene.things if scene.fits(thing)))
    single = scene.by in BY[:2]
    boxes, parted = ("box of", "") if single else ("boxes of", ", boxes parted by semicolons")
    question = f"Give the bounding {boxes} {what(scene)}{ROWS}{parted}."
    return scene.by, question, Answer(kind="boxes", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """From left to right, what fits and in which of four rows and columns its middle lies."""
    found = sorted((thing for thing in scene.things if scene.fits(thing)), key=box)
    return tuple(f"{name(thing)}: row {_quarter(thing[3])}, column {_quarter(thing[2])}." for thing in found)


def _quarter(place: int) -> int:
    return 1 + 4 * place // 1000


def caption(scene: Scene) -> str:
    return f"Each thing with its box, x1, y1, x2, y2 in thousandths: {told(scene.things)}."
