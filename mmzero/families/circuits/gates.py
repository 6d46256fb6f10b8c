"""Logic gates: what a circuit gives, what turns it on, in how many ways, and which single gate does the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.circuits._parts import GATE, TABLE, gate
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from mmzero.families.canvas import Point
    from mmzero.families.skin import Skin

BY = ("one", "two", "count", "flip", "find", "ways", "alike", "missing")
BY_LEVEL = ("one", "one", "two", "two", "count", "flip", "find", "ways", "alike", "missing")
INPUTS = {"one": 4, "two": 3, "count": 3, "flip": 4, "find": 3, "ways": 3, "alike": 2, "missing": 2}
LONG = ("ways", "alike", "missing")  # where a fourth gate may follow
SHOWN = ("one", "two", "count", "flip")  # what the inputs' values are given for
BINARY = tuple(TABLE)
KNOBS = {"by": BY}
SMALLEST = 128
HIGH, PIN = 0.07, 0.035  # half of a gate's height; how far its inputs lie off its middle

Gate = tuple[str, tuple[str, ...]]  # its name, and what it takes: an input's letter or the number of an earlier gate


@dataclass(frozen=True, slots=True)
class Scene:
    """The last of `gates` gives Q; `values` are what the `inputs` are, none where they are left open; the gate `hidden`
    is a question mark. Level 0 has one gate and wires that end nowhere, 2 a second row of gates, 3 three in a row; 4
    counts the gates that give 1, 5 asks which input decides, 6 which setting turns Q on, 7 how many do; 8 asks what the
    circuit comes to, 9 which gate is missing."""

    gates: tuple[Gate, ...]
    inputs: int
    values: tuple[int, ...]
    by: str
    options: tuple[str, ...]
    hidden: int

    def letters(self) -> str:
        return "ABCD"[: self.inputs]

    def run(self, values: Sequence[int], instead: str = "") -> list[int]:
        """What every gate gives, Q last, with another gate at the question mark."""
        given = dict(zip(self.letters(), values, strict=True))
        for i, (name, takes) in enumerate(self.gates):
            given[str(i + 1)] = _gives((instead if i == self.hidden else "") or name, [given[one] for one in takes])
        return [given[str(i + 1)] for i in range(len(self.gates))]

    def on(self, instead: str = "") -> list[str]:
        """The settings in which Q is 1, as words like 011."""
        settings = product((0, 1), repeat=self.inputs)
        return ["".join(map(str, values)) for values in settings if self.run(values, instead)[-1]]


def _gives(name: str, takes: list[int]) -> int:
    return 1 - takes[0] if name == "NOT" else TABLE[name][2 * takes[0] + takes[1]]


def sample(level: int, seed: int, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY_LEVEL[level]
    n = INPUTS[by]
    answers = {"count": range(4), "ways": range(1, 2**n), "flip": "ABCD"[:n], "alike": BINARY, "missing": BINARY}
    wanted = rng.choice(answers.get(by, (0, 1)))
    while True:
        gates = _circuit(rng, level, by, n)
        values = tuple(rng.randint(0, 1) for _ in range(n)) if by in SHOWN else ()
        hidden = rng.choice([i for i, (name, _) in enumerate(gates) if name != "NOT"]) if by == "missing" else -1
        scene = Scene(gates, n, values, by, (), hidden)
        if by == "find":
            if 1 <= len(scene.on()) < 2**n - 2:
                return Scene(gates, n, values, by, _settings(rng, scene), hidden)
        elif _answer(scene) == wanted:
            return scene


def _circuit(rng: Random, level: int, by: str, n: int) -> tuple[Gate, ...]:
    """One gate, two that lead to a third, with a fourth after it, or three in a row; but for the one, all inputs lead
    somewhere."""
    if by == "one":
        return ((rng.choice(BINARY if level else BINARY[:3]), tuple(rng.sample("ABCD"[:n], 2))),)
    stairs = level == 3 or (by != "two" and rng.random() < 0.4)
    while True:
        gates = [_taking(rng, n), _taking(rng, n, *("1",) * stairs)]
        gates.append(_taking(rng, n, "2") if stairs else (rng.choice(BINARY), ("1", "2")))
        if by in LONG and not stairs:
            gates.append(_taking(rng, n, "3"))
        if {one for _, takes in gates for one in takes} >= set("ABCD"[:n]) and gates[0] != gates[1]:
            return tuple(gates)


def _taking(rng: Random, n: int, *before: str) -> Gate:
    """A gate that takes what comes before it, if anything does, and inputs."""
    if rng.random() < 0.25:
        return "NOT", before or (rng.choice("ABCD"[:n]),)
    return rng.choice(BINARY), (*before, *rng.sample("ABCD"[:n], 2 - len(before)))


def _settings(rng: Random, scene: Scene) -> tuple[str, ...]:
    """One that turns Q on among three that do not, or as many as there are."""
    on = scene.on()
    off = [word for word in map("".join, product("01", repeat=scene.inputs)) if word not in on]
    return tuple(sorted([rng.choice(on), *rng.sample(off, min(3, len(off)))]))


def _answer(scene: Scene) -> int | str | None:
    """None where there is no single right one, or where it could be told without the circuit."""
    on, last = scene.on(), scene.gates[-1][0]
    if scene.by == "ways":
        return len(on)
    if scene.by == "alike":
        fits = [name for name, table in TABLE.items() if on == [f"{i:02b}" for i in range(4) if table[i]]]
        return fits[0] if fits and fits[0] != last else None
    if scene.by == "missing":
        fits = [name for name in BINARY if scene.on(name) == on]
        return fits[0] if len(fits) == 1 else None
    given = scene.run(scene.values)
    if scene.by == "flip":
        fits = [letter for letter in scene.letters() if _turned(scene, letter) != given[-1]]
        return fits[0] if len(fits) == 1 else None
    return sum(given) if scene.by == "count" else given[-1]


def _turned(scene: Scene, letter: str) -> int:
    """Q with this input turned round."""
    return scene.run([value ^ (name == letter) for name, value in zip(scene.letters(), scene.values, strict=True)])[-1]


def _places(scene: Scene) -> list[Point]:
    """In steps down to the right, so that a wire from the left passes under the gates before."""
    if len(scene.gates) == 1:
        return [(0.66, 0.5)]
    if len(scene.gates) == 4:
        return [(0.41, 0.3), (0.41, 0.56), (0.615, 0.43), (0.82, 0.69)]
    if scene.gates[1][1][0] != "1":
        return [(0.5, 0.36), (0.5, 0.7), (0.78, 0.53)]
    if scene.inputs < 4:
        return [(0.41, 0.34), (0.615, 0.53), (0.82, 0.72)]
    return [(0.42, 0.3), (0.6225, 0.5), (0.825, 0.7)]  # four wires leave less room beside them


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, places = Canvas(skin), _places(scene)
    rails = {letter: 0.065 + 0.078 * i for i, letter in enumerate(scene.letters())}
    _rails(canvas, scene, rails, foot=max(y for _, y in places) + HIGH)
    for (x, y), (_, takes) in zip(places, scene.gates, strict=True):
        for one, pin in zip(takes, (-PIN, PIN) if len(takes) == 2 else (0.0,), strict=True):
            if one in rails:
                canvas.line((rails[one], y + pin), (x, y + pin))
                canvas.circle((rails[one], y + pin), 0.019, fill=skin.ink)
            else:
                u, v = places[int(one) - 1]
                bend = x - GATE - 0.0135
                canvas.line((u, v), (bend, v), (bend, y + pin), (x, y + pin))
    x, y = places[-1]
    canvas.line((x, y), (x + GATE + 0.03, y))
    canvas.text((x + GATE + 0.055, y), "Q", height=0.066)
    for i, (place, (name, _)) in enumerate(zip(places, scene.gates, strict=True)):
        gate(canvas, place, HIGH, "?" if i == scene.hidden else name)
    return canvas.image()


def _rails(canvas: Canvas, scene: Scene, rails: dict[str, float], foot: float) -> None:
    """The inputs' upright wires, each under its letter and, where it is given, its value."""
    for i, (letter, x) in enumerate(rails.items()):
        canvas.text((x, 0.06), letter, height=0.066)
        if scene.values:
            canvas.text((x, 0.14), str(scene.values[i]), height=0.066)
        canvas.line((x, 0.19 if scene.values else 0.11), (x, foot))


