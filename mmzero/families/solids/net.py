"""Nets of cubes: what lies opposite, what meets at an edge or a corner, whether it folds, and the cube rolling on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

LETTERS = "ABCDEF"
BY = ("opposite", "sum", "folds", "edge", "corner", "right", "rolled")
BY_LEVEL = ("opposite", "opposite", "sum", "folds", "folds", "edge", "corner", "right", "right", "rolled")
WAYS = ((1, 0), (0, -1), (-1, 0), (0, 1))  # right, up, left and down in the picture
ROLLS = ("to the right", "away from you", "to the left", "towards you")
KNOBS = {"by": BY}
SMALLEST = 128
Cell = tuple[int, int]
Vector = tuple[int, int, int]
Frame = tuple[Vector, Vector, Vector]  # out of a square, and along it to the right and up


@dataclass(frozen=True, slots=True)
class Scene:
    """`cells` are the net's squares (place in the line, line), `marks` what is written on them. Levels 0 and 1 ask for
    the face opposite `at[0]`, 2 for a number that makes 7 with its opposite, 3 and 4 whether the shape folds, 5 which
    face meets edge `at[1]` of face `at[0]`, 6 which two its corner, 7 and 8 what is on the right of a standing cube, 9
    what is below once it has rolled `at[2:]`."""

    cells: tuple[Cell, ...]
    marks: tuple[str, ...]
    by: str
    at: tuple[int, ...]


@cache
def _shapes() -> tuple[tuple[tuple[Cell, ...], ...], tuple[tuple[Cell, ...], ...]]:
    """All shapes of six squares: those that fold into a cube, and the others."""
    grown: set[tuple[Cell, ...]] = {((0, 0),)}
    for _ in range(5):
        more = {frozenset((*cells, (x + a, y + b))) for cells in grown for x, y in cells for a, b in WAYS}
        grown = {_cornered(cells) for cells in more if len(cells) > len(next(iter(grown)))}
    shapes = [cells for cells in sorted(grown) if max(max(cell) for cell in cells) < 5]
    nets = tuple(cells for cells in shapes if len({frame[0] for frame in folded(cells)}) == 6)
    return nets, tuple(cells for cells in shapes if cells not in nets)


def _cornered(cells: frozenset[Cell]) -> tuple[Cell, ...]:
    left, top = min(x for x, _ in cells), min(y for _, y in cells)
    return tuple(sorted(((x - left, y - top) for x, y in cells), key=lambda cell: cell[::-1]))


def folded(cells: tuple[Cell, ...], start: int = 0) -> list[Frame]:
    """Where every square faces once the net is folded back from the square `start`, which faces us."""
    frames: dict[Cell, Frame] = {cells[start]: ((0, 0, 1), (1, 0, 0), (0, 1, 0))}
    waiting = [cells[start]]
    for x, y in waiting:
        out, right, up = frames[x, y]
        turned = (
            (right, _minus(out), up),
            (up, right, _minus(out)),
            (_minus(right), out, up),
            (_minus(up), right, out),
        )
        for (a, b), frame in zip(WAYS, turned, strict=True):
            beside = (x + a, y + b)
            if beside in cells and beside not in frames:
                frames[beside] = frame
                waiting.append(beside)
    return [frames[cell] for cell in cells]


def _minus(vector: Vector) -> Vector:
    return -vector[0], -vector[1], -vector[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    nets, others = _shapes()
    if by == "folds":
        return Scene(rng.choice(rng.choice((nets, others))), ("",) * 6, by, ())
    long = [cells for cells in nets if len({y for _, y in cells}) == 3 == 7 - len({x for x, _ in cells})]
    cells = rng.choice(long if level == 0 else nets)
    marks, at = rng.sample(LETTERS, 6), [rng.randrange(6)]
    outs = [frame[0] for frame in folded(cells)]
    if by == "sum":
        marks, low = [""] * 6, rng.sample((1, 2, 3), 3)
        pairs = [(i, outs.index(_minus(out))) for i, out in enumerate(outs) if out > _minus(out)]
        for pair, n in zip(pairs, low, strict=True):
            marks[pair[rng.randrange(2)]] = str(rng.choice((n, 7 - n)))
        at = [rng.choice([i for i in range(6) if not marks[i]])]
        marks[at[0]] = "?"
    elif by in ("edge", "corner"):
        free = [(i, way) for i in range(6) for way in range(4) if _open(cells, i, way, by)]
        at = list(rng.choice(free))
    elif by in ("right", "rolled"):
        at.append(rng.choice([i for i in range(6) if outs[i] not in (outs[at[0]], _minus(outs[at[0]]))]))
        at += [rng.randrange(4) for _ in range(rng.choice((2, 3)))] if by == "rolled" else []
    return Scene(cells, tuple(marks), by, tuple(at))


def _open(cells: tuple[Cell, ...], i: int, way: int, by: str) -> bool:
    """An edge, or the two edges of a corner, at which no other square hangs."""
    x, y = cells[i]
    ways = (way, (way + 1) % 4) if by == "corner" else (way,)
    return all((x + WAYS[w][0], y + WAYS[w][1]) not in cells for w in ways)


def _towards(frame: Frame, way: int) -> Vector:
    _, right, up = frame
    return (right, up, _minus(right), _minus(up))[way % 4]


def _places(scene: Scene) -> dict[str, Vector]:
    """The six directions by name: seen from the asked face, or from where one stands before the cube."""
    frames = folded(scene.cells)
    if scene.by in ("right", "rolled"):
        down, near = frames[scene.at[0]][0], frames[scene.at[1]][0]
        right = _cross(_minus(down), near)
    else:
        down, right, up = frames[scene.at[0] if scene.at else 0]
        near, down = down, _minus(up)
    there = {"front": near, "right": right, "top": _minus(down)}
    return there | {"back": _minus(near), "left": _minus(right), "bottom": down}


def _rolled(scene: Scene) -> list[Vector]:
    """Which side is below, at the start and after every roll."""
    named = _places(scene)
    down, near, right = named["bottom"], named["front"], named["right"]
    below = [down]
    for roll in scene.at[2:]:
        if roll in (0, 2):
            down, right = (right, _minus(down)) if roll == 0 else (_minus(right), down)
        else:
            down, near = (_minus(near), down) if roll == 1 else (near, _minus(down))
        below.append(down)
    return below


def right(scene: Scene) -> str | int | frozenset[str]:
    if scene.by == "folds":
        return "yes" if scene.cells in _shapes()[0] else "no"
    frames = folded(scene.cells)
    written = {frame[0]: mark for frame, mark in zip(frames, scene.marks, strict=True)}
    asked = frames[scene.at[0]]
    if scene.by == "sum":
        return 7 - int(written[_minus(asked[0])])
    if scene.by == "corner":
        return frozenset(written[_towards(asked, way)] for way in (scene.at[1], scene.at[1] + 1))
    side = {
        "opposite": lambda: _minus(asked[0]),
        "edge": lambda: _towards(asked, scene.at[1]),
        "right": lambda: _places(scene)["right"],
        "rolled": lambda: _rolled(scene)[-1],
    }[scene.by]()
    return written[side]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    wide, high = (max(cell[i] for cell in scene.cells) + 1 for i in (0, 1))
    unit = min(0.88 / max(wide, high), 0.24)
    red, fill = (
        skin.colours["red"],
        tuple(round(0.2 * a + 0.8 * b) for a, b in zip(skin.colours["blue"], skin.paper, strict=True)),
    )

    def put(x: float, y: float) -> Point:
        return 0.5 + (x - wide / 2) * unit, 0.5 + (y - high / 2) * unit

    for (x, y), mark in zip(scene.cells, scene.marks, strict=True):
        canvas.polygon(put(x, y), put(x + 1, y), put(x + 1, y + 1), put(x, y + 1), fill=fill, outline=skin.ink)
        canvas.text(put(x + 0.5, y + 0.5), mark, height=0.5 * unit)
    if scene.by in ("edge", "corner"):
        x, y = scene.cells[scene.at[0]]
        (a, b), (c, d) = WAYS[scene.at[1]], WAYS[(scene.at[1] + 1) % 4]
        middle = (x + 0.5 + a / 2, y + 0.5 + b / 2)
        if scene.by == "edge":
            ends = [put(middle[0] + s * c, middle[1] + s * d) for s in (-0.5, 0.5)]
            canvas.line(*ends, colour=red, width=2.2 * skin.stroke)
        else:
            canvas.circle(put(middle[0] + c / 2, middle[1] + d / 2), 0.03, fill=red)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    out, found = "The net is folded into a cube, with the letters outside.", right(scene)
    one, two = (scene.marks[i] for i in (*scene.at[:2], 0, 0)[:2]) if scene.by in ("right", "rolled") else ("", "")
    name = scene.marks[scene.at[0]] if scene.at else ""
    others = [letter for letter in LETTERS if letter not in (name, two)]
    choices = f"{', '.join(others[:-1])} or {others[-1]}"
    stands = f"{out} The cube stands on {one}, and {two} faces you."
    rolls = ", then ".join(ROLLS[roll] for roll in scene.at[2:])
    question = {
        "opposite": f"{out} Which face is opposite {name}: {choices}?",
        "sum": "The net is folded into a die whose opposite faces add up to 7. Which number is at the question mark?",
        "folds": "Can this shape be folded into a cube: yes or no?",
        "edge": f"{out} Which face meets {name} at its red edge: {choices}?",
        "corner": f"{out} Which two other faces meet {name} at the red corner? Write their letters with a comma.",
        "right": f"{stands} Which face is on your right: {choices}?",
        "rolled": f"{stands} It is rolled {rolls}. Which face is it then standing on?",
    }[scene.by]
    if scene.by == "sum":
        return scene.by, question, Answer(kind="number", value=found, warrant=COMPUTED)
    if scene.by in ("corner", "rolled"):
        return scene.by, question, Answer(kind="set" if scene.by == "corner" else "text", value=found, warrant=COMPUTED)
    listed = ("yes", "no") if scene.by == "folds" else tuple(others)
    return scene.by, question, Answer(kind="choice", value=found, warrant=COMPUTED, choices=listed)


def explain(scene: Scene) -> tuple[str, ...]:
    """Where every square goes when the net is folded, and which of them is asked for."""
    names = {vector: name for name, vector in _places(scene).items()}
    marks = [mark or f"square {i}" for i, mark in enumerate(scene.marks, 1)]
    goes = [names[frame[0]] for frame in folded(scene.cells)]
    steps = [f"{mark}: {name}." for mark, name in zip(marks, goes, strict=True)]
    if scene.by == "folds":
        twice = [name for name in names.values() if goes.count(name) > 1]
        return (*steps, f"Two on one side, {twice[0]}: no." if twice else "All six sides: yes.")
    found = right(scene)
    if scene.by == "sum":
        return (*steps, f"Opposite lies {7 - found}, and 7 - {7 - found} = {found}.")
    if scene.by == "rolled":
        below = [marks[goes.index(names[down])] for down in _rolled(scene)]
        return (
            *steps,
            *(f"Rolled {ROLLS[roll]}: on {mark}." for roll, mark in zip(scene.at[2:], below[1:], strict=True)),
        )
    if scene.by == "corner":
        return (*steps, f"At this corner are {' and '.join(sorted(found))}.")
    return (*steps, f"The {goes[marks.index(found)]} is {found}.")


def caption(scene: Scene) -> str:
    squares = [
        f"{mark or 'a square'} in line {y + 1}, place {x + 1}"
        for (x, y), mark in zip(scene.cells, scene.marks, strict=True)
    ]
    marked = ""
    if scene.by in ("edge", "corner"):
        sides = ("right", "upper", "left", "lower")
        ends = sides[scene.at[1]] if scene.by == "edge" else f"{sides[scene.at[1]]} and {sides[(scene.at[1] + 1) % 4]}"
        marked = f" Marked red is the {ends} {scene.by} of {scene.marks[scene.at[0]]}."
    return f"A net has {', '.join(squares)}.{marked}"
