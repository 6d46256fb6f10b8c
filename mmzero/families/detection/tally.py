"""Checking a detector: which of the drawn boxes are wrong, because they cut through their thing or misname it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.detection._scatter import COLOURS, SHAPES, Kind, Thing, box, name, show
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("which", "cut", "whole", "label", "either")
LETTERS = "ABCDEF"
MARGIN, SHIFTS = 16, range(34, 50)  # a right box keeps clear of its thing; a wrong one is pushed over its edge
LETTER = 0.075
KNOBS = {"things": range(4, 7), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are (colour, shape, x, y, radius) in thousandths, `boxes` (x1, y1, x2, y2) one for each and `marks` what
    stands over them. Level 0 asks which box holds a whole thing of one kind, 2 how many cut through theirs, 4 which one
    does not, 6 how many bear a wrong word, 8 how many are wrong in one way or the other."""

    things: tuple[Thing, ...]
    boxes: tuple[tuple[int, int, int, int], ...]
    marks: tuple[str, ...]
    by: str

    def cut(self, i: int) -> bool:
        inner, outer = box(self.things[i]), self.boxes[i]
        return inner[0] < outer[0] or inner[1] < outer[1] or inner[2] > outer[2] or inner[3] > outer[3]

    def wrong(self, i: int) -> bool:
        misnamed = self.marks[i] not in (*self.things[i][:2], LETTERS[i])
        return misnamed or (self.by != "label" and self.cut(i))


def sample(level: int, seed: int, things: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = things or rng.randint(4 + (level > 1), 6)
    kinds = [(rng.choice(COLOURS), rng.choice(SHAPES)) for _ in range(n)]
    # Which box or how many is drawn first, and the boxes after it.
    at, bad = rng.randrange(n), set(rng.sample(range(n), rng.randint(0, n)))
    cut, misnamed = set(), set()
    if by == "which":
        kinds, cut = _one_whole(rng, n, at)
    elif by == "whole":
        cut = set(range(n)) - {at}
    elif by == "cut":
        cut = bad
    elif by == "label":
        misnamed = bad
    else:
        cut = {i for i in bad if rng.random() < 0.6}
        misnamed = {i for i in bad if i not in cut or rng.random() < 0.2}
    placed = tuple(_placed(rng, _cell(i, n), kind) for i, kind in enumerate(kinds))
    words = by in ("label", "either")
    return Scene(
        placed,
        tuple(_around(rng, thing, i in cut) for i, thing in enumerate(placed)),
        tuple(_word(rng, kind, i in misnamed) if words else LETTERS[i] for i, kind in enumerate(kinds)),
        by,
    )


def _one_whole(rng: Random, n: int, at: int) -> tuple[list[Kind], set[int]]:
    """One whole thing of the asked kind; another one or two of it are cut, the rest differ in a colour or a shape."""
    colour, shape = rng.choice(COLOURS), rng.choice(SHAPES)
    near = [(colour, s) for s in SHAPES if s != shape] + [(c, shape) for c in COLOURS if c != colour]
    kinds = [rng.choice(near) for _ in range(n)]
    again = rng.sample([i for i in range(n) if i != at], rng.randint(1, 2))
    for i in (at, *again):
        kinds[i] = (colour, shape)
    return kinds, {*again, *(i for i in range(n) if i != at and rng.random() < 0.2)}


def _cell(i: int, n: int) -> tuple[int, int]:
    """The middle of the i-th of n places, in two rows."""
    columns = (n + 1) // 2
    return 500 * (2 * (i % columns) + 1) // columns, 285 + 485 * (i // columns)


def _placed(rng: Random, cell: tuple[int, int], kind: Kind) -> Thing:
    x, y = (middle + rng.randint(-6, 6) for middle in cell)
    return (*kind, x, y, 4 * rng.randint(12, 17))


def _around(rng: Random, thing: Thing, cut: bool) -> tuple[int, int, int, int]:
    left, top, right, bottom = box(thing)
    across, down = rng.choice(((1, 0), (-1, 0), (0, 1), (0, -1))) if cut else (0, 0)
    shift = rng.choice(SHIFTS)
    x, y = shift * across, shift * down
    return left - MARGIN + x, top - MARGIN + y, right + MARGIN + x, bottom + MARGIN + y


def _word(rng: Random, kind: Kind, wrong: bool) -> str:
    part = rng.randrange(2)
    return rng.choice([word for word in (COLOURS, SHAPES)[part] if word != kind[part]]) if wrong else kind[part]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    show(canvas, scene.things)
    for i, (left, top, right, bottom) in enumerate(scene.boxes):
        canvas.rectangle((left / 1000, top / 1000), (right / 1000, bottom / 1000), outline=skin.ink)
        over = min(top, box(scene.things[i])[1])
        canvas.text((_cell(i, len(scene.boxes))[0] / 1000, over / 1000 - 0.053), scene.marks[i], height=LETTER)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    n = len(scene.things)
    letters = tuple(LETTERS[:n])
    listed = f"{', '.join(letters[:-1])} or {letters[-1]}"
    if scene.by in ("which", "whole"):
        right = _asked(scene)
        what = f"holds a whole {name(scene.things[right])}" if scene.by == "which" else "does not cut through its thing"
        answer = Answer(kind="choice", value=letters[right], warrant=COMPUTED, choices=letters)
        return scene.by, f"Which box {what}: {listed}?", answer
    what = {
        "cut": "cut through their thing",
        "label": "bear a word that is not true of their thing",
        "either": "cut through their thing or bear a word that is not true of it",
    }[scene.by]
    right = sum(map(scene.wrong, range(n)))
    return scene.by, f"How many boxes {what}?", Answer(kind="number", value=right, warrant=COMPUTED)


def _asked(scene: Scene) -> int:
    """The only whole one; where a kind is asked for, the only whole one of a kind that is there cut as well."""
    kinds = [thing[:2] for thing in scene.things]
    cut = [kinds[i] for i in range(len(kinds)) if scene.cut(i)]
    return next(
        i
        for i, kind in enumerate(kinds)
        if not scene.cut(i) and (scene.by == "whole" or (kind in cut and kinds.count(kind) - cut.count(kind) == 1))
    )


def explain(scene: Scene) -> tuple[str, ...]:
    """Box by box what it holds, what is wrong with it, and how many are wrong so far."""
    steps, total = [], 0
    for i, thing in enumerate(scene.things):
        words = "" if scene.marks[i] in LETTERS else f", word {scene.marks[i]}"
        place = "" if scene.by == "label" else ", cut" if scene.cut(i) else ", whole"
        total += scene.wrong(i)
        so_far = "" if scene.by in ("which", "whole") else f": {total}"
        steps.append(f"{LETTERS[i] if not words else i + 1}: {name(thing)}{place}{words}{so_far}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    held = (
        f"box '{mark}' {'cuts through' if scene.cut(i) else 'holds the whole of'} a {name(scene.things[i])}"
        for i, mark in enumerate(scene.marks)
    )
    return f"There are {len(scene.boxes)} boxes: {'; '.join(held)}."
