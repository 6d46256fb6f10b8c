"""How sure a measured share, difference or vote is: 95 % intervals from counts. Pure numpy; knows no task or model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

Z = 1.959963984540054  # the normal distribution holds 95 % within this many deviations


@dataclass(frozen=True, slots=True)
class Interval:
    """`mean` is what was measured on `n` items (nan where n is 0); `low` and `high` hold the truth 95 times of 100."""

    mean: float
    low: float
    high: float
    n: int


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's interval of a share, which stays inside [0, 1] and is honest at 0 %, at 100 % and for n = 1 or 0.

    wilson(8, 10) is 0.49 to 0.94.
    """
    if not 0 <= right <= n:
        raise ValueError(f"{right} right of {n} is no share; 0 <= right <= n must hold")
    if n == 0:
        return 0.0, 1.0
    share = right / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    # Rounding must not leave the interval beside its own mean at 0 % and 100 %.
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def accuracy(right_N: Sequence[bool]) -> Interval:
    """The share of right ones, with Wilson's interval."""
    right, n = sum(map(bool, right_N)), len(right_N)
    return Interval(right / n if n else float("nan"), *wilson(right, n), n)


def paired(before_N: Sequence[bool], after_N: Sequence[bool]) -> Interval:
    """After minus before on the same items: the mean of the differences, with the normal interval of that mean.

    Where all differences are alike their deviation is 0 and the normal interval would claim certainty, even from one
    pair. There the share of a difference never seen may still be up to z²/(n + z²) (Wilson's bound for 0 of n), and the
    interval is what the mean would be had all of it gone to -1, or to +1. With no pairs it is all of [-1, 1].
    """
    before_N, after_N = np.asarray(before_N, dtype=float), np.asarray(after_N, dtype=float)
    if before_N.shape != after_N.shape:
        raise ValueError(f"{before_N.size} before and {after_N.size} after do not pair; give one of each per item")
    gains_N = after_N - before_N
    n = gains_N.size
    if n == 0:
        return Interval(float("nan"), -1.0, 1.0, 0)
    mean = float(gains_N.mean())
    if np.all(gains_N == gains_N[0]):
        unseen = Z * Z / (n + Z * Z)
        return Interval(mean, mean - unseen * (mean + 1), mean + unseen * (1 - mean), n)
    half = Z * float(gains_N.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, max(-1.0, mean - half), min(1.0, mean + half), n)


def average(shares_N: Sequence[float]) -> Interval:
    """The mean of shares, each of one item that was tried several times: items are what is sampled, and not tries. Where
    each was tried once it is `accuracy`."""
    if all(share in (0, 1) for share in shares_N):
        return accuracy([bool(share) for share in shares_N])
    found = paired([0.0] * len(shares_N), shares_N)
    return Interval(found.mean, max(0.0, found.low), found.high, found.n)


def majority(votes: Sequence[Hashable | None]) -> Hashable | None:
    """The answer most voted for; of equals the one heard first, which favours none as votes come in random order.
    None abstains, and is the result where nobody voted."""
    ranked = Counter(vote for vote in votes if vote is not None).most_common(1)  # it keeps the order of first votes
    return ranked[0][0] if ranked else None
