"""The loss of one microbatch: ratio x surrogate x aggregation + terms, each a pure function in a file of its own.

Nothing here knows a model, a rank or an algorithm's name: a preset is a choice of parts, made in the recipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from mmzero.losses import blind
from mmzero.losses.aggregate import AGGREGATES
from mmzero.losses.blind import surprise
from mmzero.losses.covariance import ACTS
from mmzero.losses.inputs import Inputs
from mmzero.losses.mismatch import WEIGHTS, kept
from mmzero.losses.ratio import RATIOS
from mmzero.losses.surrogate import SURROGATES
from mmzero.losses.terms import ESTIMATORS, entropy_bonus

if TYPE_CHECKING:
    from mmzero.recipe.tree import Loss, Mismatch

__all__ = ["Inputs", "compute", "surprise"]


def compute(inputs: Inputs, loss: Loss, kl_weight: float, mismatch: Mismatch) -> tuple[Tensor, dict[str, Tensor]]:
    """This microbatch's share of the batch's loss, and figures. Each figure is a sum over the tokens the mask leaves:
    add them up over microbatches and ranks, then divide by the figure `tokens`."""
    _refuse_what_is_missing(inputs, loss, kl_weight)
    chosen = inputs.chosen()
    weight_T = WEIGHTS[mismatch.correct](chosen, mismatch.floor, mismatch.cap)
    ratio_T = RATIOS[loss.ratio](chosen)
    loss_T, figures = SURROGATES[loss.surrogate](chosen, ratio_T, weight_T, loss)
    # What is imitated was sampled by no policy, so there is nobody to agree with.
    imitates = loss.surrogate == "likelihood"
    figures |= {"tokens": chosen.mask_T.sum()} if imitates else _agreement(chosen, weight_T)
    if loss.covariance is not None:
        loss_T = ACTS[loss.covariance.act](chosen, loss_T, loss.covariance)
        figures["singled_out"] = chosen.chosen_T.sum()
    if mismatch.drop_above is not None:  # of the policy's loss only: what is dropped still keeps to its anchor
        kept_T = kept(chosen, mismatch.drop_above)
        loss_T, figures["dropped"] = loss_T * kept_T, (~kept_T).sum()
    if chosen.anchor_logp_T is not None:
        kl_T = ESTIMATORS[loss.estimator](chosen, ratio_T)
        figures["kl"] = kl_T.sum()
        if kl_weight:
            loss_T = loss_T + kl_weight * kl_T
    if loss.blind is not None:
        apart_T = blind.distance(chosen)
        loss_T, figures["blind_kl"] = loss_T - loss.blind.weight * apart_T, apart_T.sum()
    total = AGGREGATES[loss.aggregate](loss_T, chosen)
    if chosen.entropy_T is not None:
        figures["entropy"] = chosen.entropy_T.sum()
        if loss.entropy and (loss.entropy_floor is None or chosen.mean_entropy <= loss.entropy_floor):
            total = total + loss.entropy * entropy_bonus(chosen)
    if loss.blind is not None and loss.blind.surprise:
        total = total + loss.blind.surprise * surprise(chosen.logp_T, chosen.tokens)
    return total, {name: figure.detach() for name, figure in figures.items()}


def _agreement(chosen: Inputs, weight_T: Tensor) -> dict[str, Tensor]:
    """How well sampler and learner agree; weight^2 / (tokens * weight_squared) is the effective share of samples."""
    return {
        "tokens": chosen.mask_T.sum(),
        "weight": weight_T.sum(),
        "weight_squared": weight_T.square().sum(),
        "gap": (chosen.old_logp_T - chosen.behaviour_logp_T).abs().sum(),
    }


def _refuse_what_is_missing(inputs: Inputs, loss: Loss, kl_weight: float) -> None:
    asked = {
        "the KL weight": (kl_weight, inputs.anchor_logp_T, "no anchor's log-probs"),
        "the entropy weight": (loss.entropy, inputs.entropy_T, "no entropy"),
        "the entropy floor": (loss.entropy_floor, inputs.mean_entropy, "no mean entropy of the batch"),
        "the covariance": (loss.covariance, inputs.chosen_T, "no tokens singled out"),
        "the blind term": (loss.blind, inputs.blind_logp_T, "no blind log-probs"),
    }
    for name, (wanted, given, lacking) in asked.items():
        if wanted and given is None:
            raise ValueError(f"{name} is {wanted}, but the inputs carry {lacking}; compute them first")
