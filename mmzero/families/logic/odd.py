"""The odd one out: a grid of things that keep a rule, and the one thing or the one row that breaks it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow")
SHAPES = ("circle", "square", "triangle")
RULES = ("colour", "shape", "pair", "order", "bag")
KNOBS = {"rule": RULES, "size": range(3, 5)}
SMALLEST = 64

Thing = tuple[str, str]  # colour, shape
Grid = tuple[tuple[Thing, ...], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Level 0: one thing has another colour; 2: another shape, whatever the colours; 4: another pairing of colour and
    shape; 6: one row breaks the pattern of colours or shapes (`feature`) that the others repeat; 8: it has another mix
    of them, in any order. Odd levels stand on a 4 x 4 grid, even ones on 3 x 3."""

    rule: str
    feature: str
    grid: Grid


def sample(level: int, seed: int, rule: str | None = None, size: int | None = None) -> Scene:
    rng = Random(seed)
    rule, n = rule or RULES[level // 2], size or 3 + level % 2
    feature = rule if rule in ("colour", "shape") else rng.choice(("colour", "shape"))
    if rule == "pair":
        return Scene(rule, "both", _pairs(rng, n))
    values, others = (COLOURS, SHAPES) if feature == "colour" else (SHAPES, COLOURS)
    rows = _one_cell(rng, n, values) if rule in ("colour", "shape") else _one_row(rng, n, values, rule == "bag")
    alike = rng.choice(others)
    # The other feature is noise, except at the first rule: there the odd one is to jump out.
    noise = [[alike if rule == "colour" else rng.choice(others) for _ in row] for row in rows]
    pairs = [list(zip(row, blur, strict=True)) for row, blur in zip(rows, noise, strict=True)]
    return Scene(rule, feature, tuple(tuple(p if feature == "colour" else p[::-1] for p in row) for row in pairs))


def _one_cell(rng: Random, n: int, values: tuple[str, ...]) -> list[list[str]]:
    common, odd = rng.sample(values, 2)
    rows = [[common] * n for _ in range(n)]
    rows[rng.randrange(n)][rng.randrange(n)] = odd
    return rows


def _one_row(rng: Random, n: int, values: tuple[str, ...], shuffled: bool) -> list[list[str]]:
    pattern = rng.choices(values, k=n)
    rows = [list(pattern) for _ in range(n)]
    broken = rows[rng.randrange(n)]
    place = rng.randrange(n)
    broken[place] = rng.choice([value for value in values if value != broken[place]])
    if shuffled:
        for row in rows:
            rng.shuffle(row)
    return rows


def _pairs(rng: Random, n: int) -> Grid:
    (c1, c2), (s1, s2) = rng.sample(COLOURS, 2), rng.sample(SHAPES, 2)
    cells = [(c1, s1), (c2, s2)] * 2
    cells += rng.choices(cells, k=n * n - 5)
    cells.append(rng.choice(((c1, s2), (c2, s1))))
    rng.shuffle(cells)
    return tuple(tuple(cells[row * n : row * n + n]) for row in range(n))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), len(scene.grid)
    for row, things in enumerate(scene.grid):
        for column, (colour, shape) in enumerate(things):
            canvas.shape(shape, ((column + 0.5) / n, (row + 0.5) / n), 0.32 / n, skin.colours[colour])
    return canvas.image()


def _words(scene: Scene, things: tuple[Thing, ...]) -> list[str]:
    """What the rule looks at in each of these things."""
    return [{"colour": colour, "shape": shape, "both": f"{colour} {shape}"}[scene.feature] for colour, shape in things]


def _rows(scene: Scene) -> list[list[str]]:
    """What is compared: the words as they stand, or for a bag how many of each."""
    rows = [_words(scene, things) for things in scene.grid]
    if scene.rule != "bag":
        return rows
    return [[f"{row.count(value)} {value}" for value in (*COLOURS, *SHAPES) if value in row] for row in rows]


def _odd(scene: Scene) -> tuple[int, str]:
    """The odd row's number and, where one thing is odd, what it is."""
    if scene.rule in ("order", "bag"):
        rows = [tuple(row) for row in _rows(scene)]
        return next(i for i, row in enumerate(rows, 1) if rows.count(row) == 1), ""
    counts = Counter(word for row in _rows(scene) for word in row)
    odd = min(counts, key=lambda word: counts[word])
    return next(i for i, row in enumerate(_rows(scene), 1) if odd in row), odd


def ask(scene: Scene) -> tuple[str, str, Answer]:
    row, odd = _odd(scene)
    if scene.rule in ("colour", "shape"):
        choices, right = COLOURS if scene.rule == "colour" else SHAPES, odd
        question = f"What {scene.rule} is the odd one"
    else:
        choices, right = tuple(str(i + 1) for i in range(len(scene.grid))), str(row)
        question = {
            "pair": "Which row has the odd one",
            "order": f"Which row breaks the pattern of {scene.feature}s",
            "bag": f"Which row has another mix of {scene.feature}s",
        }[scene.rule]
    listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
    return scene.rule, f"{question}: {listed}?", Answer(kind="choice", value=right, choices=choices, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Row by row, or where rows must agree column by column, what the rule looks at; then where it is broken."""
    rows = _rows(scene)
    row, odd = _odd(scene)
    if scene.rule == "order":
        columns = zip(*rows, strict=True)
        return tuple(f"column {i}: {', '.join(column)}, {_breach(column)}." for i, column in enumerate(columns, 1))
    if scene.rule in ("colour", "shape"):
        return tuple(f"row {i}: {', '.join(here)}, {_stranger(here)}." for i, here in enumerate(rows, 1))
    alike = ", ".join(str(i) for i in range(1, len(rows) + 1) if i != row)
    listed = tuple(f"row {i}: {', '.join(here)}." for i, here in enumerate(rows, 1))
    return (*listed, f"once: {odd}, row {row}." if odd else f"alike: {alike}.")


def _stranger(words: Sequence[str]) -> str:
    """The word that stands once among others, or that there is none."""
    odd = [word for word in words if words.count(word) == 1]
    return f"odd {odd[0]}" if odd else "alike"


def _breach(column: Sequence[str]) -> str:
    """The row whose word is the odd one of its column, or that there is none."""
    odd = [i for i, word in enumerate(column, 1) if column.count(word) == 1]
    return f"odd row {odd[0]}" if odd else "alike"


def caption(scene: Scene) -> str:
    rows = (", ".join(f"{colour} {shape}" for colour, shape in row) for row in scene.grid)
    return " ".join(f"Row {i}: {row}." for i, row in enumerate(rows, 1))
