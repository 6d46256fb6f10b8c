"""What an answer owes to the picture: the policy that sees it against the same policy shown it blackened (PAPO).

Must not know how a picture is blackened. The blind log-probs are numbers, made once before any weight moves; only the
blind policy's own surprise has a gradient through them, in a pass of its own.
"""

from __future__ import annotations

from torch import Tensor

from mmzero.losses.inputs import Inputs

FARTHEST = 10.0  # nats: beyond it a token is apart enough, and pulls no more


def distance(inputs: Inputs) -> Tensor:
    """k3 of KL(seeing, blind) with d = blind - logp, bounded. To be made larger: its slope is 1 - e^d, so a token that
    the picture made likelier becomes likelier still."""
    difference_T = (inputs.blind_logp_T - inputs.logp_T).clamp(-20, 20)
    return (difference_T.expm1() - difference_T).clamp(max=FARTHEST)


def surprise(logp_T: Tensor, tokens: int) -> Tensor:
    """Minus the mean log-prob of the tokens that were said: an entropy that can be held down without a second draw.
    Whichever aggregation the policy's loss uses, it is a mean over the batch's tokens."""
    return -logp_T.sum() / max(tokens, 1)
