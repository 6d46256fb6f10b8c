"""A coder is paid first for what runs, then for what the gate lets through, and for making what it was asked."""

from mmzero.alike import template, wording
from mmzero.types import Idea, Rejection, Task


def program(rejection: Rejection | None, ran: float | None, most_refused: float = 0.5) -> float:
    """1 for a program that was admitted; for one that was not, up to `most_refused` by the share of seeds on which it ran:
    on 6 of 8 it earns 0.375. What could not be read, or not be run, earns nothing."""
    return 1.0 if rejection is None else most_refused * (ran or 0.0)


def as_asked(instances: tuple[tuple[Task, tuple[bool, ...]], ...] | None, idea: Idea | None) -> float:
    """The share of words that a program's questions have in common with the question it was to ask, the easy or the hard
    one, on average: "How many red dots?" where "How many blue dots?" was asked for has 3 of 5."""
    if not instances or idea is None:
        return 0.0
    wanted = template(idea.easy_question), template(idea.hard_question)
    return sum(max(wording(template(task.question), one) for one in wanted) for task, _ in instances) / len(instances)
