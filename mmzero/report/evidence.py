"""What a report is made of, gathered from a journal once: curves, paired answers, counts. Must not format anything."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.evaluate import FINAL, shares
from mmzero.journal import Journal
from mmzero.recipe import Recipe
from mmzero.recipe.amend import Change
from mmzero.report.inventions import Invention, contested, newest
from mmzero.scoring import is_written
from mmzero.scoring.chains import formed
from mmzero.types import TOO_LONG, Rejection, every

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One held-out task as the base model and as the newest evaluated one answered it, the first time where it was asked
    several times; `shares` are those of its right answers, before and after. `picture` lies in `folder`."""

    before: Row
    after: Row
    picture: Path | None
    shares: tuple[float, float]

    @property
    def fate(self) -> str:
        return {(0, 1): "learned", (1, 1): "kept", (0, 0): "open", (1, 0): "lost"}[
            bool(self.before["correct"]), bool(self.after["correct"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`heldout` is version -> rows, `pairs` its ends matched by task, `votes_T` the base model's samples by task."""

    folder: Path
    recipe: Recipe
    metrics: Sequence[Mapping[str, Any]]
    heldout: Mapping[int, Sequence[Row]]
    pairs: Sequence[Pair]
    votes_T: Sequence[Sequence[Row]]
    tokens: int
    counts: Mapping[str, Any]
    changes: Sequence[tuple[int, Change]] = ()  # of the recipe, with the step from which on each counts
    inventions: Sequence[Invention] = ()
    contested: Sequence[Invention] = ()
    final: tuple[Sequence[Row], Sequence[Row]] | None = None  # the final suite as first and as last answered

    @property
    def finished(self) -> bool:
        return len(self.metrics) == self.recipe.schedule.steps

    def role(self, line: Mapping[str, Any]) -> str:
        return self.recipe.schedule.phases[line["phase"]].train

    def curve(self, name: str, role: str) -> tuple[list[int], list[float]]:
        """Step numbers, from 1, and values of one figure in the steps that trained `role`; gaps are left out."""
        points = [
            (line["index"] + 1, value)
            for line in self.metrics
            if self.role(line) == role and (value := figure(line, name)) is not None
        ]
        return [at for at, _ in points], [value for _, value in points]


def figure(line: Mapping[str, Any], name: str) -> float | None:
    """One finite figure of a step. Learnability is a reward's part: its plugin's name says which."""
    value = line.get(name)
    if value is None and name == "learnability":
        value = next((line[key] for key in line if key.startswith("part/learnability")), None)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def gather(journal: Journal) -> Evidence:
    versions = range(journal.recipe.schedule.steps + 1)
    heldout = {version: rows for version in versions if (rows := journal.evaluation("heldout", version))}
    tokens, counts = _count(journal)
    return Evidence(
        folder=journal.folder,
        recipe=journal.recipe,
        metrics=journal.metrics(),
        heldout=heldout,
        pairs=_pairs(journal, heldout),
        votes_T=_by_task(journal.evaluation("majority", 0) or ()),
        tokens=tokens,
        counts=counts,
        changes=[(one.index, change) for one in journal.amendments for change in one.changes],
        inventions=newest(journal),
        contested=contested(journal),
        final=_final(journal),
    )


def _final(journal: Journal) -> tuple[Sequence[Row], Sequence[Row]] | None:
    before, after = (journal.evaluation(FINAL, version) for version in (0, journal.recipe.schedule.steps))
    return (before, after) if before and after else None


def _pairs(journal: Journal, heldout: Mapping[int, Sequence[Row]]) -> list[Pair]:
    newest = max(heldout, default=0)
    if 0 not in heldout or newest == 0:
        return []
    first, last = ({row["task_id"]: row for row in reversed(heldout[version])} for version in (0, newest))
    before, after = shares(heldout[0]), shares(heldout[newest])
    return [
        Pair(first[id], last[id], _picture(journal, first[id]), (before[id], after[id])) for id in before if id in after
    ]


def _picture(journal: Journal, row: Row) -> Path | None:
    try:
        return journal.images.path(row["image"])
    except (ValueError, UserError):  # a task without a picture, or one that was lost: the report is still worth having
        return None


def _by_task(rows: Sequence[Row]) -> list[list[Row]]:
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row["task_id"], []).append(row)
    return [sorted(votes, key=lambda row: row["sample"]) for votes in tasks.values()]


def _count(journal: Journal) -> tuple[int, dict[str, Any]]:
    """From the ledger, not from the figures: those are means, and a step learned again would count twice."""
    found: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for index in journal.steps():
        played = journal.read(index)
        found["missing"] += sum(one.reward is None for one in played.scored)
        for episode in every(played.episodes):
            found["failures"] += episode.failure not in (None, TOO_LONG)
            found["too_long"] += episode.failure == TOO_LONG
            if is_written(episode):
                found["written"] += len(episode.rollouts)
                continue
            found["answers"] += len(episode.rollouts)
            found["tokens"] += sum(len(one.output_ids) for one in episode.rollouts)
            found["truncated"] += sum(one.finish == "length" for one in episode.rollouts)
            found["malformed"] += sum(not formed(one) for one in episode.rollouts)
            found["proposals"] += len(episode.proposals)
            rejected.update(one.reason for one in episode.proposals if isinstance(one, Rejection))
    names = ("answers", "written", "truncated", "malformed", "proposals", "missing", "failures", "too_long")
    return found["tokens"], {**{name: found[name] for name in names}, "rejected": dict(rejected.most_common())}
