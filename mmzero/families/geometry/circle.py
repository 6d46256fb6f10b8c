"""Angles in and round a circle: at the centre, on the rim, over a diameter, between chord and tangent."""

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

FIGURES = {  # the lines, the angle that is given, the angle that is asked for (its corner is the letter in the middle)
    "radii": ("OA OB AB", "AOB", "OAB"),
    "thales": ("AB AC BC", "CAB", "ABC"),
    "rim": ("OA OB AC BC", "AOB", "ACB"),
    "centre": ("OA OB AC BC", "ACB", "AOB"),
    "chord": ("OA OB AB AC BC", "ACB", "OAB"),
    "opposite": ("AB BC CD DA", "DAB", "BCD"),
    "tangent": ("TS AB OA OB", "AOB", "TAB"),
    "tangents": ("PA PB OA OB", "APB", "AOB"),
    "shifted": ("AB AC AD CD", "CAB", "ADC"),
    "both": ("PA PB AC BC", "APB", "ACB"),
}
SAYS = {
    "radii": "Two radii and a chord make a triangle.",
    "thales": "One side of the triangle is a diameter.",
    "rim": "One angle is at the centre, the other on the circle, over the same arc.",
    "centre": "One angle is on the circle, the other at the centre, over the same arc.",
    "chord": "Over one chord stand two radii and an angle on the circle.",
    "opposite": "The four corners lie on the circle; the two angles are opposite.",
    "tangent": "A tangent touches the circle where a radius ends.",
    "tangents": "Two tangents from a point meet the radii where they touch the circle.",
    "shifted": "The line through the centre is a diameter.",
    "both": "Two tangents from a point touch the circle at two corners of the angle on it.",
}
KNOBS = {"figure": tuple(FIGURES)}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`at` are the degrees on the circle of A, B, C and D; all else follows. Every level is a figure of its own: 0 an
    isosceles triangle of radii, 1 Thales, 2 from the centre to the rim, 3 back, 4 from the rim to a radius, 5 a cyclic
    quadrilateral, 6 tangent and chord, 7 two tangents, 8 Thales and another rim angle, 9 tangents and a rim angle."""

    figure: str
    at: tuple[int, ...]


def sample(level: int, seed: int, figure: str | None = None) -> Scene:
    rng = Random(seed)
    figure = figure or tuple(FIGURES)[level]
    if figure in ("thales", "shifted"):
        a = rng.randint(30, 60)  # at A, over an arc of twice as much from B to C
        at = [0, 180, 180 + 2 * a, rng.randint(50, 130)]
    elif figure == "opposite":
        a = rng.randint(60, 120)  # at A, over an arc of twice as much from B over C to D
        b = rng.randint(50, 310 - 2 * a)
        at = [0, b, b + rng.randint(50, 2 * a - 50), b + 2 * a]
    else:
        arc = 2 * rng.randint(*((40, 65) if figure in ("tangents", "both") else (30, 60)))
        free = 360 - arc
        c = rng.randint(204 - arc, 320 - arc) if figure == "chord" else rng.randint(50, free - 50)
        while figure in ("rim", "centre") and min(abs(c - 180), abs(free - c - 180)) < 40:
            c = rng.randint(50, free - 50)  # no line runs through what is written at the centre
        at = [0, arc, arc + c]
    turn, flip = rng.randrange(360), rng.choice((-1, 1))
    wanted = len({letter for letter in FIGURES[figure][0] if letter in "ABCD"})
    return Scene(figure, tuple((turn + flip * degrees) % 360 for degrees in at[:wanted]))


def places(scene: Scene) -> dict[str, complex]:
    """Where every letter lies, the circle having radius 1: O its centre, P where tangents meet, T and S on a tangent."""
    found = {letter: cmath.rect(1, math.radians(d)) for letter, d in zip("ABCD", scene.at, strict=False)}
    a, b = found["A"], found["B"]
    towards = 0.75j * a * (1 if (b / a).imag > 0 else -1)
    return found | {"O": 0, "P": 2 * a * b / (a + b) if a + b else 0, "T": a + towards, "S": a - towards}


def angle(scene: Scene, name: str) -> int:
    one, corner, two = (places(scene)[letter] for letter in name)
    return round(math.degrees(abs(cmath.phase((one - corner) / (two - corner)))))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, lines, at = Canvas(skin), FIGURES[scene.figure][0].split(), places(scene)
    # What lies farthest off is the tangents' meeting point: the circle shrinks and makes room on its side.
    far, radius, middle = abs(at["P"]), 0.35 if "TS" in lines else 0.42, 0j
    if "PA" in lines:
        radius = 0.86 / (1 + far)
        middle = at["P"] / far * (1 - far) / 2

    def put(z: complex) -> Point:
        return 0.5 + radius * (z + middle).real, 0.5 - radius * (z + middle).imag

    canvas.circle(put(0), radius, outline=skin.ink)
    for one, two in lines:
        canvas.line(put(at[one]), put(at[two]))
    canvas.circle(put(0), 0.016, fill=skin.ink)
    _, given, asked = FIGURES[scene.figure]
    for name, text, colour in ((given, f"{angle(scene, given)}", "blue"), (asked, "?", "red")):
        ends = [put(at[letter]) for letter in name]
        _mark(canvas, ends, text, skin.colours[colour])
    return canvas.image()


def _mark(canvas: Canvas, ends: list[Point], text: str, colour: tuple[int, int, int]) -> None:
    """An arc between the arms of the angle, and its text so far in that it clears them."""
    x, y = ends[1]
    first, second = (math.degrees(math.atan2(b - y, a - x)) for a, b in (ends[0], ends[2]))
    if (second - first) % 360 > 180:
        first, second = second, first
    half = math.radians((second - first) % 360 / 2)
    canvas.arc((x, y), 0.075, first, first + math.degrees(2 * half), colour=colour)
    height = max(0.07, 0.85 * canvas.skin.text)
    clear = max(0.115, (0.62 if len(text) > 1 else 0.45) * height / math.sin(half) + 0.03)
    towards = math.radians(first) + half
    canvas.text((x + clear * math.cos(towards), y + clear * math.sin(towards)), text, height=height, colour=colour)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = (
        f"The dot is the centre of the circle. {SAYS[scene.figure]} What is the angle marked with a question mark?"
    )
    found = angle(scene, FIGURES[scene.figure][2])
    return scene.figure, question, Answer(kind="number", value=found, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    given, found = (angle(scene, name) for name in FIGURES[scene.figure][1:])
    rest = 180 - given
    return {
        "radii": (f"180 - {given} = {rest}.", f"{rest} / 2 = {found}."),
        "thales": (
            f"The angle on the circle is 90, and 90 + {given} = {90 + given}.",
            f"180 - {90 + given} = {found}.",
        ),
        "rim": (f"Half of the angle at the centre: {given} / 2 = {found}.",),
        "centre": (f"Twice the angle on the circle: 2 x {given} = {found}.",),
        "chord": (f"The angle at the centre: 2 x {given} = {2 * given}.", f"(180 - {2 * given}) / 2 = {found}."),
        "opposite": (f"Opposite ones add up to 180: 180 - {given} = {found}.",),
        "tangent": (
            f"The angle at the chord's ends: (180 - {given}) / 2 = {rest // 2}.",
            f"90 - {rest // 2} = {found}.",
        ),
        "tangents": ("A tangent and a radius make 90, and 90 + 90 = 180.", f"360 - 180 - {given} = {found}."),
        "shifted": (f"The other angle over the diameter: 90 - {given} = {found}.", f"Over the same arc: {found}."),
        "both": (
            f"The angle at the centre: 180 - {given} = {rest}.",
            f"Half of it on the circle: {rest} / 2 = {found}.",
        ),
    }[scene.figure]


def caption(scene: Scene) -> str:
    given = angle(scene, FIGURES[scene.figure][1])
    return f"A circle with lines. {SAYS[scene.figure]} The angle that is given is {given}."
