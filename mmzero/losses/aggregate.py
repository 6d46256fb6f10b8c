"""From losses of tokens to one number. Every denominator is the whole batch's, so the microbatches just add up."""

from __future__ import annotations

import torch
from torch import Tensor

from mmzero.losses.inputs import Inputs


def sequence_mean(loss_T: Tensor, inputs: Inputs) -> Tensor:
    """The mean over sequences of each one's mean over its tokens: an answer counts the same, short or long (GRPO)."""
    counts_B = torch.bincount(inputs.owner_T)
    return (loss_T / counts_B[inputs.owner_T]).sum() / max(inputs.sequences, 1)


def tokens(loss_T: Tensor, inputs: Inputs) -> Tensor:
    """The mean over tokens: a token counts the same, in whatever answer it stands (DAPO)."""
    return loss_T.sum() / max(inputs.tokens, 1)


def constant(loss_T: Tensor, inputs: Inputs) -> Tensor:
    """The sum over the largest it could have been of, which no answer's length can change (Dr. GRPO)."""
    return loss_T.sum() / (max(inputs.sequences, 1) * inputs.max_tokens)


AGGREGATES = {"sequence_mean": sequence_mean, "tokens": tokens, "constant": constant}
