"""Changing states: lights that switch with their neighbours when one is pressed, and patches of colour that grow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, combinations
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow")
DOTS = ("red", "blue", "green", "purple")
BY = ("press", "both", "off", "flood", "fewest")
MARGIN = 0.05
KNOBS = {"by": BY, "size": range(3, 6)}
SMALLEST = 128

Cells = frozenset[int]


@dataclass(frozen=True, slots=True)
class Scene:
    """`cells` are rows of 0 and 1, off and on, or of the numbers of `COLOURS`. Level 0 presses the one dotted light, 2
    two of them, 4 asks which of four dots leaves all lights off, 6 how large the top left patch is once it has taken
    on a `colour`, 8 how few presses put all lights off; odd levels have more lights, or more on."""

    cells: tuple[str, ...]
    dots: tuple[int, ...]
    colour: str
    by: str

    @property
    def size(self) -> int:
        return len(self.cells)


def _cross(n: int, cell: int) -> Cells:
    """A cell and its side neighbours."""
    row, column = divmod(cell, n)
    near = ((row, column), (row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return frozenset(r * n + c for r, c in near if 0 <= r < n and 0 <= c < n)


def _pressed(n: int, on: Cells, *presses: int) -> Cells:
    for cell in presses:
        on ^= _cross(n, cell)
    return on


def _on(scene: Scene) -> Cells:
    return frozenset(i for i, light in enumerate("".join(scene.cells)) if light == "1")


def _patch(cells: tuple[str, ...]) -> list[int]:
    """The cells that hang together with the top left one in its colour, as they are met."""
    flat, n = "".join(cells), len(cells)
    met = [0]
    for cell in met:
        met += [there for there in sorted(_cross(n, cell)) if there not in met and flat[there] == flat[0]]
    return met


def _taken(scene: Scene) -> tuple[str, ...]:
    """The grid after the top left patch has taken on the colour."""
    flat, n = list("".join(scene.cells)), scene.size
    for cell in _patch(scene.cells):
        flat[cell] = str(COLOURS.index(scene.colour))
    return tuple("".join(flat[i : i + n]) for i in range(0, n * n, n))


def sample(level: int, seed: int, by: str | None = None, size: int | None = None) -> Scene:
    rng = Random(seed)
    by, more = by or BY[level // 2], level % 2
    n = size or (3 if by == "fewest" else 3 + more if by in ("press", "off") else 4 + more)
    if by == "flood":
        return _flood(rng, n)
    if by == "off":
        dots = rng.sample(range(n * n), 4)
        return Scene(_rows(n, _cross(n, rng.choice(dots))), tuple(dots), "", by)
    if by == "fewest":
        return Scene(_rows(n, _presses_off(rng, n, rng.randint(1 + more, 4 + more))), (), "", by)
    dots = tuple(rng.sample(range(n * n), 1 if by == "press" else 2))
    after = frozenset(rng.sample(range(n * n), rng.randint(1, 6)))
    return Scene(_rows(n, _pressed(n, after, *dots)), dots, "", by)


def _presses_off(rng: Random, n: int, wanted: int) -> Cells:
    """Lights that go off in `wanted` presses and in no fewer; on grids where presses cancel out, three are enough."""
    wanted = wanted if n == 3 else min(wanted, 3)
    while True:
        on = _pressed(n, frozenset(), *rng.sample(range(n * n), wanted))
        if len(_fewest(n, on)) == wanted:
            return on


def _fewest(n: int, on: Cells) -> tuple[int, ...]:
    """The presses that put all of these lights off, as few as will do."""
    for presses in range(n * n + 1):
        for cells in combinations(range(n * n), presses):
            if not _pressed(n, on, *cells):
                return cells
    return ()


def _rows(n: int, on: Cells) -> tuple[str, ...]:
    return tuple("".join(str(int(r * n + c in on)) for c in range(n)) for r in range(n))


def _flood(rng: Random, n: int) -> Scene:
    """Colours in patches, of which the top left one grows by a size that is drawn first."""
    wanted = rng.randint(3, min(10, n * n - 2))
    while True:
        flat = [rng.choice("0123") for _ in range(n * n)]
        for cell in rng.sample(range(n * n), n * n):
            if rng.random() < 0.5:
                flat[cell] = flat[rng.choice(sorted(_cross(n, cell)))]
        cells = tuple("".join(flat[i : i + n]) for i in range(0, n * n, n))
        patch = _patch(cells)
        beside = {flat[there] for cell in patch for there in _cross(n, cell)} - {flat[0]}
        for colour in sorted(beside):
            scene = Scene(cells, (), COLOURS[int(colour)], "flood")
            if len(patch) > 1 and len(_patch(_taken(scene))) == wanted:
                return scene


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, n = Canvas(skin), scene.size
    cell = (1 - 2 * MARGIN) / n
    for place in range(n * n):
        row, column = divmod(place, n)
        x, y = MARGIN + (column + 0.5) * cell, MARGIN + (row + 0.5) * cell
        state, reach = int(scene.cells[row][column]), 0.46 * cell
        if scene.by == "flood":
            canvas.rectangle((x - reach, y - reach), (x + reach, y + reach), fill=skin.colours[COLOURS[state]])
            continue
        canvas.rectangle((x - reach, y - reach), (x + reach, y + reach), fill=skin.faint)
        canvas.circle((x, y), 0.4 * cell, fill=skin.colours["yellow"] if state else skin.paper)
        if place in scene.dots:
            canvas.circle((x, y), 0.2 * cell, fill=skin.colours[DOTS[scene.dots.index(place)]], outline=skin.paper)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    n, on = scene.size, _on(scene)
    rule = "A press switches a light and its side neighbours on or off."
    if scene.by == "off":
        right = next(name for name, dot in zip(DOTS, scene.dots, strict=True) if not _pressed(n, on, dot))
        question = f"{rule} Yellow is on. Which dot, pressed, puts all lights off: red, blue, green or purple?"
        return "off", question, Answer(kind="choice", value=right, choices=DOTS, warrant=COMPUTED)
    question, right = {
        "press": (
            f"{rule} Yellow is on. How many lights are on after a press on the red dot?",
            lambda: len(_pressed(n, on, *scene.dots)),
        ),
        "both": (
            f"{rule} Yellow is on. How many lights are on after presses on the red dot and then the blue one?",
            lambda: len(_pressed(n, on, *scene.dots)),
        ),
        "flood": (
            "A patch is cells of one colour that touch at sides. The patch of the top left cell turns"
            f" {scene.colour}. How many cells has the patch of the top left cell then?",
            lambda: len(_patch(_taken(scene))),
        ),
        "fewest": (
            f"{rule} Yellow is on. How many presses at least put all lights off?",
            lambda: len(_fewest(n, on)),
        ),
    }[scene.by]
    return scene.by, question, Answer(kind="number", value=right(), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The rows; then press by press what is on, or how the patch lies row by row before and after it grows."""
    n = scene.size
    if scene.by == "flood":
        first, grown = _patch(scene.cells), _patch(_taken(scene))
        read = (" ".join(COLOURS[int(state)] for state in row) for row in scene.cells)
        return (
            *(f"row {i}: {row}." for i, row in enumerate(read, 1)),
            f"patch by row: {_listed(n, first)}.",
            f"with {scene.colour} by row: {_listed(n, grown)}.",
            f"in all {len(grown)}.",
        )
    on, steps = _on(scene), [f"row {i}: {row}." for i, row in enumerate(scene.cells, 1)]
    if scene.by == "off":
        for name, dot in zip(DOTS, scene.dots, strict=True):
            steps.append(f"{name}: row {dot // n + 1}, column {dot % n + 1}, left {len(_pressed(n, on, dot))}.")
        return tuple(steps)
    for press in _fewest(n, on) if scene.by == "fewest" else scene.dots:
        on = _pressed(n, on, press)
        steps.append(f"press row {press // n + 1}, column {press % n + 1}: {' '.join(_rows(n, on))}, {len(on)} on.")
    return (*steps, f"{len(_fewest(n, _on(scene)))} presses.") if scene.by == "fewest" else tuple(steps)


def _listed(n: int, cells: list[int]) -> str:
    """How many of these cells each row has, and how many there are so far."""
    rows = [sum(cell // n == row for cell in cells) for row in range(n)]
    return f"{', '.join(map(str, rows))}; so far {', '.join(map(str, accumulate(rows)))}"


def caption(scene: Scene) -> str:
    n = scene.size
    if scene.by == "flood":
        rows = (" ".join(COLOURS[int(state)] for state in row) for row in scene.cells)
        return " ".join(f"Row {i}: {row}." for i, row in enumerate(rows, 1))
    rows = " ".join(f"Row {i}: {row}." for i, row in enumerate(scene.cells, 1))
    dots = (
        f" The {name} dot is in row {d // n + 1}, column {d % n + 1}."
        for name, d in zip(DOTS, scene.dots, strict=False)
    )
    return f"Lights that are on are 1, others 0. {rows}{''.join(dots)}"
