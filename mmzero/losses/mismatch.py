"""Weights for tokens that the sampler and the learner find differently likely, and sequences not to learn from at all;
knows no ratio and no clip.

The old policy is the learner's own view of the weights that sampled. Where the two engines disagree, tokens were drawn
from another distribution than the one being improved, and old / behaviour corrects for it: of a token or of its whole
sequence, bounded (truncated) or, outside the bounds, 0 (masked). Weights are detached: they say how much a token counts
and are nothing to be improved.
"""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def truncated(inputs: Inputs, floor: float, cap: float) -> Tensor:
    return _token(inputs).exp().clamp(floor, cap)


def masked(inputs: Inputs, floor: float, cap: float) -> Tensor:
    return _within(_token(inputs).exp(), floor, cap)


def sequence_truncated(inputs: Inputs, floor: float, cap: float) -> Tensor:
    return inputs.sequence_sum(_token(inputs)).exp().clamp(floor, cap)


def sequence_masked(inputs: Inputs, floor: float, cap: float) -> Tensor:
    return _within(inputs.sequence_sum(_token(inputs)).exp(), floor, cap)


def none(inputs: Inputs, floor: float, cap: float) -> Tensor:
    return inputs.old_logp_T.new_ones(inputs.old_logp_T.shape)


def kept(inputs: Inputs, most: float) -> Tensor:
    """False for the tokens of a sequence to be pushed away from (its advantage is negative) that lies further than
    `most` nats a token from what was sampled: it says little about the policy there is now (DeepSeek-V3.2)."""
    gap_T = inputs.sequence_mean(inputs.behaviour_logp_T - inputs.logp_T.detach())
    return (inputs.advantages_T >= 0) | (gap_T <= most)


def _token(inputs: Inputs) -> Tensor:
    return (inputs.old_logp_T - inputs.behaviour_logp_T).detach()


def _within(weight_T: Tensor, floor: float, cap: float) -> Tensor:
    return weight_T.where((weight_T >= floor) & (weight_T <= cap), 0)


WEIGHTS = {
    "truncated": truncated,
    "masked": masked,
    "sequence_truncated": sequence_truncated,
    "sequence_masked": sequence_masked,
    "none": none,
}
