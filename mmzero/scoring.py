"""Rewards by plugin: each is shown what it asks for by name; an exception is missing, never a number. Must not know
engines, advantages or where a reward's source lies."""

from __future__ import annotations

import inspect
import json
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmzero.answers import matches
from mmzero.errors import CampaignStopped
from mmzero.roles import reply
from mmzero.types import Cursor, Episode, Proposal, Rollout, Scored

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reward:
    """A loaded plugin: `name` is how its part is shown, `asks` which of the view's names it takes."""

    name: str
    function: Callable[..., float | None]
    weight: float
    asks: tuple[str, ...]


def reward(use: str, function: Callable, weight: float) -> Reward:
    given = getattr(function, "keywords", {})  # a partial's: what the recipe's `with` says
    asks = tuple(name for name in inspect.signature(function).parameters if name not in given)
    where, _, name = use.rpartition(":")
    return Reward(f"{where.rpartition('/')[2].removesuffix('.py')}.{name}", function, weight, asks)


def solved(rollout: Rollout) -> bool:
    """Whether a rollout's answer is its task's truth; what votes and evaluations count."""
    truth = rollout.task.answer
    return truth is not None and matches(reply.read(rollout.text).answer, truth)


def score(
    episodes: Sequence[Episode],
    rewards: Sequence[Reward],
    cursor: Cursor,
    archive: Mapping[str, int],
    most_missing: float,
) -> tuple[Scored, ...]:
    """Every rollout of every episode that did not fail, in order. Past `most_missing` of them unscored, the campaign
    stops: it would train on what the rewards happened to survive."""
    proposals = tuple(one for episode in episodes for one in episode.proposals if isinstance(one, Proposal))
    scored = tuple(
        _weigh(view, rollout, rewards)
        for episode in episodes
        if not episode.failure
        for view, rollout in _views(episode, cursor, archive, proposals)
    )
    missing = [one for one in scored if one.missing]
    if missing:
        log.warning("%d of %d rewards are missing, the first because %s", len(missing), len(scored), missing[0].missing)
    if scored and len(missing) / len(scored) > most_missing:
        said = missing[0].rollout.text[:200]
        raise CampaignStopped(
            f"{len(missing)} of {len(scored)} rewards of step {cursor.index} are missing and budgets.reward_errors allows"
            f" {most_missing:.0%}: {missing[0].missing}, on the response {said!r}; mend the reward and resume"
        )
    return scored


def _views(
    episode: Episode, cursor: Cursor, archive: Mapping[str, int], batch: tuple[Proposal, ...]
) -> Iterator[tuple[dict[str, Any], Rollout]]:
    replies = [reply.read(rollout.text) for rollout in episode.rollouts]
    siblings = tuple(one.answer for one in replies)
    children = {child.task.parent: child for child in episode.children}
    proposals: Iterable = episode.proposals or [None] * len(episode.rollouts)
    task = episode.task
    for rollout, said, proposal in zip(episode.rollouts, replies, proposals, strict=True):
        child = children.get(rollout.id)
        if child is not None and child.failure:
            continue  # its votes were lost to an engine: nothing can be said of it
        yield (
            {
                "answer": said.answer,
                "response": rollout.text,
                "truth": task.answer,
                "question": task.question,
                "family": task.family,
                "kind": task.kind,
                "level": task.level,
                "scene": json.loads(task.scene),
                "tokens": rollout.output_ids,
                "length": len(rollout.output_ids),
                "finish": rollout.finish,
                "siblings": siblings,
                "role": rollout.role,
                "policy": rollout.policy,
                "step": cursor.index,
                "images": task.images,
                "votes": tuple(map(solved, child.rollouts)) if child else None,
                "proposal": proposal if isinstance(proposal, Proposal) else None,
                "rejection": None if isinstance(proposal, Proposal) else proposal,
                "batch": batch,
                "archive": archive,
            },
            rollout,
        )


def _weigh(view: Mapping[str, Any], rollout: Rollout, rewards: Sequence[Reward]) -> Scored:
    parts: dict[str, float] = {}
    total = 0.0
    for one in rewards:
        try:
            value = one.function(**{name: view[name] for name in one.asks if name in view})
            sound = value is None or (isinstance(value, int | float) and math.isfinite(value))
        except Exception as error:  # whatever a plugin raises is the plugin's: named, counted, never a zero
            return Scored(rollout=rollout, reward=None, parts=parts, missing=f"{one.name} raised {error!r}")
        if value is None:
            continue  # it does not apply to this rollout
        if not sound:
            return Scored(
                rollout=rollout, reward=None, parts=parts, missing=f"{one.name} returned {value!r}, no number"
            )
        # One function may pay twice, told different things: neither part may hide the other.
        parts[one.name if one.name not in parts else f"{one.name}.{len(parts)}"] = float(value)
        total += one.weight * float(value)
    if not parts:
        return Scored(rollout=rollout, reward=None, parts=parts, missing="no reward applies")
    if not math.isfinite(total):
        return Scored(rollout=rollout, reward=None, parts=parts, missing=f"the weighed parts add up to {total}")
    return Scored(rollout=rollout, reward=total, parts=parts)


def figures(episodes: Sequence[Episode], scored: Sequence[Scored]) -> dict[str, float]:
    """What one step's play shows: mean reward and parts, accuracy, what was malformed, rejected, missing or lost."""
    rewards = [one.reward for one in scored if one.reward is not None]
    shown: dict[str, float] = {
        "reward": _mean(rewards),
        "truncated": _mean(one.rollout.finish == "length" for one in scored),
        "malformed": _mean(not reply.read(one.rollout.text).formed for one in scored),
        "missing": float(len(scored) - len(rewards)),
        "failures": float(sum(bool(one.failure) for episode in episodes for one in (episode, *episode.children))),
    }
    for name in {name: None for one in scored for name in one.parts}:
        shown[f"part/{name}"] = _mean(one.parts[name] for one in scored if name in one.parts)
    answered = [solved(one.rollout) for one in scored if one.rollout.task.answer is not None]
    if answered:
        shown["accuracy"] = _mean(answered)
    votes = [solved(rollout) for episode in episodes for child in episode.children for rollout in child.rollouts]
    if votes:
        shown["votes_solved"] = _mean(votes)
    rejected = Counter(one.reason for episode in episodes for one in episode.proposals if not isinstance(one, Proposal))
    proposed = sum(len(episode.proposals) for episode in episodes)
    if proposed:
        shown["proposals_valid"] = 1 - sum(rejected.values()) / proposed
    return shown | {f"rejected/{reason}": float(count) for reason, count in rejected.items()}


def speed(episodes: Sequence[Episode], seconds: float) -> dict[str, float]:
    """Tokens generated, votes included, and how many in a second of play."""
    groups = [one for episode in episodes for one in (episode, *episode.children)]
    tokens = sum(len(rollout.output_ids) for group in groups for rollout in group.rollouts)
    return {"tokens": float(tokens), "tokens_per_s": tokens / max(seconds, 1e-9)}


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
