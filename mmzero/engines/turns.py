"""Whose turn it is on GPUs that samplers and learners share; where each has its own there are no turns to take.

play -> samplers sleep -> learners come back -> learn -> samplers' weights wake -> publish -> learners leave -> the rest of
the samplers wakes. Who takes a turn asks for it; nothing moves as long as it stays with the same side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol


class Sleeper(Protocol):
    def sleep(self) -> None: ...
    def wake(self, what: Literal["weights", "cache"]) -> None: ...


class Leaver(Protocol):
    def offload(self) -> None: ...
    def reload(self) -> None: ...


class Turns:
    """What has moved is remembered one by one: a move that fails half-way is gone on with by whoever asks next."""

    def __init__(self, shared: bool):
        self._shared = shared
        self._samplers: list[Sleeper] = []
        self._learners: list[Leaver] = []
        self._learning: bool | None = False  # None where a move has not come to its end
        self._asleep: set[int] = set()  # by id, wholly or but for their weights
        self._weights_awake: set[int] = set()
        self._away: set[int] = set()

    def begin(self, samplers: Sequence[Sleeper]) -> None:
        """The samplers have opened; whoever comes next finds them asleep."""
        self._samplers = list(samplers)
        self.learn()

    def join(self, learner: Leaver) -> None:
        """It has opened, while it was the learners' turn."""
        self._learners.append(learner)

    def leave(self, learner: Leaver) -> None:
        """Its ranks are about to end, and take nothing any more."""
        self._learners = [one for one in self._learners if one is not learner]
        self._away.discard(id(learner))

    def learn(self) -> None:
        if not self._shared or self._learning:
            return
        self._learning = None
        for sampler in self._samplers:
            if id(sampler) not in self._asleep:
                sampler.sleep()
                self._asleep.add(id(sampler))
                self._weights_awake.discard(id(sampler))
        for learner in self._learners:
            if id(learner) in self._away:
                learner.reload()
                self._away.discard(id(learner))
        self._learning = True

    def publish(self, sampler: Sleeper) -> None:
        """A part of the learners' turn in which one sampler's weights are there to be written."""
        self.learn()
        if self._shared:
            self._wake_weights(sampler)

    def play(self) -> None:
        if not self._shared or self._learning is False:
            return
        self._learning = None
        for learner in self._learners:
            if id(learner) not in self._away:
                learner.offload()
                self._away.add(id(learner))
        for sampler in self._samplers:
            if id(sampler) in self._asleep:
                self._wake_weights(sampler)
                sampler.wake("cache")
                self._asleep.discard(id(sampler))
        self._learning = False

    def _wake_weights(self, sampler: Sleeper) -> None:
        if id(sampler) not in self._weights_awake:
            sampler.wake("weights")
            self._weights_awake.add(id(sampler))
