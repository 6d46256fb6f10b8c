"""The campaign, one screen: play, score, credit, learn, publish. Must not know an engine, a family or an algorithm."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmzero import evaluate, scoring, sources
from mmzero.credit import credit
from mmzero.journal import Journal
from mmzero.play import Players, play
from mmzero.ports import Learner, Sampler
from mmzero.recipe.tree import Phase, Recipe
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
    recipe, watch = rooms.recipe, rooms.watch
    evaluate.if_due(rooms, journal, 0)
    for cursor in journal.remaining():
        phase = recipe.schedule.phase_at(cursor.index)
        policy = recipe.roles[phase.train].policy
        learner, sampler, clock = rooms.learners[policy], rooms.samplers[policy], Clock(watch, cursor)
        if cursor.step == 0:
            learner.anchor()
        state = journal.fold(cursor, State(), fold)
        played = journal.played(
            cursor,
            lambda cursor=cursor, phase=phase, state=state, clock=clock: _played(rooms, journal, cursor, phase, state, clock),
            lambda played, phase=phase: {one.scored.rollout.id: one.advantage for one in _credited(played, phase)},
        )
        batch = _batch(played, phase, recipe.learner.tokens_per_segment)
        with clock.stage("learn"):
            stats = learner.learn(batch, phase.learning)
        with clock.stage("publish"):
            learner.publish([sampler], cursor.version)
        shown = scoring.figures(played.episodes, played.scored)
        figures = {"role": phase.train, **shown, **batch.figures, **stats, **clock.figures(played)}
        journal.learned(cursor, figures)
        watch.step(cursor, figures)
        evaluate.if_due(rooms, journal, cursor.version)
        if cursor.version % recipe.checkpoint.every == 0 or cursor.version == recipe.schedule.steps:
            with clock.stage("checkpoint"):
                journal.checkpoint(cursor, lambda folder: _save(rooms.learners, folder))


def _played(rooms: Rooms, journal: Journal, cursor: Cursor, phase: Phase, state: State, clock: Clock) -> Played:
    recipe, archive = rooms.recipe, state.archive.counts()
    with clock.stage("play"):
        tasks = sources.tasks(recipe, phase, cursor, state, journal.images.put)
        episodes = play(tasks, phase, cursor, Players(recipe, rooms.samplers, journal.images.put, rooms.watch.progress))
    with clock.stage("score"):
        scored = scoring.score(episodes, rooms.rewards[phase.train], cursor, archive, recipe.budgets.reward_errors)
    return Played(episodes=episodes, scored=scored, seconds=dict(clock.seconds))


def _credited(played: Played, phase: Phase):
    return credit(played.scored, phase.learning.advantage)


def _batch(played: Played, phase: Phase, tokens_per_segment: int) -> Batch:
    learning = phase.learning
    return segment(
        _credited(played, phase),
        # A constant group still has its KL and its entropy to say, where the loss has such a term.
        drop_constant=learning.constant_groups == "drop" and not learning.kl.weight and not learning.loss.entropy,
        mask_truncated=learning.truncated == "mask",
        tokens_per_segment=tokens_per_segment,
        max_tokens=phase.says.max_tokens,
    )


def _save(learners: Mapping[str, Learner], folder) -> None:
    for policy, learner in learners.items():
        learner.save(folder / policy)


class Clock:
    """Seconds a stage of one step, shown while they pass."""

    def __init__(self, watch: Watch, cursor: Cursor):
        self._watch, self._cursor, self.seconds = watch, cursor, {}

    def stage(self, name: str) -> Clock:
        self._watch.stage(self._cursor, name)
        self._name, self._began = name, time.perf_counter()
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_) -> None:
        self.seconds[self._name] = self.seconds.get(self._name, 0.0) + time.perf_counter() - self._began

    def figures(self, played: Played) -> dict[str, float]:
        seconds = {**played.seconds, **self.seconds}
        tokens = sum(
            len(one.output_ids)
            for episode in played.episodes
            for group in (episode, *episode.children)
            for one in group.rollouts
        )
        spent = {f"seconds/{name}": value for name, value in seconds.items()}
        return {"tokens": tokens, "tokens_per_s": tokens / max(seconds.get("play", 0.0), 1e-9), **spent}
