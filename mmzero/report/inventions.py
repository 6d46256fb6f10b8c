"""Pictures that a proposer invented and a coder drew, as the newest step that has any shows them: what they should show,
what was asked, what most solvers said; and those whose computed answers votes contradict. Must not format anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.roles import coder, generator, open_proposer, second_look, votes
from mmzero.types import Episode, Idea, every, seed_of

MOST = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a picture; `believed` is what its proposer thinks or its program computes, `said` is what most of
    the `votes` said, or empty, and `agreed` how many did. `refused`: why nothing is learned from it."""

    kind: str
    question: str
    believed: str
    said: str
    agreed: int
    votes: int
    refused: str = ""


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


def contested(journal: Journal, most: int = MOST) -> list[Invention]:
    """Of the newest step in which votes agreed on another answer than a program computes: a person may look who is right."""
    if journal.recipe.draws != "programs":
        return []
    for index in reversed(journal.steps()):
        found = [one for one in _inventions(journal, index) if one.asked[0].refused == "contradicted"]
        if found:
            return found[:most]
    return []


def _inventions(journal: Journal, index: int) -> Iterator[Invention]:
    for episode in every(journal.read(index).episodes):
        if episode.task.family != coder.FAMILY:
            continue
        idea = open_proposer.from_scene(episode.task.scene)
        for rollout in episode.rollouts:
            children = second_look.with_picture(episode.children)
            mine = [one for one in children if one.task.parent == rollout.id and one.rollouts]
            for asked in _by_picture(mine):
                yield Invention(index, idea, _picture(journal, asked[0]), tuple(_asked(one, idea) for one in asked))


def _by_picture(asked: list[Episode]) -> list[list[Episode]]:
    """A drawing asks two questions, and each instance of a program, which has a picture of its own, one."""
    if asked and asked[0].task.family == generator.FAMILY:
        return [[one] for one in asked]
    return [asked] if asked else []


def _asked(episode: Episode, idea: Idea) -> Asked:
    kind, truth = episode.task.kind, episode.task.answer
    tallied = episode if truth is None else replace(episode, facts=votes.tally(episode.rollouts))
    label = votes.label(tallied)
    return Asked(
        kind=kind if truth is None else "computed",
        question=episode.task.question,
        believed=truth.text if truth else idea.easy_answer if kind == coder.EASY else idea.hard_answer,
        said=label.text if label else "",
        agreed=int(tallied.facts.get(votes.AGREED, 0)),
        votes=len(episode.rollouts),
        refused=second_look.refused(episode),
    )


def _picture(journal: Journal, episode: Episode) -> Path | None:
    try:
        return journal.images.path(episode.task.images[0])
    except (IndexError, ValueError, UserError):  # lost: the report is still worth having
        return None
