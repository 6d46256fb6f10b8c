"""Measures that follow from other measures: lengths on a line, round a rectangle, and the angles of a few figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

FIGURES = (
    "sum",
    "part",
    "rectangle",
    "straight",
    "triangle",
    "isosceles",
    "parallel",
    "quadrilateral",
    "right",
    "outside",
)
KNOBS = {"figure": FIGURES}
SMALLEST = 64
TRIPLES = ((3, 4, 5), (6, 8, 10), (9, 12, 15), (5, 12, 13), (8, 15, 17))


@dataclass(frozen=True, slots=True)
class Scene:
    """Every level is a figure of its own: 0 two parts of a line, 1 the line and one part, 2 a rectangle's perimeter,
    3 a straight angle cut in two, 4 a triangle's third angle, 5 an isosceles one's (`place` 0: its tip is given, 1: an
    angle at its foot), 6 parallel lines (`place`: two of their quarters), 7 a quadrilateral's last angle, 8 a right
    triangle's sides (`place` is the missing one), 9 the angle outside a triangle. `turn` counts turns of 15
    degrees."""

    figure: str
    given: tuple[int, ...]
    place: int
    turn: int


def sample(level: int, seed: int, figure: str | None = None) -> Scene:
    rng = Random(seed)
    figure = figure or FIGURES[level]
    place, turn = 0, rng.randrange(24)
    if figure == "sum":
        given = (rng.randint(2, 9), rng.randint(2, 9))
    elif figure == "part":
        part = rng.randint(2, 9)
        given = (part + rng.randint(2, 9), part)
    elif figure == "rectangle":
        given = tuple(sorted(rng.sample(range(2, 13), 2), reverse=True))
    elif figure == "straight":
        given = (5 * rng.randint(11, 17),)
    elif figure == "parallel":
        given, place = (5 * rng.randint(12, 17),), rng.randrange(16)
    elif figure == "isosceles":
        place = rng.randrange(2)
        given = (10 * rng.randint(4, 9) if place == 0 else 5 * rng.randint(8, 14),)
    elif figure == "right":
        place, triple = rng.randrange(3), rng.choice(TRIPLES)
        given = triple[:place] + triple[place + 1 :]
    else:
        given = _corners(rng, 4 if figure == "quadrilateral" else 3)
    return Scene(figure, given, place, turn)


def _corners(rng: Random, n: int) -> tuple[int, ...]:
    """All but one of a polygon's angles. The last is drawn first: left to the others it would nearly always be one."""
    least, most, sharpest = (90, 150, 60) if n == 4 else (40, 100, 40)
    last = rng.randrange(least, most + 10, 10)
    while True:
        given = tuple(rng.randrange(sharpest, 100, 10) for _ in range(n - 1))
        if sum(given) + last == 180 * (n - 2):
            return given


