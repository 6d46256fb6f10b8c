"""One step of a campaign, stage by stage; which stage comes when is loop.py's. Must not know an engine, a family or an
algorithm."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from mmzero import refill, rehearse, rethink, scoring, sources
from mmzero.credit import credit
from mmzero.journal import Journal
from mmzero.play import Players, play, spoken
from mmzero.rooms import Rooms
from mmzero.scoring import Surroundings
from mmzero.segment import PASS, SHARDED_PASS, segment
from mmzero.sight import Sight
from mmzero.sources.state import State
from mmzero.types import Batch, Cursor, Episode, Played, Sample, Scored, seed_of


class Step:
    """One step of one phase: whose turn it is, and how long each stage takes."""

    def __init__(self, rooms: Rooms, journal: Journal, cursor: Cursor):
        self._rooms, self._journal, self.cursor = rooms, journal, cursor
        self._phase = journal.phase(cursor)
        policy = rooms.recipe.policy_of(self._phase)  # None: this phase plays and teaches nobody
        self._learner, self._sampler = rooms.learners.get(policy), rooms.samplers.get(policy)
        self._learned_at, self._seconds = 0, {}

    def play(self, state: State) -> Played:
        episodes, scored = refill.filled(partial(self._round, state), self._phase, self.cursor)
        return Played(episodes=episodes, scored=scored, seconds=dict(self._seconds))

    def _round(self, state: State, items: range, taken: Collection[str]) -> refill.Made:
        rooms, put = self._rooms, self._journal.images.put
        with self.stage("play"):
            tasks = sources.tasks(rooms.recipe, self._phase, self.cursor, state, put, items, taken)
            tell, draws = rooms.watch.progress, self._drawn_anew()
            known = sources.known(rooms.recipe, state)
            sight = Sight(self._journal.images.path, rooms.processed)
            players = Players(
                rooms.recipe, rooms.samplers, put, tell, rooms.renderer, rooms.prompt_tokens, draws, known, sight
            )
            episodes = play(tasks, self._phase, self.cursor, players, items.start)
            sources.refuse_barren(rooms.recipe, state, self.cursor, episodes)
        with self.stage("score"):
            written = self._phase.answers == "written"
            scored = self._imitated(episodes) if written else self._scored(episodes, state, items.start)
        return episodes, scored

    def _imitated(self, episodes: tuple[Episode, ...]) -> tuple[Scored, ...]:
        return scoring.imitated(episodes, self._phase.says.max_tokens, self.cursor)

    def _scored(self, episodes: tuple[Episode, ...], state: State, first: int) -> tuple[Scored, ...]:
        rooms = self._rooms
        around = Surroundings(image=self._journal.images.path, processed=rooms.processed)
        shown = {"archive": state.archive.counts(), "posterior": state.posterior, "around": around}
        shown["among"] = self._phase.prompts * self._phase.group if first else 0
        shown["known"] = state.admitted.templates()
        most = rooms.recipe.budgets.reward_errors
        said, rewards = spoken(episodes, self._phase.train), rooms.rewards.get(self._phase.train, ())
        return scoring.score(said, rewards, self.cursor, most_missing=most, **shown)

    def credit(self, played: Played) -> tuple[Sample, ...]:
        return credit(refill.counted(played.scored, self._phase), self._phase.learning.advantage)

    def _drawn_anew(self) -> int:
        """The seed of what is said. What was undone would be the same again; what is asked stays, as in its epoch."""
        attempt, seed = self._journal.attempt(self.cursor.index), self._rooms.recipe.seed
        return seed_of(seed, "attempt", attempt) if attempt else seed

    def advantages(self, played: Played) -> dict[str, float]:
        return {sample.scored.rollout.id: sample.advantage for sample in self.credit(played)}

    def batch(self, played: Played) -> Batch:
        learning, learner = self._phase.learning, self._rooms.recipe.learner
        fresh = self.credit(played)
        again = rehearse.beside(fresh, self._journal, self._phase, self.cursor)
        batch = segment(
            (*fresh, *again),
            drop_constant=learning.constant_groups == "drop" and not learning.every_token_counts,
            mask_truncated=learning.truncated == "mask",
            tokens_per_segment=learner.tokens_per_segment,
            max_tokens=self._phase.says.max_tokens,
            per_pass=SHARDED_PASS if learner.zero == 3 else PASS,
        )
        return rehearse.noted(batch, again, self._phase, self.cursor)

    def learn(self, batch: Batch) -> Mapping[str, float]:
        if self._learner is None:
            return {}
        with self.stage("learn"):
            kl = self._phase.learning.kl
            if self.cursor.step == 0 and kl.weight and kl.to == "phase_start":  # a copy of every weight that trains
                self._learner.anchor()
            if self.cursor.step == 0 and self._phase.learning.optimizer.fresh:
                self._learner.forget()
            self._learned_at, self._learner.version = self._sampler.version, self.cursor.version
            return self._learner.learn(batch, self._phase.learning.at(self.cursor.step, self._phase.steps))

    def publish(self) -> None:
        if self._learner is None:
            return
        with self.stage("publish"):
            self._learner.publish([self._sampler], self.cursor.version)

    def figures(self, state: State, played: Played, batch: Batch, stats: Mapping[str, float]) -> dict[str, float | str]:
        shown = {
            "role": self._phase.train,
            "lag": max((self._learned_at - one.rollout.version for one in played.scored), default=0),
            **scoring.figures(played.episodes, played.scored),
            **sources.figures(self._rooms.recipe, self._phase, self.cursor, state),
            **batch.figures,
            **refill.figures(played, self._phase),
            **rethink.figures(played, self._phase),
            **stats,
            **scoring.speed(played.episodes, played.seconds["play"]),
            **self._rooms.room(),
            **{f"seconds/{stage}": value for stage, value in {**played.seconds, **self._seconds}.items()},
        }
        self._rooms.watch.step(self.cursor, shown)
        return shown

    def checkpoint_if_due(self) -> None:
        """What leaves goes first: a kill in between has the step learned again, and what was exported stays as it is."""
        learners = self._rooms.learners.items()
        if self._rooms.recipe.checkpoint.exports(self.cursor.version):
            with self.stage("export"):
                self._journal.export(self.cursor, lambda at: [one.save_model(at / name) for name, one in learners])
        judged = self._rooms.recipe.judged(self.cursor.version)  # what a phase came to can then be undone by itself
        if self._journal.due(self.cursor) or judged:
            with self.stage("checkpoint"):
                self._journal.checkpoint(self.cursor, lambda at: [one.save(at / name) for name, one in learners])

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._rooms.watch.stage(self.cursor, name)
        began = time.perf_counter()
        yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - began
