"""Similar triangles: a missing length by scale, by parallels, at a crossing, by shadows, in a right triangle; an area."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas, Point
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

TWO, CUT, RIGHT = "AB BC CA DE EF FD", "AB AC BC DE", "AB BC CA CD"
FIGURES = {  # the lines, and where lengths stand: beside AB on the side away from C, the last one being asked for
    "larger": (TWO, "AB/C BC/A DE/F EF/D"),
    "smaller": (TWO, "DE/F EF/D AB/C BC/A"),
    "nested": (CUT, "AD/C DB/C DE/A BC/A"),
    "rest": (CUT, "AD/C DB/C AE/B EC/B"),
    "inner": (CUT, "AD/C DB/C BC/A DE/A"),
    "hourglass": ("AB CD AC BD", "AO/B OC/D AB/O CD/O"),
    "shadow": ("AB BC DE EF", "AB/C BC/A EF/D DE/F"),
    "altitude": (RIGHT, "AD/C DB/C CD/A"),
    "leg": (RIGHT, "AD/C DB/C AC/B"),
    "area": (TWO, "AB/C DE/F"),
}
SPOTS = {TWO: "ABCDEF", CUT: "ABCDE", RIGHT: "ABCD", FIGURES["hourglass"][0]: "ABCDO", FIGURES["shadow"][0]: "ABCDEF"}
SAYS = {
    "larger": "The two triangles have the same shape.",
    "smaller": "The two triangles have the same shape.",
    "nested": "The line in the triangle is parallel to the side with the question mark.",
    "rest": "The line in the triangle is parallel to one of its sides.",
    "inner": "The line in the triangle, with the question mark, is parallel to one of its sides.",
    "hourglass": "The two lines that do not cross are parallel.",
    "shadow": "Two poles throw shadows at the same time of day.",
    "altitude": "The triangle has a right angle, from which the altitude is drawn.",
    "leg": "The triangle has a right angle, from which the altitude is drawn.",
    "area": "The two triangles have the same shape; the numbers inside are areas.",
}
PARTS = [(p, q) for p in range(1, 28) for q in range(1, 28) if p != q and max(p, q) <= 4 * min(p, q)]
EASY = [(p, q) for p, q in PARTS if max(p, q) // math.gcd(p, q) <= 5]
KNOBS = {"figure": tuple(FIGURES)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`given` are the numbers in the order of the figure's labels, the last of them asked for; `spots` are its corners
    A, B, C … in ten-thousandths, drawn to scale. Every level is a figure of its own: 0 a triangle's larger copy, 1 its
    smaller one, 2 to 4 a triangle cut by a parallel, 5 an hourglass, 6 shadows, 7 and 8 a right triangle, 9 areas."""

    figure: str
    given: tuple[int, ...]
    spots: tuple[tuple[int, int], ...]


def sample(level: int, seed: int, figure: str | None = None) -> Scene:
    rng = Random(seed)
    figure = figure or tuple(FIGURES)[level]
    build = _two if FIGURES[figure][0] == TWO else _shadows if figure == "shadow" else _one
    while True:
        given, corners = build(rng, figure)
        scene = Scene(figure, given, tuple((round(1e4 * z.real), round(1e4 * z.imag)) for z in corners))
        if _legible(scene):
            return scene


def _two(rng: Random, figure: str) -> tuple[tuple[int, ...], list[complex]]:
    """A triangle and a copy, in opposite corners of the picture."""
    small, large = rng.choice(((1, 2), (1, 3), (2, 3), (2, 5), (3, 4)))
    a, b = rng.sample(range(2, 10), 2)
    corner, turn = _unit(rng.randint(40, 110)), _unit(rng.randrange(360))
    one = [turn * z * small for z in (a, 0, b * corner)]
    two = [z * large / small for z in one]
    (low, high), (two_low, two_high) = _frame(one), _frame(two)
    wide, tall = high + two_high - low - two_low, two_high - two_low
    scale = min(max(0.58 / wide.real, 0.58 / wide.imag), 0.74 / max(tall.real, tall.imag))
    corners = [0.13 + 0.13j + scale * (z - low) for z in one] + [0.87 + 0.87j + scale * (z - two_high) for z in two]
    if figure == "area":
        inside = rng.randint(1, 9)
        return (a * small, a * large, inside * small * small, inside * large * large), corners
    sides = (a * small, b * small, a * large, b * large)
    return (sides if figure == "larger" else sides[2:] + sides[:2]), corners


