"""Answers of earlier steps that still teach, learned from again beside a step's own (VL-Rethinker's selective replay).

Each keeps the log-probs it was drawn with, so the learner weighs it by what the weights have become since. What is kept is
a pure fold over committed steps, and none is older than the recipe allows. Must not know a loss or an engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmzero import refill
from mmzero.credit import credit
from mmzero.journal import Journal
from mmzero.recipe.tree import Phase
from mmzero.types import Batch, Cursor, Played, Sample, Scored, seed_of

Kept = tuple[tuple[Cursor, tuple[Scored, ...]], ...]


@dataclass(frozen=True, slots=True)
class Recent:
    """The fold: what one phase of the schedule was paid in the last `steps` steps of the campaign."""

    phase: int
    steps: int

    def __call__(self, kept: Kept, cursor: Cursor, played: Played) -> Kept:
        young = tuple(one for one in kept if cursor.index - one[0].index < self.steps)
        return (*young, (cursor, played.scored)) if cursor.phase == self.phase else young


def again(kept: Kept, phase: Phase, cursor: Cursor, campaign: int, fresh: int) -> tuple[Sample, ...]:
    """Samples beside `fresh` new ones, drawn without replacement in proportion to the size of their advantages, as those
    were when they were new. A constant group's are 0 and never drawn."""
    rule = phase.learning.rehearse
    pool = [
        sample
        for at, scored in kept
        if cursor.index - at.index <= rule.within
        for sample in credit(refill.counted(scored, phase), phase.learning.advantage)
        if sample.advantage
    ]
    most = min(len(pool), round(fresh * rule.share / (1 - rule.share)))
    if not most:
        return ()
    sizes = np.abs([sample.advantage for sample in pool]) ** rule.power
    draws = np.random.default_rng(seed_of("rehearse", campaign, cursor.index))
    return tuple(pool[i] for i in sorted(draws.choice(len(pool), most, replace=False, p=sizes / sizes.sum())))


def beside(fresh: Sequence[Sample], journal: Journal, phase: Phase, cursor: Cursor) -> tuple[Sample, ...]:
    rule = phase.learning.rehearse
    if rule is None:
        return ()
    kept = journal.fold(cursor, (), Recent(cursor.phase, rule.within))
    return again(kept, phase, cursor, journal.recipe.seed, len(fresh))


def noted(batch: Batch, samples: Sequence[Sample], phase: Phase, cursor: Cursor) -> Batch:
    """The batch with how many of its answers are old ones, and how old the oldest is, among its figures."""
    if phase.learning.rehearse is None:
        return batch
    ages = [cursor.index - sample.scored.rollout.version for sample in samples]
    told = {"rehearsed": float(len(samples)), "rehearsed_age": float(max(ages, default=0))}
    return replace(batch, figures={**batch.figures, **told})
