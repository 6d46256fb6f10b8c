"""Pictures that a proposer invented and a coder drew, as the newest step that has any shows them: what they should show,
what was asked, what most solvers said. Must not format anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.roles import coder, open_proposer, votes
from mmzero.types import Episode, Idea, every, seed_of

MOST = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a picture; `said` is what most of the `votes` said, or empty, and `agreed` how many did."""

    kind: str
    question: str
    believed: str
    said: str
    agreed: int
    votes: int


@dataclass(frozen=True, slots=True)
class Invention:
    step: int
    idea: Idea
    picture: Path | None
    asked: tuple[Asked, ...]


def newest(journal: Journal, most: int = MOST) -> list[Invention]:
    """One picture of an idea, chosen by a hash: not the first ones, and not those that came out best."""
    if "coder" not in journal.recipe.roles:
        return []
    for index in reversed(journal.steps()):
        found = list(_inventions(journal, index))
        if found:
            found.sort(key=lambda one: seed_of("invention", open_proposer.scene(one.idea)))
            return list({one.idea: one for one in reversed(found)}.values())[-most:]
    return []


def _inventions(journal: Journal, index: int) -> Iterator[Invention]:
    for episode in every(journal.read(index).episodes):
        if episode.task.family != coder.FAMILY:
            continue
        idea = open_proposer.from_scene(episode.task.scene)
        for rollout in episode.rollouts:
            asked = [one for one in episode.children if one.task.parent == rollout.id and one.rollouts]
            if asked:
                yield Invention(index, idea, _picture(journal, asked[0]), tuple(_asked(one, idea) for one in asked))


def _asked(episode: Episode, idea: Idea) -> Asked:
    label, kind = votes.label(episode), episode.task.kind
    return Asked(
        kind=kind,
        question=episode.task.question,
        believed=idea.easy_answer if kind == coder.EASY else idea.hard_answer,
        said=label.text if label else "",
        agreed=int(episode.facts.get(votes.AGREED, 0)),
        votes=len(episode.rollouts),
    )


def _picture(journal: Journal, episode: Episode) -> Path | None:
    try:
        return journal.images.path(episode.task.images[0])
    except (IndexError, ValueError, UserError):  # lost: the report is still worth having
        return None
