"""A coder is paid first for what runs, then for what the gate lets through, and for making what it was asked."""

from mmzero.alike import template, wording
from mmzero.answers import ballots
from mmzero.types import Drawn, Idea, Rejection, Task


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


def picture(idea: Idea | None, drawings: tuple[Drawn, ...] | None, rendered: float = 0.5) -> float:
    """`rendered` for a picture that renders, and the rest by the share of votes that read off it what its easy question
    was to find: with 3 of 4 votes it earns 0.875. What does not render earns nothing."""
    if idea is None or not drawings or drawings[0].status != "ok":
        return 0.0
    found = [ballots.alike(said, idea.easy_answer) for said in drawings[0].easy]
    return rendered + (1 - rendered) * sum(found) / len(found)