def missing(scene: Scene) -> int:
    a, b = scene.given[0], scene.given[-1]
    match scene.figure:
        case "sum" | "outside":
            return a + b
        case "part":
            return a - b
        case "rectangle":
            return 2 * (a + b)
        case "straight":
            return 180 - a
        case "isosceles":
            return (180 - a) // 2 if scene.place == 0 else 180 - 2 * a
        case "parallel":
            return a if _leans(scene.place // 4) == _leans(scene.place % 4) else 180 - a
        case "right":
            return math.isqrt(a * a + b * b if scene.place == 2 else b * b - a * a)
    return (360 if scene.figure == "quadrilateral" else 180) - sum(scene.given)


def _leans(quarter: int) -> bool:
    """Of the quarters 0 right above, 1 left above, 2 left below, 3 right below, opposite ones are equal."""
    return quarter % 2 == 0


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = {
        "sum": "How long is the whole line?",
        "part": "How long is the missing part?",
        "rectangle": "How long is the way round?",
        "right": "How long is the missing side?",
    }.get(scene.figure, "What is the missing angle?")
    return scene.figure, question, Answer(kind="number", value=missing(scene), warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """One sum after another, of what is written in the figure."""
    a, b, right, total = scene.given[0], scene.given[-1], missing(scene), sum(scene.given)
    added = f"{' + '.join(map(str, scene.given))} = {total}."
    sums = {
        "sum": (added,),
        "outside": (added,),
        "part": (f"{a} - {b} = {right}.",),
        "rectangle": (added, f"{total} + {total} = {right}."),
        "straight": (f"180 - {a} = {right}.",),
        "isosceles": (f"180 - {a} = {180 - a}.", f"{180 - a} / 2 = {right}."),
        "parallel": (f"same: {a}.",) if right == a else (f"other: 180 - {a} = {right}.",),
        "right": (f"{a * a} + {b * b} = {right**2}.", f"{right} x {right} = {right**2}."),
    }.get(scene.figure, (added, f"{right + total} - {total} = {right}."))
    if scene.figure == "isosceles" and scene.place == 1:
        sums = (f"{a} + {a} = {2 * a}.", f"180 - {2 * a} = {right}.")
    if scene.figure == "right" and scene.place < 2:
        sums = (f"{b * b} - {a * a} = {right**2}.", sums[1])
    return (f"{scene.figure}: {sums[0]}", *sums[1:])


def caption(scene: Scene) -> str:
    a, b, place = scene.given[0], scene.given[-1], scene.place
    listed = " and ".join(map(str, scene.given))
    ends = ("tip", "foot")[:: 1 - 2 * (place % 2)]
    quarters = ("right above", "left above", "left below", "right below")
    longest = "is missing" if place == 2 else f"is {b}"
    return {
        "sum": f"A line is cut into parts of {listed}.",
        "part": f"A line of {a} is cut in two; one part is {b}.",
        "rectangle": f"A rectangle has sides of {listed}.",
        "straight": f"A straight angle is cut in two; one part is {a}.",
        "isosceles": f"An isosceles triangle has the angle {a} at its {ends[0]}; the one at its {ends[1]} is missing.",
        "parallel": f"A line crosses two parallel lines; {quarters[place // 4]} the first it makes {a}, "
        f"{quarters[place % 4]} the second the angle is missing.",
        "right": f"A right triangle has sides of {listed}; the longest side {longest}.",
        "outside": f"A triangle has the angles {listed}; the missing one is outside, at its third corner.",
    }.get(scene.figure, f"A {scene.figure} has the angles {listed} and one that is missing.")


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    paint = {"sum": _line, "part": _line, "rectangle": _rectangle, "straight": _straight, "parallel": _parallel}
    paint.get(scene.figure, _polygon)(canvas, scene)
    return canvas.image()


def _label(canvas: Canvas, at: Point, text: object) -> None:
    canvas.text(at, str(text), height=max(0.11, canvas.skin.text * 1.12))


def _line(canvas: Canvas, scene: Scene) -> None:
    """Drawn to scale; turned a half, the parts change places."""
    whole = scene.given[0] if scene.figure == "part" else sum(scene.given)
    first, second = (scene.given[1], "?") if scene.figure == "part" else scene.given
    cut = 0.1 + 0.8 * scene.given[scene.figure == "part"] / whole
    if scene.turn % 2:
        cut, first, second = 1 - cut, second, first
    y = 0.5
    canvas.line((0.1, y), (0.9, y))
    for x in (0.1, cut, 0.9):
        canvas.line((x, y - 0.09), (x, y + 0.09))
    _label(canvas, ((0.1 + cut) / 2, 0.3), first)
    _label(canvas, ((0.9 + cut) / 2, 0.3), second)
    _label(canvas, (0.5, 0.75), whole if scene.figure == "part" else "?")


def _rectangle(canvas: Canvas, scene: Scene) -> None:
    long, wide = scene.given
    across, down = (0.6, 0.6 * wide / long) if scene.turn % 2 else (0.6 * wide / long, 0.6)
    x, y = 0.42, 0.58
    low, high = (x - across / 2, y - down / 2), (x + across / 2, y + down / 2)
    canvas.polygon(low, (high[0], low[1]), high, (low[0], high[1]), outline=canvas.skin.ink)
    _label(canvas, (x, low[1] - 0.14), long if scene.turn % 2 else wide)
    _label(canvas, (high[0] + 0.13, y), wide if scene.turn % 2 else long)


def _straight(canvas: Canvas, scene: Scene) -> None:
    """Turned as a whole, and pushed aside so that the half which carries the labels has room."""
    start, given = math.radians(15 * scene.turn), math.radians(scene.given[0])
    foot = _along((0.5, 0.5), start - math.pi / 2, -0.14)
    canvas.line(_along(foot, start, 0.42), _along(foot, start, -0.42))
    canvas.line(foot, _along(foot, start - given, 0.48))
    _label(canvas, _along(foot, start - given / 2, 0.36), scene.given[0])
    _label(canvas, _along(foot, start - (given + math.pi) / 2, 0.27), "?")


def _parallel(canvas: Canvas, scene: Scene) -> None:
    a, given, asked = scene.given[0], scene.place // 4, scene.place % 4
    slope = 1 / math.tan(math.radians(a if _leans(given) else 180 - a))  # how far right a step up goes
    for y, quarter, text in ((0.3, given, a), (0.7, asked, "?")):
        canvas.line((0.06, y), (0.94, y))
        side, up = (1, -1, -1, 1)[quarter], (1, 1, -1, -1)[quarter]
        # Where the line leans over the label its far edge is what must clear, elsewhere its near edge.
        lean = max(0.03 * up * slope * side, 0.18 * up * slope * side)
        across = 0.5 + slope * (0.5 - y)
        _label(canvas, (across + side * (0.15 + lean), y - up * 0.105), text)
    canvas.line((0.5 - slope * 0.42, 0.92), (0.5 + slope * 0.42, 0.08))


def _polygon(canvas: Canvas, scene: Scene) -> None:
    """A figure with these angles; where its sides are asked for, they carry the labels."""
    angles, labels = _angles(scene)
    corners = _corners_at(angles, scene.turn, beyond=scene.figure == "outside")
    n = len(angles)
    canvas.polygon(*corners[:n], outline=canvas.skin.ink)
    middle = (sum(x for x, _ in corners[:n]) / n, sum(y for _, y in corners[:n]) / n)
    for i, label in enumerate(labels):
        here, after = corners[i], corners[(i + 1) % n]
        if scene.figure == "right":
            at = _between(here, after, 0.5)
            _label(canvas, _away(at, (at[0] - after[1] + here[1], at[1] + after[0] - here[0])), label)
        else:
            _label(canvas, _away(here, middle), label)
    if scene.figure == "outside":
        canvas.line(corners[2], corners[3])
        beside = _between(corners[2], corners[0], math.dist(corners[2], corners[3]) / math.dist(corners[2], corners[0]))
        _label(canvas, _away(corners[2], _between(corners[3], beside, 0.5), -1), "?")
    if scene.figure == "isosceles":
        _ticks(canvas, corners[0], corners[1:])
    if scene.figure == "right":
        square = [_between(corners[0], corner, 0.06 / math.dist(corners[0], corner)) for corner in corners[1:]]
        far = tuple(a + b - c for a, b, c in zip(*square, corners[0], strict=True))
        canvas.line(square[0], far, square[1])


def _angles(scene: Scene) -> tuple[tuple[float, ...], tuple[object, ...]]:
    """The figure's angles in degrees, and what is written at its corners (or, for `right`, along its sides)."""
    a, right = scene.given[0], missing(scene)
    if scene.figure == "isosceles":
        tip, foot = (a, right) if scene.place == 0 else (right, a)
        return (tip, foot, foot), (a, "?") if scene.place == 0 else ("?", a)
    if scene.figure == "outside":
        return (*scene.given, 180 - right), scene.given
    if scene.figure == "right":
        sides: list[object] = list(scene.given)
        sides.insert(scene.place, right)
        steep = math.degrees(math.atan2(sides[1], sides[0]))
        sides[scene.place] = "?"
        return (90, steep, 90 - steep), (sides[0], sides[2], sides[1])
    return (*scene.given, right), (*scene.given, "?")


def _corners_at(angles: tuple[float, ...], turn: int, beyond: bool) -> list[Point]:
    """Drawn round a circle, every corner lies on the line that halves its angle; `beyond` lengthens the second side."""
    corners, heading = [], 15.0 * turn
    for angle in angles:
        heading += (180 - angle) / 2
        reach, towards = 1 / math.sin(math.radians(angle / 2)), math.radians(heading)
        corners.append((reach * math.cos(towards), reach * math.sin(towards)))
        heading += (180 - angle) / 2
    if beyond:
        corners.append(_between(corners[1], corners[2], 1.45))
    xs, ys = zip(*corners, strict=True)
    scale = min(0.42 / (max(xs) - min(xs)), 0.52 / (max(ys) - min(ys)))  # what is left is for the labels
    x, y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return [(0.5 + scale * (px - x), 0.5 + scale * (py - y)) for px, py in corners]


def _ticks(canvas: Canvas, tip: Point, feet: list[Point]) -> None:
    """A dash across each of the two equal sides."""
    for foot in feet:
        (x, y), long = _between(tip, foot, 0.5), math.dist(tip, foot)
        across = (0.05 * (foot[1] - tip[1]) / long, -0.05 * (foot[0] - tip[0]) / long)
        canvas.line((x - across[0], y - across[1]), (x + across[0], y + across[1]))


def _between(here: Point, there: Point, share: float) -> Point:
    return (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))


def _along(here: Point, heading: float, far: float) -> Point:
    return (here[0] + far * math.cos(heading), here[1] + far * math.sin(heading))


def _away(at: Point, middle: Point, sign: int = 1) -> Point:
    """A label's place: so far out that two digits clear the corner."""
    far = sign * math.dist(at, middle)
    return (at[0] + 0.16 * (at[0] - middle[0]) / far, at[1] + 0.15 * (at[1] - middle[1]) / far)
