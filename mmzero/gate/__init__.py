"""The admission gate: what a task that a model made must pass before anything trains on it. Must not know which role
wrote it, who answers for the solver, or what a phase learns.

    facts           a generator's program run over seeds, twice, and on changed scenes   gather
    verdict         what those facts and the votes come to                 admit, admit_all, by_votes, admit_label
    counterfactual  scenes with one thing changed                                        variants
    leaks           where an answer is given away in words                               told, placed, strings
    audit           what solvers say, with the picture and without                       audit, guessable, guessed
    memory          what was admitted before, and copies of it                 Memory, prints_of, pictured
"""

from mmzero.gate.facts import Facts, gather
from mmzero.gate.memory import Memory, pictured
from mmzero.gate.verdict import REASONS, Admitted, Known, Labelled, Verdict, admit, admit_all, admit_label, by_votes

__all__ = [
    "REASONS",
    "Admitted",
    "Facts",
    "Known",
    "Labelled",
    "Memory",
    "Verdict",
    "admit",
    "admit_all",
    "admit_label",
    "by_votes",
    "gather",
    "pictured",
]
