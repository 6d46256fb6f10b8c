"""What a campaign knows from what it played: a pure fold over the committed steps, so a resumed one knows the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from mmzero import scoring
from mmzero.sources.archive import Archive
from mmzero.sources.posterior import Posterior
from mmzero.types import Cursor, Episode, Played, Proposal, Task

KEEP_PROPOSALS = 4096
KEEP_TASKS = 20_000


@dataclass(frozen=True, slots=True)
class State:
    posterior: Posterior = field(default_factory=Posterior)
    archive: Archive = field(default_factory=Archive)
    replay: tuple[Task, ...] = ()  # tasks that some siblings solved and some did not, oldest first

    def after(self, cursor: Cursor, played: Played) -> State:
        outcomes: dict[tuple[str, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
        mixed = []
        for episode in _answered(played.episodes):
            solved = sum(map(scoring.solved, episode.rollouts))
            failed = len(episode.rollouts) - solved
            cell = (episode.task.family, episode.task.level)
            outcomes[cell] = (outcomes[cell][0] + solved, outcomes[cell][1] + failed)
            if solved and failed:
                mixed.append(episode.task)
        return State(
            posterior=self.posterior.after(outcomes),
            archive=self.archive.after(_judged(played.episodes), KEEP_PROPOSALS),
            replay=(*self.replay, *mixed)[-KEEP_TASKS:],
        )


def fold(state: State, cursor: Cursor, played: Played) -> State:
    return state.after(cursor, played)


def _answered(episodes: tuple[Episode, ...]) -> Iterator[Episode]:
    """Episodes whose task has an answer, votes included."""
    for episode in episodes:
        if episode.task.answer is not None and not episode.failure:
            yield episode
        yield from _answered(episode.children)


def _judged(episodes: tuple[Episode, ...]) -> Iterator[tuple[Proposal, str, int, int]]:
    for episode in episodes:
        children = {child.task.parent: child for child in episode.children if not child.failure}
        for rollout, proposal in zip(episode.rollouts, episode.proposals, strict=False):
            child = children.get(rollout.id)
            if isinstance(proposal, Proposal) and child is not None:
                yield proposal, rollout.id, sum(map(scoring.solved, child.rollouts)), len(child.rollouts)
