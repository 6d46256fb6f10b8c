"""Samples to the microbatches a learner runs, and what running them would cost; numpy only, and nothing here knows a
recipe, a tensor or an engine.

A segment is a prompt and some of its siblings: the prompt can run once and the answers on top of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Literal

import numpy as np

from mmzero.errors import UserError
from mmzero.types import Batch, Rollout, Sample, Segment

# One unit of work is what a decoder layer's matrices do for one token, about 24 d^2 operations; one query meeting one
# key is 4 d of them. This is that ratio for d near 1000: exact for no model, and right enough to choose by.
PAIR = 1 / 6000
# What a forward pass costs besides its tokens (launches, copying the prompt's cache), in tokens.
PASS = 64.0
SHARDED_PASS = 2048.0  # where every pass first gathers the weights from other ranks
# What looking at the pictures costs for each token of a prompt that has some: an encoder runs several patches a token.
LOOKING = 0.5


def segment(
    samples: Sequence[Sample],
    *,
    drop_constant: bool,
    mask_truncated: bool,
    tokens_per_segment: int,
    max_tokens: int,
    per_pass: float = PASS,
) -> Batch:
    """The batch of one step. It depends on which samples there are and never on the order in which they arrived.

    Denominators are counted before anything is dropped. A constant group, one whose advantages are all 0, may be
    dropped only if no other term of the loss (KL, entropy) wants its tokens: the caller knows. A truncated answer under
    `mask_truncated` stays a sequence with no tokens, as in TRL. `per_pass` is what a microbatch costs besides its tokens.
    """
    groups = _groups(samples)
    kept = [group for group in groups if not (drop_constant and _constant(group))]
    chunks = [chunk for group in kept for chunk in _cut(group, tokens_per_segment)]
    segments = [_segment(chunk, mask_truncated) for chunk in chunks]
    microbatches = _pack(segments, tokens_per_segment, per_pass)
    return Batch(
        microbatches=microbatches,
        tokens=sum(sum(_mask(sample.scored.rollout, mask_truncated)) for sample in samples),
        sequences=len(samples),
        max_tokens=max_tokens,
        figures=_figures(samples, groups, microbatches),
    )


def _groups(samples: Iterable[Sample]) -> list[list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=_place):
        groups.setdefault(sample.scored.rollout.task.id, []).append(sample)
    for name, group in groups.items():
        if len({(one.scored.rollout.prompt_ids, one.scored.rollout.temperature) for one in group}) > 1:
            raise ValueError(
                f"the siblings of {name} saw different prompts or temperatures; a group shares one of each"
            )
    return list(groups.values())


def _place(sample: Sample) -> tuple[str, int, int]:
    rollout = sample.scored.rollout  # one task may be there from two steps, whose draws have other seeds
    return rollout.task.id, rollout.sibling, rollout.seed


def _constant(group: Iterable[Sample]) -> bool:
    return all(sample.advantage == 0 for sample in group)


def _cut(group: list[Sample], budget: int) -> list[list[Sample]]:
    """A group in chunks that fit the budget one by one, answers of like length together where what is spared in padding
    is worth running the prompt again; the advantages were computed before this."""
    ordered = sorted(group, key=_length)
    extents = [_extent_of(sample) for sample in ordered]
    for sample, extent in zip(ordered, extents, strict=True):
        if extent.tokens > budget:
            raise UserError(_too_long(sample.scored.rollout, budget))
    return [
        sorted(ordered[start:stop], key=_place)
        for start, stop in _cheapest_runs(extents, budget, _beside, lambda extent: extent.work)
    ]


def _length(sample: Sample) -> int:
    return len(sample.scored.rollout.output_ids)


def _cheapest_runs(
    extents: Sequence[Extent],
    budget: int,
    joined: Callable[[Extent, Extent], Extent],
    price: Callable[[Extent], float],
) -> list[tuple[int, int]]:
    """Neighbours in runs that fit the budget, so that all runs together cost least; of equals the first run is longest."""
    least, begins = [0.0], []
    for stop in range(1, len(extents) + 1):
        best, begin = float("inf"), stop - 1
        for start, run in _growing(extents[:stop], joined):
            if run.tokens > budget and start < stop - 1:
                break
            if (cost := least[start] + price(run)) < best:
                best, begin = cost, start
        least.append(best)
        begins.append(begin)
    runs, stop = [], len(extents)
    while stop:
        runs.append((begins[stop - 1], stop))
        stop = begins[stop - 1]
    return runs[::-1]


def _growing(extents: Sequence[Extent], joined: Callable[[Extent, Extent], Extent]) -> Iterator[tuple[int, Extent]]:
    """The last of them, the last two, the last three, each with where it begins."""
    run = None
    for start in range(len(extents) - 1, -1, -1):
        run = extents[start] if run is None else joined(extents[start], run)
        yield start, run


def _too_long(rollout: Rollout, budget: int) -> str:
    prompt, answer = len(rollout.prompt_ids), len(rollout.output_ids)
    return (
        f"{rollout.id} is {prompt} prompt and {answer} answer tokens, but learner.tokens_per_segment is {budget}"
        f" and an answer must fit with its prompt; raise it to {prompt + answer} or more, or lower says.max_tokens"
    )


def _segment(chunk: Sequence[Sample], mask_truncated: bool) -> Segment:
    rollouts = [sample.scored.rollout for sample in chunk]
    first = rollouts[0]
    return Segment(
        images=first.task.images,
        prompt_ids=np.array(first.prompt_ids, dtype=np.int64),
        lengths_G=np.array([len(rollout.output_ids) for rollout in rollouts], dtype=np.int64),
        ids_T=np.array([token for rollout in rollouts for token in rollout.output_ids], dtype=np.int64),
        logprobs_T=np.array([logprob for rollout in rollouts for logprob in rollout.logprobs], dtype=np.float32),
        mask_T=np.array([bit for rollout in rollouts for bit in _mask(rollout, mask_truncated)], dtype=bool),
        advantages_G=np.array([sample.advantage for sample in chunk], dtype=np.float32),
        temperature=first.temperature,
    )


def _mask(rollout: Rollout, mask_truncated: bool) -> tuple[bool, ...]:
    return (False,) * len(rollout.mask) if mask_truncated and rollout.finish == "length" else rollout.mask


def _pack(segments: Iterable[Segment], budget: int, per_pass: float) -> tuple[tuple[Segment, ...], ...]:
    """Neighbours in length share a microbatch, as many as a pass is worth padding for; the sort is stable, so ties stay
    in the order of their tasks."""
    ordered = sorted(segments, key=lambda one: (one.lengths_G.max(), len(one.prompt_ids)))
    runs = _cheapest_runs(list(map(_extent, ordered)), budget, add, lambda extent: per_pass + extent.cheapest)
    return tuple(tuple(ordered[start:stop]) for start, stop in runs)


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a microbatch is, padding included: how many prompts and answers, and the longest of each."""

    prompts: int
    answers: int
    prompt: int
    answer: int
    row: int  # the longest prompt with its longest answer
    pictures: bool

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            self.prompts + other.prompts,
            self.answers + other.answers,
            max(self.prompt, other.prompt),
            max(self.answer, other.answer),
            max(self.row, other.row),
            self.pictures or other.pictures,
        )

    @property
    def tokens(self) -> int:
        """That go through the model when each prompt runs once and the answers on top of it."""
        return self.prompts * self.prompt + self.answers * self.answer

    @property
    def work(self) -> float:
        """What those tokens cost, of which the queries of an answer meet the prompt's keys too."""
        mine = self.answer + PAIR * (self.prompt * self.answer + self.answer**2 / 2)
        return self.prompts * self._asking + self.answers * mine

    @property
    def padded_work(self) -> float:
        """The same with every answer a row of its own behind its prompt."""
        return self.answers * (self.row + PAIR * self.row**2 / 2 + self._looking)

    @property
    def cheapest(self) -> float:
        """In the cheaper way; prompts once are a pass more."""
        return min(PASS + self.work, self.padded_work)

    @property
    def _asking(self) -> float:
        return self.prompt + PAIR * self.prompt**2 / 2 + self._looking

    @property
    def _looking(self) -> float:
        return LOOKING * self.prompt if self.pictures else 0.0


