"""What each token contributes to the policy's loss, with its own figures; knows no aggregation and no other term."""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def clip(
    inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, bounds: tuple[float, float]
) -> tuple[Tensor, dict[str, Tensor]]:
    """The pessimistic bound of PPO, between 1 - low and 1 + high: past it, a token that already moved the way its
    advantage pushes is pushed no further. high above low is clip-higher."""
    low, high = bounds
    advantages_T = inputs.advantages_T
    clipped_T = ratio_T.clamp(1 - low, 1 + high)
    loss_T = -(ratio_T * advantages_T).minimum(clipped_T * advantages_T)
    return weight_T * loss_T, {
        "ratio": ratio_T.sum(),
        "clip_low": ((ratio_T < 1 - low) & (advantages_T < 0)).sum(),
        "clip_high": ((ratio_T > 1 + high) & (advantages_T > 0)).sum(),
    }


def likelihood(
    inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, bounds: tuple[float, float]
) -> tuple[Tensor, dict[str, Tensor]]:
    """-log p, scaled by the advantage: an answer to imitate carries 1. Such an answer was sampled by no policy, so
    neither a ratio nor an importance weight means anything here."""
    return -inputs.advantages_T * inputs.logp_T, {"nll": -inputs.logp_T.sum()}


SURROGATES = {"clip": clip, "likelihood": likelihood}
