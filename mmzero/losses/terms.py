"""What is added to the policy's loss: the distance to an anchor and an entropy bonus; knows no ratio and no clip."""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def kl_to_anchor(inputs: Inputs) -> Tensor:
    """The k3 estimator per token, e^d - d - 1 with d = anchor - logp: never negative, and unbiased on samples of the
    learning policy. expm1 keeps it exact near the anchor, where e^d - 1 would be all rounding."""
    difference_T = inputs.anchor_logp_T - inputs.logp_T
    return difference_T.expm1() - difference_T


def entropy_bonus(inputs: Inputs) -> Tensor:
    """Minus the mean entropy of the batch's tokens, whichever aggregation the policy's loss uses: the weight then means
    the same in every preset."""
    return -inputs.entropy_T.sum() / max(inputs.tokens, 1)
