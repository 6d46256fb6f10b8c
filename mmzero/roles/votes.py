"""What the answers to a question that nobody knows come to. The outcome stands in the episode's facts, where it is
committed with the answers: whoever reads the ledger again finds the same label, however long comparing took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmzero.answers import ballots
from mmzero.roles import reply
from mmzero.types import Answer, Episode, Rollout

# In an episode's facts: which sibling's answer says what most say, and how many say it.
SPEAKER, AGREED = "speaker", "agreed"


def tally(rollouts: Sequence[Rollout]) -> Mapping[str, float]:
    """Nothing where no sibling said anything."""
    most = next(iter(ballots.groups(answers(rollouts))), None)
    return {} if most is None else {SPEAKER: float(rollouts[most[0]].sibling), AGREED: float(len(most))}


def answers(rollouts: Sequence[Rollout]) -> tuple[str | None, ...]:
    return tuple(reply.said(rollout) for rollout in rollouts)


def label(episode: Episode) -> Answer | None:
    """What most said, believed as far as all votes agree: one that said nothing is a vote against."""
    if SPEAKER not in episode.facts:
        return None
    speaker = next(one for one in episode.rollouts if one.sibling == episode.facts[SPEAKER])
    return ballots.label(reply.said(speaker), consistency(episode))


def consistency(episode: Episode) -> float:
    """The share of all votes that say what most say."""
    return episode.facts.get(AGREED, 0.0) / len(episode.rollouts) if episode.rollouts else 0.0
