"""A is to B as C is to what: a look, a size or number, a turn, two of them at once, or an inner and outer thing change."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from mmzero.families.canvas import Canvas
from mmzero.families.patterns._panel import (
    COLOURS,
    MOST,
    PITCH,
    SHAPES,
    SIZES,
    Panel,
    crossed,
    draw_options,
    draw_panel,
    found,
    letter,
    lettered,
    others,
    shuffled,
    told,
    words,
)

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin
    from mmzero.types import Answer

BY = ("look", "amount", "turn", "both", "nest")
HALF, ROWS = 0.107, (0.15, 0.42)
KNOBS = {"by": BY, "colour": COLOURS}  # the colour of the first panel
SMALLEST = 128
SWAPS = {
    "shapes": "the shapes change places, the colours stay",
    "colours": "the colours change places, the shapes stay",
    "both": "the inner and the outer one change places",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """`panels` are A, B and C; `changes` are the attributes that B has otherwise than A, or which of SWAPS it is.
    Level 0 changes the colour, 1 the shape, 2 the number and 3 the size, 4 turns an arrow, 6 does two of these at once,
    8 swaps what is inside and outside; at odd levels from 5 on C looks less like A."""

    panels: tuple[Panel, Panel, Panel]
    options: tuple[Panel, ...]
    right: int
    changes: tuple[str, ...]
    by: str


def sample(level: int, seed: int, by: str | None = None, colour: str | None = None) -> Scene:
    rng = Random(seed)
    by, hard = by or BY[level // 2], level % 2
    colour = colour or rng.choice(COLOURS)
    if by == "nest":
        return _nested(rng, colour, hard)
    changes = {
        "look": ("shape",) if hard else ("colour",),
        "amount": ("size",) if hard else ("count",),
        "turn": ("turn",),
        "both": rng.choice((("turn", "colour"), ("count", "colour"), ("count", "shape"), ("size", "colour"))),
    }[by]
    a = Panel("arrow" if "turn" in changes else rng.choice(SHAPES), colour, size=0 if "count" in changes else 2)
    steps = {name: _step(rng, name, a) for name in changes}
    a = a._replace(**{name: start for name, (start, _, _, _) in steps.items()})
    b = a._replace(**{name: end for name, (_, end, _, _) in steps.items()})
    c = a._replace(**{name: start for name, (_, _, start, _) in steps.items()})
    # What stays tells C from A: the colour where it can, or the shape.
    free = [name for name in ("colour", "shape") if name not in changes and not (name == "shape" and "turn" in changes)]
    apart = {name: others(rng, name, getattr(a, name), 1)[0] for name in (free if hard else free[:1])}
    c = c._replace(**apart)
    right = c._replace(**{name: end for name, (*_, end) in steps.items()})
    options, place = shuffled(rng, right, _wrong(rng, right, a, b, c, changes, apart))
    return Scene((a, b, c), options, place, changes, by)


def _step(rng: Random, name: str, a: Panel) -> tuple[Any, Any, Any, Any]:
    """The values of A and B, and of C and what it becomes."""
    if name in ("colour", "shape"):
        start = getattr(a, name)
        end = others(rng, name, start, 1)[0]
        return start, end, start, end
    if name == "turn":
        step = rng.choice((1, 2, 3, 5, 6, 7))
        one, two = rng.sample(range(8), 2)
        return one, (one + step) % 8, two, (two + step) % 8
    low, high = (1, MOST) if name == "count" else (0, len(SIZES) - 1)
    step = rng.choice((-2, -1, 1, 2)) if name == "count" else rng.choice((-1, 1))
    starts = [value for value in range(low, high + 1) if low <= value + step <= high]
    one, two = rng.sample(starts, 2)
    return one, one + step, two, two + step


def _wrong(
    rng: Random, right: Panel, a: Panel, b: Panel, c: Panel, changes: tuple[str, ...], apart: dict
) -> list[Panel]:
    """Options that fail in one way, in another and in both: at a change, or by looking like A where C does not."""
    ways = [{name: _other(rng, name, a, b, c, getattr(right, name))} for name in changes]
    if len(ways) < 2:
        name = rng.choice(list(apart))
        ways.append({name: getattr(a, name)})
    return crossed(right, *ways)


def _other(rng: Random, name: str, a: Panel, b: Panel, c: Panel, right: Any) -> Any:
    """Another value for what changes, that of C as it is where it may: none that another reading would give."""
    start, end, now = (getattr(panel, name) for panel in (a, b, c))
    also: list[Any] = [end]  # what B has, if the rule were to become like B
    if name == "turn":  # mirrored instead of turned
        also += [(axis - now) % 8 for axis in range(0, 8, 2) if (axis - start) % 8 == end]
    if name == "count":  # multiplied instead of added to
        also += [now * end // start, now * end / start]
    return now if now not in also else others(rng, name, right, 1, also)[0]


def _nested(rng: Random, colour: str, hard: int) -> Scene:
    how = rng.choice(list(SWAPS))
    tint = others(rng, "colour", colour, 1)[0]
    outer, inner = rng.sample(SHAPES, 2)
    a = Panel(outer, colour, 2, inner=inner, tint=tint)
    outer, inner = rng.sample([shape for shape in SHAPES if shape not in (outer, inner)], 2)
    colours = rng.sample([one for one in COLOURS if one not in (colour, tint)], 2) if hard else (colour, tint)
    c = Panel(outer, colours[0], 2, inner=inner, tint=colours[1])
    wrong = [c, *(_swapped(c, other) for other in SWAPS if other != how)]
    options, place = shuffled(rng, _swapped(c, how), wrong)
    return Scene((a, _swapped(a, how), c), options, place, (how,), "nest")


def _swapped(panel: Panel, how: str) -> Panel:
    if how in ("shapes", "both"):
        panel = panel._replace(shape=panel.inner, inner=panel.shape)
    return panel._replace(colour=panel.tint, tint=panel.colour) if how in ("colours", "both") else panel


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    for y, pair in zip(ROWS, (scene.panels[:2], (scene.panels[2], None)), strict=True):
        for side, panel in zip((-1, 1), pair, strict=True):
            draw_panel(canvas, (0.5 + side * 0.8 * PITCH, y), HALF, panel)
        canvas.arrow((0.44, y), (0.56, y))
    draw_options(canvas, scene.options, HALF)
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    question = "The upper panel on the left changes into the one on the right. Which option does the lower panel change"
    return scene.by, f"{question} into in the same way: A, B, C or D?", letter(scene.right)


def explain(scene: Scene) -> tuple[str, ...]:
    """The three panels, how the first changes, and what that makes of the third; then the option."""
    a, b, c = scene.panels
    right = scene.options[scene.right]
    steps = [f"above: {words(a)}, then {words(b)}.", f"below: {words(c)}."]
    if scene.by == "nest":
        steps.append(f"{SWAPS[scene.changes[0]]}.")
    else:
        steps += [f"{name}: {_how(a, b, name)}, so {told(c, name)} to {told(right, name)}." for name in scene.changes]
    return (*steps, found(scene.options, scene.right))


def _how(a: Panel, b: Panel, name: str) -> str:
    if name == "turn":
        turn = (b.turn - a.turn) % 8
        return f"{45 * min(turn, 8 - turn)} degrees {'clockwise' if turn < 4 else 'anticlockwise'}"
    if name == "count":
        return f"{abs(b.count - a.count)} {'more' if b.count > a.count else 'fewer'}"
    if name == "size":
        return "one size larger" if b.size > a.size else "one size smaller"
    return f"{told(a, name)} to {told(b, name)}"


def caption(scene: Scene) -> str:
    a, b, c = map(words, scene.panels)
    return f"Above, {a} changes into {b}. Below is {c}. The options are: {lettered(scene.options)}."
