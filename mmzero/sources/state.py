"""What a campaign knows from what it played: a pure fold over the committed steps, so a resumed one knows the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mmzero import scoring
from mmzero.gate.memory import Memory, prints_of
from mmzero.refill import ROUND
from mmzero.roles import second_look, votes
from mmzero.sources.archive import Archive, Coverage
from mmzero.sources.posterior import Group, Posterior
from mmzero.sources.stock import Stock, stocked
from mmzero.sources.yields import Yield
from mmzero.types import COMPUTED, Cursor, Episode, Played, Proposal, Task, every

KEEP_PROPOSALS = 4096
KEEP_TASKS = 20_000


@dataclass(frozen=True, slots=True)
class State:
    posterior: Posterior = field(default_factory=Posterior)
    archive: Archive = field(default_factory=Archive)
    coverage: Coverage = field(default_factory=Coverage)
    replay: Mapping[str, Task] = field(default_factory=dict)  # by id, the longest unasked first; see `_recalled`
    refilled: Mapping[str, int] = field(default_factory=dict)  # source -> tasks it gave beyond the steps' own
    stock: Stock = field(default_factory=dict)
    usable: Yield = field(default_factory=Yield)
    admitted: Memory = field(default_factory=Memory)
    refused: Mapping[str, int] = field(default_factory=dict)  # by reason: questions that nothing is learned from

    def after(self, cursor: Cursor, played: Played) -> State:
        judged = [(episode.task, _group(episode)) for episode in _answered(played.episodes)]
        banked = [(task, group) for task, group in judged if task.parent is None and task.answer.warrant == COMPUTED]
        fresh = [group for task, group in banked if task.id not in self.replay]
        return State(
            posterior=self.posterior.after([group for _, group in judged], fresh),
            archive=self.archive.after(_judged(played.episodes), KEEP_PROPOSALS),
            coverage=self.coverage.after(cell for _, (cell, _, _) in judged),
            replay=_recalled(self.replay, judged),
            refilled=Counter(self.refilled)
            + Counter(one.task.source for one in played.episodes if one.facts.get(ROUND)),
            stock=stocked(self.stock, cursor, played.episodes),
            usable=self.usable.after(cursor, played.episodes),
            admitted=self.admitted.after(prints_of(_admitted(played.episodes))),
            refused=Counter(self.refused) + Counter(filter(None, map(second_look.refused, every(played.episodes)))),
        )


def fold(state: State, cursor: Cursor, played: Played) -> State:
    return state.after(cursor, played)


def _admitted(episodes: tuple[Episode, ...]) -> Iterator[Task]:
    """What came of proposals in one step and may be learned from; what was lost may come again."""
    for episode in every(episodes):
        for child in episode.children:
            known = child.task.answer is not None or votes.label(child)
            if known and child.rollouts and not second_look.refused(child):
                yield child.task


def _group(episode: Episode) -> Group:
    task, solved = episode.task, sum(map(scoring.solved, episode.rollouts))
    return (task.family, task.kind, task.level), solved, len(episode.rollouts) - solved


def _recalled(replay: Mapping[str, Task], judged: Iterable[tuple[Task, Group]]) -> Mapping[str, Task]:
    """Tasks that some siblings solved and some did not, each once, as it was last asked. One since solved by all is
    done with; one that all have failed since stays: that it is being forgotten is why there is replay."""
    held = dict(replay)
    for task, (_, solved, failed) in judged:
        if task.id in held or (solved and failed):
            held.pop(task.id, None)
            if failed:
                held[task.id] = task
    return dict(list(held.items())[-KEEP_TASKS:])


def _answered(episodes: tuple[Episode, ...]) -> Iterator[Episode]:
    """Episodes whose task has an answer of some policy, votes included: what was written says nothing of who can, and
    what is refused nothing of what is right."""
    for episode in episodes:
        unfit = episode.failure or second_look.refused(episode) or scoring.is_written(episode)
        if episode.task.answer is not None and not unfit:
            yield episode
        yield from _answered(episode.children)


def _judged(episodes: tuple[Episode, ...]) -> Iterator[tuple[Proposal, str, int, int]]:
    for episode in episodes:
        children = {child.task.parent: child for child in episode.children if not child.failure}
        for rollout, proposal in zip(episode.rollouts, episode.proposals, strict=False):
            child = children.get(rollout.id)
            if isinstance(proposal, Proposal) and child is not None:
                yield proposal, rollout.id, sum(map(scoring.solved, child.rollouts)), len(child.rollouts)