def _extent_of(sample: Sample) -> Extent:
    rollout = sample.scored.rollout
    return _shape(len(rollout.prompt_ids), 1, len(rollout.output_ids), bool(rollout.task.images))


def _beside(one: Extent, other: Extent) -> Extent:
    """Siblings, who share their prompt."""
    return _shape(one.prompt, one.answers + other.answers, max(one.answer, other.answer), one.pictures)


def _shape(prompt: int, answers: int, answer: int, pictures: bool) -> Extent:
    return Extent(1, answers, prompt, answer, prompt + answer, pictures)


def _extent(one: Segment) -> Extent:
    return _shape(len(one.prompt_ids), len(one.lengths_G), int(one.lengths_G.max()), bool(one.images))


def cheaper(microbatch: Sequence[Segment]) -> Literal["prefix", "padded"]:
    """Which way of running these segments is less work: each prompt once and its siblings on top of its keys and values
    ("prefix", two passes), or every sibling as a row of its own with the prompt repeated ("padded", one pass).

    Work is one unit per token and PAIR per query and key that meet. Causal attention counts half a square: then a
    lone answer costs the same work both ways, and the one pass wins.
    """
    extent = reduce(add, map(_extent, microbatch))
    return "prefix" if PASS + extent.work < extent.padded_work else "padded"


def cost(microbatch: Sequence[Segment]) -> float:
    """What running these segments is worth in work, in the cheaper way."""
    return reduce(add, map(_extent, microbatch)).cheapest


def _figures(
    samples: Sequence[Sample], groups: Sequence[Sequence[Sample]], microbatches: Sequence[Sequence[Segment]]
) -> Mapping[str, float]:
    rollouts = [sample.scored.rollout for sample in samples]
    kept = [one for microbatch in microbatches for one in microbatch]
    real = sum(len(one.prompt_ids) + len(one.ids_T) for one in kept)
    run = sum(reduce(add, map(_extent, microbatch)).tokens for microbatch in microbatches)
    return {
        "constant_groups": _share(sum(map(_constant, groups)), len(groups)),
        "dropped_sequences": float(len(samples) - sum(len(one.lengths_G) for one in kept)),
        "mean_length": _share(sum(len(rollout.output_ids) for rollout in rollouts), len(rollouts)),
        "truncated": _share(sum(rollout.finish == "length" for rollout in rollouts), len(rollouts)),
        "microbatches": float(len(microbatches)),
        "padding": _share(run - real, run),
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