def _shadows(rng: Random, figure: str) -> tuple[tuple[int, ...], list[complex]]:
    p, q, k = rng.randint(2, 9), rng.randint(2, 9), rng.choice((2, 3))
    at = 1.5 * q + 0.2 * p
    corners = [-1j * p, 0, q, at - 1j * k * p, at, at + k * q]
    return (p, q, k * q, k * p), _fitted([-z.conjugate() for z in corners] if rng.random() < 0.5 else corners)


def _one(rng: Random, figure: str) -> tuple[tuple[int, ...], list[complex]]:
    """A figure to scale, turned, and as large as it may be. A side of p + q is cut into p and q."""
    arm, turn = _unit(rng.randint(50, 120)), _unit(rng.randrange(360))
    p, q = rng.choice(PARTS if FIGURES[figure][0] == RIGHT else EASY)
    r = p // math.gcd(p, q) * rng.randint(1, 6)
    s = r * q // p
    if figure in ("altitude", "leg"):
        square = p * q if figure == "altitude" else p * (p + q)
        given, corners = (p, q, math.isqrt(square)), [0, p + q, complex(p, -math.sqrt(p * q)), p]
        if given[-1] ** 2 != square:
            return _one(rng, figure)
    elif figure == "hourglass":
        given, corners = (p, q, r, s), [0, r * arm, p + q, p + q - s * arm, p]
    elif figure == "rest":
        given, corners = (p, q, r, s), [0, p + q, (r + s) * arm, p, r * arm]
    else:
        given = (p, q, r, r + s) if figure == "nested" else (p, q, r + s, r)
        corners = [0, p + q, p + q + (r + s) * arm, p, p + r * arm]
    corners = [z * turn for z in corners]
    return given, _fitted([z.conjugate() for z in corners] if rng.random() < 0.5 else corners)


def _unit(degrees: float) -> complex:
    return cmath.rect(1, math.radians(degrees))


def _frame(corners: list[complex]) -> tuple[complex, complex]:
    xs, ys = [z.real for z in corners], [z.imag for z in corners]
    return complex(min(xs), min(ys)), complex(max(xs), max(ys))


def _fitted(corners: list[complex]) -> list[complex]:
    low, high = _frame(corners)
    scale = 0.74 / max((high - low).real, (high - low).imag)
    return [0.5 + 0.5j + scale * (z - (low + high) / 2) for z in corners]


def _at(scene: Scene) -> dict[str, complex]:
    letters = SPOTS[FIGURES[scene.figure][0]]
    return {letter: complex(x, y) / 1e4 for letter, (x, y) in zip(letters, scene.spots, strict=True)}


def _labels(scene: Scene) -> list[complex]:
    """Where the numbers stand: beside the middle of a side, or in the middle of a triangle."""
    at, middles = _at(scene), []
    for (one, two), away in (label.split("/") for label in FIGURES[scene.figure][1].split()):
        side = (at[two] - at[one]) * 1j / abs(at[two] - at[one])
        other = ((at[away] - at[one]) / side).real > 0
        middles.append((at[one] + at[two]) / 2 + (-0.07 if other else 0.07) * side)
    if scene.figure == "area":
        middles += [(at["A"] + at["B"] + at["C"]) / 3, (at["D"] + at["E"] + at["F"]) / 3]
    return middles


def _legible(scene: Scene) -> bool:
    """The numbers are small enough and clear of each other and of every line; no side is short."""
    at, labels, lines = _at(scene), _labels(scene), FIGURES[scene.figure][0].split()
    ends = [(at[one], at[two]) for one, two in lines]
    ends += [(at["A"], at["C"]), (at["D"], at["F"])] if scene.figure == "shadow" else []
    apart = min(abs(a - b) for i, a in enumerate(labels) for b in labels[:i])
    clear = min(_distance(label, *line) for label in labels for line in ends)
    short = min(abs(at[label[0]] - at[label[1]]) for label in FIGURES[scene.figure][1].split())
    return max(scene.given) < 100 and apart > 0.13 and clear > 0.055 and short > 0.11


