"""Weights for tokens that the sampler and the learner find differently likely; knows no advantage and no clip.

The old policy is the learner's own view of the weights that sampled. Where the two engines disagree, tokens were drawn
from another distribution than the one being improved, and min(old / behaviour, cap) corrects for it.
"""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def truncated(inputs: Inputs, cap: float) -> Tensor:
    """Detached: a weight says how much a token counts and is nothing to be improved."""
    return (inputs.old_logp_T - inputs.behaviour_logp_T).exp().clamp(max=cap).detach()


def none(inputs: Inputs, cap: float) -> Tensor:
    return inputs.old_logp_T.new_ones(inputs.old_logp_T.shape)


WEIGHTS = {"truncated": truncated, "none": none}
