"""The campaign, one screen: play, score, credit, learn, publish. Must not know an engine, a family or an algorithm."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from mmzero import evaluate, scoring, sources
from mmzero.credit import credit
from mmzero.journal import Journal
from mmzero.play import Players, play
from mmzero.ports import Learner, Sampler
from mmzero.recipe.tree import Recipe
from mmzero.scoring import Reward
from mmzero.segment import segment
from mmzero.sources.state import State, fold
from mmzero.types import Batch, Cursor, Played
from mmzero.watch import Watch


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a campaign runs on, made once: engines by policy, rewards by role, and who looks on."""

    recipe: Recipe
    samplers: Mapping[str, Sampler]
    learners: Mapping[str, Learner]
    rewards: Mapping[str, Sequence[Reward]]
    watch: Watch


def evolve(rooms: Rooms, journal: Journal) -> None:
    """Play, score, credit, learn, publish: once per step. Each line is one idea; each idea is one room."""
    evaluate.if_due(rooms, journal, version=0)
    for cursor in journal.remaining():  # (iteration, phase, step) after the newest checkpoint
        step = Step(rooms, journal, cursor)
        state = journal.fold(cursor, State(), fold)  # posterior, archive, replay: a pure fold over what is committed
        played = journal.played(cursor, partial(step.play, state), step.advantages)  # once; read back if already there
        batch = step.batch(played)
        stats = step.learn(batch)
        step.publish()
        journal.learned(cursor, step.figures(played, batch, stats))
        evaluate.if_due(rooms, journal, cursor.version)
        step.checkpoint_if_due()  # last: what is resumed starts after it


class Step:
    """One step of one phase: whose turn it is, and how long each stage takes."""

    def __init__(self, rooms: Rooms, journal: Journal, cursor: Cursor):
        self._rooms, self._journal, self._cursor = rooms, journal, cursor
        self._phase = rooms.recipe.schedule.phase_at(cursor.index)
        policy = rooms.recipe.roles[self._phase.train].policy
        self._learner, self._sampler = rooms.learners[policy], rooms.samplers[policy]
        self._seconds: dict[str, float] = {}
        if cursor.step == 0:
            self._learner.anchor()

    def play(self, state: State) -> Played:
        rooms, put = self._rooms, self._journal.images.put
        with self._stage("play"):
            tasks = sources.tasks(rooms.recipe, self._phase, self._cursor, state, put)
            players = Players(rooms.recipe, rooms.samplers, put, rooms.watch.progress)
            episodes = play(tasks, self._phase, self._cursor, players)
        with self._stage("score"):
            rewards, most_missing = rooms.rewards[self._phase.train], rooms.recipe.budgets.reward_errors
            scored = scoring.score(episodes, rewards, self._cursor, state.archive.counts(), most_missing)
        return Played(episodes=episodes, scored=scored, seconds=dict(self._seconds))

    def advantages(self, played: Played) -> dict[str, float]:
        samples = credit(played.scored, self._phase.learning.advantage)
        return {sample.scored.rollout.id: sample.advantage for sample in samples}

    def batch(self, played: Played) -> Batch:
        learning = self._phase.learning
        return segment(
            credit(played.scored, learning.advantage),
            # A constant group still has its KL and its entropy to say, where the loss has such a term.
            drop_constant=learning.constant_groups == "drop" and not learning.kl.weight and not learning.loss.entropy,
            mask_truncated=learning.truncated == "mask",
            tokens_per_segment=self._rooms.recipe.learner.tokens_per_segment,
            max_tokens=self._phase.says.max_tokens,
        )

    def learn(self, batch: Batch) -> Mapping[str, float]:
        with self._stage("learn"):
            return self._learner.learn(batch, self._phase.learning)

    def publish(self) -> None:
        with self._stage("publish"):
            self._learner.publish([self._sampler], self._cursor.version)

    def figures(self, played: Played, batch: Batch, stats: Mapping[str, float]) -> dict[str, float | str]:
        shown = {
            "role": self._phase.train,
            **scoring.figures(played.episodes, played.scored),
            **batch.figures,
            **stats,
            **scoring.speed(played.episodes, played.seconds["play"]),
            **{f"seconds/{stage}": value for stage, value in {**played.seconds, **self._seconds}.items()},
        }
        self._rooms.watch.step(self._cursor, shown)
        return shown

    def checkpoint_if_due(self) -> None:
        recipe, version = self._rooms.recipe, self._cursor.version
        if version % recipe.checkpoint.every == 0 or version == recipe.schedule.steps:
            with self._stage("checkpoint"):
                learners = self._rooms.learners.items()
                self._journal.checkpoint(self._cursor, lambda at: [one.save(at / name) for name, one in learners])

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._rooms.watch.stage(self._cursor, name)
        began = time.perf_counter()
        yield
        self._seconds[name] = time.perf_counter() - began
