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
    def __init__(self, shared: bool):
        self._shared = shared
        self._samplers: list[Sleeper] = []
        self._learners: list[Leaver] = []
        self._learning = False
        self._weights_awake: set[int] = set()

    def begin(self, samplers: Sequence[Sleeper]) -> None:
        """The samplers have opened; whoever comes next finds them asleep."""
        self._samplers = list(samplers)
        self.learn()

    def join(self, learner: Leaver) -> None:
        """It has opened, while it was the learners' turn."""
        self._learners.append(learner)

    def learn(self) -> None:
        if self._shared and not self._learning:
            self._learning = True
            self._weights_awake = set()
            for sampler in self._samplers:
                sampler.sleep()
            for learner in self._learners:
                learner.reload()

    def publish(self, sampler: Sleeper) -> None:
        """A part of the learners' turn in which one sampler's weights are there to be written."""
        self.learn()
        if self._shared:
            self._wake_weights(sampler)

    def play(self) -> None:
        if self._shared and self._learning:
            self._learning = False
            for learner in self._learners:
                learner.offload()
            for sampler in self._samplers:
                self._wake_weights(sampler)
                sampler.wake("cache")

    def _wake_weights(self, sampler: Sleeper) -> None:
        if id(sampler) not in self._weights_awake:
            sampler.wake("weights")
            self._weights_awake.add(id(sampler))
