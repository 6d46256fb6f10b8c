"""Which ideas a coder is taught by: those that it sometimes renders and sometimes does not. What a few tries came to stands in
the facts of their episode, where it is committed; must not know who draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from mmzero.types import Episode, Rejection, every

# In the facts of drawings that only a filter looked at: 1, the share rendered, and why the idea goes no further.
TRIAL, RATE, _DROPPED = "trial", "rate", "dropped/"
EASY, HARD = "too_easy", "too_hard"


def judged(tried: Episode, bounds: tuple[float, float]) -> Mapping[str, float]:
    """The facts of these tries. What was lost to the machinery says nothing about the idea."""
    lost = {child.task.parent for child in tried.children if child.failure}
    known = [said for rollout, said in zip(tried.rollouts, tried.proposals, strict=True) if rollout.id not in lost]
    if not known:
        return {TRIAL: 1.0}
    rate = sum(not isinstance(said, Rejection) for said in known) / len(known)
    least, most = bounds
    why = HARD if rate < least else EASY if rate > most else ""
    return {TRIAL: 1.0, RATE: rate, **({_DROPPED + why: 1.0} if why else {})}


def kept(tried: Episode) -> bool:
    return RATE in tried.facts and not dropped(tried)


def dropped(tried: Episode) -> str:
    """Why its idea is not gone on with, or nothing."""
    return next((name.removeprefix(_DROPPED) for name in tried.facts if name.startswith(_DROPPED)), "")


def counts(episodes: Iterable[Episode]) -> tuple[int, Counter[str]]:
    """How many of the ideas that were tried, however deep, are gone on with, and why the others are not."""
    tried = [one for one in every(episodes) if TRIAL in one.facts]
    return sum(map(kept, tried)), Counter(filter(None, map(dropped, tried)))
