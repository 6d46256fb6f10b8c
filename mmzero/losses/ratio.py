"""How much likelier a token became since the old policy, per token or per sequence; knows no clip and no advantage.

Where old is logp.detach() the ratio is 1 and its gradient is that of logp: the form of one update per step.
"""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs


def token(inputs: Inputs) -> Tensor:
    return (inputs.logp_T - inputs.old_logp_T).exp()


def sequence(inputs: Inputs) -> Tensor:
    """The geometric mean of a sequence's ratios, given to each of its tokens (GSPO)."""
    return inputs.sequence_mean(inputs.logp_T - inputs.old_logp_T).exp()


def sequence_token(inputs: Inputs) -> Tensor:
    """The sequence's ratio in value and its own token's in gradient (GSPO-token)."""
    return sequence(inputs).detach() * (inputs.logp_T - inputs.logp_T.detach()).exp()


RATIOS = {"token": token, "sequence": sequence, "sequence_token": sequence_token}
