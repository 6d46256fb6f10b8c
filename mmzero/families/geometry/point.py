"""Points on a numbered grid: their coordinates, and where they land when mirrored, moved, halved or turned."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.plots._plane import Plane
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

REACH = 5
LETTERS = "ABCD"
POINTS = {  # what can be asked, and how many points the picture then needs
    "read": 4,
    "which": 4,
    "mirrored": 3,
    "midpoint": 3,
    "moved": 3,
    "corner": 3,
    "turned": 3,
    "about": 3,
    "line": 3,
    "twice": 3,
}
KNOBS = {"by": tuple(POINTS)}
SMALLEST = 128
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """`points` are A, B …. Level 0 reads point `at[0]`, 1 finds the one at `at`, 2 mirrors A in axis `at[0]` (0 is x), 3
    takes the midpoint, 4 moves A by `at`, 5 completes a parallelogram, 6 turns A by `at[0]` quarters about the origin, 7
    about B, 8 mirrors A in the dashed line where coordinate `at[0]` is `at[1]`, 9 mirrors and then turns."""

    points: tuple[Spot, ...]
    by: str
    at: Spot


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or tuple(POINTS)[level]
    while True:
        points = [(rng.randint(-4, 4), rng.randint(-4, 4)) for _ in range(POINTS[by])]
        at = {
            "read": (rng.randrange(4), 0),
            "moved": (rng.randint(-6, 6), rng.randint(-6, 6)),
            "turned": (rng.choice((-1, 1, 2)), 0),
            "about": (rng.choice((-1, 1, 2)), 0),
            "line": (rng.randrange(2), rng.choice((-2, -1, 1, 2))),
            "twice": (rng.randrange(2), rng.choice((-1, 1))),
        }.get(by, (rng.randrange(2), 0))
        if by == "which":
            (x, y), at = points[0], points[0]
            points = rng.sample([(x, y), (y, x), (-x, y), (x, -y), (-y, x)], 4)
        scene = Scene(tuple(points), by, at)
        if _clear(scene) and (by != "which" or at in points):
            return scene


def _clear(scene: Scene) -> bool:
    """Points apart from each other, off the axes and off the dashed line, and what is asked for in the picture."""
    found, points = right(scene), scene.points
    spread = all(max(abs(a - c), abs(b - d)) > 1 for i, (a, b) in enumerate(points) for c, d in points[:i])
    off = all(x and y for x, y in points) and not (
        scene.by == "line" and any(abs(p[scene.at[0]] - scene.at[1]) < 2 for p in points)
    )
    if found is None or not (spread and off):
        return False
    return (
        max(map(abs, found)) <= REACH
        and (scene.by in ("read", "which") or found not in points)
        and 0 not in (*(scene.at if scene.by == "moved" else ()),)
    )


def right(scene: Scene) -> Spot | None:
    """Where the asked point lies; None where that is not on the grid or a parallelogram would be flat."""
    points, (first, second) = scene.points, scene.at
    x, y = points[0]
    if scene.by == "corner":
        (a, b), (c, d) = points[1:]
        return (x + c - a, y + d - b) if (a - x) * (d - y) != (b - y) * (c - x) else None
    if scene.by == "midpoint":
        (a, b) = points[1]
        return ((x + a) // 2, (y + b) // 2) if (x + a) % 2 == (y + b) % 2 == 0 else None
    if scene.by in ("turned", "about"):
        return _turned(points[0], first, points[1] if scene.by == "about" else (0, 0))
    return {
        "read": lambda: points[first],
        "which": lambda: scene.at,
        "moved": lambda: (x + first, y + second),
        "mirrored": lambda: _mirrored(points[0], 1 - first, 0),
        "line": lambda: _mirrored(points[0], first, second),
        "twice": lambda: _turned(_mirrored(points[0], 1 - first, 0), second, (0, 0)),
    }[scene.by]()


def _mirrored(spot: Spot, coordinate: int, about: int) -> Spot:
    x, y = spot
    return (2 * about - x, y) if coordinate == 0 else (x, 2 * about - y)


def _turned(spot: Spot, quarters: int, centre: Spot) -> Spot:
    (x, y), (a, b) = spot, centre
    across, up = x - a, y - b
    for _ in range(quarters % 4):
        across, up = -up, across
    return a + across, b + up


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    plane = Plane(canvas, -REACH, REACH)
    plane.grid()
    if scene.by == "line":
        ends = [(scene.at[1], far) if scene.at[0] == 0 else (far, scene.at[1]) for far in (-REACH, REACH)]
        canvas.dashes(plane.at(*ends[0]), plane.at(*ends[1]), colour=skin.colours["blue"], width=skin.stroke * 1.4)
    for letter, point in zip(LETTERS, scene.points, strict=False):
        plane.name(*point, letter, (1, 1))
    for point in scene.points:
        plane.dot(*point, skin.colours["red"])
    return canvas.image()


def _way(scene: Scene) -> str:
    """The words for a move or a turn."""
    if scene.by == "moved":
        (right_, up) = scene.at
        sideways = f"{abs(right_)} to the {'right' if right_ > 0 else 'left'}"
        return f"moved by {sideways} and {abs(up)} {'up' if up > 0 else 'down'}"
    quarters = scene.at[scene.by == "twice"]
    return {1: "turned by 90 degrees anticlockwise", -1: "turned by 90 degrees clockwise"}.get(
        quarters, "turned by 180 degrees"
    )


def ask(scene: Scene) -> tuple[str, str, Answer]:
    axis, lands = f"mirrored in the {'xy'[scene.at[0] % 2]}-axis", "Where does it land? Write x, y."
    question = {
        "read": f"What are the coordinates of point {LETTERS[scene.at[0] % 4]}? Write x, y.",
        "which": f"Which point has the coordinates {scene.at}: A, B, C or D?",
        "mirrored": f"Point A is {axis}. {lands}",
        "midpoint": "What are the coordinates of the midpoint between A and B? Write x, y.",
        "moved": f"Point A is {_way(scene)}. {lands}",
        "corner": "A, B, C and D are the corners of a parallelogram, in this order. Where is D? Write x, y.",
        "turned": f"Point A is {_way(scene)} about the origin. {lands}",
        "about": f"Point A is {_way(scene)} about point B. {lands}",
        "line": f"Point A is mirrored in the dashed line. {lands}",
        "twice": f"Point A is {axis} and then {_way(scene)} about the origin. {lands}",
    }[scene.by]
    found = right(scene)
    if scene.by == "which":
        letter = LETTERS[scene.points.index(found)]
        return scene.by, question, Answer(kind="choice", value=letter, warrant=COMPUTED, choices=tuple(LETTERS))
    return scene.by, question, Answer(kind="sequence", value=found, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    found, (x, y), (first, second) = right(scene), scene.points[0], scene.at
    spots = tuple(f"{letter} is at {spot}." for letter, spot in zip(LETTERS, scene.points, strict=False))
    ends = f"That is {found}."
    if scene.by in ("read", "which"):
        asked = scene.points.index(found)
        return spots[: asked + 1] if scene.by == "which" else (spots[asked],)
    if scene.by in ("midpoint", "corner"):
        (a, b), (c, d) = scene.points[1], scene.points[-1]
        if scene.by == "midpoint":
            return (*spots, f"({x} + {a}) / 2 = {found[0]}.", f"({y} + {b}) / 2 = {found[1]}.")
        return (*spots, f"From B to C it is {c - a} across and {d - b} up.", f"From A the same leads to {found}.")
    if scene.by == "moved":
        return spots[0], f"{x} + {first} = {found[0]}.", f"{y} + {second} = {found[1]}."
    if scene.by == "line":
        here = (x, y)[first]
        steps = f"{'xy'[first]} goes from {here} to {second}, {abs(second - here)} away, and as far again."
        return spots[0], steps, ends
    if scene.by == "about":
        (a, b) = scene.points[1]
        away = (found[0] - a, found[1] - b)
        return (*spots, f"From B to A: {(x - a, y - b)}.", f"Turned: {away}.", ends)
    if scene.by == "twice":
        return spots[0], f"Mirrored: {_mirrored((x, y), 1 - first, 0)}.", f"Turned: {found}."
    if scene.by == "mirrored":
        return spots[0], f"Only {'yx'[first]} changes its sign: {found}."
    rule = {1: "(-y, x)", -1: "(y, -x)", 2: "(-x, -y)"}[first]
    return spots[0], f"This turn makes {rule} of (x, y): {found}."


def caption(scene: Scene) -> str:
    spots = ", ".join(f"{letter} at {spot}" for letter, spot in zip(LETTERS, scene.points, strict=False))
    line = f" and a dashed line where {'xy'[scene.at[0]]} = {scene.at[1]}" if scene.by == "line" else ""
    return f"A grid with the points {spots}{line}."
