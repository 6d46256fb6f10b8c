"""Modality bridging: written answers to pictures, reasoned by a model that sees none. Must not know who learns from them.

    picture, question ──sees──▶ reasoning ──sees──▶ description ──reasons──▶ thought, answer ──verdict──▶ row | Rejection

A folder holds what came of it: `rows.jsonl`, a dataset with a response to each task, `left.jsonl`, every task that was left
out and why, and the pictures. It grows task by task: one that was broken off goes on where it stopped.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

from mmzero import families
from mmzero.bridge.verdict import heard, written
from mmzero.errors import UserError
from mmzero.families.skin import skin
from mmzero.journal.durable import write_file
from mmzero.journal.images import ImageStore
from mmzero.journal.lines import Lines
from mmzero.recipe.tree import Bridge, Dataset, Recipe
from mmzero.scoring.judge import Judge, Unknown
from mmzero.scoring.view import Pictures
from mmzero.sources import dataset
from mmzero.types import Rejection, Task, training_seed

__all__ = ["Work", "bridge"]

KEPT = "kept"
ROWS = "rows.jsonl"  # what was kept, as a dataset
Progress = Callable[[int, int], None]


class Work:
    """A folder that fills. `left` counts what was left out, by reason."""

    def __init__(self, folder: Path, recipe: Recipe):
        if recipe.bridge is None:
            raise UserError(
                f"the recipe {recipe.name} has no bridge; add one that says of what, who sees and who reasons"
            )
        self.settings = recipe.bridge
        self._begin(folder, recipe)
        self.images = ImageStore(folder / "images")
        self._rows, self._left = (Lines(folder / name) for name in (ROWS, "left.jsonl"))
        for lines in (self._rows, self._left):
            lines.mend()
        self.done = {item["place"] for lines in (self._rows, self._left) for item in lines.items}
        self._reasons = Counter(item["reason"] for item in self._left.items)

    def counts(self) -> dict[str, int]:
        """How many were kept, then how many were left out, by reason."""
        return {KEPT: len(self._rows.raw), **dict(self._reasons.most_common())}

    def note(self, place: int, task: Task, found: str | Rejection) -> None:
        asked = {"place": place, "id": task.id, "question": task.question, "image": self._pictures(task)}
        truth = {"answer": task.answer.text, "answer_kind": task.answer.kind, "choices": list(task.answer.choices)}
        kinds = {"family": task.family, "kind": task.kind, "level": task.level}
        if isinstance(found, Rejection):
            self._left.append(asked | truth | kinds | {"reason": found.reason, "detail": found.detail})
            self._reasons[found.reason] += 1
        else:
            self._rows.append(asked | truth | kinds | {"response": found})
        self.done.add(place)

    def _pictures(self, task: Task) -> list[str]:
        return [str(self.images.path(name).relative_to(self.images.folder.parent)) for name in task.images]

    @staticmethod
    def _begin(folder: Path, recipe: Recipe) -> None:
        """A folder of another bridge is refused: its rows would be told apart by nothing."""
        of = recipe.sources[recipe.bridge.of]
        about = {"seed": recipe.seed, "bridge": recipe.bridge.model_dump(), "of": of.model_dump(by_alias=True)}
        said = json.dumps(about, indent=2).encode() + b"\n"
        mark = folder / "bridge.json"
        if mark.is_file():
            if mark.read_bytes() != said:
                raise UserError(
                    f"{folder} was begun with other settings, which its bridge.json holds; choose another --out"
                )
            return
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} already holds files; choose another --out")
        (folder / "images").mkdir(parents=True)
        for name in (ROWS, "left.jsonl"):
            (folder / name).touch()
        write_file(mark, said)  # last: what has it is whole


def bridge(recipe: Recipe, work: Work, sees: Judge, reasons: Judge, progress: Progress = lambda done, of: None) -> None:
    """Everything that is not done yet; what is asked at once is as much as both may be asked."""
    all_told = _there_are(recipe)
    todo = [place for place in range(all_told) if place not in work.done]
    workers = max(sees.most_at_once, reasons.most_at_once)
    answer = partial(_bridged, settings=work.settings, sees=sees, reasons=reasons, images=work.images)
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, len(todo), 2 * workers):
            drawn = {place: _task(recipe, place, work.images.put) for place in todo[first : first + 2 * workers]}
            tasks = {place: task for place, task in drawn.items() if task}
            for place, found in zip(tasks, pool.map(answer, tasks.values()), strict=True):
                work.note(place, tasks[place], found)
                progress(len(work.done), all_told)


def _there_are(recipe: Recipe) -> int:
    source = recipe.sources[recipe.bridge.of]
    if isinstance(source, Dataset):
        return min(recipe.bridge.tasks, len(dataset.opened(source, _apart(recipe, source)).fit))
    return recipe.bridge.tasks


def _apart(recipe: Recipe, source: Dataset) -> Dataset | None:
    return recipe.sources[source.apart_from] if source.apart_from else None


def _task(recipe: Recipe, place: int, put: Callable[[bytes], str]) -> Task | None:
    """A pure function of the recipe and the place; None for a row whose picture is broken."""
    name = recipe.bridge.of
    source, seed = recipe.sources[name], training_seed(recipe.seed, "bridge", place)
    if isinstance(source, Dataset):
        return dataset.task(name, source, recipe.seed, place, seed, put, _apart(recipe, source))
    rng = Random(seed)
    levels = families.LEVELS if source.levels == "auto" else source.levels
    family, level = rng.choice(families.chosen(source.families)), rng.choice(levels)
    return families.mint(family, level, seed, skin(source.skin), put, source=name, grammar=source.grammar)


def _bridged(task: Task, settings: Bridge, sees: Judge, reasons: Judge, images: ImageStore) -> str | Rejection:
    shown = Pictures([images.path(name) for name in task.images])
    known = {"question": task.question, "answer": task.answer.text}
    try:
        for prompt, hole in ((settings.explains, "reasoning"), (settings.describes, "description")):
            said = heard(sees(_filled(prompt, known), shown))
            if isinstance(said, Rejection):
                return said
            known[hole] = said
        said = reasons(_filled(settings.asks, known))
    except Unknown as error:
        return Rejection("unanswered", str(error))
    return written(said, known["description"], task.answer, settings)


def _filled(prompt: str, known: Mapping[str, str]) -> str:
    """At once, so that a brace in a question is no hole."""
    return re.sub(r"\{(\w+)\}", lambda hole: known[hole[1]], prompt)
