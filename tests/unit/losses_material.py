"""Inputs of a loss made by hand, and what a loss says of them: its value, its slope by each log-prob, its figures."""

import math

import torch

from mmzero.losses import Inputs, compute
from mmzero.recipe.tree import Mismatch

UNCORRECTED = Mismatch(correct="none")
LOG2, LOG3 = math.log(2), math.log(3)


def doubles(*values):
    return torch.tensor(values, dtype=torch.float64)


def inputs_of(
    logp, *, old=None, behaviour=None, anchor=None, entropy=None, advantages=None, mask=None, owner=None,
    blind=(), chosen=(), **counts
):  # fmt: skip
    """Inputs with every unnamed part neutral: nothing moved or hidden or chosen, advantage 1, no mask, one sequence."""
    logp_T = logp if isinstance(logp, torch.Tensor) else doubles(*logp).requires_grad_()
    old_logp_T = logp_T.detach() if old is None else doubles(*old)
    mask_T = torch.ones(len(logp_T), dtype=torch.bool) if mask is None else torch.tensor(mask)
    owner_T = torch.zeros(len(logp_T), dtype=torch.int64) if owner is None else torch.tensor(owner)
    counted = {"tokens": int(mask_T.sum()), "sequences": int(owner_T.max()) + 1, "max_tokens": 10} | counts
    return Inputs(
        logp_T=logp_T,
        old_logp_T=old_logp_T,
        behaviour_logp_T=old_logp_T if behaviour is None else doubles(*behaviour),
        anchor_logp_T=None if anchor is None else doubles(*anchor),
        entropy_T=entropy if isinstance(entropy, torch.Tensor) or entropy is None else doubles(*entropy),
        blind_logp_T=None if blind is None else doubles(*blind) if blind else logp_T.detach(),
        chosen_T=None if chosen is None else torch.tensor(chosen) if chosen else torch.zeros_like(mask_T),
        advantages_T=torch.ones_like(old_logp_T) if advantages is None else doubles(*advantages),
        mask_T=mask_T,
        owner_T=owner_T,
        **counted,
    )


def loss_and_gradient(inputs, loss, kl_weight=0.0, mismatch=UNCORRECTED):
    total, figures = compute(inputs, loss, kl_weight, mismatch)
    (gradient_T,) = torch.autograd.grad(total, inputs.logp_T)
    return total.item(), gradient_T.tolist(), figures
