"""Who is paired with whom: each with at most one. Must not know what the values between them mean."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def best(values: np.ndarray) -> list[tuple[int, int]]:
    """The pairing of rows with columns of the largest sum; pairs worth nothing are left out."""
    from scipy.optimize import linear_sum_assignment

    if not values.size:
        return []
    return [
        (int(i), int(j)) for i, j in zip(*linear_sum_assignment(values, maximize=True), strict=True) if values[i, j] > 0
    ]


def greedy(values: np.ndarray, order: Iterable[int], least: float) -> list[tuple[int, int]]:
    """Rows in order, each takes the best free column that is worth more than `least`."""
    free = np.ones(values.shape[1], bool)
    pairs = []
    for i in order:
        if not free.any():
            break
        j = int(np.argmax(np.where(free, values[i], -np.inf)))
        if values[i, j] > least:
            free[j] = False
            pairs.append((i, j))
    return pairs
