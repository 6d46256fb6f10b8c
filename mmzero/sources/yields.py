"""What came of all that was proposed and drawn in one phase: how much was usable, and why the rest was not; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mmzero.errors import CampaignStopped
from mmzero.types import Cursor, Episode, Rejection

_REMEDIES = {
    "proposer": "write another roles.proposer.asks or system, raise its max_tokens, or begin with a model that keeps the form",
    "coder": "write another roles.coder.asks or system, raise its max_tokens, loosen the gate of sources where it is that"
    " which refuses, or begin with a model that can draw",
}


@dataclass(frozen=True, slots=True)
class Yield:
    """Of the phase `at` (iteration, phase). A role's rejections stand under (role, reason)."""

    at: tuple[int, int] = (0, 0)
    usable: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def after(self, cursor: Cursor, episodes: Iterable[Episode]) -> Yield:
        same = self.at == (cursor.iteration, cursor.phase)
        usable, rejected = (Counter(self.usable), Counter(self.rejected)) if same else (Counter(), Counter())
        _count(episodes, usable, rejected)
        return Yield((cursor.iteration, cursor.phase), usable, rejected)

    def refuse_barren(self) -> None:
        """A phase in which nothing came of all that one role wrote has nothing to teach, and the next has nothing to
        begin with."""
        for role in sorted({role for role, _ in self.rejected}):
            if self.usable.get(role):
                continue
            reasons = {why: times for (who, why), times in self.rejected.items() if who == role}
            told = ", ".join(f"{why} {times}" for why, times in sorted(reasons.items(), key=lambda one: -one[1]))
            raise CampaignStopped(
                f"nothing that the {role} wrote in phase {self.at[1]} of iteration {self.at[0]} could be used, in"
                f" {sum(reasons.values())} tries ({told}); {_REMEDIES[role]}, or set budgets.barren to go_on"
            )


def _count(episodes: Iterable[Episode], usable: Counter, rejected: Counter) -> None:
    for episode in episodes:
        for rollout, said in zip(episode.rollouts, episode.proposals, strict=False):
            if isinstance(said, Rejection):
                rejected[rollout.role, said.reason] += 1
            else:
                usable[rollout.role] += 1
        _count(episode.children, usable, rejected)
