"""Lines on boards: the cell that wins or saves noughts and crosses, the longest line, how many lines, and a winning drop."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("win", "save", "longest", "threes", "drop")
WAYS = {"across": (0, 1), "down": (1, 0), "slanting down": (1, 1), "slanting up": (-1, 1)}
MARGIN = 0.04
KNOBS = {"by": BY, "colour": ("red", "yellow")}
SMALLEST = 128

Run = tuple[str, int, int]  # way, first cell, length


@dataclass(frozen=True, slots=True)
class Scene:
    """`rows` from the top: x and o are crosses and noughts or discs of `colour` and blue ones. Level 0 asks where
    crosses win, 2 where they must stop noughts, 4 how long the longest line of discs is, 6 how many lines of three there
    are, 8 which column to drop a disc in for a line of four; odd levels have a larger board."""

    rows: tuple[str, ...]
    colour: str
    by: str


def _runs(rows: tuple[str, ...], mark: str) -> list[Run]:
    """Every unbroken line of this mark, as long as it goes, single marks left out."""
    high, wide = len(rows), len(rows[0])
    cells = {r * wide + c: (r, c) for r in range(high) for c in range(wide) if rows[r][c] == mark}
    held, runs = set(cells.values()), []
    for way, (down, right) in WAYS.items():
        for cell, (row, column) in cells.items():
            length = 1
            while (row + length * down, column + length * right) in held:
                length += 1
            if length > 1 and (row - down, column - right) not in held:
                runs.append((way, cell, length))
    return runs


def _with(rows: tuple[str, ...], row: int, column: int, mark: str) -> tuple[str, ...]:
    line = rows[row][:column] + mark + rows[row][column + 1 :]
    return (*rows[:row], line, *rows[row + 1 :])


def _moves(scene_rows: tuple[str, ...], by: str) -> list[tuple[int, int]]:
    """Where the next mark may go: any free cell, or the lowest free one of a column."""
    free = [(r, c) for r, row in enumerate(scene_rows) for c, mark in enumerate(row) if mark == "."]
    return (
        free
        if by != "drop"
        else sorted((max(r for r, c in free if c == column), column) for column in {c for _, c in free})
    )


def _wins(rows: tuple[str, ...], by: str, mark: str) -> list[tuple[int, int]]:
    need = 4 if by == "drop" else 3
    return [at for at in _moves(rows, by) if _longest(_with(rows, *at, mark), mark) >= need]


def _longest(rows: tuple[str, ...], mark: str) -> int:
    return max((length for *_, length in _runs(rows, mark)), default=1)


def sample(level: int, seed: int, by: str | None = None, colour: str | None = None) -> Scene:
    rng = Random(seed)
    by, colour = by or BY[level // 2], colour or rng.choice(("red", "yellow"))
    wide = {"win": 3, "save": 3, "longest": 5, "threes": 4, "drop": 5}[by] + level % 2
    high = wide - 1 if by == "drop" else wide
    cells = rng.randrange(wide if by == "drop" else wide * wide)
    wanted = {"longest": rng.randint(2, wide), "threes": rng.randint(0, 3 + level % 2)}.get(by, cells)
    while True:
        rows = _dropped(rng, wide, high) if by == "drop" else _filled(rng, wide, by, wanted)
        if _suits(rows, by, wanted):
            return Scene(rows, colour, by)


def _filled(rng: Random, n: int, by: str, wanted: int) -> tuple[str, ...]:
    """Marks anywhere; what is hard to meet by chance is laid first."""
    if by in ("longest", "threes"):
        share = rng.uniform(0.35, 0.6)
        cells = ["x" if rng.random() < share else rng.choice("oo.") for _ in range(n * n)]
        if by == "longest" and wanted > 2:
            down, right = rng.choice(list(WAYS.values()))
            row, column = (_start(rng, n, step, wanted) for step in (down, right))
            for i in range(wanted):
                cells[(row + i * down) * n + column + i * right] = "x"
    else:
        pairs = rng.randint(2, 3) if n == 3 else rng.randint(3, 5)
        cells = list("x" * pairs + "o" * pairs + "." * (n * n - 2 * pairs))
        rng.shuffle(cells)
        free = cells.index(".")
        cells[free], cells[wanted] = cells[wanted], "."
    return tuple("".join(cells[i : i + n]) for i in range(0, n * n, n))


def _start(rng: Random, n: int, step: int, length: int) -> int:
    """Where a line may begin so that all of it lies on the board."""
    reach = step * (length - 1)
    return rng.randint(max(0, -reach), min(n - 1, n - 1 - reach))


def _dropped(rng: Random, wide: int, high: int) -> tuple[str, ...]:
    stacks = [[rng.choice("xo") for _ in range(rng.randint(0, high - 1))] for _ in range(wide)]
    return tuple("".join(s[r] if r < len(s) else "." for s in stacks) for r in reversed(range(high)))


def _suits(rows: tuple[str, ...], by: str, wanted: int) -> bool:
    if by == "longest":
        return _longest(rows, "x") == wanted
    if by == "threes":
        lengths = [length for *_, length in _runs(rows, "x")]
        return lengths.count(3) == wanted and max(lengths, default=0) < 4
    if any(_longest(rows, mark) >= (4 if by == "drop" else 3) for mark in "xo"):
        return False  # decided already
    crosses = _wins(rows, by, "x")
    if by == "save" and crosses:
        return False
    winner = _wins(rows, by, "o") if by == "save" else crosses
    return len(winner) == 1 and wanted == (winner[0][1] if by == "drop" else winner[0][0] * len(rows) + winner[0][1])


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, high, wide = Canvas(skin), len(scene.rows), len(scene.rows[0])
    cell, marks = (1 - 2 * MARGIN) / wide, scene.by in ("win", "save")
    top = 1 - MARGIN - high * cell - (0.1 if scene.by == "drop" else 0)
    if scene.by == "drop":
        for column in range(wide):
            canvas.text((MARGIN + (column + 0.5) * cell, 1 - MARGIN - 0.04), str(column + 1), height=0.08)
    for i in range(high + 1):
        canvas.line((MARGIN, top + i * cell), (1 - MARGIN, top + i * cell), colour=skin.faint)
    for i in range(wide + 1):
        canvas.line((MARGIN + i * cell, top), (MARGIN + i * cell, top + high * cell), colour=skin.faint)
    for place in range(high * wide):
        row, column = divmod(place, wide)
        mark, at = scene.rows[row][column], (MARGIN + (column + 0.5) * cell, top + (row + 0.5) * cell)
        if mark == "." and marks:
            canvas.text(at, str(place + 1), height=0.075 if wide == 3 else 0.065)
        elif marks:
            _mark(canvas, mark, at, 0.28 * cell)
        elif mark != ".":
            canvas.circle(at, 0.38 * cell, fill=skin.colours[scene.colour if mark == "x" else "blue"])
    return canvas.image()


def _mark(canvas: Canvas, mark: str, at: tuple[float, float], half: float) -> None:
    (x, y), skin, width = at, canvas.skin, 1.8 * canvas.skin.stroke
    if mark == "o":
        return canvas.circle(at, half, outline=skin.colours["blue"], width=width)
    for side in (-1, 1):
        canvas.line((x - half, y - side * half), (x + half, y + side * half), colour=skin.colours["red"], width=width)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    ways = "across, down or slanting"
    question, right = {
        "win": (f"In which free cell does a cross make a line of three, {ways}?", _place(scene)),
        "save": (f"Which free cell must the cross take, or noughts make a line of three, {ways}?", _place(scene)),
        "longest": (
            f"How many discs has the longest unbroken line of {scene.colour} discs, {ways}?",
            _longest(scene.rows, "x"),
        ),
        "threes": (
            f"How many unbroken lines of three {scene.colour} discs are there, {ways}?",
            len([1 for *_, length in _runs(scene.rows, "x") if length == 3]),
        ),
        "drop": (f"A {scene.colour} disc dropped in which column makes a line of four, {ways}?", _place(scene)),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _place(scene: Scene) -> int | None:
    """The number of the cell or column that is asked for."""
    if scene.by in ("longest", "threes"):
        return None
    row, column = _wins(scene.rows, scene.by, "o" if scene.by == "save" else "x")[0]
    return column + 1 if scene.by == "drop" else row * len(scene.rows) + column + 1


def explain(scene: Scene) -> tuple[str, ...]:
    """The rows, x for what is asked about; then the lines that are found, or the one that is made."""
    read = tuple(f"row {i}: {_told(row)}." for i, row in enumerate(scene.rows, 1))
    if scene.by in ("longest", "threes"):
        runs, longest = _runs(scene.rows, "x"), _longest(scene.rows, "x")
        kept = [run for run in runs if run[2] == (3 if scene.by == "threes" else longest)]
        kept = kept if scene.by == "threes" else kept[:2]  # one would do: how long it is, is what counts
        steps = tuple(f"{way} from {_at(scene, cell)}: {length}." for way, cell, length in kept)
        return (
            *read,
            *steps,
            f"longest: {longest}." if scene.by == "longest" else f"{len(steps)} lines.",
        )
    mark = "o" if scene.by == "save" else "x"
    row, column = _wins(scene.rows, scene.by, mark)[0]
    way, cell, length = max(_runs(_with(scene.rows, row, column, mark), mark), key=lambda run: run[2])
    what = "column" if scene.by == "drop" else "cell"
    fill = f"{mark} in row {row + 1}, column {column + 1}: {length} {way} from {_at(scene, cell)}."
    return (*read, fill, f"{what} {_place(scene)}.")


def _told(row: str) -> str:
    return " ".join(row.replace(".", "-"))


def _at(scene: Scene, cell: int) -> str:
    row, column = divmod(cell, len(scene.rows[0]))
    return f"{row + 1} {column + 1}"


def caption(scene: Scene) -> str:
    crosses = scene.by in ("win", "save")
    marks = ("a cross", "a nought") if crosses else (f"a {scene.colour} disc", "a blue disc")
    numbers = " Cells are numbered from 1 in reading order." if crosses else ""
    rows = " ".join(f"Row {i}: {_told(row)}." for i, row in enumerate(scene.rows, 1))
    return f"x is {marks[0]}, o {marks[1]}, - a free cell. {rows}{numbers}"
