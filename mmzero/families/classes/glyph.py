"""Made-up characters: the same or not, how often one stands there, and reading them by a key that is drawn above them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("same", "count", "nth", "read", "missing")
LETTERS = "AEHKMRSTUX"
POINTS = ("top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right")
STROKES = 5
ROW = 5
KNOBS = {"alphabet": range(4, 6), "by": BY}
SMALLEST = 128

Glyph = tuple[int, ...]  # the points of a three by three grid that its one line goes through


@dataclass(frozen=True, slots=True)
class Scene:
    """`alphabet` are glyphs and `letters` what they stand for; `text` are the glyphs to look at, each a place in the
    alphabet. Level 0 asks whether two are the same, 2 how often the first of the alphabet occurs, 4 for the letter of
    the `at`-th by the key, 6 for all letters, 8 for the letter of the key that does not occur; odd levels have glyphs
    that differ in a single stroke."""

    alphabet: tuple[Glyph, ...]
    letters: str
    text: tuple[int, ...]
    by: str
    at: int


def sample(level: int, seed: int, alphabet: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    n = alphabet or (4 if level < 5 else 5)
    glyphs = _alphabet(rng, n, near=bool(level % 2))
    letters, at = "".join(sorted(rng.sample(LETTERS, n))), 0
    if by == "same":
        return Scene(glyphs, letters, rng.choice(((0, 0), (0, 1))), by, at)
    if by == "missing":
        kinds = rng.sample(range(n), n - 1)
        text = kinds + rng.choices(kinds, k=rng.randint(2, 5))
        rng.shuffle(text)
    elif by == "count":
        often, places = rng.randint(0, 5), 2 * ROW
        text = [0] * often + [rng.randrange(1, n) for _ in range(places - often)]
        rng.shuffle(text)
    else:
        text = [rng.randrange(n) for _ in range(rng.randint(4, 6) if by == "read" else rng.randint(6, 10))]
        at = rng.randrange(len(text)) if by == "nth" else 0
    return Scene(glyphs, letters, tuple(text), by, at)


def _alphabet(rng: Random, n: int, near: bool) -> tuple[Glyph, ...]:
    """Glyphs that differ in four strokes at least; every second one is like the one before it but for its end if `near`."""
    glyphs: list[Glyph] = []
    while len(glyphs) < n:
        like = glyphs[-1] if near and len(glyphs) % 2 else ()
        for _ in range(60):
            glyph = _walk(rng, like[:-1])
            apart = [len(strokes(glyph) ^ strokes(other)) for other in glyphs]
            if all(unlike >= 4 for unlike in (apart[:-1] if like else apart)) and all(apart) and _fills(glyph):
                glyphs.append(glyph)
                break
        else:
            glyphs.clear()  # some ends can go one way only
    return tuple(glyphs)


def _fills(glyph: Glyph) -> bool:
    """It reaches all four sides, so that none is another one moved aside."""
    return {point // 3 for point in glyph} >= {0, 2} and {point % 3 for point in glyph} >= {0, 2}


def _walk(rng: Random, start: Glyph) -> Glyph:
    """A line of STROKES strokes, each to a neighbouring point and none drawn twice; nothing where it gets stuck."""
    walk = list(start) or [rng.randrange(9)]
    while len(walk) <= STROKES:
        row, column = divmod(walk[-1], 3)
        steps = [p for p in range(9) if max(abs(p // 3 - row), abs(p % 3 - column)) == 1]
        free = [p for p in steps if frozenset((walk[-1], p)) not in strokes(tuple(walk))]
        if not free:  # a corner that was entered twice is a dead end
            return ()
        walk.append(rng.choice(free))
    return tuple(walk)


def strokes(glyph: Glyph) -> frozenset[frozenset[int]]:
    return frozenset(frozenset(pair) for pair in pairwise(glyph))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.by == "same":
        for i, kind in enumerate(scene.text):
            _glyph(canvas, scene.alphabet[kind], (0.25 + 0.5 * i, 0.5), 0.32)
        return canvas.image()
    if scene.by == "count":
        _glyph(canvas, scene.alphabet[0], (0.5, 0.19), 0.19)
    else:
        for i, glyph in enumerate(scene.alphabet):
            x = (i + 0.5) / len(scene.alphabet)
            _glyph(canvas, glyph, (x, 0.13), 0.13)
            canvas.text((x, 0.29), scene.letters[i])
    canvas.line((0.02, 0.39), (0.98, 0.39), colour=skin.faint)
    for i, kind in enumerate(scene.text):
        _glyph(canvas, scene.alphabet[kind], ((i % ROW + 0.5) / ROW, 0.54 + 0.3 * (i // ROW)), 0.13)
    return canvas.image()


def _glyph(canvas: Canvas, glyph: Glyph, at: Point, size: float) -> None:
    places = [(at[0] + (point % 3 - 1) * size / 2, at[1] + (point // 3 - 1) * size / 2) for point in glyph]
    canvas.line(*places, width=canvas.skin.stroke * (2 if size > 0.2 else 1.3))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    spelled = tuple(scene.letters[kind] for kind in scene.text)
    letters = tuple(scene.letters)
    listed = f"{', '.join(letters[:-1])} or {letters[-1]}"
    if scene.by == "same":
        right, choices = ("same", "different")[scene.text[1] != 0], ("same", "different")
        question = "Are the two characters the same or different?"
        return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=choices)
    if scene.by == "count":
        question = "How many times does the character above the line stand below it?"
        return scene.by, question, Answer(kind="number", value=scene.text.count(0), warrant=COMPUTED)
    if scene.by == "read":
        question = "Above the line is a key. What do the characters below it read? Write the letters without spaces."
        return scene.by, question, Answer(kind="text", value="".join(spelled), warrant=COMPUTED)
    if scene.by == "nth":
        where = (
            f"Counted from the left, row by row, which letter does character {scene.at + 1} below the line stand for"
        )
        right = spelled[scene.at]
    else:
        where, right = "Which letter's character does not stand below the line", (set(letters) - set(spelled)).pop()
    question = f"Above the line is a key. {where}: {listed}?"
    return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=letters)


def walked(glyph: Glyph) -> str:
    """Where its line starts and the ways of the compass it goes, as "top left: E S SW E N"."""
    ways = []
    for here, there in pairwise(glyph):
        down, right = there // 3 - here // 3, there % 3 - here % 3
        ways.append(("N", "", "S")[down + 1] + ("W", "", "E")[right + 1])
    return f"{POINTS[glyph[0]]}: {' '.join(ways)}"


def explain(scene: Scene) -> tuple[str, ...]:
    """Character by character, by the way its line goes from its first point."""
    if scene.by == "same":
        return tuple(
            f"{side}, {walked(scene.alphabet[k])}." for side, k in zip(("left", "right"), scene.text, strict=True)
        )
    if scene.by == "count":
        marks = [kind == 0 for kind in scene.text]
        rows = [
            ", ".join(f"yes {sum(marks[: i + j + 1])}" if mark else "no" for j, mark in enumerate(marks[i : i + ROW]))
            for i in range(0, len(marks), ROW)
        ]
        steps = tuple(f"row {i}: {row}." for i, row in enumerate(rows, 1))
        return (f"above the line, {walked(scene.alphabet[0])}.", *steps)
    if scene.by == "nth":
        return (f"character {scene.at + 1}, {walked(scene.alphabet[scene.text[scene.at]])}.", "the same in the key.")
    if scene.by == "read":
        return tuple(f"{i}, {walked(scene.alphabet[k])}: {scene.letters[k]}." for i, k in enumerate(scene.text, 1))
    return tuple(
        f"{letter}: {f'at {scene.text.index(i) + 1}' if i in scene.text else 'nowhere'}."
        for i, letter in enumerate(scene.letters)
    )


def caption(scene: Scene) -> str:
    text = "; ".join(walked(scene.alphabet[kind]) for kind in scene.text)
    if scene.by == "same":
        return f"Two characters, by the ways their lines go: {text}."
    key = [f"{letter} is {walked(glyph)}" for letter, glyph in zip(scene.letters, scene.alphabet, strict=True)]
    above = walked(scene.alphabet[0]) if scene.by == "count" else "; ".join(key)
    return f"Characters by the ways their lines go. Above the line: {above}. Below it: {text}."
