"""Whether a sampler speaks as the learner that has just fed it: one prompt asked again, its log-probs held against theirs.

Hashes and versions are compared at every publish; this looks through the whole of both engines, so it comes at a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmzero.errors import EngineError
from mmzero.ports import Learner, Sampler
from mmzero.types import Ask, Rollout

# Nats a token on average: rounding in either precision stays well below.
TOLERANCES = {"float32": 1e-4, "bfloat16": 0.1}
TOKENS = 32


@dataclass(frozen=True, slots=True)
class PublishCheck:
    rate: float  # share of the publishes
    dtype: str

    def due(self, version: int) -> bool:
        """Evenly spread, the same in every run: at a rate of 0.05 every twentieth version."""
        return int(version * self.rate) > int((version - 1) * self.rate)

    def refuse_a_stranger(self, sampler: Sampler, learner: Learner, ask: Ask) -> None:
        """`ask` is one of those last played, with its pictures; it is answered shortly and with a draw."""
        most, heat = min(ask.max_tokens, TOKENS), ask.temperature or 1.0
        short = replace(ask, max_tokens=most, temperature=heat, noise=None, written=None, begun_G=())
        rollouts = [rollout for group in sampler.play([short]) for rollout in group]
        gap = _gap(rollouts, learner.logprobs(rollouts))
        if not gap <= TOLERANCES[self.dtype]:  # a gap that is not a number is no agreement
            raise EngineError(
                f"version {sampler.version} is spoken otherwise than it was learned: log-probs of {len(rollouts)} answers"
                f" to {ask.task.id} lie {gap:.2g} apart on average, where rounding in {self.dtype} stays below"
                f" {TOLERANCES[self.dtype]:g}; resume from the last checkpoint, and report the engines' versions"
            )


def _gap(rollouts: Sequence[Rollout], logprobs: Sequence[np.ndarray]) -> float:
    apart = [np.abs(np.array(one.logprobs) - logp) for one, logp in zip(rollouts, logprobs, strict=True)]
    return float(np.concatenate(apart).mean())
