"""Where a campaign stands, read from its folder while it may be running; must not import an engine or touch a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmzero import telemetry
from mmzero.journal import Journal
from mmzero.telemetry import Iteration

_EVALUATION = re.compile(r"(\d{6,})-(.+)\.parquet")


_PLACES = ("level", "sample")  # say which task or answer a row is about, and have no mean worth knowing


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts of steps, the figures of the last one learned, and the newest of what is kept beside them."""

    folder: str
    name: str
    steps: int
    played: int
    learned: int
    figures: Mapping[str, float | str]
    checkpoint: str | None  # a folder's name; whether it is sound is found out by whoever resumes from it
    evaluation: Mapping[str, Any] | None
    changes: tuple[str, ...] = ()  # of the recipe, each with the step from which on it counts
    iterations: tuple[Iteration, ...] = ()  # the newest

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"iterations": [one.to_json() for one in self.iterations]}


def status_of(folder: Path) -> Status:
    with Journal.open(folder, write=False) as journal:
        learned, figures = journal.last_figures()
        checkpoints = sorted(path.name for path in (folder / "checkpoints").glob("[0-9]*") if path.name.isdecimal())
        return Status(
            folder=str(folder),
            name=journal.recipe.name,
            steps=journal.recipe.schedule.steps,
            played=len(journal.steps()),
            learned=learned,
            figures=figures,
            checkpoint=checkpoints[-1] if checkpoints else None,
            evaluation=_last_evaluation(journal),
            changes=tuple(
                f"from step {one.index} on {change.sentence()}" for one in journal.amendments for change in one.changes
            ),
            iterations=tuple(telemetry.newest(journal)),
        )


def _last_evaluation(journal: Journal) -> dict[str, Any] | None:
    """The mean of every column that has one: what the columns mean is the evaluation's affair."""
    if not (files := sorted((journal.folder / "evaluations").glob("*.parquet"))):
        return None
    from mmzero.evaluate import FINAL

    for match in filter(None, (_EVALUATION.fullmatch(path.name) for path in reversed(files))):
        rows = None if match[2] == FINAL else journal.evaluation(match[2], int(match[1]))
        if rows is None:  # the report's to tell, or written and not yet committed
            continue
        columns = rows[0].items() if rows else ()
        numbers = [name for name, value in columns if isinstance(value, bool | int | float) and name not in _PLACES]
        means = {name: sum(row[name] or 0 for row in rows) / len(rows) for name in numbers}
        return {"name": match[2], "version": int(match[1]), "tasks": len(rows), "means": means}
    return None
