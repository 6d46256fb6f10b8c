"""Batches in which every group teaches: more tasks in place of those whose siblings were all paid alike (DAPO's dynamic
sampling). Must not know an engine, a reward or how a task is drawn.

Every round belongs to the one step that is committed. The batch has as many groups as the phase has prompts, whatever
was played: so a denominator says nothing about how long the search was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from mmzero.credit import constant
from mmzero.recipe.tree import Phase
from mmzero.types import Cursor, Episode, Played, Scored

log = logging.getLogger(__name__)

ROUND = "round"  # the fact that says in which round of refilling an episode was played; of the first there is none
Made = tuple[tuple[Episode, ...], tuple[Scored, ...]]
Round = Callable[[range, Collection[str]], Made]  # these items of the step, none of them one of these tasks


def filled(play: Round, phase: Phase, cursor: Cursor) -> Made:
    """What was played until enough groups teach, or the rounds are used up, or nothing new is to be had."""
    episodes, scored = play(range(phase.prompts), ())
    drawn = phase.prompts
    for number in range(1, phase.refill.most + 1) if phase.refill else ():
        lacking = phase.prompts - len(_teaching(scored))
        if not lacking:
            break
        more, earned = play(range(drawn, drawn + lacking), {one.task.id for one in episodes})
        episodes += tuple(replace(one, facts={**one.facts, ROUND: float(number)}) for one in more)
        scored, drawn = scored + earned, drawn + lacking
    if phase.refill:
        _say_what_lacks(len(_teaching(scored)), phase, cursor)
    return episodes, scored


def counted(scored: Sequence[Scored], phase: Phase) -> tuple[Scored, ...]:
    """Those of a step that make its batch: the groups that teach, and as many of the others as are missing."""
    if not phase.refill:
        return tuple(scored)
    teaching = list(_teaching(scored))[: phase.prompts]
    others = [id for id in dict.fromkeys(one.rollout.task.id for one in scored) if id not in set(_teaching(scored))]
    kept = {*teaching, *others[: phase.prompts - len(teaching)]}
    return tuple(one for one in scored if one.rollout.task.id in kept)


def figures(played: Played, phase: Phase) -> dict[str, float]:
    if not phase.refill:
        return {}
    rounds = [one.facts.get(ROUND, 0.0) for one in played.episodes]
    return {
        "refill_rounds": max(rounds, default=0.0),
        "refill_groups": float(sum(map(bool, rounds))),
        "teaching_groups": float(len(_teaching(played.scored))),
    }


def _teaching(scored: Sequence[Scored]) -> tuple[str, ...]:
    """The tasks whose siblings were paid differently, in the order they were asked."""
    rewards: dict[str, list[float]] = {}
    for one in scored:
        if one.reward is not None:
            rewards.setdefault(one.rollout.task.id, []).append(one.reward)
    return tuple(id for id, paid in rewards.items() if not constant(paid))


def _say_what_lacks(teaching: int, phase: Phase, cursor: Cursor) -> None:
    if teaching < phase.prompts:
        log.warning(
            "after refilling at most %d times step %d has %d of %d groups whose siblings were paid differently, and learns"
            " from those; raise refill.most, or choose tasks that are neither always nor never solved",
            phase.refill.most, cursor.index, teaching, phase.prompts,
        )  # fmt: skip
