"""TensorBoard and Weights & Biases as watches: numbers only, under role/figure. Must not need either where unused."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.recipe import Recipe
from mmzero.types import Cursor
from mmzero.watch import Quiet

_PLACE = ("index", "iteration", "phase", "step")


def _numbers(role: str, figures: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"{role}/{name}": float(value)
        for name, value in figures.items()
        if isinstance(value, int | float) and math.isfinite(value) and name not in _PLACE
    }


class TensorBoard(Quiet):
    """Event files under `folder`. A step learned again after a resume gets a second point, as in metrics.jsonl."""

    def __init__(self, folder: Path):
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise _missing("log.tensorboard is true", "tensorboard") from error
        self._events = EventFileWriter(str(folder))
        self._recipe: Recipe | None = None

    def begin(self, recipe: Recipe, done: int) -> None:
        self._recipe = recipe

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        numbers = _numbers(self._recipe.schedule.phases[cursor.phase].train, figures)
        values = [Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]
        self._events.add_event(Event(wall_time=time.time(), step=cursor.version, summary=Summary(value=values)))
        self._events.flush()

    def close(self) -> None:
        self._events.close()


class WandB(Quiet):
    """One run per campaign folder, gone on with after a resume."""

    def __init__(self, project: str, name: str, folder: Path):
        try:
            import wandb
        except ImportError as error:
            raise _missing(f"log.wandb is '{project}'", "wandb") from error
        run_id = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()
        self._run = wandb.init(project=project, name=name, dir=str(folder), id=run_id, resume="allow")
        # An axis of ours: W&B's own only grows, and would drop steps that are learned again.
        self._run.define_metric("*", step_metric="version")
        self._recipe: Recipe | None = None

    def begin(self, recipe: Recipe, done: int) -> None:
        self._recipe = recipe
        self._run.config.update(recipe.model_dump(mode="json", by_alias=True), allow_val_change=True)

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        role = self._recipe.schedule.phases[cursor.phase].train
        self._run.log({"version": cursor.version, **_numbers(role, figures)})

    def close(self) -> None:
        self._run.finish()


def _missing(why: str, package: str) -> UserError:
    return UserError(f"{why}, but the package {package} is not installed; pip install mmzero[sinks], or switch it off")
