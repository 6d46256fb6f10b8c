"""The flat tensors a loss is a function of; knows no model, no recipe and no rank."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """One microbatch, the answers laid end to end. `owner_T` says which of its sequences a token belongs to, counted
    from 0: [0, 0, 1] is an answer of two tokens and one of one. A sequence is never cut across microbatches.

    `tokens`, `sequences` and `max_tokens` are counted over the whole batch, over every rank and microbatch: so the
    losses of the parts add up to the loss of the whole.
    """

    logp_T: Tensor  # of the weights that are learning, with its graph
    old_logp_T: Tensor  # of the weights at the start of the step; logp_T.detach() where there is one update
    behaviour_logp_T: Tensor  # as the sampler said them
    anchor_logp_T: Tensor | None = None
    blind_logp_T: Tensor | None = None  # with the pictures blackened, by the weights at the start of the step
    entropy_T: Tensor | None = None  # of the weights that are learning, with its graph
    chosen_T: Tensor | None = None  # bool; the tokens whose covariance the whole batch singled out
    advantages_T: Tensor
    mask_T: Tensor  # bool; what is False has no part in any value and gets no gradient
    owner_T: Tensor  # int64
    tokens: int
    sequences: int
    max_tokens: int
    mean_entropy: float | None = None  # of the whole batch's tokens, at the start of the step

    def __post_init__(self):
        sizes = {name: tuple(tensor.shape) for name, tensor in self.tensors().items()}
        if len(set(sizes.values())) != 1 or self.logp_T.dim() != 1:
            raise ValueError(f"the tensors of a loss are flat and of one length, got {sizes}")

    def tensors(self) -> dict[str, Tensor]:
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.name.endswith("_T")}
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    def chosen(self) -> Inputs:
        """The tokens that the mask leaves, so that nothing downstream needs to know of a mask. They are selected and
        not multiplied by 0: whatever a masked token holds, infinities included, no 0 * inf can come of it."""
        return replace(self, **{name: tensor[self.mask_T] for name, tensor in self.tensors().items()})

    def sequence_sum(self, value_T: Tensor) -> Tensor:
        """The sum over each token's sequence, given to each of its tokens."""
        sums_B = value_T.new_zeros(len(torch.bincount(self.owner_T))).index_add(0, self.owner_T, value_T)
        return sums_B[self.owner_T]

    def sequence_mean(self, value_T: Tensor) -> Tensor:
        return self.sequence_sum(value_T) / torch.bincount(self.owner_T)[self.owner_T]
