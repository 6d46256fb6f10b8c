"""Logic gates wired into one output: what it gives, for how many settings it is 1, and which setting or gate it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

GIVES = {
    "AND": lambda a, b: a & b,
    "OR": lambda a, b: a | b,
    "XOR": lambda a, b: a ^ b,
    "NAND": lambda a, b: 1 - (a & b),
    "NOR": lambda a, b: 1 - (a | b),
}
FIT = ("AND", "XOR", "NOR")  # no two of them give 1 for the same inputs, so one setting can tell them apart
BY = ("output", "high", "input", "ones", "setting", "hidden")
BY_LEVEL = ("output", "output", "high", "input", "ones", "ones", "setting", "hidden", "ones", "setting")
INPUTS = (3, 3, 4, 3, 3, 3, 3, 3, 4, 4)
KNOBS = {"inputs": range(2, 5), "by": BY}
SMALLEST = 224
HALF, HIGH, STUB = 0.085, 0.07, 0.035  # half a gate, and how far its two inputs lie from its middle


@dataclass(frozen=True, slots=True)
class Scene:
    """`inputs` are the values of A, B, C …; `inverted` inputs go through a NOT first; `gates` are (name, from, from), an
    input by its number, a gate by 4 and its number; `at` is the input or gate that is hidden. Level 0 asks for the
    output, 2 counts the gates that give 1, 3 asks for an input, 4 counts the settings that give 1, 6 finds the only
    one, 7 asks for a gate."""

    inputs: tuple[int, ...]
    inverted: tuple[int, ...]
    gates: tuple[tuple[str, int, int], ...]
    by: str
    at: int

    def values(self, inputs: tuple[int, ...] | None = None) -> list[int]:
        """What each gate gives, the output last."""
        known = {i: bit ^ (i in self.inverted) for i, bit in enumerate(inputs or self.inputs)}
        for i, (name, one, two) in enumerate(self.gates):
            known[4 + i] = GIVES[name](known[one], known[two])
        return [known[4 + i] for i in range(len(self.gates))]

    def ones(self) -> list[tuple[int, ...]]:
        """The settings of the inputs that give 1."""
        return [setting for setting in product((0, 1), repeat=len(self.inputs)) if self.values(setting)[-1]]


def sample(level: int, seed: int, inputs: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], inputs or INPUTS[level]
    names = list(GIVES)[: 5 if level >= 5 else 3]
    right = {"high": range(n), "ones": range(1, min(2**n, 13)), "setting": (1,), "hidden": FIT}.get(by, (0, 1))
    wanted = rng.choice(right)
    while True:
        wires, gates = list(range(n)), []
        while len(wires) > 1:
            i = rng.randrange(len(wires) - 1)
            gates.append((rng.choice(names), wires.pop(i), wires[i]))
            wires[i] = 3 + len(gates)
        bits = tuple(rng.randint(0, 1) for _ in range(n))
        inverted = tuple(i for i in range(n) if level and rng.random() < 0.3)
        scene = Scene(bits, inverted, tuple(gates), by, rng.randrange(n - 1 if by == "hidden" else n))
        if _found(scene) == wanted:
            return scene


def _found(scene: Scene) -> int | str | None:
    """The answer, in `setting` how many there are; None where nothing or more than one thing is right."""
    if scene.by == "output":
        return scene.values()[-1]
    if scene.by == "high":
        return sum(scene.values())
    if scene.by in ("ones", "setting"):
        return len(scene.ones())
    fits = [option for option, trial in _trials(scene).items() if trial.values()[-1]]
    return fits[0] if len(fits) == 1 else None


def _trials(scene: Scene) -> dict[int | str, Scene]:
    """The scene with each value or gate that could stand at the hidden place."""
    i = scene.at
    if scene.by == "input":
        return {bit: replace(scene, inputs=(*scene.inputs[:i], bit, *scene.inputs[i + 1 :])) for bit in (0, 1)}
    return {
        name: replace(scene, gates=(*scene.gates[:i], (name, *scene.gates[i][1:]), *scene.gates[i + 1 :]))
        for name in FIT
    }


def _spots(scene: Scene) -> dict[int, Point]:
    """Where each input and gate stands: a gate half way between what feeds it, a column further right."""
    n, column = len(scene.inputs), dict.fromkeys(range(4), 0)
    for i, (_, one, two) in enumerate(scene.gates):
        column[4 + i] = 1 + max(column[one], column[two])
    deep = max(column.values())
    spots = {i: (0.09, (i + 0.5) / n) for i in range(n)}
    for i, (_, one, two) in enumerate(scene.gates):
        share = (column[4 + i] - 0.5) / deep
        spots[4 + i] = (0.28 + 0.66 * share, (spots[one][1] + spots[two][1]) / 2)
    return spots


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, spots, thin = Canvas(skin), _spots(scene), skin.stroke * 0.8
    for i, (name, *feeds) in enumerate(scene.gates):
        x, y = spots[4 + i]
        for feed, side in zip(feeds, (-STUB, STUB), strict=True):
            (u, v), bend = spots[feed], x - HALF - 0.035
            canvas.line((u + HALF, v), (bend, v), (bend, y + side), (x - HALF + 0.03, y + side), width=thin)
        _draw_gate(canvas, (x, y), "?" if scene.by == "hidden" and scene.at == i else name)
    canvas.line((x + HALF, y), (x + HALF + 0.05, y), width=thin)
    for i, bit in enumerate(scene.inputs):
        x, y = spots[i]
        hidden = scene.by in ("ones", "setting") or (scene.by == "input" and scene.at == i)
        canvas.text((x, y), f"{'ABCD'[i]} = {'?' if hidden else bit}", height=0.062)
        if i in scene.inverted:
            corners = ((x + 0.1, y - 0.035), (x + 0.1, y + 0.035), (x + 0.155, y))
            canvas.polygon(*corners, fill=skin.paper, outline=skin.ink)
            canvas.circle((x + 0.167, y), 0.015, fill=skin.paper, outline=skin.ink, width=thin)
    return canvas.image()


def _draw_gate(canvas: Canvas, middle: Point, name: str) -> None:
    """AND is round at its output, OR and XOR are pointed, a small circle turns 0 and 1 round."""
    skin, (x, y), dot = canvas.skin, middle, 0.013 * (name in ("NAND", "NOR"))
    hue = skin.colours["blue" if "AND" in name else "red" if name == "XOR" else "green"]
    tint = tuple((colour + 4 * paper) // 5 for colour, paper in zip(hue, skin.paper, strict=True))
    turns = [math.pi * (i / 12 - 0.5) for i in range(13)]
    back, front = x - HALF, x + HALF - 2 * dot
    if "AND" in name:
        edge = [
            (back, y - HIGH),
            *((front - HIGH + HIGH * math.cos(t), y + HIGH * math.sin(t)) for t in turns),
            (back, y + HIGH),
        ]
    elif "OR" in name:
        side = [
            (back + (front - back) * math.sin(math.pi / 24 * i), HIGH * math.cos(math.pi / 24 * i) ** 1.4)
            for i in range(13)
        ]
        hollow = [(back + 0.025 * math.cos(t), y - HIGH * math.sin(t)) for t in turns]
        edge = [(u, y - v) for u, v in side] + [(u, y + v) for u, v in side[::-1]] + hollow
    else:
        edge = [(back, y - HIGH), (front, y - HIGH), (front, y + HIGH), (back, y + HIGH)]
    canvas.polygon(*edge, fill=tint, outline=skin.ink)
    if dot:
        canvas.circle((front + dot, y), dot, fill=skin.paper, outline=skin.ink, width=skin.stroke * 0.8)
    canvas.text((x - dot, y), name, height=0.05)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letters = "ABCD"[: len(scene.inputs)]
    question = {
        "output": "What is the output: 0 or 1?",
        "high": "How many of the gates give 1, the small NOT triangles not counted?",
        "input": f"The output is 1. What is {'ABCD'[scene.at]}: 0 or 1?",
        "ones": f"For how many of the {2 ** len(letters)} settings of {', '.join(letters)} is the output 1?",
        "setting": f"Only one setting of the inputs makes the output 1. What are {', '.join(letters)} then?",
        "hidden": f"The output is 1. Which gate stands at the question mark: {', '.join(FIT[:-1])} or {FIT[-1]}?",
    }[scene.by]
    if scene.by == "setting":
        return scene.by, question, Answer(kind="sequence", value=scene.ones()[0], warrant=COMPUTED)
    right = _found(scene)
    if scene.by in ("high", "ones"):
        return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)
    choices = FIT if scene.by == "hidden" else ("0", "1")
    return scene.by, question, Answer(kind="choice", value=str(right), warrant=COMPUTED, choices=choices)


def explain(scene: Scene) -> tuple[str, ...]:
    if scene.by == "setting":
        return (*_forced(scene, 3 + len(scene.gates), 1),)
    if scene.by == "ones":
        return _counted(scene)
    if scene.by in ("input", "hidden"):
        return tuple(step for option, trial in _trials(scene).items() for step in (f"try {option}.", *_followed(trial)))
    return _followed(scene)


def _followed(scene: Scene) -> tuple[str, ...]:
    """Gate by gate what goes in and what comes out."""
    values, steps = scene.values(), []
    inputs = [bit ^ (i in scene.inverted) for i, bit in enumerate(scene.inputs)]
    for i, (name, one, two) in enumerate(scene.gates):
        a, b = (values[feed - 4] if feed > 3 else inputs[feed] for feed in (one, two))
        so_far = f", so far {sum(values[: i + 1])}" if scene.by == "high" else ""
        steps.append(f"{a} {name} {b} = {values[i]}{so_far}.")
    return tuple(steps)


def _counted(scene: Scene) -> tuple[str, ...]:
    """No input feeds two gates, so the numbers of settings that give 1 and 0 multiply."""
    ones, of, steps = dict.fromkeys(range(4), 1), dict.fromkeys(range(4), 2), []
    for i, (name, one, two) in enumerate(scene.gates):
        (a, b), (m, n) = (ones[one], ones[two]), (of[one], of[two])
        both, none, every = f"{a} * {b}", f"{m - a} * {n - b}", f"{m} * {n}"
        sums = {"AND": both, "OR": f"{every} - {none}", "XOR": f"{a} * {n - b} + {m - a} * {b}"}
        sums |= {"NAND": f"{every} - {both}", "NOR": none}
        right = {"AND": a * b, "XOR": a * (n - b) + (m - a) * b, "NOR": (m - a) * (n - b)}
        right |= {"NAND": m * n - a * b, "OR": m * n - right["NOR"]}
        ones[4 + i], of[4 + i] = right[name], m * n
        steps.append(f"{name} gives 1 in {sums[name]} = {right[name]} of {m * n}.")
    return tuple(steps)


def _forced(scene: Scene, wire: int, bit: int) -> list[str]:
    """What this wire needs, and what the wires before it need for that."""
    if wire < 4:
        return [f"{'ABCD'[wire]} is {bit ^ (wire in scene.inverted)}."]
    name, *feeds = scene.gates[wire - 4]
    setting = scene.ones()[0]
    known = [b ^ (i in scene.inverted) for i, b in enumerate(setting)]
    needs = [scene.values(setting)[feed - 4] if feed > 3 else known[feed] for feed in feeds]
    steps = [step for feed, need in zip(feeds, needs, strict=True) for step in _forced(scene, feed, need)]
    return [f"{name} gives {bit}: in go {needs[0]} and {needs[1]}.", *steps]


def caption(scene: Scene) -> str:
    words = {i: f"not {letter}" if i in scene.inverted else letter for i, letter in enumerate("ABCD")}
    for i, (name, one, two) in enumerate(scene.gates):
        words[4 + i] = f"({words[one]} {'?' if scene.by == 'hidden' and scene.at == i else name} {words[two]})"
    known = [
        i
        for i in range(len(scene.inputs))
        if scene.by not in ("ones", "setting") and (scene.by, i) != ("input", scene.at)
    ]
    bits = "".join(f", {'ABCD'[i]} is {scene.inputs[i]}" for i in known)
    return f"The output is {words[3 + len(scene.gates)][1:-1]}{bits}."
