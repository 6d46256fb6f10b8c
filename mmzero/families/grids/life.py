"""Cellular automata: a grid of live and dead cells, a rule in words, and what there is after a step or two."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("neighbours", "fate", "alive", "born", "twice")
SIDES = ((-1, 0), (0, -1), (0, 1), (1, 0))
AROUND = (*SIDES, (-1, -1), (-1, 1), (1, -1), (1, 1))
# A rule: its words, whose neighbours count, how many keep a live cell alive, how many bring a dead one to life.
RULES = {
    "life": ("A live cell with 2 or 3 live cells around it lives on; a dead one with 3 comes alive", AROUND, "23", "3"),
    "seeds": ("A dead cell with 2 live cells around it comes alive; every live one dies", AROUND, "", "2"),
    "pairs": ("A cell is alive next if exactly 2 of its side neighbours are alive now", SIDES, "2", "2"),
    "odd": ("A cell is alive next if 1 or 3 of its side neighbours are alive now", SIDES, "13", "13"),
    "spread": ("Live cells live on; a dead one with 2 live side neighbours comes alive", SIDES, "01234", "2"),
}
MARGIN = 0.04
KNOBS = {"by": BY, "rule": tuple(RULES)}
SMALLEST = 128

Rows = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """`rows` are the cells from the top, 1 alive and 0 dead; what is outside is dead. Level 0 counts the live
    neighbours of the ringed cell, 2 asks what becomes of it, 4 how many cells are alive after a step, 6 how many are
    born in it, 8 how many are alive after two steps; odd levels have a larger grid."""

    rows: Rows
    rule: str
    ring: int
    by: str


def _near(scene_rows: Rows, cell: int, around: tuple[tuple[int, int], ...]) -> int:
    n = len(scene_rows)
    row, column = divmod(cell, n)
    beside = ((row + down, column + right) for down, right in around)
    return sum(scene_rows[r][c] == "1" for r, c in beside if 0 <= r < n and 0 <= c < n)


def _lives(rows: Rows, cell: int, rule: str) -> bool:
    _, around, stay, birth = RULES[rule]
    now = rows[cell // len(rows)][cell % len(rows)]
    return str(_near(rows, cell, around)) in (stay if now == "1" else birth)


def _step(rows: Rows, rule: str) -> Rows:
    n = len(rows)
    return tuple("".join(str(int(_lives(rows, r * n + c, rule))) for c in range(n)) for r in range(n))


def sample(level: int, seed: int, by: str | None = None, rule: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[level // 2]
    rule = rule or rng.choice(list(RULES))
    n = (3 if by == "twice" else 4) + level % 2
    wanted = _wanted(rng, by, rule, n)
    # Not every number can be reached under every rule: the nearest is taken after a while.
    best, miss = None, 99.0
    for _ in range(120):
        share = rng.uniform(0.2, 0.65)
        rows = tuple("".join("01"[rng.random() < share] for _ in range(n)) for _ in range(n))
        scene = Scene(rows, rule, rng.randrange(n * n) if by in ("neighbours", "fate") else -1, by)
        off = abs(_right(scene) - wanted)
        if off < miss and any("1" in row for row in rows):
            best, miss = scene, off
        if miss == 0:
            break
    return best


def _wanted(rng: Random, by: str, rule: str, n: int) -> int:
    """The answer, drawn before the grid is."""
    if by == "neighbours":
        return rng.randint(0, min(6, len(RULES[rule][1])))
    return rng.randint(0, 1) if by == "fate" else rng.randint(1, 5 if by == "twice" else 6)


def _right(scene: Scene) -> int:
    cells, after = range(len(scene.rows) ** 2), _step(scene.rows, scene.rule)
    if scene.by == "neighbours":
        return _near(scene.rows, scene.ring, RULES[scene.rule][1])
    if scene.by == "fate":
        return int(_lives(scene.rows, scene.ring, scene.rule))
    if scene.by == "born":
        flat = "".join(scene.rows)
        return sum(flat[cell] == "0" and _lives(scene.rows, cell, scene.rule) for cell in cells)
    return "".join(_step(after, scene.rule) if scene.by == "twice" else after).count("1")


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), len(scene.rows)
    cell = (1 - 2 * MARGIN) / n
    for place in range(n * n):
        row, column = divmod(place, n)
        low = (MARGIN + (column + 0.06) * cell, MARGIN + (row + 0.06) * cell)
        high = (MARGIN + (column + 0.94) * cell, MARGIN + (row + 0.94) * cell)
        alive = scene.rows[row][column] == "1"
        canvas.rectangle(low, high, fill=skin.colours["blue"] if alive else skin.faint)
        if place == scene.ring:
            middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
            canvas.circle(middle, 0.3 * cell, outline=skin.colours["yellow"], width=2 * skin.stroke)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    words, right = RULES[scene.rule][0], _right(scene)
    if scene.by == "fate":
        fate = Answer(kind="choice", value="alive" if right else "dead", choices=("alive", "dead"), warrant=COMPUTED)
        return "fate", f"Blue cells are alive. {words}. What is the ringed cell after one step: alive or dead?", fate
    question = {
        "neighbours": f"How many of the cells {_beside(scene)} the ringed one are blue?",
        "alive": f"Blue cells are alive. {words}. How many cells are alive after one step?",
        "born": f"Blue cells are alive. {words}. How many dead cells come alive in one step?",
        "twice": f"Blue cells are alive. {words}. How many cells are alive after two steps?",
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _beside(scene: Scene) -> str:
    return "around" if len(RULES[scene.rule][1]) == 8 else "at the sides of"


def explain(scene: Scene) -> tuple[str, ...]:
    """The rows, how many live neighbours every cell has, and what that makes of the row; 1 is alive and 0 dead."""
    read = tuple(f"row {i}: {row}." for i, row in enumerate(scene.rows, 1))
    if scene.by in ("neighbours", "fate"):
        row, column = divmod(scene.ring, len(scene.rows))
        near = _near(scene.rows, scene.ring, RULES[scene.rule][1])
        now = "alive" if scene.rows[row][column] == "1" else "dead"
        steps = (*read, f"ring: row {row + 1}, column {column + 1}.", f"live {_beside(scene)} it: {near}.")
        after = f"it is {now}: {'alive' if _right(scene) else 'dead'} next."
        return steps if scene.by == "neighbours" else (*steps, after)
    steps = (*read, *_next(scene, scene.rows))
    if scene.by == "twice":
        steps += ("again.", *_next(scene, _step(scene.rows, scene.rule)))
    return (*steps, f"in all {_right(scene)}.")


def _next(scene: Scene, rows: Rows) -> tuple[str, ...]:
    n, around, after, steps, total = len(rows), RULES[scene.rule][1], _step(rows, scene.rule), [], 0
    for row in range(n):
        near = "".join(str(_near(rows, row * n + column, around)) for column in range(n))
        births = sum(old + new == "01" for old, new in zip(rows[row], after[row], strict=True))
        total += births if scene.by == "born" else after[row].count("1")
        steps.append(f"near {near}, next {after[row]}, {total}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    ring = f" The ring is in row {scene.ring // len(scene.rows) + 1}, column {scene.ring % len(scene.rows) + 1}."
    rows = " ".join(f"Row {i}: {row}." for i, row in enumerate(scene.rows, 1))
    return f"Blue cells are 1, others 0. {rows}{ring if scene.ring >= 0 else ''}"
