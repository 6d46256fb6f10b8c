"""Engines that learn in milliseconds, beside the real ones and never instead: a policy of a few numbers that answers by
drawing from a softmax, and a learner that follows the policy gradient of exactly that softmax. No torch.

A solver knows two answers to every task, the right one and a wrong one, with one odds per family; a proposer chooses a
level. Both speak in real text, so everything between sampler and learner is the real thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmzero import families
from mmzero.errors import EngineError
from mmzero.roles import proposer, reply
from mmzero.types import Ask, Batch, Proposal, Rollout

SIZE = 2 * len(families.names()) + 10  # numbers in the policy: an odds per family, then a score per level

Weights = np.ndarray


def _logp(weights: Weights, choices: Sequence[int]) -> np.ndarray:
    scores = weights[list(choices)]
    return scores - np.log(np.exp(scores - scores.max()).sum()) - scores.max()


def _choices(family: str) -> range:
    """Which of the policy's numbers compete when this family is asked."""
    if family == proposer.FAMILY:
        return range(SIZE - 10, SIZE)
    first = 2 * list(families.names()).index(family)
    return range(first, first + 2)


class FakeSampler:
    def __init__(self):
        self.version = 0
        self._weights = np.zeros(SIZE)

    def receive(self, weights: Iterable[tuple[str, Weights]], version: int) -> None:
        found = dict(weights)
        if "policy" not in found:
            raise EngineError(f"version {version} came with 1 weight too few, which is policy")
        self._weights, self.version = found["policy"].copy(), version

    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        for ask in asks:
            yield tuple(self._answer(ask, sibling, seed) for sibling, seed in enumerate(ask.seeds_G))

    def _answer(self, ask: Ask, sibling: int, seed: int) -> Rollout:
        choices = _choices(ask.task.family)
        logp = _logp(self._weights, choices)
        draw = np.random.default_rng(seed).random()
        said = int(logp.argmax()) if ask.temperature == 0 else int(np.searchsorted(np.exp(logp).cumsum(), draw))
        said = min(said, len(choices) - 1)
        return Rollout(
            task=ask.task, role=ask.role, policy=ask.policy, version=self.version, sibling=sibling,
            prompt_ids=(choices[0], len(choices)), output_ids=(choices[said],), logprobs=(float(logp[said]),), mask=(True,),
            text=reply.write("", self._text(ask, said)), finish="stop", temperature=ask.temperature, seed=seed,
        )  # fmt: skip

    @staticmethod
    def _text(ask: Ask, said: int) -> str:
        if ask.task.answer is None:
            name = families.PRIMER[ask.task.seed // 2 % len(families.PRIMER)]
            return proposer.write(Proposal(family=name, level=said))
        return ask.task.answer.text if said else "something else"


class FakeLearner:
    """Plain gradient ascent on the advantage-weighted log-probs of the batch."""

    def __init__(self, lr: float = 0.0):
        self._lr = lr
        self._weights = np.zeros(SIZE)

    def learn(self, batch: Batch, learning) -> Mapping[str, float]:
        gradient, gap = np.zeros(SIZE), 0.0
        for segment in (one for microbatch in batch.microbatches for one in microbatch):
            first, count = segment.prompt_ids
            choices = range(first, first + count)
            logp = _logp(self._weights, choices)
            share = np.exp(logp)
            gap = max(gap, np.abs(logp[segment.ids_T - first] - segment.logprobs_T).max())
            for token, advantage in zip(segment.ids_T, segment.advantages_G, strict=True):
                gradient[list(choices)] -= advantage * share / batch.sequences
                gradient[token] += advantage / batch.sequences
        self._weights = self._weights + self._lr * gradient
        return {"grad_norm": float(np.linalg.norm(gradient)), "updates": 1.0, "gap_max": float(gap)}

    def logprobs(self, rollouts: Sequence[Rollout]) -> list[np.ndarray]:
        return [
            _logp(self._weights, range(first, first + count))[[token - first for token in one.output_ids]]
            for one in rollouts
            for first, count in [one.prompt_ids]
        ]

    def publish(self, samplers: Iterable[FakeSampler], version: int) -> None:
        for sampler in samplers:
            sampler.receive(self.weights(), version)

    def weights(self) -> Iterator[tuple[str, Weights]]:
        yield "policy", self._weights

    def anchor(self) -> None: ...

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "policy.json").write_text(json.dumps(self._weights.tolist()))

    def load(self, folder: Path) -> None:
        self._weights = np.array(json.loads((folder / "policy.json").read_text()))
