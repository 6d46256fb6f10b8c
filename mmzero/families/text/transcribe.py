"""Letters to be read: straight, turned, one colour among others, backwards, round a ring, or under clutter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.text._strokes import STROKES, letter, places
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "purple")
BY = ("straight", "turned", "coloured", "backwards", "ring", "crossed", "cluttered")
BY_LEVEL = (BY[0], BY[0], BY[1], BY[1], BY[2], BY[2], BY[3], BY[4], BY[5], BY[6])
TALL = {"coloured": 0.16, "ring": 0.14, "cluttered": 0.13}  # the letters' height; 0.2 where nothing stands beside them
RING = 0.36
KNOBS = {"by": BY, "letters": range(3, 8)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`texts` are (letters, colour, thousandths across and down, degrees turned), the first of them asked for, and
    `scratches` the ends of lines across them. Level 0 reads along a line, 2 along a turned one, 4 in one of several
    colours, 6 backwards, 7 round a ring from a dot on, 8 under scratches, 9 all at once."""

    texts: tuple[tuple[str, str, int, int, int], ...]
    scratches: tuple[tuple[int, int, int, int], ...]
    by: str


def sample(level: int, seed: int, by: str | None = None, letters: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = letters or rng.randint(3 + (level > 0) + (level > 4), min(7, 4 + level // 2))
    several = by in ("coloured", "cluttered")
    rows = rng.sample((190, 500, 810), 3) if several else [500]
    steep = {"straight": 0, "coloured": 0, "crossed": 20, "cluttered": 14}.get(by, 50)
    texts = []
    for colour, row in zip(rng.sample(COLOURS, len(rows)), rows, strict=True):
        turn = rng.randint(0, 359) if by == "ring" else rng.choice((-1, 1)) * rng.randint(steep // 3, steep)
        texts.append(("".join(rng.choices(sorted(STROKES), k=n)), colour, 500, row, turn))
    scratches = [_scratch(rng) for _ in range(7)] if by in ("crossed", "cluttered") else []
    return Scene(tuple(texts), tuple(scratches), by)


def _scratch(rng: Random) -> tuple[int, int, int, int]:
    ends = (40, rng.randint(60, 940), 960, rng.randint(60, 940))
    return ends if rng.random() < 0.6 else (ends[1], 40, ends[3], 960)


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    tall = min(TALL.get(scene.by, 0.2), 1 / len(scene.texts[0][0]))
    for letters, colour, across, down, turn in scene.texts:
        centre = (across / 1000, down / 1000)
        if scene.by == "ring":
            turns = [turn + 360 * i / len(letters) for i in range(len(letters))]
            middles = [_on_ring(one, RING) for one in turns]
            canvas.circle(centre, RING - 0.13, outline=skin.faint)
            canvas.circle(_on_ring(turn, RING - 0.13), 0.025, fill=skin.colours["red"])
        else:
            turns, middles = [turn] * len(letters), places(letters, centre, tall, turn)
        for name, middle, one in zip(letters, middles, turns, strict=True):
            letter(canvas, name, middle, tall, one, skin.colours[colour])
    for x, y, beyond, below in scene.scratches:
        canvas.line((x / 1000, y / 1000), (beyond / 1000, below / 1000), colour=skin.faint, width=skin.stroke * 0.8)
    return canvas.image()


def _on_ring(turn: float, radius: float) -> tuple[float, float]:
    """Degrees clockwise from the top."""
    return 0.5 + radius * math.sin(math.radians(turn)), 0.5 - radius * math.cos(math.radians(turn))


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letters, colour, *_ = scene.texts[0]
    question = {
        "coloured": f"What letters are written in {colour}?",
        "backwards": "What do the letters read from the last to the first?",
        "ring": "What do the letters on the ring read, clockwise from the one beside the red dot?",
        "cluttered": f"What do the letters in {colour} read from the last to the first?",
    }.get(scene.by, "What letters are written here?")
    right = letters[::-1] if scene.by in ("backwards", "cluttered") else letters
    return scene.by, question, Answer(kind="text", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The letters one by one, and turned round where that is asked."""
    letters, colour, *_ = scene.texts[0]
    where = {"coloured": colour, "cluttered": colour, "ring": "from the dot"}.get(scene.by, "from the left")
    steps = (f"{where}: {', '.join(letters)}.",)
    if scene.by in ("backwards", "cluttered"):
        return (*steps, f"from the last: {', '.join(letters[::-1])}.")
    return steps


def caption(scene: Scene) -> str:
    if scene.by == "ring":
        return f"The letters on a ring, clockwise from the red dot: {scene.texts[0][0]}."
    texts = sorted(scene.texts, key=lambda text: text[3])
    return f"From top to bottom is written: {', '.join(f'{letters} in {colour}' for letters, colour, *_ in texts)}."
