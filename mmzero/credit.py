"""Rewards to advantages, one pure function each; numpy only, and nothing here knows a recipe, a loss or an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mmzero.types import Sample, Scored

EPSILON = 1e-4  # added to a group's standard deviation, as TRL does
ROUNDING = 1e-9  # rewards closer than this differ by the order of a sum and not by what anyone did


def credit(scored: Sequence[Scored], advantage: str) -> tuple[Sample, ...]:
    """The present rewards as advantages, in the order they came; siblings are those who answered one task.

    A missing reward is no zero: it stays out of every baseline and out of what is learned.
    """
    present = [one for one in scored if one.reward is not None]
    rewards_B = np.array([one.reward for one in present], dtype=np.float64)
    tasks = [one.rollout.task for one in present]
    siblings, families = _alike([task.id for task in tasks]), _alike([task.family for task in tasks])
    advantages_B = ADVANTAGES[advantage](rewards_B, siblings, families)
    return tuple(Sample(scored=one, advantage=float(value)) for one, value in zip(present, advantages_B, strict=True))


Rows = list[np.ndarray]  # which rows of a batch belong together


def _alike(names: Sequence[str]) -> Rows:
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        groups.setdefault(name, []).append(row)
    return [np.array(rows) for rows in groups.values()]


def group(rewards_G: np.ndarray) -> np.ndarray:
    """(r - mean) / (std + 1e-4) with ddof=1: [1, 0] becomes about [0.707, -0.707]."""
    return group_centered(rewards_G) / (rewards_G.std(ddof=1) + EPSILON)


def group_centered(rewards_G: np.ndarray) -> np.ndarray:
    """r - mean: the group's own difficulty is taken out, its spread is kept. [1, 0] becomes [0.5, -0.5]."""
    return rewards_G - rewards_G.mean()


def leave_one_out(rewards_G: np.ndarray) -> np.ndarray:
    """r - mean of the others, a baseline that does not depend on r: [1, 0] becomes [1, -1]."""
    return group_centered(rewards_G) * len(rewards_G) / (len(rewards_G) - 1)


def _within_groups(of_group: Callable[[np.ndarray], np.ndarray]):
    """The advantage of a batch that only compares siblings."""

    def of_batch(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
        return _within(siblings, of_group, rewards_B)

    return of_batch


def _within(parts: Rows, of_part: Callable[[np.ndarray], np.ndarray], rewards_B: np.ndarray) -> np.ndarray:
    advantages_B = np.zeros_like(rewards_B)
    for rows in parts:
        if not constant(rewards_B[rows]):
            advantages_B[rows] = of_part(rewards_B[rows])
    return advantages_B


def _batch(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
    """r - mean of the whole batch, without a standard deviation. A batch is one role's. Proposers learn from this one: a
    baseline per group would cancel the penalties that siblings share."""
    return np.zeros_like(rewards_B) if constant(rewards_B) else rewards_B - rewards_B.mean()


def _family(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
    """r - mean of the batch's rewards for the same family: a family that pays little is not pushed away as a whole."""
    return _within(families, group_centered, rewards_B)


def _reinforce_pp(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
    """(r - mean) / (std + 1e-4) over the whole batch (REINFORCE++)."""
    return np.zeros_like(rewards_B) if constant(rewards_B) else group(rewards_B)


def _reinforce_pp_baseline(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
    """r - the group's mean, by the standard deviation of those over the whole batch, which are 0 on average: a group that
    differs little is not blown up to the size of one that differs much (REINFORCE++ with baseline)."""
    centered_B = _within(siblings, group_centered, rewards_B)
    return centered_B if constant(centered_B) else centered_B / (centered_B.std(ddof=1) + EPSILON)


def _reward(rewards_B: np.ndarray, siblings: Rows, families: Rows) -> np.ndarray:
    """r itself, compared with nothing: an answer to imitate carries 1."""
    return rewards_B


def constant(rewards: Sequence[float] | np.ndarray) -> bool:
    """Nothing to compare, one reward alone included. Asked first, because a mean need not give back what it is of:
    three times 0.1 would leave 1e-17, and a group that teaches nothing would count as one that does."""
    return len(rewards) < 2 or np.ptp(rewards) <= ROUNDING * max(1.0, np.abs(rewards).max())


ADVANTAGES = {
    "group": _within_groups(group),
    "group_centered": _within_groups(group_centered),
    "leave_one_out": _within_groups(leave_one_out),
    "batch": _batch,
    "family": _family,
    "reward": _reward,
    "reinforce_pp": _reinforce_pp,
    "reinforce_pp_baseline": _reinforce_pp_baseline,
}
