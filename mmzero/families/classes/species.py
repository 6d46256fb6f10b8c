"""Fine-grained classes: made-up creatures told apart by two or three features, by a key in words or by named examples."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

FEATURES = (
    ("a round body", "a square body", "a pointed body"),
    ("one spot", "two spots", "three spots"),
    ("no feelers", "straight feelers", "knobbed feelers"),
)
PARTS = ("body", "spots", "feelers")
COLOURS = ("red", "blue", "green", "purple")
NAMES = ("dorn", "lusk", "mib", "velk", "tarp", "quon", "sarn", "pell")
LETTERS = "ABCDEF"
BY = ("name", "count", "where", "odd", "key")
KNOBS = {"features": range(2, 4), "by": BY}
SMALLEST = 128

Look = tuple[int, int, int]  # which of each of FEATURES it has


@dataclass(frozen=True, slots=True)
class Scene:
    """`creatures` are (colour, look); `parts` are the `features` parts that tell species apart and `key` is (name, look)
    for each. Level 0 asks for one creature's species, 2 how many are of one, 4 which one is, 6 which is unlike all
    others, 8 for a species of which the key is drawn and not told."""

    creatures: tuple[tuple[str, Look], ...]
    features: int
    parts: tuple[int, ...]
    key: tuple[tuple[str, Look], ...]
    by: str


def sample(level: int, seed: int, features: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    features = features or 2 + level % 2
    parts = tuple(sorted(rng.sample(range(3), features)))
    kind = _look(rng)
    if by in ("name", "key"):
        looks = [kind]
        while len(looks) < 4:
            other = _near(rng, rng.choice(looks), parts)
            if all(any(other[part] != look[part] for part in parts) for look in looks):
                looks.append(other)
        shown = [_loose(rng, kind, parts)]
        rng.shuffle(looks)
        key = tuple(zip(rng.sample(NAMES, 4), looks, strict=True))
    else:
        n = rng.randint(5, 6)
        alike = {"count": rng.randint(0, n), "where": 1, "odd": n - 1}[by]
        strange = _near(rng, kind, parts)
        shown = [_loose(rng, kind, parts) for _ in range(alike)]
        shown += [_loose(rng, strange if by == "odd" else _near(rng, kind, parts), parts) for _ in range(n - alike)]
        rng.shuffle(shown)
        key = ((rng.choice(NAMES), kind),)
    return Scene(tuple((rng.choice(COLOURS), look) for look in shown), features, parts, key, by)


def _look(rng: Random) -> Look:
    return tuple(rng.randrange(3) for _ in FEATURES)


def _near(rng: Random, look: Look, parts: tuple[int, ...]) -> Look:
    """Another species, unlike this one in a single part."""
    part = rng.choice(parts)
    return tuple((value + rng.randint(1, 2)) % 3 if i == part else value for i, value in enumerate(look))


def _loose(rng: Random, look: Look, parts: tuple[int, ...]) -> Look:
    """The same species, with whatever is no matter of species drawn anew."""
    return tuple(value if i in parts else rng.randrange(3) for i, value in enumerate(look))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.by == "name":
        _creature(canvas, *scene.creatures[0], (0.5, 0.56), 0.24)
    elif scene.by == "key":
        for i, (name, look) in enumerate(scene.key):
            _creature(canvas, COLOURS[i], look, (0.125 + 0.25 * i, 0.19), 0.072)
            canvas.text((0.125 + 0.25 * i, 0.35), name, height=0.075)
        canvas.line((0.02, 0.42), (0.98, 0.42), colour=skin.faint)
        _creature(canvas, *scene.creatures[0], (0.5, 0.75), 0.15)
    else:
        for i, (colour, look) in enumerate(scene.creatures):
            x, y = (i % 3 + 0.5) / 3, i // 3 / 2
            _creature(canvas, colour, look, (x, y + 0.31), 0.105)
            canvas.text((x - 0.12, y + 0.07), LETTERS[i])
    return canvas.image()


def _creature(canvas: Canvas, colour: str, look: Look, at: Point, size: float) -> None:
    def place(x: float, y: float) -> Point:
        return at[0] + x * size, at[1] + y * size

    skin = canvas.skin
    for y in (-0.45, 0.1, 0.6):
        canvas.line(place(-1.3, y + 0.15), place(0, y), place(1.3, y + 0.15))
    for side in (-1, 1) if look[2] else ():
        canvas.line(place(0.15 * side, -0.7), place(0.6 * side, -1.65))
        if look[2] == 2:
            canvas.circle(place(0.6 * side, -1.65), 0.2 * size, fill=skin.ink)
    canvas.shape(("circle", "square", "diamond")[look[0]], at, size, skin.colours[colour])
    for y in ((0.0,), (-0.38, 0.38), (-0.5, 0.0, 0.5))[look[1]]:
        canvas.circle(place(0, y), 0.17 * size, fill=skin.paper)


def told(look: Look, parts: tuple[int, ...] = (0, 1, 2)) -> str:
    words = [FEATURES[part][look[part]] for part in parts]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _apart(scene: Scene) -> str:
    words = [PARTS[part] for part in scene.parts]
    return f"Species differ in {', '.join(words[:-1])} and {words[-1]} alone."


def ask(scene: Scene) -> tuple[str, str, Answer]:
    name, kind = scene.key[0]
    letters = tuple(LETTERS[: len(scene.creatures)])
    listed = f"{', '.join(letters[:-1])} or {letters[-1]}"
    if scene.by == "count":
        question = f"Each {name} has {told(kind, scene.parts)}, and nothing else has. How many {name}s are there?"
        return scene.by, question, Answer(kind="number", value=sum(_fits(scene)), warrant=COMPUTED)
    if scene.by in ("where", "odd"):
        question = {
            "where": f"Each {name} has {told(kind, scene.parts)}, and nothing else has. Which is a {name}: {listed}?",
            "odd": f"{_apart(scene)} Which one is of another species than all others: {listed}?",
        }[scene.by]
        right = letters[_fits(scene).index(scene.by == "where")]
        return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=letters)
    names = tuple(name for name, _ in scene.key)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    if scene.by == "name":
        key = "; ".join(f"{name}: {told(look, scene.parts)}" for name, look in scene.key)
        question = f"The key says {key}. What is the creature in the picture: {listed}?"
    else:
        question = f"{_apart(scene)} What is the creature without a name: {listed}?"
    right = next(name for name, look in scene.key if _same(scene, look, scene.creatures[0][1]))
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=names)


def _same(scene: Scene, one: Look, two: Look) -> bool:
    return all(one[part] == two[part] for part in scene.parts)


def _fits(scene: Scene) -> list[bool]:
    return [_same(scene, scene.key[0][1], look) for _, look in scene.creatures]


def explain(scene: Scene) -> tuple[str, ...]:
    """Creature by creature the features that count, with the number so far or whether they are the key's."""
    fits, steps = _fits(scene), []
    if scene.by == "key":
        steps = [f"{name}: {told(look, scene.parts)}." for name, look in scene.key]
    for i, (_, look) in enumerate(scene.creatures):
        end = {"count": f": {sum(fits[: i + 1])}", "where": ": yes" if fits[i] else ": no"}.get(scene.by, "")
        name = "no name" if scene.by in ("name", "key") else LETTERS[i]
        steps.append(f"{name}: {told(look, scene.parts)}{end}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    named = [f"a {COLOURS[i]} {name} with {told(look)}" for i, (name, look) in enumerate(scene.key)]
    shown = []
    for i, (colour, look) in enumerate(scene.creatures):
        name = "one without a name" if scene.by in ("name", "key") else LETTERS[i]
        shown.append(f"{name}, {colour}, with {told(look)}")
    return f"The creatures: {'; '.join((named if scene.by == 'key' else []) + shown)}."
