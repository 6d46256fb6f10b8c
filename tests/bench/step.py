"""A whole step of the tiny campaign against TRL's: tasks to answers to weights that answer.

Ours is the loop as it runs: tasks drawn, answers played, scored and committed, learned from, weights published. TRL's is its
own loop without vLLM: answers generated, rewarded and learned from, on pictures that are drawn before the clock starts, at
the micro-batch that is fastest for it here. Both answer the same tasks, with a reference model and weights that hardly move,
so that every step is as long as the last.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import datasets
from trl import GRPOTrainer

from mmzero import campaign, loop, sources
from mmzero.journal import Journal
from mmzero.recipe import Recipe, plugins, read
from mmzero.recipe.tree import Schedule
from mmzero.sources.state import State
from mmzero.types import Cursor, Task
from mmzero.watch import Quiet

from . import pairs, trl_peer
from .material import MODEL

PAIRS = 3
MICROS = (16, 64)
LR = 1e-9


def measure() -> dict[str, pairs.Figures]:
    recipe, where = recipe_of_steps(PAIRS + 2)  # the last, which is checkpointed, is not run
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as closing:
        micro = _fastest(recipe, Path(scratch))
        uses = {plugin.use for role in recipe.roles.values() for plugin in role.rewards}
        found = {use: plugins.find(use, where) for use in uses}
        journal = closing.enter_context(Journal.create(Path(scratch, "campaign"), recipe, found))
        rooms, _ = campaign._rooms(journal, where, Quiet(), closing)
        steps, ours_s = iter(journal.cursors()), []

        def ours() -> None:
            alone = _OneStep(journal, next(steps))
            ours_s.append(pairs.seconds(lambda: loop.evolve(rooms, alone)))

        between = trl_peer.Between(ours)
        _trainer(recipe, Path(scratch), micro, 1 + PAIRS, between).train()
        outside = [1 - _inside(row) / took for row, took in zip(journal.metrics(), ours_s, strict=True)]
    step = pairs.figures(ours_s[1:], between.seconds[1:])  # the first starts threads, and the campaign evaluates
    return {"step_vs_trl": step | {"outside_play_and_learn": median(outside[1:]), "micro_batch": micro}}


def recipe_of_steps(steps: int) -> tuple[Recipe, Path]:
    """`tiny`, its solver's turn only, on levels that do not depend on how earlier answers fared."""
    recipe, where = read.read("tiny", ["sources.bank.levels=[1, 2, 3]", "evaluate.tasks=1", "evaluate.majority=0"])
    solver = next(phase for phase in recipe.schedule.phases if phase.train == "solver")
    learning = solver.learning.model_copy(update={"optimizer": solver.learning.optimizer.model_copy(update={"lr": LR})})
    update = {"steps": steps, "tasks": {"bank": 1.0}, "learning": learning}
    schedule = Schedule(phases=(solver.model_copy(update=update),))
    return recipe.model_copy(update={"schedule": schedule}), where


class _OneStep:
    """A journal, of which one step remains."""

    def __init__(self, journal: Journal, cursor: Cursor):
        self._journal, self._cursor = journal, cursor

    def remaining(self) -> Iterator[Cursor]:
        return iter([self._cursor])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


def _inside(figures: dict[str, Any]) -> float:
    return figures["seconds/play"] + figures["seconds/learn"]


def _trainer(recipe: Recipe, folder: Path, micro: int, steps: int, between: trl_peer.Between) -> GRPOTrainer:
    phase = recipe.schedule.phases[0]
    tasks = datasets.Dataset.from_list(list(_rows(recipe, steps))).cast_column("image", datasets.Image())
    how = {"learning_rate": LR, "beta": phase.learning.kl.weight, "shuffle_dataset": False}
    rows, longest = phase.prompts * phase.group, phase.says.max_tokens
    return trl_peer.alone(
        lambda: GRPOTrainer(
            model=str(MODEL),
            reward_funcs=_right,
            args=trl_peer.config(folder, rows, micro, steps, longest, **how),
            train_dataset=tasks,
            callbacks=[between],
        )
    )


def _rows(recipe: Recipe, steps: int) -> Iterator[dict[str, Any]]:
    """The tasks of as many steps, in their order, as the campaign will draw them."""
    pictures: dict[str, bytes] = {}

    def put(png: bytes) -> str:
        name = str(len(pictures))
        pictures[name] = png
        return name

    for step in range(steps):
        for task in sources.tasks(recipe, recipe.schedule.phases[0], Cursor(step, 0, 0, step), State(), put):
            yield _row(task, pictures[task.images[0]])


def _row(task: Task, png: bytes) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": task.question}],
        "image": {"bytes": png, "path": None},
        "answer": task.answer.text,
    }


def _right(completions: Sequence[Any], answer: Sequence[str], **_: Any) -> list[float]:
    said = [completion[0]["content"] for completion in completions]
    return [float(f"<answer>{right}</answer>" in text) for text, right in zip(said, answer, strict=True)]


def _fastest(recipe: Recipe, folder: Path) -> int:
    taken = {}
    for micro in MICROS:
        between = trl_peer.Between()
        _trainer(recipe, folder, micro, 1 if taken else 2, between).train()
        taken[micro] = between.seconds[-1]
    return min(taken, key=taken.__getitem__)
