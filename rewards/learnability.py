"""A task teaches most when it is solved half of the time."""

from mmzero.answers import ballots
from mmzero.types import Drawn, Idea, Task


def unbiased(votes: tuple[bool, ...] | None) -> float:
    """4p(1-p) from n votes without its bias, 4c(n-c)/(n(n-1)), so that proposers judged by different n compare: two of
    four votes earn 4*2*2/(4*3) = 1.33, on average 1 at p = 1/2. A proposal that became no task taught nothing."""
    if votes is None:
        return 0.0
    n, c = len(votes), sum(votes)
    return 4.0 * c * (n - c) / (n * (n - 1))


def over_instances(instances: tuple[tuple[Task, tuple[bool, ...]], ...] | None) -> float:
    """The mean of it over the tasks that one program made, each put to the vote: far less noisy than one picture's. Two of
    four and four of four votes earn (1.33 + 0) / 2 = 0.67; a program that came to nothing, nothing."""
    if not instances:
        return 0.0
    return sum(unbiased(votes) for _, votes in instances) / len(instances)


def as_believed(idea: Idea | None, drawings: tuple[Drawn, ...] | None) -> float:
    """The mean of it over the drawings of an idea, where solving the hard question is to find what its author believes: one
    who believes something false is paid nothing for it. One of two drawings rendered, whose votes are 3, 3, 4 and 5 where
    3 is believed: 1.33 / 2 = 0.67."""
    if idea is None or not drawings:
        return 0.0
    seen = [[ballots.alike(said, idea.hard_answer) for said in one.hard] for one in drawings if one.status == "ok"]
    return sum(unbiased(tuple(votes)) for votes in seen) / len(drawings)
