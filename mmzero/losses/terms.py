"""What is added to the policy's loss: the distance to an anchor and an entropy bonus; knows no clip and no advantage.

Each estimator is a distance per token whose gradient, on samples of the learning policy, makes sense inside a loss. The
plain difference of log-probs (k1) is not here: its gradient is 0 on average, so it would add noise and hold nothing.
"""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def k2(inputs: Inputs, ratio_T: Tensor) -> Tensor:
    """Half the squared difference of log-probs: biased as a number, while its gradient is that of KL(policy, anchor)."""
    return (inputs.anchor_logp_T - inputs.logp_T).square() / 2


def k3(inputs: Inputs, ratio_T: Tensor) -> Tensor:
    """e^d - d - 1 with d = anchor - logp: never negative, and unbiased on samples of the learning policy. expm1 keeps it
    exact near the anchor, where e^d - 1 would be all rounding."""
    difference_T = inputs.anchor_logp_T - inputs.logp_T
    return difference_T.expm1() - difference_T


def k3_ratio(inputs: Inputs, ratio_T: Tensor) -> Tensor:
    """k3 by the policy's ratio: unbiased, value and gradient, on samples of the old policy (DeepSeek-V3.2)."""
    return ratio_T * k3(inputs, ratio_T)


ESTIMATORS = {"k2": k2, "k3": k3, "k3_ratio": k3_ratio}


def entropy_bonus(inputs: Inputs) -> Tensor:
    """Minus the mean entropy of the batch's tokens, whichever aggregation the policy's loss uses: the weight then means
    the same in every preset."""
    return -inputs.entropy_T.sum() / max(inputs.tokens, 1)
