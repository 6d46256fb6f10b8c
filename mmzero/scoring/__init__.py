"""Rewards by plugin: each is shown what it asks for by name, or called as its own trainer calls it; whatever goes wrong
in one is missing by name, never a number. Must not know engines, advantages or where a reward's source lies.

    view        what can be shown of an answer           plugin      a loaded reward
    arguments   what a call is given                     calls       one reward over all answers of a step
    invoke      one call and what it came to             deadline    ending a call that takes too long
    outcome     a number, its parts, or an error         isolate     calls in a process of their own
    chains      what came of proposals, in figures
    judge       a model that is asked about answers      trial       rewards over rows or a past campaign
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mmzero.errors import CampaignStopped, UserError
from mmzero.scoring import chains
from mmzero.scoring.calls import column
from mmzero.scoring.outcome import Outcome
from mmzero.scoring.plugin import Reward, load, reward
from mmzero.scoring.view import NOTHING, Moment, Surroundings, View, solved, views
from mmzero.types import TOO_LONG, Cursor, Episode, Rejection, Rollout, Scored, every

__all__ = [
    "Reward",
    "Surroundings",
    "figures",
    "imitated",
    "is_written",
    "load",
    "reward",
    "score",
    "solved",
    "speed",
]

log = logging.getLogger(__name__)
NOTHING_APPLIES = "no reward applies"
_SAMPLES = 3  # responses shown with an alarm


def score(
    episodes: Sequence[Episode],
    rewards: Sequence[Reward],
    cursor: Cursor,
    archive: Mapping[str, int],
    most_missing: float,
    *,
    posterior: Any = None,
    around: Surroundings = NOTHING,
    among: int = 0,
    known: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Scored, ...]:
    """Every rollout of every episode that did not fail, in order. Past the share of errors that a reward may make, or
    all of them together, the campaign stops: it would train on what the rewards happened to survive. Of a step that asks
    in rounds these may be few: the share is of so many `among` whom they are."""
    said = (one for episode in episodes for one in episode.proposals)
    proposals = tuple(one for one in said if not isinstance(one, Rejection))
    shown = views(episodes, Moment(cursor.index, proposals, archive, posterior, around, known))
    columns = [
        column(one, shown, int(_allowed(one, most_missing) * max(len(shown), among))).outcomes for one in rewards
    ]
    scored = tuple(_weigh(view, rewards, outcomes) for view, *outcomes in zip(shown, *columns, strict=True))
    _say_what_is_missing(scored)
    _refuse_too_many_errors(scored, rewards, columns, most_missing, cursor, among)
    _say_what_is_flat(scored, cursor)
    _say_who_never_pays(scored, rewards, columns, cursor)
    return scored


def is_written(episode: Episode) -> bool:
    """Whether its answer was written beforehand, so that it tells nothing of what any policy can do."""
    return any(rollout.finish == "written" for rollout in episode.rollouts)


def imitated(episodes: Sequence[Episode], most_tokens: int, cursor: Cursor) -> tuple[Scored, ...]:
    """Written answers, each worth 1: what there is to imitate. One that is too long is left out and counted, for half of
    it would teach to stop nowhere."""
    rollouts = [rollout for episode in episodes for rollout in episode.rollouts]
    scored = tuple(_imitated(rollout, most_tokens) for rollout in rollouts)
    left = [one for one in scored if one.missing]
    if left and len(left) == len(scored):
        raise UserError(
            f"none of the {len(scored)} written answers of step {cursor.index} can be imitated: {left[0].missing}; raise it"
            " and begin again"
        )
    _say_what_is_missing(scored)
    return scored


def _imitated(rollout: Rollout, most_tokens: int) -> Scored:
    tokens = len(rollout.output_ids)
    long = (
        f"its written answer is {tokens} tokens, more than says.max_tokens {most_tokens}"
        if tokens > most_tokens
        else ""
    )
    return Scored(rollout=rollout, reward=None if long else 1.0, parts={}, missing=long)


def _weigh(view: View, rewards: Sequence[Reward], outcomes: Sequence[Outcome]) -> Scored:
    parts: dict[str, float] = {}
    total, missing = 0.0, ""
    for one, outcome in zip(rewards, outcomes, strict=True):
        if outcome.error:
            missing = missing or f"{one.name} {outcome.error}"
        elif outcome.value is not None:
            # One function may pay twice, told different things: neither part may hide the other.
            name = one.name if one.name not in parts else f"{one.name}.{len(parts)}"
            parts |= {name: outcome.value, **{f"{name}/{part}": value for part, value in outcome.parts.items()}}
            total += one.weight * outcome.value
    if not missing and not parts:
        missing = NOTHING_APPLIES
    if not missing and not math.isfinite(total):
        missing = f"the weighed parts add up to {total}"
    return Scored(rollout=view.rollout, reward=None if missing else total, parts=parts, missing=missing)


def _say_what_is_missing(scored: Sequence[Scored]) -> None:
    missing = [one for one in scored if one.missing]
    if missing:
        first = next((one for one in missing if one.missing != NOTHING_APPLIES), missing[0])
        log.warning(
            "%d of %d rewards are missing, the first because %s, on the response %r",
            len(missing), len(scored), first.missing, first.rollout.text[:200],
        )  # fmt: skip


def _refuse_too_many_errors(
    scored: Sequence[Scored],
    rewards: Sequence[Reward],
    columns: Sequence[Sequence[Outcome]],
    most: float,
    cursor: Cursor,
    among: int,
) -> None:
    """A reward with a budget of its own is held to that, all others together to the recipe's. What does not apply is no
    error and counts against neither."""
    errors = {row for row, one in enumerate(scored) if one.missing and one.missing != NOTHING_APPLIES}
    for one, outcomes in zip(rewards, columns, strict=True):
        if one.plugin.errors is not None:
            own = {row for row, outcome in enumerate(outcomes) if outcome.error}
            _refuse(sorted(own), scored, f"errors of {one.plugin.use}", one.plugin.errors, cursor, among)
            errors -= own
    _refuse(sorted(errors), scored, "budgets.reward_errors", most, cursor, among)


def _refuse(
    errors: Sequence[int], scored: Sequence[Scored], where: str, most: float, cursor: Cursor, among: int
) -> None:
    if errors and len(errors) / max(len(scored), among) > most:
        first = scored[errors[0]]
        raise CampaignStopped(
            f"{len(errors)} of {len(scored)} rewards of step {cursor.index} are missing and {where} allows {most:.0%}:"
            f" {first.missing}, on the response {first.rollout.text[:200]!r}; mend the reward and resume"
        )


def _allowed(one: Reward, most: float) -> float:
    return most if one.plugin.errors is None else one.plugin.errors


def _say_what_is_flat(scored: Sequence[Scored], cursor: Cursor) -> None:
    """Nothing can be learned where every answer earns the same, and a reward that never finds what it looks for looks
    just like that."""
    given = [one for one in scored if one.reward is not None]
    if len(given) > 1 and len({one.reward for one in given}) == 1:
        samples = "; ".join(map(_sample, given[:_SAMPLES]))
        log.warning(
            "every one of the %d rewards of step %d is %g: %s", len(given), cursor.index, given[0].reward, samples
        )


def _say_who_never_pays(
    scored: Sequence[Scored], rewards: Sequence[Reward], columns: Sequence[Sequence[Outcome]], cursor: Cursor
) -> None:
    """One of several rewards that is 0 throughout is hidden by what the others pay. A penalty that nobody earned looks
    alike, so it is told ever more rarely: at steps 0, 1, 3, 7 and so on."""
    if len(rewards) == 1 or cursor.index & (cursor.index + 1):
        return
    for one, outcomes in zip(rewards, columns, strict=True):
        given = [row for row, outcome in enumerate(outcomes) if outcome.value is not None]
        if one.weight and len(given) > 1 and not any(outcomes[row].value for row in given):
            samples = "; ".join(_sample(scored[row]) for row in given[:_SAMPLES])
            log.warning(
                "the reward %s is 0 for every one of %d answers of step %d: %s",
                one.plugin.use, len(given), cursor.index, samples,
            )  # fmt: skip


def _sample(one: Scored) -> str:
    truth = one.rollout.task.answer
    return f"{one.rollout.text[:200]!r} where {truth.text[:50]!r} is right" if truth else repr(one.rollout.text[:200])


def figures(episodes: Sequence[Episode], scored: Sequence[Scored]) -> dict[str, float]:
    """What one step's play shows: mean reward and parts, accuracy, what was malformed, rejected, missing or lost."""
    rewards = [one.reward for one in scored if one.reward is not None]
    shown: dict[str, float] = {
        "reward": _mean(rewards),
        "truncated": _mean(one.rollout.finish == "length" for one in scored),
        "malformed": _mean(not chains.formed(one.rollout) for one in scored),
        "missing": float(len(scored) - len(rewards)),
        "failures": float(sum(one.failure not in (None, TOO_LONG) for one in every(episodes))),
        "too_long": float(sum(one.failure == TOO_LONG for one in episodes)),
    }
    for name in {name: None for one in scored for name in one.parts}:
        shown[f"part/{name}"] = _mean(one.parts[name] for one in scored if name in one.parts)
    answered = [solved(one.rollout) for one in scored if _was_answered(one.rollout)]
    if answered:
        shown["accuracy"] = _mean(answered)
    return shown | chains.figures(episodes)


def _was_answered(rollout: Rollout) -> bool:
    return rollout.task.answer is not None and rollout.finish != "written"


def speed(episodes: Sequence[Episode], seconds: float) -> dict[str, float]:
    """Tokens generated, votes included, and how many in a second of play."""
    groups = [one for one in every(episodes) if not is_written(one)]
    tokens = sum(sum(rollout.mask) for group in groups for rollout in group.rollouts)
    return {"tokens": float(tokens), "tokens_per_s": tokens / max(seconds, 1e-9)}


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