def _listed(words: Sequence[str], last: str = "or") -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letters = list(scene.letters())
    choices = {"flip": tuple(letters), "find": scene.options, "alike": BINARY, "missing": BINARY}.get(scene.by, ())
    if scene.by in ("one", "two"):
        choices = ("0", "1")
    listed = _listed(choices) if choices else ""
    question = {
        "count": "How many of the gates give 1?",
        "flip": f"Which input changes Q if it alone is turned round: {listed}?",
        "find": f"For which {' '.join(letters)} is Q 1: {listed}?",
        "ways": f"In how many of the {2**scene.inputs} settings of {_listed(letters, 'and')} is Q 1?",
        "alike": f"Which single gate gives the same for {_listed(letters, 'and')} as this circuit: {listed}?",
        "missing": f"Q is 1 for these {' '.join(letters)} and no others: {', '.join(scene.on()) or 'none'}."
        f" Which gate is the question mark: {listed}?",
    }.get(scene.by, f"Is Q {listed}?")
    right = next(word for word in scene.options if word in scene.on()) if scene.by == "find" else _answer(scene)
    if choices:
        return scene.by, question, Answer(kind="choice", value=str(right), choices=choices, warrant=COMPUTED)
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def _formula(scene: Scene, number: int) -> str:
    name, takes = scene.gates[number - 1]
    name = "?" if number - 1 == scene.hidden else name
    terms = [one if one.isalpha() else f"({_formula(scene, int(one))})" for one in takes]
    return f"{name} {terms[0]}" if len(terms) == 1 else f"{terms[0]} {name} {terms[1]}"


