"""Ours and a peer in turn, and what their pairs say; must not know what is measured.

The machine's speed drifts, so seconds are only compared with seconds taken right beside them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

Figures = dict[str, float]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def figures(ours_s: Sequence[float], peer_s: Sequence[float]) -> Figures:
    """The medians of the two and of their ratios, pair by pair: above 1 where ours is faster."""
    return {
        "ours_s": median(ours_s),
        "peer_s": median(peer_s),
        "ratio": median(peer / ours for ours, peer in zip(ours_s, peer_s, strict=True)),
    }


def in_turn(ours: Callable[[], object], peer: Callable[[], object], pairs: int) -> Figures:
    ours(), peer()  # a first run fills caches and starts threads
    taken = [(seconds(ours), seconds(peer)) for _ in range(pairs)]
    return figures(*zip(*taken, strict=True))
