"""A campaign over the fake engines: real sources, rewards, journal and loop, in a second or two."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mmzero import loop, shipped, supervise
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.journal import Journal
from mmzero.ports import Renderer
from mmzero.recipe import plugins
from mmzero.recipe.read import read
from mmzero.recipe.tree import Log, Recipe
from mmzero.rooms import Rooms
from mmzero.scoring import reward
from mmzero.types import Ask, Played
from mmzero.watch import make_watch


def recipe(*sets: str) -> Recipe:
    quick = [
        "evaluate.tasks=80",
        "evaluate.majority=3",
        "schedule.iterations=2",
        "schedule.phases.1.steps=5",
        "checkpoint.every=3",
    ]
    return read("tiny", [*quick, "log.terminal=quiet", *sets])[0]


def rooms(
    wanted: Recipe,
    lr: float,
    sampler: Callable = FakeSampler,
    learner: Callable = FakeLearner,
    renderer: Renderer | None = None,
) -> Rooms:
    return Rooms(
        recipe=wanted,
        samplers={name: sampler() for name in wanted.policies},
        learners={name: learner(lr) for name in wanted.policies},
        rewards={
            role: [
                reward(one.use, plugins.load(one, shipped.root()), one.weight, per=one.per) for one in spoken.rewards
            ]
            for role, spoken in wanted.roles.items()
        },
        watch=make_watch(Log(terminal="quiet"), Path(), wanted.name),
        renderer=renderer,
    )


def campaign(
    folder: Path,
    wanted: Recipe,
    lr: float = 2.0,
    sampler: Callable = FakeSampler,
    evolve: Callable = loop.evolve,
    learner: Callable = FakeLearner,
    renderer: Renderer | None = None,
) -> Journal:
    """Begin in `folder`, or go on with what lies there as `mmzero resume` does."""
    begun = (folder / "about.json").is_file()
    journal = Journal.open(folder) if begun else Journal.create(folder, wanted, {})
    try:
        supervise.keep(evolve, rooms(wanted, lr, sampler, learner, renderer), journal)
    finally:
        journal.close()
    return journal


def accuracy(journal: Journal, version: int) -> float:
    rows = journal.evaluation("heldout", version)
    return sum(row["correct"] for row in rows) / len(rows)


def timeless(played: Played) -> Played:
    """Two runs play the same and take different times."""
    return dataclasses.replace(played, seconds={})


class CountingSampler(FakeSampler):
    """Remembers what it was asked, so that a test can say what was never asked twice."""

    asked: list[str] = []  # noqa: RUF012 - shared on purpose: a resumed campaign makes a new sampler

    def play(self, asks) -> Iterator:
        def seen(asks) -> Iterator[Ask]:
            for ask in asks:
                self.asked.append(ask.task.id)
                yield ask

        return super().play(seen(asks))


def figures(journal: Journal) -> list[Mapping]:
    return [
        {k: v for k, v in row.items() if "second" not in k and "tokens_per_s" not in k} for row in journal.metrics()
    ]
