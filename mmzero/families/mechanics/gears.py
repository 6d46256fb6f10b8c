"""Gears and belts: which way the last wheel turns, how often, whether a ring of gears can turn, when all are back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.mechanics._wheels import arrow, belts, chain, gears, ring, row
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Colour
    from mmzero.families.skin import Skin

BY = ("last", "belts", "clockwise", "turns", "jam", "teeth", "again")
BY_LEVEL = ("last", "last", "belts", "belts", "clockwise", "turns", "turns", "jam", "teeth", "again")
WAYS = ("anticlockwise", "clockwise")
NUMBERED = ("turns", "teeth", "again")
KNOBS = {"by": BY, "gears": range(2, 6)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`gears` are the teeth of wheels in a row, of which the one at `drives` turns, `clockwise` or not, and `crossed` says
    of belts which are; or they stand in a ring with room for `slots`, the first at `degrees`. The first one makes `turns`
    turns. Level 0 asks which way the last gear turns, 2 the same of belts, 4 how many turn clockwise, 5 how often the
    last turns, 7 whether a ring can turn at all, 8 for a number of teeth, 9 when all stand as before."""

    gears: tuple[int, ...]
    by: str
    drives: int
    clockwise: bool
    crossed: tuple[bool, ...]
    slots: int
    degrees: int
    turns: int

    def ways(self) -> list[bool]:
        """Whether each turns clockwise."""
        flips = self.crossed or (True,) * (len(self.gears) - 1)
        spans = [sorted((i, self.drives)) for i in range(len(self.gears))]
        return [self.clockwise ^ (sum(flips[low:high]) % 2 == 1) for low, high in spans]


