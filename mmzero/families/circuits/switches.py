"""Lamps behind switches: which of them light, what has to be closed for one to light, and in how many ways."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.circuits._parts import battery, lamp, switch
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

    from mmzero.families.skin import Skin

BY = ("lights", "count", "which", "close", "fewest", "ways")
BY_LEVEL = ("lights", "lights", "count", "count", "which", "which", "close", "close", "fewest", "ways")
BRANCHES = (3, 3, 3, 4, 3, 4, 3, 4, 4, 3)
KNOBS = {"branches": range(2, 5), "by": BY}
SMALLEST = 128
LEFT, TOP, FLOOR = 0.08, 0.14, 0.9
CLOSED = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Scene:
    """`branches` hang side by side between two wires: (rail, how, own, lamps), where `rail` is the switch in the upper
    wire before it (-1 for none, 0 open, 1 closed), `own` its own switches, which lie "row" after one another or as a
    "pair" side by side, and `lamps` how many lamps it has; `at` is the lamp asked for. Level 0 asks whether it lights, 2
    how many light, 4 which, 6 what to close for one, 8 for all, 9 in how many settings one lights."""

    branches: tuple[tuple[int, str, tuple[int, ...], int], ...]
    by: str
    at: int

    def of(self, lamp: int) -> int:
        """The branch it is in."""
        return [i for i, (*_, lamps) in enumerate(self.branches) for _ in range(lamps)][lamp]

    def way(self, branch: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """What the current of this branch has to pass: (numbers, states) of switches, of which one has to be closed."""
        number, gates = 1, []
        for i, (rail, how, own, _) in enumerate(self.branches[: branch + 1]):
            if rail >= 0:
                gates.append(((number,), (rail,)))
            number += rail >= 0
            numbers = tuple(range(number, number + len(own)))
            number += len(own)
            if i == branch:
                gates += (
                    [(numbers, own)]
                    if how == "pair"
                    else [((n,), (state,)) for n, state in zip(numbers, own, strict=True)]
                )
        return gates

    def lit(self) -> list[bool]:
        """Lamp by lamp."""
        return [all(any(states) for _, states in self.way(self.of(i))) for i in range(self.lamps())]

    def lamps(self) -> int:
        return sum(lamps for *_, lamps in self.branches)

    def switches(self) -> int:
        return sum((rail >= 0) + len(own) for rail, _, own, _ in self.branches)


def sample(level: int, seed: int, branches: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by, n = by or BY_LEVEL[level], branches or BRANCHES[level]
    level = max(level, BY_LEVEL.index(by))  # a question asked early still needs its switches
    right = {"count": range(n + 1), "fewest": range(1, 5), "ways": (1, 2, 4, 8) if n > 3 else (1, 2, 3, 4, 6, 8)}
    wanted, share = rng.choice(right.get(by, (False, True))), rng.random()
    while True:
        scene = Scene(tuple(_branch(rng, i, n, level) for i in range(n)), by, 0)
        scene = Scene(scene.branches, by, rng.randrange(scene.lamps()))
        if by == "close":  # every number as likely to be the right one
            wanted = 1 + int(share * scene.switches())
        if scene.switches() <= 6 and _measure(scene) == (by == "which" or wanted):
            return scene


def _branch(rng: Random, place: int, of: int, level: int) -> tuple[int, str, tuple[int, ...], int]:
    """With a switch in the upper wire, switches of its own, or both."""
    rail = rng.choice((-1, 0, 1, 1)) if level >= 1 and (place < 2 or level >= 3) else -1
    how = rng.choice(("row", "pair") if level >= 4 and of < 4 else ("row",))
    own = tuple(rng.randint(0, 1) for _ in range(2 if how == "pair" else rng.randint(int(rail < 0), 1 + (level % 2))))
    return rail, how, own, rng.choice((1, 1, 2))


def _measure(scene: Scene) -> int:
    """The number that is asked for; where none is: whether the lamp asked for or any lights, or which
    switch it lacks, 0 where that is more than one."""
    lit, way = scene.lit(), scene.way(scene.of(scene.at))
    if scene.by == "ways":
        closed = prod(2 ** len(states) - 1 for _, states in way)
        return closed * 2 ** (scene.switches() - sum(len(states) for _, states in way))
    if scene.by == "fewest":
        return len(_lacking(scene, range(len(scene.branches))))
    if scene.by == "close":
        lacking = _lacking(scene, [scene.of(scene.at)])
        return lacking[0][0] if list(map(len, lacking)) == [1] else 0
    return {"lights": lit[scene.at], "which": any(lit), "count": sum(lit)}[scene.by]


def _lacking(scene: Scene, branches: Iterable[int]) -> list[tuple[int, ...]]:
    """The switches of which one each has still to be closed for these branches to light."""
    gates = [gate for branch in branches for gate in scene.way(branch)]
    return list(dict.fromkeys(numbers for numbers, states in gates if not any(states)))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas, number, letters = Canvas(skin), 1, iter("ABCDEFGH")
    gap = 0.82 / (len(scene.branches) + 0.2)
    last = LEFT + gap * len(scene.branches)
    canvas.line((last, TOP), (LEFT, TOP), (LEFT, FLOOR), (last, FLOOR))
    battery(canvas, (LEFT, 0.55))
    for i, (rail, how, own, lamps) in enumerate(scene.branches):
        x = LEFT + gap * (i + 1)
        canvas.line((x, TOP), (x, FLOOR))
        if rail >= 0:
            switch(canvas, (x - gap / 2 - 0.045, TOP), (x - gap / 2 + 0.045, TOP), rail)
            canvas.text((x - gap / 2, TOP + 0.055), str(number), height=0.055)
            number += 1
        _draw_own(canvas, x, how, own, number)
        number += len(own)
        for y in (0.72,) if lamps == 1 else (0.65, 0.79):
            lamp(canvas, (x, y), next(letters))
    return canvas.image()


def _draw_own(canvas: Canvas, x: float, how: str, own: tuple[int, ...], number: int) -> None:
    if how == "pair":
        canvas.rectangle((x - 0.02, 0.27), (x + 0.02, 0.45), fill=canvas.skin.paper)
    for j, state in enumerate(own):
        side = (-1, 1)[j] if how == "pair" else 0
        u, y = x + 0.05 * side, 0.36 if how == "pair" else 0.28 + 0.15 * j
        if side:
            canvas.line((x, 0.26), (u, 0.26), (u, 0.46), (x, 0.46))
        switch(canvas, (u, y - 0.045), (u, y + 0.045), state, swing=-1 if side > 0 else 1)
        canvas.text((u + 0.045 * (side or -1), y), str(number + j), height=0.055)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    letter, numbers = "ABCDEFGH"[scene.at], tuple(str(i + 1) for i in range(scene.switches()))
    options = f"{', '.join(numbers[:-1])} or {numbers[-1]}"
    question = {
        "lights": f"Does lamp {letter} light: yes or no?",
        "count": "How many lamps light?",
        "which": "Which lamps light, in alphabetical order?",
        "close": f"Which switch has to be closed for lamp {letter} to light: {options}?",
        "fewest": "How many more switches have to be closed at least for all lamps to light?",
        "ways": f"In how many of the {2 ** len(numbers)} settings of the {len(numbers)} switches does lamp {letter} light?",
    }[scene.by]
    right = _measure(scene)
    if scene.by == "which":
        lit = tuple(name for name, lights in zip("ABCDEFGH", scene.lit(), strict=False) if lights)
        return scene.by, question, Answer(kind="sequence", value=lit, warrant=COMPUTED)
    if scene.by in ("lights", "close"):
        right = str(right) if scene.by == "close" else "yes" if right else "no"
        choices = numbers if scene.by == "close" else ("yes", "no")
        return scene.by, question, Answer(kind="choice", value=right, warrant=COMPUTED, choices=choices)
    return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """Branch by branch: the switches on its way, and what comes of them."""
    branch, steps, lit, so_far = scene.of(scene.at), [], scene.lit(), 0
    if scene.by in ("lights", "close"):
        end = f"lacks {_lacking(scene, [branch])[0][0]}" if scene.by == "close" else ("dark", "lights")[lit[scene.at]]
        return (f"way: {_states(scene, branch)}.", f"{end}.")
    if scene.by == "fewest":
        lacks = _lacking(scene, range(len(scene.branches)))
        return (*(f"{' or '.join(map(str, one))} is needed: {i}." for i, one in enumerate(lacks, 1)),)
    if scene.by == "ways":
        way, closed = scene.way(branch), prod(2 ** len(states) - 1 for _, states in scene.way(branch))
        free = scene.switches() - sum(len(states) for _, states in way)
        needs = [
            f"{' or '.join(map(str, numbers))}: {2 ** len(numbers) - 1} of {2 ** len(numbers)}." for numbers, _ in way
        ]
        return (
            *needs,
            f"way: {closed}.",
            f"other switches {free}: {2**free}.",
            f"{closed} * {2**free} = {closed * 2**free}.",
        )
    for lights, name, i in zip(lit, "ABCDEFGH", map(scene.of, range(len(lit))), strict=False):
        so_far += lights
        steps.append(f"{name}: {_states(scene, i)}: {f'lights, {so_far}' if lights else 'dark'}.")
    return tuple(steps)


def _states(scene: Scene, branch: int) -> str:
    way = scene.way(branch)
    return ", ".join(
        " or ".join(f"{number} {CLOSED[state]}" for number, state in zip(*gate, strict=True)) for gate in way
    )


def caption(scene: Scene) -> str:
    """Along the upper wire from the battery: its switches, and what hangs from it."""
    number, letters, parts = 1, iter("ABCDEFGH"), []
    for rail, how, own, lamps in scene.branches:
        if rail >= 0:
            parts.append(f"switch {number} {CLOSED[rail]}")
            number += 1
        names = [f"switch {number + i} {CLOSED[state]}" for i, state in enumerate(own)]
        number += len(own)
        hung = (f" {'beside' if how == 'pair' else 'and'} ").join(names) + " and " * bool(names)
        parts.append(f"a branch of {hung}lamp {' and lamp '.join(next(letters) for _ in range(lamps))}")
    return f"Along the upper wire from the battery: {', then '.join(parts)}."
