"""What was tried so far: every proposal, how often and how the solver fared on it, and how often each cell; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mmzero.sources.posterior import Cell
from mmzero.types import Proposal


@dataclass(frozen=True, slots=True)
class Record:
    times: int = 0
    solved: int = 0
    votes: int = 0
    parent: str = ""  # the rollout that proposed it last

    @property
    def learnability(self) -> float:
        """Unbiased, as the proposer is paid."""
        n, c = self.votes, self.solved
        return 4 * c * (n - c) / (n * (n - 1)) if n > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Archive:
    records: Mapping[Proposal, Record] = field(default_factory=dict)  # in the order of their last proposal

    def after(self, judged: Iterable[tuple[Proposal, str, int, int]], keep: int) -> Archive:
        """Each judged proposal with its rollout's id, solved and cast votes; the `keep` most recent remain."""
        records = dict(self.records)
        for proposal, parent, solved, votes in judged:
            old = records.pop(proposal, Record())
            records[proposal] = Record(old.times + 1, old.solved + solved, old.votes + votes, parent)
        return Archive(dict(list(records.items())[-keep:]))

    def counts(self) -> Mapping[str, int]:
        """How often each 'family/level' was proposed: what a reward is shown."""
        counts: Counter[str] = Counter()
        for proposal, record in self.records.items():
            counts[f"{proposal.family}/{proposal.level}"] += record.times
        return counts

    def teachable(self) -> list[tuple[Proposal, Record]]:
        """Proposals that were solved by some votes and failed by others: all else has nothing to teach."""
        return [(proposal, record) for proposal, record in self.records.items() if record.learnability > 0]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many tasks of each cell were ever played; never faded: what was visited least is where to look next."""

    visits: Mapping[Cell, int] = field(default_factory=dict)

    def after(self, cells: Iterable[Cell]) -> Coverage:
        return Coverage(dict(Counter(self.visits) + Counter(cells)))
