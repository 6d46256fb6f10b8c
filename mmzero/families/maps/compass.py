"""Finding the way by the compass: directions from place to place, and where a walk ends."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.families.maps._place import pale, place
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

SIDE, PITCH, LEFT, TOP = 6, 0.14, 0.08, 0.24
NAMES = "ABCDEF"
EIGHT = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
FOUR = EIGHT[::2]
NORTHS = ("up", "right", "down", "left")
BY = ("four", "eight", "walk", "between", "facing", "ahead")
BY_LEVEL = ("four", "four", "eight", "eight", "walk", "eight", "walk", "between", "facing", "ahead")
KNOBS = {"by": BY, "north": NORTHS}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`places` are the (column, row) of A, B, C … on a plan of streets on which north is `north`: up until level 5, then
    any other way. `about` are the places asked about, `legs` a walk or the directions in question. Levels 0 and 1 know
    four directions, 2 eight, 4 walks, 7 finds a place by two others, 8 and 9 turn left and right."""

    places: tuple[tuple[int, int], ...]
    north: str
    by: str
    about: tuple[int, ...]
    legs: tuple[tuple[str, int], ...]


def sample(level: int, seed: int, by: str | None = None, north: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    north = north or ("up" if level < 5 else rng.choice(NORTHS[1:]))
    n = 3 + level if level < 2 else 5 + level % 2
    about = tuple(rng.sample(range(n), 3))
    while True:
        legs, here, there = _walk(rng, by, north, level)
        if by in ("four", "eight", "facing") or len({here, there}) == 2:
            break
    decoys = [_step(here, "up", legs, by), (2 * here[0] - there[0], there[1]), (there[0], 2 * here[1] - there[1])]
    free = [cell for cell in decoys if _inside(cell) and cell not in (here, there)]
    free = list(dict.fromkeys(free))[: n - 2]
    rest = [(x, y) for x in range(SIDE) for y in range(SIDE) if (x, y) not in (here, there, *free)]
    free += rng.sample(rest, n - 2 - len(free))
    rng.shuffle(free)
    places = {about[0]: here, about[1]: there}
    scene = Scene(tuple(places[i] if i in places else free.pop() for i in range(n)), north, by, about, legs)
    if by == "between" and _found(scene) != [about[1]]:
        return sample(level, rng.getrandbits(62), by, north)
    return scene


def _inside(cell: tuple[int, int]) -> bool:
    return all(0 <= one < SIDE for one in cell)


def _walk(rng: Random, by: str, north: str, level: int) -> tuple[tuple[tuple[str, int], ...], Point, Point]:
    """A direction or a walk, and two cells that it leads between; the direction is drawn first."""
    if by in ("four", "eight", "facing"):
        way = rng.choice(EIGHT if by == "eight" else FOUR)
        legs: tuple[tuple[str, int], ...] = ((way, rng.randint(1, 4)),)
    elif by == "ahead":
        turns = [rng.choice(("left", "right")) for _ in range(2)]
        legs = tuple((word, rng.randint(1, 3)) for word in (rng.choice(FOUR), *turns))
    else:
        ways = [rng.choice(("north", "south")), rng.choice(("east", "west"))]
        ways += [rng.choice(FOUR)] if level > 5 and by == "walk" else []
        legs = tuple((way, rng.randint(1, 3)) for way in ways)
    while True:
        here = (rng.randrange(SIDE), rng.randrange(SIDE))
        there = _step(here, north, legs, by)
        if _inside(there):
            break
        if rng.random() < 0.05:
            return _walk(rng, by, north, level)
    if by == "facing":
        legs = (*legs, (rng.choice(("left", "right")), 0))
    return legs, here, there


def _step(cell: tuple[int, int], north: str, legs: tuple[tuple[str, int], ...], by: str) -> tuple[int, int]:
    """Where a walk ends on a plan with this north; left and right turn away from the direction before."""
    x, y = cell
    for (_, blocks), eighth in zip(legs, _headings(legs), strict=True):
        turned = (eighth + 2 * NORTHS.index(north)) % 8
        x += blocks * ((1 <= turned <= 3) - (5 <= turned <= 7))
        y += blocks * ((3 <= turned <= 5) - (turned <= 1 or turned == 7))
    return x, y


def _headings(legs: tuple[tuple[str, int], ...]) -> list[int]:
    """The direction of every leg, in eighths of a turn from north."""
    headings: list[int] = []
    for word, _ in legs:
        turn = {"left": -2, "right": 2}.get(word)
        headings.append(EIGHT.index(word) if turn is None else (headings[-1] + turn) % 8)
    return headings


def _found(scene: Scene) -> list[int]:
    """The places that lie as far to both sides as is asked, of the two places it is asked of."""
    turn, found = NORTHS.index(scene.north), []
    for i, cell in enumerate(scene.places):
        fits = i not in (scene.about[0], scene.about[2])
        for (way, _), other in zip(scene.legs, (scene.about[0], scene.about[2]), strict=True):
            eighth = (EIGHT.index(way) + 2 * turn) % 8 // 2
            across, down = (one - two for one, two in zip(cell, scene.places[other], strict=True))
            fits = fits and (-down, across, down, -across)[eighth] > 0
        found += [i] * fits
    return found


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for i in range(SIDE):
        along = PITCH * i
        low, high = (LEFT, TOP), (LEFT + PITCH * (SIDE - 1), TOP + PITCH * (SIDE - 1))
        canvas.line((low[0], low[1] + along), (high[0], low[1] + along), colour=skin.faint)
        canvas.line((low[0] + along, low[1]), (low[0] + along, high[1]), colour=skin.faint)
    for letter, (x, y) in zip(NAMES, scene.places, strict=False):
        place(canvas, (LEFT + PITCH * x, TOP + PITCH * y), letter, pale(skin, skin.colours["yellow"]))
    across, down = ((0, -1), (1, 0), (0, 1), (-1, 0))[NORTHS.index(scene.north)]
    x, y, red = 0.86, 0.13, skin.colours["red"]
    tip, tail = (x + 0.05 * across, y + 0.05 * down), (x - 0.09 * across, y - 0.09 * down)
    canvas.arrow(tail, tip, colour=red, width=max(skin.stroke, 0.014))
    canvas.text((x + 0.09 * across, y + 0.09 * down), "N", height=min(skin.text, 0.075))
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    one, two, three = (NAMES[i] for i in scene.about)
    headings = _headings(scene.legs)
    if scene.by in ("four", "eight", "facing"):
        choices = EIGHT if scene.by == "eight" else FOUR
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        question = f"In which direction is {two} from {one}: {listed}?"
        if scene.by == "facing":
            question = f"You go from {one} to {two} and turn {scene.legs[1][0]} there. In which direction do you look: {listed}?"
        return scene.by, question, Answer(kind="choice", value=EIGHT[headings[-1]], choices=choices, warrant=COMPUTED)
    out = (one, three) if scene.by == "between" else (one,)
    choices = tuple(name for name in NAMES[: len(scene.places)] if name not in out)
    listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
    words = [f"{n} block{'s' * (n > 1)} {way}" for way, n in scene.legs]
    if scene.by == "between":
        (way, _), (aside, _) = scene.legs
        question = f"Which place lies further {way} than {one} and further {aside} than {three}: {listed}?"
    elif scene.by == "walk":
        question = f"You go from {one} {', then '.join(words)}. At which place are you then: {listed}?"
    else:
        turns = "".join(f", turn {way} and go {n} block{'s' * (n > 1)}" for way, n in scene.legs[1:])
        question = f"You go from {one} {words[0]}{turns}. At which place are you then: {listed}?"
    return scene.by, question, Answer(kind="choice", value=two, choices=choices, warrant=COMPUTED)


def _on_plan(scene: Scene, eighth: int) -> str:
    words = ("up", "up and right", "right", "down and right", "down", "down and left", "left", "up and left")
    return words[(eighth + 2 * NORTHS.index(scene.north)) % 8]


def explain(scene: Scene) -> tuple[str, ...]:
    """Which way north is on the plan, then every leg as it is seen there."""
    one, two, three = (NAMES[i] for i in scene.about)
    headings, steps = _headings(scene.legs), [f"north is {scene.north}."]
    if scene.by in ("four", "eight", "facing"):
        steps.append(f"from {one} to {two} it goes {_on_plan(scene, headings[0])}: {EIGHT[headings[0]]}.")
        if scene.by == "facing":
            steps.append(f"{scene.legs[1][0]} of {EIGHT[headings[0]]} is {EIGHT[headings[1]]}.")
        return tuple(steps)
    if scene.by == "between":
        for (way, _), other in zip(scene.legs, (one, three), strict=True):
            steps.append(f"{way} of {other} is further {_on_plan(scene, EIGHT.index(way))}.")
        return (*steps, f"both: {two}.")
    for (way, blocks), heading in zip(scene.legs, headings, strict=True):
        turned = f"{way} is now {EIGHT[heading]}, " if way in ("left", "right") else f"{way} is "
        steps.append(f"{turned}{_on_plan(scene, heading)} on the plan: {blocks}.")
    return (*steps, f"from {one} that ends at {two}.")


def caption(scene: Scene) -> str:
    cells = ", ".join(f"{name} at ({x}, {y})" for name, (x, y) in zip(NAMES, scene.places, strict=False))
    return f"On a plan, where (2, 1) is 2 blocks to the right and 1 block down, are {cells}; north is {scene.north}."
