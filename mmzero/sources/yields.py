"""What came of all that was proposed and drawn in one phase: how much was usable, and why the rest was not; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mmzero.errors import CampaignStopped
from mmzero.roles import sieve
from mmzero.types import Cursor, Episode, Rejection

_REMEDIES = {
    "proposer": "write another roles.proposer.asks or system, raise its max_tokens, or begin with a model that keeps the form",
    "coder": "write another roles.coder.asks or system, raise its max_tokens, loosen the gate of sources where it is that"
    " which refuses, or begin with a model that can draw",
}
_WIDEN = {
    sieve.EASY: "raise the most that it lets through, or have pictures invented that are harder to draw",
    sieve.HARD: "lower the least that it lets through, or begin with a model that can draw",
}


@dataclass(frozen=True, slots=True)
class Yield:
    """Of the phase `at` (iteration, phase). A role's rejections stand under (role, reason). Of the ideas that a filter had
    tried, so many were `kept`, and the others `dropped`, by reason."""

    at: tuple[int, int] = (0, 0)
    usable: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[tuple[str, str], int] = field(default_factory=dict)
    kept: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)

    def after(self, cursor: Cursor, episodes: Sequence[Episode]) -> Yield:
        at = (cursor.iteration, cursor.phase)
        before = self if self.at == at else Yield()
        usable, rejected = Counter(before.usable), Counter(before.rejected)
        _count(episodes, usable, rejected)
        kept, dropped = sieve.counts(episodes)
        return Yield(at, usable, rejected, before.kept + kept, Counter(before.dropped) + dropped)

    def refuse_barren(self) -> None:
        """A phase in which nothing came of all that one role wrote has nothing to teach, and the next has nothing to
        begin with."""
        for role in sorted({role for role, _ in self.rejected}):
            if self.usable.get(role):
                continue
            reasons = {why: times for (who, why), times in self.rejected.items() if who == role}
            told = _told(reasons)
            raise CampaignStopped(
                f"nothing that the {role} wrote in phase {self.at[1]} of iteration {self.at[0]} could be used, in"
                f" {sum(reasons.values())} tries ({told}); {_REMEDIES[role]}, or set budgets.barren to go_on"
            )
        if self.dropped and not self.kept:
            remedy = _WIDEN[max(self.dropped, key=lambda why: self.dropped[why])]
            raise CampaignStopped(
                f"nobody was taught in phase {self.at[1]} of iteration {self.at[0]}: its ideas.filter let none of"
                f" {sum(self.dropped.values())} ideas through ({_told(self.dropped)}); {remedy},"
                " leave the filter out, or set budgets.barren to go_on"
            )


def _told(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{why} {times}" for why, times in sorted(reasons.items(), key=lambda one: -one[1]))


def _count(episodes: Iterable[Episode], usable: Counter, rejected: Counter) -> None:
    for episode in episodes:
        for rollout, said in zip(episode.rollouts, episode.proposals, strict=False):
            if isinstance(said, Rejection):
                rejected[rollout.role, said.reason] += 1
            else:
                usable[rollout.role] += 1
        _count(episode.children, usable, rejected)