def sample(level: int, seed: int, by: str | None = None, gears: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    if by == "jam":
        return _ring(rng, gears)
    n = gears or _how_many(rng, by, level)
    wanted, clockwise = rng.randint(2, 12), rng.random() < 0.5
    most = 12 if by == "clockwise" else 24
    while True:
        teeth = tuple(rng.randint(*((8, 20) if by == "belts" else (8, most))) for _ in range(n))
        turns = rng.randint(2, 12)
        drives = rng.randrange(n) if by == "clockwise" else 0
        crossed = tuple(rng.random() < 0.5 for _ in range(n - 1)) if by == "belts" else ()
        scene = Scene(teeth, by, drives, clockwise, crossed, 0, 0, turns if by in ("turns", "teeth") else 0)
        if _fits(scene, wanted):
            return scene


def _how_many(rng: Random, by: str, level: int) -> int:
    if by == "clockwise":  # every number of clockwise ones as likely
        return max(2, 2 * rng.randint(1, 4) + rng.choice((-1, 0, 0, 1)))
    few = {"last": 3 + 2 * (level % 2), "belts": 2 + level % 2, "turns": 2 + (level == 6)}.get(by, 2)
    return rng.randint(few, few + 1)


def _ring(rng: Random, n: int | None) -> Scene:
    """Half of the rings turn, and half of these do not close: a gear is missing."""
    turns = rng.random() < 0.5
    closed = not turns or rng.random() < 0.5
    while True:
        size = n or rng.randint(3, 6)
        even = size % 2 == 0
        if not closed or even == turns or n:
            slots = size if closed and size > 2 else size + 1
            return Scene((rng.choice((12, 24)),) * size, "jam", 0, True, (), slots, rng.randrange(360), 0)


def _fits(scene: Scene, wanted: int) -> bool:
    first, last = scene.gears[0], scene.gears[-1]
    if scene.by == "again":
        return _back(scene) == wanted and len(set(scene.gears)) == len(scene.gears)
    if scene.by in ("turns", "teeth"):
        turned, odd = divmod(scene.turns * first, last)
        return not odd and first != last and (scene.by == "teeth" or turned == wanted)
    return True


def _back(scene: Scene) -> int:
    """Turns of the first until a whole number of turns lies behind every gear."""
    return math.lcm(*scene.gears) // scene.gears[0]


def _can_turn(scene: Scene) -> bool:
    return scene.slots > len(scene.gears) or len(scene.gears) % 2 == 0


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, fills = Canvas(skin), _fills(skin, scene)
    if scene.by == "belts":
        wheels = row(scene.gears)
        belts(canvas, wheels, scene.crossed, fills)
    else:
        slots = scene.slots, scene.degrees
        wheels = ring(len(scene.gears), *slots) if scene.by == "jam" else chain(scene.gears, scene.drives)
        gears(canvas, wheels, scene.gears, fills)
    if scene.by in NUMBERED:
        for i, ((at, radius), teeth) in enumerate(zip(wheels, scene.gears, strict=True)):
            asked = scene.by == "teeth" and i == len(wheels) - 1
            y = at.imag + (radius + 0.065) * (1 if (i - scene.drives) % 2 else -1)
            canvas.text((at.real, y), "?" if asked else str(teeth), height=0.075)
    elif scene.by != "jam":
        arrow(canvas, wheels[scene.drives], scene.clockwise, beside=scene.by == "belts")
    return canvas.image()


def _fills(skin: Skin, scene: Scene) -> list[Colour]:
    """The one that drives is red, the last one blue where it is asked for; no two neighbours look alike."""
    n = len(scene.gears)
    names = [("yellow", "green")[i % 2] for i in range(n)]
    if scene.by == "jam":
        names[-1] = "purple"
    elif scene.by != "clockwise":
        names[-1] = "blue"
    if scene.by != "jam":
        names[scene.drives] = "red"
    return [skin.colours[name] for name in names]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    wheel = "wheel" if scene.by == "belts" else "gear"
    way = f"Which way does the blue {wheel} turn if the red one turns as the arrow shows: clockwise or anticlockwise?"
    first, last = scene.gears[0], scene.gears[-1]
    question = {
        "clockwise": "The red gear turns as the arrow shows. How many of the gears turn clockwise, with the red one?",
        "turns": f"The red gear makes {scene.turns} turns. How many does the blue one make?",
        "jam": "Can these gears turn: yes or no?",
        "teeth": f"While the red gear makes {scene.turns} turns, the blue one makes {scene.turns * first // last}."
        " How many teeth has the blue gear?",
        "again": "After how many turns of the red gear do all gears first stand as they do now?",
    }.get(scene.by, way)
    if scene.by in ("last", "belts"):
        return (
            scene.by,
            question,
            Answer(kind="choice", value=WAYS[scene.ways()[-1]], choices=WAYS[::-1], warrant=COMPUTED),
        )
    if scene.by == "jam":
        right = "yes" if _can_turn(scene) else "no"
        return scene.by, question, Answer(kind="choice", value=right, choices=("yes", "no"), warrant=COMPUTED)
    value = {"clockwise": sum(scene.ways()), "turns": scene.turns * first // last, "teeth": last}
    return scene.by, question, Answer(kind="number", value=value.get(scene.by, _back(scene)), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Gear by gear, or what the first one's teeth come to."""
    first, last, n = scene.gears[0], scene.gears[-1], len(scene.gears)
    if scene.by == "jam":
        ring_ = f"{n} gears in a closed ring." if scene.slots == n else f"{n} gears in a row that does not close."
        return (
            ring_,
            "neighbours turn opposite ways.",
            "that works." if _can_turn(scene) else "the last would turn as the first.",
        )
    if scene.by == "again":
        return (*_multiples(scene), f"{math.lcm(*scene.gears)} / {first} = {_back(scene)}.")
    if scene.by in ("turns", "teeth"):
        passed = scene.turns * first
        turned = passed // last
        return (
            f"{scene.turns} * {first} = {passed} teeth pass.",
            f"{passed} / {turned if scene.by == 'teeth' else last} = {last if scene.by == 'teeth' else turned}.",
        )
    ways = [WAYS[way] for way in scene.ways()]
    belts_ = ["", *("crossed: " if cross else "straight: " for cross in scene.crossed)] if scene.crossed else [""] * n
    steps = [f"{i}: {belt}{way}." for i, (belt, way) in enumerate(zip(belts_, ways, strict=True), 1)]
    return (*steps, f"clockwise {sum(scene.ways())}.") if scene.by == "clockwise" else tuple(steps)


def _multiples(scene: Scene) -> list[str]:
    """The least number of teeth that is a multiple of every gear's, one gear at a time."""
    so_far, steps = scene.gears[0], []
    for n in scene.gears[1:]:
        both = math.lcm(so_far, n)
        steps.append(f"{both} = {both // so_far} * {so_far} = {both // n} * {n}.")
        so_far = both
    return steps


def caption(scene: Scene) -> str:
    n = len(scene.gears)
    if scene.by == "jam":
        return f"{n} gears in a ring, each touching the next, {'the last also the first' if scene.slots == n else 'with a gap'}."
    way = WAYS[scene.clockwise]
    if scene.by == "belts":
        joined = ", ".join("a crossed belt" if cross else "a straight belt" for cross in scene.crossed)
        return f"{n} wheels from the red one, which turns {way}, to the blue one, joined in turn by {joined}."
    if scene.by in NUMBERED:
        teeth = [str(one) for one in scene.gears]
        teeth[-1] = "?" if scene.by == "teeth" else teeth[-1]
        return f"Gears in a row from the red one to the blue one, with these numbers of teeth: {', '.join(teeth)}."
    return (
        f"{n} gears in a row; the red one is number {scene.drives + 1} from the left and turns {way}; the last is blue."
    )
