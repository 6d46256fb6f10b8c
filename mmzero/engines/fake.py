"""Engines that learn in milliseconds, beside the real ones and never instead: a policy of a few numbers that answers by
drawing from a softmax, and a learner that follows the policy gradient of exactly that softmax. No torch.

A solver knows two answers to every task, the right one and a wrong one, with one odds per family; a proposer chooses a
level. Where pictures are invented, each role knows a good answer and a bad one: an idea about squares or no blocks at all,
an SVG document that shows them or one that is broken, the answer that was meant or another. All speak in real text, so
everything between sampler and learner is the real thing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmzero import families
from mmzero.errors import EngineError
from mmzero.render.policy import STATUSES, Job, Result
from mmzero.roles import coder, generator, open_proposer, proposer, reply, second_look
from mmzero.types import Ask, Batch, Begun, Drawing, Idea, Proposal, Rollout

# Numbers in the policy: an odds per family, where pictures are invented an odds per role, then a score per level.
_KNOWN = (
    *families.names(), open_proposer.FAMILY, coder.FAMILY, coder.PICTURE, generator.FAMILY, second_look.BLIND
)  # fmt: skip
SIZE = 2 * len(_KNOWN) + 10

Weights = np.ndarray


def _logp(weights: Weights, choices: Sequence[int]) -> np.ndarray:
    scores = weights[list(choices)]
    return scores - np.log(np.exp(scores - scores.max()).sum()) - scores.max()


def _likeliest(logp: np.ndarray, top_p: float) -> np.ndarray:
    order = np.argsort(-logp, kind="stable")
    share = np.exp(logp[order])
    kept = np.full_like(logp, -np.inf)
    kept[order] = np.where(share.cumsum() - share < top_p, logp[order], -np.inf)
    return kept - np.log(np.exp(kept).sum())


def _choices(family: str) -> range:
    """Which of the policy's numbers compete when this family is asked."""
    if family == proposer.FAMILY:
        return range(SIZE - 10, SIZE)
    first = 2 * _KNOWN.index(family)
    return range(first, first + 2)


def _idea(seed: int) -> Idea:
    """Different for every seed, and never about a picture that takes long to draw."""
    many, content = seed // 2 % 7 + 2, ("data_chart", "geometry", "table")[seed // 2 % 3]
    return Idea(
        content=content, caption=f"{many} squares in a row, drawing {seed:x}", easy_question="How many squares are there?",
        easy_answer=str(many), hard_question="How many corners have they together?", hard_answer=str(4 * many),
    )  # fmt: skip


def _svg(idea: Idea) -> str:
    squares = "".join(f'<rect x="{8 + 16 * i}" y="8" width="10" height="10"/>' for i in range(int(idea.easy_answer)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 26" width="160" height="26">{squares}'
        f"<!-- {idea.caption} --></svg>"
    )


def _gone_on(begun: Begun, more: Rollout) -> Rollout:
    """A token that nobody chose for each forced word. Answers of one token have none that ends them."""
    said, words = begun.said, len(begun.forced.split())
    return replace(
        said,
        output_ids=said.output_ids + more.prompt_ids[:1] * words + more.output_ids,
        logprobs=(*said.logprobs, *(0.0 for _ in range(words)), *more.logprobs),
        mask=(*said.mask, *(False for _ in range(words)), *more.mask),
        text=f"{said.text}{begun.forced}{more.text}",
    )


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
            answers = tuple(self._answer(ask, sibling, seed) for sibling, seed in enumerate(ask.seeds_G))
            yield tuple(map(_gone_on, ask.begun_G, answers)) if ask.begun_G else answers

    def _answer(self, ask: Ask, sibling: int, seed: int) -> Rollout:
        choices = _choices(ask.task.family)
        logp = _logp(self._weights, choices)
        if ask.top_p < 1:
            logp = _likeliest(logp, ask.top_p)
        draw = np.random.default_rng(seed).random()
        said = int(logp.argmax()) if ask.temperature == 0 else int(np.searchsorted(np.exp(logp).cumsum(), draw))
        said = 1 if ask.written is not None else min(said, len(choices) - 1)  # who writes for it is right
        return Rollout(
            task=ask.task, role=ask.role, policy=ask.policy, version=self.version, sibling=sibling,
            prompt_ids=(choices[0], len(choices)), output_ids=(choices[said],), logprobs=(float(logp[said]),), mask=(True,),
            text=ask.written or self._said(ask, said, seed),
            finish="stop" if ask.written is None else "written", temperature=ask.temperature, seed=seed,
        )  # fmt: skip

    def _said(self, ask: Ask, said: int, seed: int) -> str:
        task = ask.task
        if task.family == open_proposer.FAMILY:
            return open_proposer.write(_idea(seed)) if said else "I have none."
        if task.family == coder.FAMILY:
            code = _svg(open_proposer.from_scene(task.scene)) if said else "<svg><rect</svg>"
            return coder.write(Drawing(kind="svg", code=code))
        if task.family == coder.PICTURE and task.answer is None and said:
            meant = open_proposer.from_scene(task.scene)
            return reply.write("", meant.easy_answer if task.kind == coder.EASY else meant.hard_answer)
        if task.family in (coder.PICTURE, second_look.BLIND) and task.answer is None:
            return reply.write("", f"{seed % 3 + 100}")
        return reply.write("", self._text(ask, said))

    @staticmethod
    def _text(ask: Ask, said: int) -> str:
        if ask.task.answer is None:
            name = families.PRIMER[ask.task.seed // 2 % len(families.PRIMER)]
            return proposer.write(Proposal(family=name, level=said))
        return ask.task.answer.text if said else "something else"


class FakeRenderer:
    """Draws a pattern of its own for every program, in no sandbox, for it runs nothing; a program that names a
    status within a comment, as `<!-- timeout -->`, comes to that."""

    def map(self, jobs: Iterable[Job]) -> list[Result]:
        return [self._drawn(job) for job in jobs]

    @staticmethod
    def _drawn(job: Job) -> Result:
        named = next((status for status in STATUSES if f"<!-- {status} -->" in job.code), "ok")
        if named != "ok":
            return Result(named, "L0", log=f"it says {named}")
        bits = np.unpackbits(np.frombuffer(hashlib.blake2b(job.code.encode(), digest_size=32).digest(), np.uint8))
        shades = np.kron(255 * bits.reshape(16, 16), np.ones((2, 2), np.uint8))
        return Result("ok", "L0", image=np.repeat(shades[:, :, None], 3, axis=2))


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
            ids_T, advantages_T = segment.ids_T[segment.mask_T], np.repeat(segment.advantages_G, segment.lengths_G)
            apart_T = np.abs(logp[ids_T - first] - segment.logprobs_T[segment.mask_T])
            gap = max(gap, apart_T.max(initial=0.0))
            for token, advantage in zip(ids_T, advantages_T[segment.mask_T], strict=True):
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
    def forget(self) -> None: ...

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "policy.json").write_text(json.dumps(self._weights.tolist()))

    def load(self, folder: Path) -> None:
        self._weights = np.array(json.loads((folder / "policy.json").read_text()))

    def save_model(self, folder: Path) -> None:
        self.save(folder)

    def alive(self) -> bool:
        return True

    def restart(self) -> None:
        self._weights = np.zeros(SIZE)