def explain(scene: Scene) -> tuple[str, ...]:
    """Gate by gate what it gives, or the circuit as a formula and what that gives."""
    if scene.values:
        steps = _gate_by_gate(scene)
        if scene.by == "flip":
            steps += [f"not {letter}: Q {_turned(scene, letter)}." for letter in scene.letters()]
        return tuple(steps)
    steps = [f"Q = {_formula(scene, len(scene.gates))}."]
    if scene.by == "find":
        return (*steps, *(f"{word}: Q {int(word in scene.on())}." for word in scene.options))
    if scene.by == "missing":
        return (*steps, *(f"{name}: {', '.join(scene.on(name)) or 'none'}." for name in BINARY))
    steps.append(f"Q is 1 at {', '.join(scene.on()) or 'none'}.")
    return (*steps, f"that is {_answer(scene)} of {2**scene.inputs}." if scene.by == "ways" else _table(scene))


def _table(scene: Scene) -> str:
    return f"at 00, 01, 10, 11: {', '.join(str(int(f'{i:02b}' in scene.on())) for i in range(4))}."


def _gate_by_gate(scene: Scene) -> list[str]:
    given = scene.run(scene.values)
    at = dict(zip(scene.letters(), scene.values, strict=True)) | {str(i): one for i, one in enumerate(given, 1)}
    steps, so_far = [], 0
    for (name, takes), gives in zip(scene.gates, given, strict=True):
        so_far += gives
        terms = [str(at[one]) for one in takes]
        sum_ = f"{name} {terms[0]}" if len(terms) == 1 else f"{terms[0]} {name} {terms[1]}"
        steps.append(f"{sum_} = {gives}{f', so far {so_far}' if scene.by == 'count' else ''}.")
    return steps


def caption(scene: Scene) -> str:
    shown = ", ".join(f"{letter} is {value}" for letter, value in zip(scene.letters(), scene.values, strict=False))
    inputs = shown or f"the inputs are {', '.join(scene.letters())}"
    return f"A circuit of {len(scene.gates)} gates where {inputs} and Q is {_formula(scene, len(scene.gates))}."
