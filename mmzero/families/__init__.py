"""The bank: verifiable visual task families, one file each, grouped by domain; finds them by their files and mints tasks.

A family is a module that satisfies `mmzero.ports.Family`. There is no registry: the folder is the list.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import io
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mmzero.answers.asking import Grammar, asked
from mmzero.errors import UserError
from mmzero.families.skin import SKINS, Skin
from mmzero.ports import Family
from mmzero.types import Task, seed_of

LEVELS = range(10)
ABSENT = "absent"  # the kind of what asks for something that is not there
PRIMER = (
    "bars",
    "trend",
    "count",
    "angle",
    "maze",
    "clock",
    "odd",
    "position",
    "curve",
    "dice",
    "overlap",
    "sizes",
)  # what the tiny model was taught to read


@cache
def names() -> dict[str, str]:
    """Family name -> domain, in reading order."""
    files = sorted(Path(__file__).parent.glob("*/[!_]*.py"))
    return {file.stem: file.parent.name for file in files}


def chosen(which: str | Sequence[str]) -> tuple[str, ...]:
    """What a recipe or a suite means by its families: 'all', 'primer' or a list."""
    named = {"all": tuple(names()), "primer": PRIMER}
    return named[which] if isinstance(which, str) else tuple(which)


def refuse_unknown(name: str) -> None:
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1, cutoff=0.3)
        hint = f"did you mean '{near[0]}'?" if near else f"the families are {', '.join(names())}"
        raise UserError(f"there is no family '{name}'; {hint}")


@cache
def family(name: str) -> Family:
    refuse_unknown(name)
    return importlib.import_module(f"mmzero.families.{names()[name]}.{name}")


def can_ask_absent(name: str) -> bool:
    """Whether a family has scenes asked for what is not in them: an optional `absent(scene)` beside what every family has."""
    return hasattr(family(name), "absent")


def check_knobs(name: str, level: int, knobs: dict[str, Any]) -> None:
    """Refuse a level or a knob that this family does not take, with what it does take."""
    allowed = family(name).KNOBS
    if level not in LEVELS:
        raise UserError(f"level {level} of '{name}' does not exist; levels run from 0 to 9")
    for knob, value in knobs.items():
        if knob not in allowed:
            has = f"its knobs are {', '.join(allowed)}" if allowed else "it has none"
            raise UserError(f"family '{name}' has no knob '{knob}'; {has}")
        if isinstance(value, bool) or value not in allowed[knob]:
            raise UserError(f"knob '{knob}' of '{name}' is {value!r}; it takes {spell(allowed[knob])}")


def spell(values: range | tuple[str, ...]) -> str:
    return f"{values[0]} to {values[-1]}" if isinstance(values, range) else ", ".join(values)


def mint(
    name: str,
    level: int,
    seed: int,
    skin: Skin,
    put: Callable[[bytes], str],
    *,
    source: str = "bank",
    parent: str | None = None,
    grammar: Grammar = "rows",
    absent: bool = False,
    **knobs: int | str,
) -> Task:
    """A scene becomes a Task, its answer computed from the scene; `put` stores the picture and gives its hash. `grammar`
    is how boxes are asked for; `absent`, whether what is asked for is not there."""
    check_knobs(name, level, knobs)
    mechanism = family(name)
    if skin.size < mechanism.SMALLEST:
        raise UserError(
            f"the skin '{skin.name}' is {skin.size} pixels and '{name}' cannot be read below {mechanism.SMALLEST}; choose"
            f" one of {', '.join(one.name for one in SKINS.values() if one.size >= mechanism.SMALLEST)}"
        )
    scene = mechanism.sample(level, seed, **knobs)
    scene = mechanism.absent(scene) if absent else scene
    kind, question, answer = mechanism.ask(scene)
    # A place is told in thousandths of the picture: only on square paper are those the scene's.
    paper = dataclasses.replace(skin, aspect=1.0) if answer.kind in ("boxes", "points") else skin
    fixed = "".join(f",{knob}={value}" for knob, value in sorted(knobs.items())) + f",{ABSENT}" * absent
    return Task(
        id=f"{name}/{level}/{seed:016x}{fixed}" + (f"<{seed_of(parent):016x}" if parent else ""),
        family=name,
        kind=kind,
        level=level,
        question=asked(question, grammar),
        images=(put(png(mechanism.draw(scene, paper))),),
        answer=answer,
        scene=json.dumps(dataclasses.asdict(scene), sort_keys=True, separators=(",", ":")),
        source=source,
        seed=seed,
        parent=parent,
    )


def solution(task: Task) -> tuple[str, ...]:
    """A bank task's worked solution, from the scene it carries."""
    return family(task.family).explain(_scene(task))


def caption(task: Task) -> str:
    return family(task.family).caption(_scene(task))


def _scene(task: Task) -> Any:
    """Sampled again: JSON has no tuples, and a scene is a pure function of its seed."""
    mechanism = family(task.family)
    scene = mechanism.sample(task.level, task.seed)
    return mechanism.absent(scene) if task.kind == ABSENT else scene


def png(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
