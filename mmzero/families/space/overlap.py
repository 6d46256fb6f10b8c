"""Overlapping shapes: which of two lies on top, what a shape overlaps, how many pairs and covered ones, and the stack."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import cos, hypot, sin
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow", "purple")
FORMS = ("circle", "square")
BY = ("top", "touch", "pairs", "covered", "stack")
LEAST_GAP, SHALLOW, DEEP = 24, 0.35, 0.7  # thousandths between apart ones; depths of overlaps, in radii
KNOBS = {"by": BY, "form": ("circle", "square", "both")}
SMALLEST = 64

Thing = tuple[str, str, int, int, int]  # form, colour, middle, radius (of a square: half its side)


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` lie in the order they were put down, the last on top; lengths are thousandths. No three overlap in one
    place. Level 0 asks which of two is on top, 2 how many overlap the one of a colour, 4 how many pairs overlap, 6 how
    many are partly covered, 8 for the stack from the bottom up; odd levels have more things."""

    things: tuple[Thing, ...]
    by: str
    asked: tuple[str, ...]


def sample(level: int, seed: int, by: str | None = None, form: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    forms = (form,) if form in FORMS else FORMS
    # The answer is drawn once, however often a plan for it finds no room: crowded ones would else be rare.
    wanted = rng.randint(0, {"touch": 3, "pairs": 4 + level % 2, "covered": 3 + level % 2}.get(by, 0))
    while True:
        leans, ranks = _plan(rng, by, level % 2, wanted)
        places = _place(rng, leans, forms)
        if places:
            break
    colours = _paint(rng, leans, len(leans) <= len(COLOURS))
    # In a stack every one lies on the one it leans on; elsewhere the order is any.
    order = sorted(range(len(leans)), key=lambda i: ranks[i])
    asked = (colours[0],) if by == "touch" else tuple(colours[:2]) if by == "top" else ()
    if by == "top":
        asked = tuple(rng.sample(asked, 2))
    return Scene(tuple((places[i][0], colours[i], *places[i][1:]) for i in order), by, asked)


def _plan(rng: Random, by: str, more: int, wanted: int) -> tuple[list[int | None], list[int]]:
    """What each thing leans on, an earlier one or none, and when it is put down. What leans on nothing and everything
    else that is not said here stays apart, so overlaps form a forest and their number is known before they lie."""
    if by == "stack":
        n = 3 + more + rng.randint(0, 1)
        return [None, *range(n - 1)], list(range(n))
    if by == "top":
        n = 2 + 2 * more
        return [None, 0, *[None] * (n - 2)], rng.sample(range(n), n)
    n = {"touch": 5, "pairs": 6, "covered": 6}[by] + more
    if by == "touch":
        rest = [rng.choice((None, i)) for i in range(wanted + 1, n - 1)]
        return [None, *[0] * wanted, *[None] * (n - 1 - wanted - len(rest)), *rest], rng.sample(range(n), n)
    while True:
        leaning = set(rng.sample(range(1, n), wanted if by == "pairs" else rng.randint(wanted, n - 1)))
        leans = [rng.randrange(i) if i in leaning else None for i in range(n)]
        ranks = rng.sample(range(n), n)
        lower = {min((i, on), key=lambda j: ranks[j]) for i, on in enumerate(leans) if on is not None}
        if by == "pairs" or len(lower) == wanted:
            return leans, ranks


def _place(rng: Random, leans: list[int | None], forms: tuple[str, ...]) -> list[tuple[str, int, int, int]]:
    """A place for each thing, overlapping exactly what it leans on; none if one does not find its own."""
    placed: list[tuple[str, int, int, int]] = []
    radii = range(105, 165) if len(leans) <= 5 else range(85, 135)
    for on in leans:
        for _ in range(60):
            form, radius = rng.choice(forms), rng.choice(radii)
            x, y = rng.randint(40 + radius, 960 - radius), rng.randint(40 + radius, 960 - radius)
            if on is not None:
                turn, far = rng.uniform(0, 6.283), (radius + placed[on][3]) * rng.uniform(0.6, 1.1)
                x, y = round(placed[on][1] + far * cos(turn)), round(placed[on][2] + far * sin(turn))
            new = (form, x, y, radius)
            inside = 40 + radius <= min(x, y) and max(x, y) <= 960 - radius
            if inside and all(_suits(new, other, i == on) for i, other in enumerate(placed)):
                placed.append(new)
                break
        else:
            return []
    return placed


def _suits(one: tuple[str, int, int, int], two: tuple[str, int, int, int], leans: bool) -> bool:
    gap, radius = _gap(one, two), min(one[3], two[3])
    return -DEEP * radius <= gap <= -SHALLOW * radius if leans else gap >= LEAST_GAP


def _gap(one: tuple[str, int, int, int], two: tuple[str, int, int, int]) -> float:
    """How far apart two things are; below zero, how deep they overlap."""
    right, down = abs(one[1] - two[1]), abs(one[2] - two[2])
    squares = sum(thing[3] for thing in (one, two) if thing[0] == "square")
    circles = sum(thing[3] for thing in (one, two) if thing[0] == "circle")
    right, down = right - squares, down - squares
    if circles and max(right, down) > 0:
        return hypot(max(right, 0), max(down, 0)) - circles
    return max(right, down) - circles


def _paint(rng: Random, leans: list[int | None], unlike: bool) -> list[str]:
    """Colours that differ where things overlap, and everywhere where there are enough. The first has its own."""
    if unlike:
        return rng.sample(COLOURS, len(leans))
    colours: list[str] = []
    for on in leans:
        colours.append(rng.choice([c for c in COLOURS if not colours or c not in (colours[0], colours[on or 0])]))
    return colours


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for form, colour, x, y, radius in scene.things:
        fill, low, high = skin.colours[colour], ((x - radius) / 1000, (y - radius) / 1000), (x + radius, y + radius)
        if form == "circle":
            canvas.circle((x / 1000, y / 1000), radius / 1000, fill=fill, outline=skin.ink)
        else:
            canvas.rectangle(low, (high[0] / 1000, high[1] / 1000), fill=fill, outline=skin.ink)
    return canvas.image()


def _overlaps(scene: Scene) -> list[tuple[int, int]]:
    """Pairs by their places in `things`, the lower one first."""
    bare = [(form, x, y, radius) for form, _, x, y, radius in scene.things]
    return [(i, j) for i, j in combinations(range(len(bare)), 2) if _gap(bare[i], bare[j]) < 0]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    pairs, colours = _overlaps(scene), [thing[1] for thing in scene.things]
    if scene.by == "top":
        one, two = scene.asked
        question = f"Which lies on top: the {one} or the {two} thing?"
        right = max(scene.asked, key=colours.index)
        return scene.by, question, Answer(kind="choice", value=right, choices=scene.asked, warrant=COMPUTED)
    if scene.by == "stack":
        question = "In what order do the things lie from the bottom to the top, by colour with commas between?"
        return scene.by, question, Answer(kind="sequence", value=tuple(colours), warrant=COMPUTED)
    question, right = {
        "touch": (
            f"How many things does the {' '.join(scene.asked)} one overlap?",
            sum(scene.asked[:1] in ((colours[i],), (colours[j],)) for i, j in pairs),
        ),
        "pairs": ("How many pairs of things overlap?", len(pairs)),
        "covered": ("How many things are partly covered by another?", len({i for i, _ in pairs})),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _names(scene: Scene) -> list[str]:
    """Each thing by colour and form, with its number from the left where another has the same."""
    looks = [f"{colour} {form}" for form, colour, *_ in scene.things]
    left = sorted(range(len(looks)), key=lambda i: scene.things[i][2])
    turns = {i: [j for j in left if looks[j] == looks[i]].index(i) + 1 for i in left}
    return [look if looks.count(look) == 1 else f"{look} {turns[i]}" for i, look in enumerate(looks)]


def explain(scene: Scene) -> tuple[str, ...]:
    """Thing by thing from the left, what counts numbered; of a stack from the bottom up, what lies on what."""
    looks, pairs = [f"{colour} {form}" for form, colour, *_ in scene.things], _overlaps(scene)
    if scene.by in ("top", "stack"):
        steps = (f"{looks[j]} on {looks[i]}." for i, j in pairs)
        return tuple(steps) if scene.by == "top" else (f"lowest: {looks[0]}.", *steps)
    if scene.by == "touch":
        looks = [look + " asked" * (thing[1] in scene.asked) for look, thing in zip(looks, scene.things, strict=True)]
    total, steps, nothing = 0, [], {"pairs": " on none", "covered": " whole", "touch": ""}[scene.by]
    for i in sorted(range(len(looks)), key=lambda i: scene.things[i][2]):
        said = [f" {what} {total + n}" for n, what in enumerate(_counted(scene, i, looks, pairs), 1)]
        total += len(said)
        steps.append(f"{looks[i]}{','.join(said) or nothing}.")
    return (*steps, f"in all {total}.")


def _counted(scene: Scene, i: int, looks: list[str], pairs: list[tuple[int, int]]) -> list[str]:
    """What counts for the question where this thing is looked at."""
    if scene.by == "pairs":
        return [f"on {looks[low]}" for low, top in pairs if top == i]
    if scene.by == "covered":
        return ["covered"] * any(low == i for low, _ in pairs)
    asked = [thing[1] for thing in scene.things].index(*scene.asked)
    return ["on it"] * ((asked, i) in pairs) + ["below it"] * ((i, asked) in pairs)


def caption(scene: Scene) -> str:
    names = _names(scene)
    on = "".join(f" The {names[j]} lies partly on the {names[i]}." for i, j in _overlaps(scene))
    return f"There are {', '.join(f'a {name}' for name in names)}.{on or ' None overlap.'}"
