"""A proposal that everyone makes teaches little."""

from collections.abc import Mapping

from mmzero.alike import template, wording
from mmzero.types import Idea, Proposal, Said, Task


def repetition(
    proposal: Proposal | None, batch: tuple[Proposal, ...], archive: Mapping[str, int], threshold: float = 0.05
) -> float:
    """The share of this batch that asks for the same family and level beyond `threshold`, and half as much of the same
    in everything proposed before; a penalty, to be weighted below zero."""
    if proposal is None:
        return 0.0
    cell = f"{proposal.family}/{proposal.level}"
    here = sum((one.family, one.level) == (proposal.family, proposal.level) for one in batch) / len(batch)
    before = archive.get(cell, 0) / max(sum(archive.values()), 1)
    return max(here - threshold, 0.0) + 0.5 * max(before - threshold, 0.0)


def rewording(
    instances: tuple[tuple[Task, tuple[bool, ...]], ...] | None, known: Mapping[str, int], threshold: float = 0.5
) -> float:
    """How near a program's questions come to the nearest that was ever admitted, from 0 at `threshold` of common words to
    1 where the words are the same and only numbers differ; a penalty, to be weighted below zero."""
    if not instances:
        return 0.0
    mine = {template(task.question) for task, _ in instances}
    near = [max((wording(one, other) for other in known), default=0.0) for one in mine]
    return sum(max(share - threshold, 0.0) for share in near) / (1 - threshold) / len(near)


def asked(idea: Idea | None, batch: tuple[Said, ...], known: Mapping[str, int], threshold: float = 0.1) -> float:
    """The share of the step's ideas that ask the same hard question, numbers left out, beyond `threshold`, and half as
    much of the same among all questions that were learned from before; a penalty, to be weighted below zero. Two of four
    ask it and nobody ever did: 0.4."""
    if idea is None:
        return 0.0
    mine, ideas = template(idea.hard_question), [one for one in batch if isinstance(one, Idea)]
    here = sum(template(one.hard_question) == mine for one in ideas) / max(len(ideas), 1)
    before = known.get(mine, 0) / max(sum(known.values()), 1)
    return max(here - threshold, 0.0) + 0.5 * max(before - threshold, 0.0)