def _distance(z: complex, start: complex, end: complex) -> float:
    along = ((z - start) / (end - start)).real
    return abs(z - start - min(max(along, 0), 1) * (end - start))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, at, height = Canvas(skin), _at(scene), max(0.075, 0.85 * skin.text)

    def put(z: complex) -> Point:
        return z.real, z.imag

    if scene.figure == "shadow":
        canvas.dashes(put(at["A"]), put(at["C"]), colour=skin.faint)
        canvas.dashes(put(at["D"]), put(at["F"]), colour=skin.faint)
    for one, two in FIGURES[scene.figure][0].split():
        pole = scene.figure == "shadow" and one in "AD"
        canvas.line(put(at[one]), put(at[two]), width=2.5 * skin.stroke if pole else None)
    if FIGURES[scene.figure][0] == RIGHT:
        _corner(canvas, at["C"], at["A"], at["B"])
        _corner(canvas, at["D"], at["C"], at["A"])
    for place, text in zip(_labels(scene), (*scene.given[:-1], "?"), strict=True):
        canvas.text(put(place), str(text), height=height, colour=skin.colours["red" if text == "?" else "black"])
    return canvas.image()


def _corner(canvas: Canvas, corner: complex, one: complex, two: complex) -> None:
    """The small square that marks a right angle."""
    u, v = (0.035 * (end - corner) / abs(end - corner) for end in (one, two))
    canvas.line(*[(z.real, z.imag) for z in (corner + u, corner + u + v, corner + v)], width=canvas.skin.stroke * 0.6)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    what = "area" if scene.figure == "area" else "length"
    question = f"{SAYS[scene.figure]} What is the {what} marked with a question mark?"
    return scene.figure, question, Answer(kind="number", value=scene.given[-1], warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    p, q, r, found = (*scene.given[:-1], 0)[:3] + scene.given[-1:]
    if scene.figure == "altitude":
        return f"The altitude squared is {p} x {q} = {p * q}.", f"{found} x {found} = {p * q}."
    if scene.figure == "leg":
        return (
            f"{p} + {q} = {p + q}.",
            f"The side squared is {p} x {p + q} = {p * (p + q)}.",
            f"{found} x {found} = {p * (p + q)}.",
        )
    if scene.figure == "area":
        squares = f"The areas are as {p} x {p} to {q} x {q}, {p * p} to {q * q}."
        return squares, f"{r} x {q * q} / {p * p} = {found}."
    first, second = {
        "nested": (p, p + q),
        "inner": (p + q, p),
        "larger": (p, r),
        "smaller": (p, r),
        "shadow": (q, r),
    }.get(scene.figure, (p, q))
    known = {"larger": q, "smaller": q, "shadow": p}.get(scene.figure, r)
    whole = (f"{p} + {q} = {p + q}.",) if scene.figure in ("nested", "inner") else ()
    return (*whole, f"{first} becomes {second}.", f"{known} x {second} / {first} = {found}.")


def caption(scene: Scene) -> str:
    listed = [name.split("/")[0] for name in FIGURES[scene.figure][1].split()]
    if scene.figure == "area":
        listed = ["a side of the small one", "the same side of the large one", "the small area", "the large area"]
    known = ", ".join(f"{name} is {number}" for name, number in zip(listed, scene.given[:-1], strict=False))
    build = {
        TWO: "ABC has the shape of DEF.",
        CUT: "In the triangle ABC, D lies on AB, E on AC, and DE is parallel to BC.",
        RIGHT: "ABC has its right angle at C, and D on AB is the foot of the altitude.",
    }.get(FIGURES[scene.figure][0], "AB is parallel to CD, and AC crosses BD in O.")
    if scene.figure == "shadow":
        build = "A pole AB has the shadow BC, a pole DE the shadow EF."
    return f"{build} Of these, {known}; {listed[-1]} is asked for."
