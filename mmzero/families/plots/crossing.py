"""Two graphs, red and blue: where and how often they meet, and which is above."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.plots._plane import Plane
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

REACH = 5
GOALS = {  # what can be asked, and the answers, each as likely as any other
    "x": range(-4, 5),
    "height": range(-4, 5),
    "count": range(3),
    "point": range(-4, 5),
    "last": range(-2, 5),
    "gap": range(1, 7),
    "span": (2, 3, 4, 6),
    "lifted": range(-4, 5),
    "beyond": (-12, -10, -8, -7, -6, 6, 7, 8, 10, 12),
    "touch": range(1, 7),
}
STRAIGHT = ("x", "height", "point", "lifted", "beyond")
KNOBS = {"by": tuple(GOALS)}
SMALLEST = 128
Graph = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """A graph is (form, halves, p, q): q + halves/2 times x - p (`line`), its size (`bend`) or its square (`parabola`).
    Levels 0 and 1 ask where two lines meet, 2 how often a line meets a curve, 3 for the point, 4 for the last x, 5 how
    far red is above blue at `at`, 6 for how long, 7 where they meet once red is `at` higher, 8 outside the picture, 9
    how far the red line must be moved to touch the blue curve."""

    red: Graph
    blue: Graph
    by: str
    at: int


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or tuple(GOALS)[level]
    goal = rng.choice(GOALS[by])
    while True:
        at = rng.choice((-3, -2, -1, 1, 2, 3)) if by in ("gap", "lifted") else 0
        scene = Scene(*_graphs(rng, by), by, at)
        found = right(scene)
        if found is not None and (found[0] if by == "point" else found) == goal:
            return scene


def _graphs(rng: Random, by: str) -> tuple[Graph, Graph]:
    form = "line" if by in STRAIGHT else rng.choice(("parabola", "bend"))
    line = ("line", rng.choice((-2, -1, 0, 1, 2)), 0, rng.randint(-4, 4))
    if form == "line":
        return line, ("line", rng.choice((-2, -1, 0, 1, 2)), 0, rng.randint(-4, 4))
    curve = (
        form,
        rng.choice((-2, -1, 1, 2) if form == "parabola" else (-4, -2, -1, 1, 2, 4)),
        rng.randint(-3, 3),
        rng.randint(-4, 4),
    )
    if by in ("last", "span"):  # a line through two grid points of the curve, where there is one
        one, two = rng.sample(range(-4, 5), 2)
        tilt = 2 * (height(curve, two) - height(curve, one)) / (two - one)
        start = height(curve, one) - tilt / 2 * one
        line = ("line", int(tilt), 0, int(start)) if tilt % 1 == start % 1 == 0 else line
    return (line, curve) if by == "touch" or rng.random() < 0.5 else (curve, line)


def height(graph: Graph, x: float) -> float:
    form, halves, p, q = graph
    away = x - p
    return q + halves / 2 * {"line": away, "bend": abs(away), "parabola": away * away}[form]


def right(scene: Scene) -> int | tuple[int, int] | None:
    """The answer; None where there is not exactly one, or where the eye could not tell."""
    red, blue, by, at = scene.red, scene.blue, scene.by, scene.at
    if by == "gap":
        above = height(red, at) - height(blue, at)
        shown = max(abs(height(red, at)), abs(height(blue, at))) <= 4
        return (
            int(above) if shown and above % 1 == 0 and height(red, at) % 1 == 0 and meets(scene) is not None else None
        )
    if by in ("lifted", "beyond"):
        (_, red_halves, _, red_q), (_, blue_halves, _, blue_q) = red, blue
        apart, nearer = 2 * (blue_q - red_q - at), red_halves - blue_halves
        if nearer == 0 or apart % nearer:
            return None
        x = apart // nearer
        return x if by == "beyond" or (abs(height(blue, x)) <= 4 and height(blue, x) % 1 == 0) else None
    if by == "touch":
        move = _touch(scene)[1]
        return int(abs(move)) if move % 1 == 0 and meets(scene) is not None else None
    places = meets(scene)
    if places is None or by == "count":
        return None if places is None else len(places)
    if any(x % 1 or height(red, x) % 1 for x in places) or len(places) != (1 if by in STRAIGHT else 2):
        return None
    first, last = int(places[0]), int(places[-1])
    if by == "span":
        return last - first if height(red, (first + last) / 2) > height(blue, (first + last) / 2) else None
    return {"x": last, "last": last, "height": int(height(red, last)), "point": (last, int(height(red, last)))}[by]


def _touch(scene: Scene) -> tuple[float, float]:
    """Where the line touches the curve once it is moved, and how far up that is: at a bend's tip, or where a parabola is
    as steep as the line. A quarter, which is no answer, where a line is too steep to touch a bend."""
    (_, line, _, _), (form, halves, p, _) = scene.red, scene.blue
    if form == "bend" and abs(line) >= abs(halves):
        return p, 0.25
    x = p if form == "bend" else p + line / halves / 2
    return x, height(scene.blue, x) - height(scene.red, x) if max(abs(x), abs(height(scene.blue, x))) <= 4 else 0.25


def meets(scene: Scene) -> list[float] | None:
    """Where the graphs cross, to a quarter; None where they only touch, nearly touch, or cross at the picture's edge."""
    xs = [i / 4 for i in range(-4 * REACH, 4 * REACH + 1)]
    over = [height(scene.red, x) - height(scene.blue, x) for x in xs]
    places = []
    for i in range(1, len(xs) - 1):
        before, here, after = over[i - 1 : i + 2]
        if (here == 0 and before * after < 0) or here * after < 0:
            places.append(xs[i] if here == 0 else xs[i] + 0.125)
        elif abs(here) < 0.5 and abs(here) <= min(abs(before), abs(after)) and before * here >= 0:
            return None
    clear = min(abs(over[0]), abs(over[-1]), abs(over[1])) > 0.5 and over[0] * over[1] > 0
    return places if clear and all(abs(height(scene.red, x)) <= 4.5 for x in places) else None


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    plane = Plane(canvas, -REACH, REACH)
    plane.grid()
    plane.graph(partial(height, scene.red), skin.colours["red"])
    plane.graph(partial(height, scene.blue), skin.colours["blue"])
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    found, at = right(scene), scene.at
    way = "up" if (_touch(scene)[1] if scene.by == "touch" else at) > 0 else "down"
    question = {
        "x": "At which x do the red and the blue line meet?",
        "height": "At which height y do the red and the blue line meet?",
        "count": "How many times do the red and the blue graph meet in the picture?",
        "point": "At which point do the red and the blue line meet? Write x, y.",
        "last": "What is the largest x at which the red and the blue graph meet?",
        "gap": f"By how many units is the red graph above the blue one at x = {at}?",
        "span": "Red is above blue between the points where they meet. How many units of x long is this stretch?",
        "lifted": f"The red line is moved {way} by {abs(at)}. At which x does it then meet the blue line?",
        "beyond": "Drawn on, the red and the blue line meet outside the picture. At which x?",
        "touch": f"By how many units must the red line be moved {way} to touch the blue graph at exactly one point?",
    }[scene.by]
    kind = "sequence" if scene.by == "point" else "number"
    return scene.by, question, Answer(kind=kind, value=found, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """What is read off at the places that matter, and the sum that is made of it."""
    found, at = right(scene), scene.at
    if scene.by == "count":
        steps = [f"{i}: near ({x:.0f}, {height(scene.red, x):.0f})." for i, x in enumerate(meets(scene), 1)]
        return tuple(steps) or ("They meet nowhere: 0.",)
    if scene.by == "beyond":
        step = 2 if found > 0 else -2
        (_, _, _, red), (_, _, _, blue), (then_red, then_blue) = scene.red, scene.blue, _both(scene, step)
        apart, then = abs(red - blue), abs(then_red - then_blue)
        return (
            f"At x = 0 red is {red} and blue {blue}: {apart} apart.",
            f"At x = {step} red is {then_red:g} and blue {then_blue:g}: {then:g} apart.",
            f"{step} of x brings {apart - then:g}; {apart} x {step} / {apart - then:g} = {found}.",
        )
    if scene.by == "gap":
        red, blue = _both(scene, at)
        return f"Red at {at}: {red:g}.", f"Blue at {at}: {blue:g}.", f"{red:g} - {blue:g} = {found}."
    if scene.by == "lifted":
        red, blue = _both(scene, found)
        there = f"At x = {found} blue is at {blue:g} and red at {red:g}."
        return there, f"{red:g} + {at} = {blue:g}, so they meet at {found}."
    if scene.by == "touch":
        x = _touch(scene)[0]
        red, blue = sorted(_both(scene, x))
        return (
            f"They will touch at x = {x:g}.",
            f"There they are at {blue:g} and {red:g}: {blue:g} - {red:g} = {found}.",
        )
    places = [int(x) for x in meets(scene)]
    steps = tuple(f"They meet at ({x}, {height(scene.red, x):g})." for x in places)
    return (*steps, f"{places[-1]} - {places[0]} = {found}.") if scene.by == "span" else steps


def _both(scene: Scene, x: float) -> tuple[float, float]:
    return height(scene.red, x), height(scene.blue, x)


def formula(graph: Graph) -> str:
    form, halves, p, q = graph
    away = "x" if p == 0 else f"x {'-' if p > 0 else '+'} {abs(p)}"
    inner = {"line": away, "bend": f"|{away}|", "parabola": f"({away})^2"}[form]
    return f"{halves / 2:g} * {inner} {'-' if q < 0 else '+'} {abs(q)}"


def caption(scene: Scene) -> str:
    drawn = "x and y run from -5 to 5"
    return f"The red graph is y = {formula(scene.red)}, the blue graph is y = {formula(scene.blue)}; {drawn}."
