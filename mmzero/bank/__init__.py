"""The bank as something to look at and take away: lists, samples, figures, galleries and files for other trainers.

Must not know campaigns: it only mints tasks and says what they are like.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmzero import families
from mmzero.errors import UserError
from mmzero.families.skin import skin
from mmzero.types import Task, training_seed


@dataclass(frozen=True, slots=True)
class Made:
    """A task with its picture's bytes."""

    task: Task
    png: bytes
    knobs: Mapping[str, int | str] = field(default_factory=dict)  # those that were fixed

    def row(self) -> dict[str, Any]:
        task, mechanism = self.task, families.family(self.task.family)
        scene = mechanism.sample(task.level, task.seed, **self.knobs)
        return {
            "id": task.id, "family": task.family, "domain": families.names()[task.family], "kind": task.kind,
            "level": task.level, "seed": task.seed, "question": task.question, "answer": task.answer.text,
            "answer_kind": task.answer.kind, "choices": list(task.answer.choices),
            "solution": list(mechanism.explain(scene)), "caption": mechanism.caption(scene), "scene": task.scene,
        }  # fmt: skip


def make(
    name: str, level: int, n: int, seed: int = 0, look: str = "plain", knobs: Mapping[str, int | str] | None = None
) -> Iterator[Made]:
    """`n` tasks of a family and a level, each a pure function of `seed` and its place; never a held-out one."""
    held: list[bytes] = []

    def put(png: bytes) -> str:
        held.append(png)
        return hashlib.sha256(png).hexdigest()

    fixed = dict(knobs or {})
    families.check_knobs(name, level, fixed)
    for place in range(n):
        try:
            task = families.mint(name, level, seed_at(seed, place), skin(look), put, **fixed)
        except ValueError as error:  # knobs that are each in range but have no scene together
            raise UserError(f"'{name}' has no scene of level {level} with {fixed}: {error}; fix fewer knobs") from error
        yield Made(task, held.pop(), fixed)


def seed_at(seed: int, place: int) -> int:
    return training_seed("bank", seed, place)


def write(made: Iterator[Made], folder: Path) -> int:
    """PNG files and one line of JSON for each, in a folder that is new or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} already holds files; choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    lines = 0
    with (folder / "tasks.jsonl").open("w") as file:
        for lines, one in enumerate(made, 1):
            picture = f"{lines:06d}.png"
            (folder / picture).write_bytes(one.png)
            file.write(json.dumps({"image": picture, **one.row()}) + "\n")
    return lines


def about(name: str) -> dict[str, Any]:
    """What a family asks, may be told, and one task of each level."""
    mechanism = families.family(name)
    return {
        "name": name,
        "domain": families.names()[name],
        "about": (mechanism.__doc__ or "").strip(),
        "levels": " ".join((mechanism.Scene.__doc__ or "").split()),
        "knobs": {knob: families.spell(values) for knob, values in mechanism.KNOBS.items()},
        "smallest": mechanism.SMALLEST,
        "examples": [next(make(name, level, 1)).row() for level in families.LEVELS],
    }
