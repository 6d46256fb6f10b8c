"""The few tokens that end a policy's entropy: those likely and well paid against the whole batch's means; knows no rank.

What a token does to the entropy follows the covariance of its log-prob and its advantage. Clip-Cov silences some tokens
of high covariance, KL-Cov holds the highest to the old policy (Cui et al. 2025). Which tokens those are, only the whole
batch can say: `key` orders the tokens of any part, and `bound` says of all parts' keys how far down the choice goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmzero.losses.inputs import Inputs

if TYPE_CHECKING:
    from mmzero.recipe.tree import Covariance


def covariance(logp_T: Tensor, advantages_T: Tensor, mean_logp: float, mean_advantage: float) -> Tensor:
    return (logp_T - mean_logp) * (advantages_T - mean_advantage)


def key(covariance_T: Tensor, draws_T: Tensor, rule: Covariance) -> Tensor:
    """The smaller, the sooner chosen; infinite, never. Silenced is whoever is drawn first within the band, held whoever
    has most."""
    if rule.act == "hold":
        return -covariance_T
    low, high = rule.band
    return draws_T.to(covariance_T.dtype).where((covariance_T > low) & (covariance_T < high), torch.inf)


def count(rule: Covariance, tokens: int) -> int:
    """How many of the batch's tokens are chosen, where so many can be: their share, and one at least."""
    return max(1, int(rule.share * tokens))


def bound(keys_N: Tensor, most: int) -> float:
    """The key of the last token chosen; minus infinity where none is. Equals are chosen together."""
    able_N = keys_N[keys_N < torch.inf].sort().values[:most]
    return float(able_N[-1]) if len(able_N) else -torch.inf


def silence(inputs: Inputs, loss_T: Tensor, rule: Covariance) -> Tensor:
    """Chosen tokens keep their value and lose their gradient."""
    return loss_T.where(~inputs.chosen_T, loss_T.detach())


def hold(inputs: Inputs, loss_T: Tensor, rule: Covariance) -> Tensor:
    """Chosen tokens pay for every nat that they leave the old policy."""
    return loss_T + rule.weight * inputs.chosen_T * (inputs.logp_T - inputs.old_logp_T).abs()


ACTS = {"silence": silence, "hold": hold}
