"""Samples to the microbatches a learner runs, and what running them would cost; numpy only, and nothing here knows a
recipe, a tensor or an engine.

A segment is a prompt and some of its siblings: the prompt can run once and the answers on top of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from mmzero.errors import UserError
from mmzero.types import Batch, Rollout, Sample, Segment

# One unit of work is what a decoder layer's matrices do for one token, about 24 d^2 operations; one query meeting one
# key is 4 d of them. This is that ratio for d near 1000: exact for no model, and right enough to choose by.
PAIR = 1 / 6000
# What a second forward pass costs besides its tokens (launches, copying the prompt's cache), in tokens.
PASS = 64.0


def segment(
    samples: Sequence[Sample],
    *,
    drop_constant: bool,
    mask_truncated: bool,
    tokens_per_segment: int,
    max_tokens: int,
) -> Batch:
    """The batch of one step. It depends on which samples there are and never on the order in which they arrived.

    Denominators are counted before anything is dropped. A constant group, one whose advantages are all 0, may be
    dropped only if no other term of the loss (KL, entropy) wants its tokens: the caller knows. A truncated answer under
    `mask_truncated` stays a sequence with no tokens, as in TRL.
    """
    groups = _groups(samples)
    kept = [group for group in groups if not (drop_constant and _constant(group))]
    chunks = [chunk for group in kept for chunk in _cut(group, tokens_per_segment)]
    segments = [_segment(chunk, mask_truncated) for chunk in chunks]
    microbatches = _pack(segments, tokens_per_segment)
    return Batch(
        microbatches=microbatches,
        tokens=sum(sum(_mask(sample.scored.rollout, mask_truncated)) for sample in samples),
        sequences=len(samples),
        max_tokens=max_tokens,
        figures=_figures(samples, groups, microbatches),
    )


def _groups(samples: Iterable[Sample]) -> list[list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda sample: (sample.scored.rollout.task.id, sample.scored.rollout.sibling)):
        groups.setdefault(sample.scored.rollout.task.id, []).append(sample)
    for name, group in groups.items():
        if len({(one.scored.rollout.prompt_ids, one.scored.rollout.temperature) for one in group}) > 1:
            raise ValueError(
                f"the siblings of {name} saw different prompts or temperatures; a group shares one of each"
            )
    return list(groups.values())


def _constant(group: Iterable[Sample]) -> bool:
    return all(sample.advantage == 0 for sample in group)


def _cut(group: list[Sample], budget: int) -> list[list[Sample]]:
    """A group in as few consecutive chunks as fit the budget one by one; the advantages were computed before this."""
    chunks: list[list[Sample]] = []
    for sample in group:
        if _tokens([_shape([sample])]) > budget:
            raise UserError(_too_long(sample.scored.rollout, budget))
        if chunks and _tokens([_shape([*chunks[-1], sample])]) <= budget:
            chunks[-1].append(sample)
        else:
            chunks.append([sample])
    return chunks


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


def _pack(segments: Iterable[Segment], budget: int) -> tuple[tuple[Segment, ...], ...]:
    """Neighbours in length share a microbatch, so that little of it is padding; the sort is stable, so ties stay in the
    order of their tasks."""
    microbatches: list[list[Segment]] = []
    for one in sorted(segments, key=lambda one: (len(one.prompt_ids), one.lengths_G.max())):
        if microbatches and _tokens(map(_shape_of, [*microbatches[-1], one])) <= budget:
            microbatches[-1].append(one)
        else:
            microbatches.append([one])
    return tuple(map(tuple, microbatches))


# The shape of a segment: tokens of the prompt, siblings, tokens of the longest answer.
Shape = tuple[int, int, int]


def _shape(chunk: Sequence[Sample]) -> Shape:
    rollouts = [sample.scored.rollout for sample in chunk]
    return len(rollouts[0].prompt_ids), len(rollouts), max(len(rollout.output_ids) for rollout in rollouts)


def _shape_of(one: Segment) -> Shape:
    return len(one.prompt_ids), len(one.lengths_G), int(one.lengths_G.max())


def _tokens(shapes: Iterable[Shape]) -> int:
    """Tokens that go through the model, padding included, when each prompt runs once and the answers on top of it."""
    prompts_S, siblings_S, answers_S = zip(*shapes, strict=True)
    return len(prompts_S) * max(prompts_S) + sum(siblings_S) * max(answers_S)


def cheaper(microbatch: Sequence[Segment]) -> Literal["prefix", "padded"]:
    """Which way of running these segments is less work: each prompt once and its siblings on top of its keys and values
    ("prefix", two passes), or every sibling as a row of its own with the prompt repeated ("padded", one pass).

    Work is one unit per token and PAIR per query and key that meet. Causal attention counts half a square: then a
    lone answer costs the same work both ways, and the one pass wins. Images are not counted; they are one more
    reason not to repeat a prompt.
    """
    return "prefix" if _prefix_cost(microbatch) < _padded_cost(microbatch) else "padded"


def cost(microbatch: Sequence[Segment]) -> float:
    """What running these segments is worth in work, in the cheaper way."""
    return min(_prefix_cost(microbatch), _padded_cost(microbatch))


def _prefix_cost(microbatch: Sequence[Segment]) -> float:
    segments, rows, prompt, answer = _extent(microbatch)
    return (
        PASS + segments * (prompt + PAIR * prompt**2 / 2) + rows * (answer + PAIR * (prompt * answer + answer**2 / 2))
    )


def _padded_cost(microbatch: Sequence[Segment]) -> float:
    row = max(len(one.prompt_ids) + int(one.lengths_G.max()) for one in microbatch)
    return sum(len(one.lengths_G) for one in microbatch) * (row + PAIR * row**2 / 2)


def _extent(microbatch: Sequence[Segment]) -> tuple[int, int, int, int]:
    segments, rows = len(microbatch), sum(len(one.lengths_G) for one in microbatch)
    prompt = max(len(one.prompt_ids) for one in microbatch)
    return segments, rows, prompt, max(int(one.lengths_G.max()) for one in microbatch)


def _figures(
    samples: Sequence[Sample], groups: Sequence[Sequence[Sample]], microbatches: Sequence[Sequence[Segment]]
) -> Mapping[str, float]:
    rollouts = [sample.scored.rollout for sample in samples]
    kept = [one for microbatch in microbatches for one in microbatch]
    real = sum(len(one.prompt_ids) + len(one.ids_T) for one in kept)
    run = sum(_tokens(map(_shape_of, microbatch)) for microbatch in microbatches)
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
