"""How much likelier a token became since the old policy, per token or per sequence; knows no clip and no advantage.

Where old is logp.detach() the ratio is 1 and its gradient is that of logp: the form of one update per step.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmzero.losses.inputs import Inputs


def token(inputs: Inputs) -> Tensor:
    return (inputs.logp_T - inputs.old_logp_T).exp()


def sequence(inputs: Inputs) -> Tensor:
    """The geometric mean of a sequence's ratios, given to each of its tokens (GSPO)."""
    log_ratio_T, owner_T = inputs.logp_T - inputs.old_logp_T, inputs.owner_T
    counts_B = torch.bincount(owner_T)
    sums_B = log_ratio_T.new_zeros(len(counts_B)).index_add(0, owner_T, log_ratio_T)
    return (sums_B[owner_T] / counts_B[owner_T]).exp()


RATIOS = {"token": token, "sequence": sequence}
