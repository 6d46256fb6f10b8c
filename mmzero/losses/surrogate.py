"""What each token contributes to the policy's loss, with its own figures; knows no aggregation and no other term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmzero.losses.inputs import Inputs

if TYPE_CHECKING:
    from mmzero.recipe.tree import Loss

Told = tuple[Tensor, dict[str, Tensor]]


def clip(inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, loss: Loss) -> Told:
    """The pessimistic bound of PPO, between 1 - low and 1 + high: past it, a token that already moved the way its
    advantage pushes is pushed no further. high above low is clip-higher. Pessimism has no end where a token to be pushed
    down became likelier: `ceiling` gives it one (dual clip, TRL's delta)."""
    (low, high), advantages_T = loss.clip, inputs.advantages_T
    clipped_T = ratio_T.clamp(1 - low, 1 + high)
    figures = {
        "ratio": ratio_T.sum(),
        "clip_low": ((ratio_T < 1 - low) & (advantages_T < 0)).sum(),
        "clip_high": ((ratio_T > 1 + high) & (advantages_T > 0)).sum(),
    }
    if loss.ceiling is not None:
        figures["clip_dual"] = ((ratio_T > loss.ceiling) & (advantages_T < 0)).sum()
        ratio_T = ratio_T.clamp(max=loss.ceiling)
    return weight_T * -(ratio_T * advantages_T).minimum(clipped_T * advantages_T), figures


def plain(inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, loss: Loss) -> Told:
    """The ratio by the advantage, unbounded: for losses that hold the policy back otherwise."""
    return -weight_T * ratio_T * inputs.advantages_T, {"ratio": ratio_T.sum()}


def cispo(inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, loss: Loss) -> Told:
    """-log p by the advantage and by the ratio, which is bounded and has no gradient of its own: no token falls silent,
    as clipping would have it, and none counts more than 1 + high (CISPO)."""
    low, high = loss.clip
    bounded_T = ratio_T.detach().clamp(1 - low, 1 + high)
    return -weight_T * bounded_T * inputs.advantages_T * inputs.logp_T, {
        "ratio": ratio_T.sum(),
        "clip_low": (ratio_T < 1 - low).sum(),
        "clip_high": (ratio_T > 1 + high).sum(),
    }


def sapo(inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, loss: Loss) -> Told:
    """A sigmoid where others have a corner: the further a ratio is from 1, the less it pushes, by a temperature for
    advantages above 0 and one for the others. At a ratio of 1 it has the gradient of the ratio itself (SAPO)."""
    above, below = loss.temperatures
    heat_T = torch.where(inputs.advantages_T > 0, above, below).to(ratio_T.dtype)
    gate_T = (heat_T * (ratio_T - 1)).sigmoid() * 4 / heat_T
    return -weight_T * gate_T * inputs.advantages_T, {"ratio": ratio_T.sum()}


def likelihood(inputs: Inputs, ratio_T: Tensor, weight_T: Tensor, loss: Loss) -> Told:
    """-log p, scaled by the advantage: an answer to imitate carries 1. Such an answer was sampled by no policy, so
    neither a ratio nor an importance weight means anything here."""
    return -inputs.advantages_T * inputs.logp_T, {"nll": -inputs.logp_T.sum()}


SURROGATES = {"clip": clip, "plain": plain, "cispo": cispo, "sapo": sapo, "likelihood": likelihood}
