"""What a step must know before any weight moves: how likely its tokens were to the old policy, to the anchor and without
their pictures, and which of them the whole batch singles out. Must not know a model, a loss's value or an optimizer.

What is counted here is counted over every rank and microbatch, so it is the same however the batch was cut and dealt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mmzero import spoil
from mmzero.losses import covariance
from mmzero.types import Segment, seed_of

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.engines.deepspeed_engine import DeepSpeedEngine
    from mmzero.recipe.tree import Blind, Covariance

Said = tuple[Tensor, Tensor]  # logp_T and entropy_T of a microbatch, without a graph


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beforehand:
    """Of one microbatch; what nobody asked for is None."""

    old_T: Tensor | None = None
    anchor_T: Tensor | None = None
    blind_T: Tensor | None = None
    chosen_T: Tensor | None = None
    mean_entropy: float | None = None


def mean_entropy(said: Sequence[Said], microbatches: Sequence[Sequence[Segment]], engine: DeepSpeedEngine) -> float:
    """Of the batch's tokens that no mask hides. Of every rank at once."""
    masks = [mask_of(one) for one in microbatches]
    mine = [float(entropy_T.cpu()[mask_T].sum()) for (_, entropy_T), mask_T in zip(said, masks, strict=True)]
    total, tokens = engine.sum([sum(mine), sum(int(mask_T.sum()) for mask_T in masks)])
    return total / max(tokens, 1)


def singled_out(
    said: Sequence[Said],
    microbatches: Sequence[Sequence[Segment]],
    rule: Covariance,
    seed: int,
    engine: DeepSpeedEngine,
) -> list[Tensor]:
    """The tokens of each microbatch that the rule chooses in the whole batch. Of every rank at once."""
    masks = [mask_of(one) for one in microbatches]
    logps = [logp_T.cpu().double() for logp_T, _ in said]
    advantages = [advantages_of(one).double() for one in microbatches]
    sums = [sum(float(one[mask].sum()) for one, mask in zip(each, masks, strict=True)) for each in (logps, advantages)]
    logp, advantage, tokens = engine.sum([*sums, sum(int(mask.sum()) for mask in masks)])
    keys = [
        covariance.key(
            covariance.covariance(logp_T, advantages_T, logp / max(tokens, 1), advantage / max(tokens, 1)),
            _draws(microbatch, seed),
            rule,
        ).where(mask_T, torch.inf)
        for logp_T, advantages_T, microbatch, mask_T in zip(logps, advantages, microbatches, masks, strict=True)
    ]
    most = covariance.count(rule, int(tokens))
    mine = torch.cat([torch.empty(0, dtype=torch.float64), *keys]).sort().values[:most]  # no other can be chosen
    bound = covariance.bound(torch.cat(engine.everyones(mine)), most)
    return [(key_T <= bound).to(engine.device) for key_T in keys]


def blackened(rule: Blind, seed: int) -> Callable[[str, Image.Image], Image.Image]:
    """Every picture blackened by a draw of its own, which follows from its name."""
    return lambda image, picture: spoil.blacken(picture, rule.share, rule.patch, seed_of(seed, "blind", image))


def mask_of(microbatch: Sequence[Segment]) -> Tensor:
    return torch.from_numpy(np.concatenate([one.mask_T for one in microbatch]))


def advantages_of(microbatch: Sequence[Segment]) -> Tensor:
    return torch.from_numpy(np.concatenate([one.advantages_G.repeat(one.lengths_G) for one in microbatch]))


def pictured(microbatch: Sequence[Segment]) -> Tensor:
    """The tokens whose prompt has a picture."""
    return torch.from_numpy(np.repeat([bool(one.images) for one in microbatch], [len(one.ids_T) for one in microbatch]))


def _draws(microbatch: Sequence[Segment], seed: int) -> Tensor:
    """A uniform draw for each token, which follows from its answer and not from where that stands in the batch."""
    drawn = []
    for one in microbatch:
        for ids in np.split(one.ids_T, one.lengths_G.cumsum()[:-1]):
            said = blake2b(one.prompt_ids.tobytes() + ids.tobytes(), digest_size=16).hexdigest()
            drawn.append(np.random.default_rng(seed_of(seed, "covariance", said)).random(len(ids)))
    return torch.from_numpy(np.concatenate(drawn))
