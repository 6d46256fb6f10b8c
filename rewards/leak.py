"""A picture that says its own answer teaches reading and nothing else."""

from mmzero.gate.leaks import strings, told
from mmzero.types import Drawing, Idea, Rejection


def refused(rejection: Rejection | None, reasons: tuple[str, ...] = ("leaked", "blind")) -> float:
    """1 where the gate refused a program because its answer is given away; a penalty, to be weighted below zero."""
    return float(rejection is not None and rejection.reason in reasons)


def printed(proposal: Drawing | None, idea: Idea | None) -> float:
    """1 where the hard answer stands in what a drawing writes, singled out ("Total: 41", not one number of an axis); a
    penalty, to be weighted below zero."""
    if proposal is None or idea is None:
        return 0.0
    texts = strings(proposal.kind, proposal.code)
    return float(told([texts], [idea.hard_answer]) is not None)
