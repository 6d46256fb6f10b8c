"""How alike two texts are by BLEU, as a distance between all texts of a batch. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

_ORDERS = range(1, 5)
_NONE = 0.1  # what stands for no shared n-gram of an order, where the text has any (Chen and Cherry's first smoothing)


@lru_cache(maxsize=4096)
def _grams(text: str) -> tuple[int, tuple[Counter, ...]]:
    words = text.casefold().split()
    return len(words), tuple(Counter(zip(*(words[i:] for i in range(n)), strict=False)) for n in _ORDERS)


def bleu(said: str, reference: str) -> float:
    """Sentence BLEU-4 of words without case: the geometric mean of how many of its n-grams the reference has, times what
    brevity costs. "a b c d e" against "a b c d f" shares 4/5, 3/4, 2/3 and 1/2: 0.6687."""
    (length, ours), (others, theirs) = _grams(said), _grams(reference)
    if not length or not others or not sum((ours[0] & theirs[0]).values()):
        return 0.0
    logs = 0.0
    for mine, its in zip(ours, theirs, strict=True):
        shared, there = sum((mine & its).values()), max(1, sum(mine.values()))
        logs += math.log((shared or _NONE) / there)
    brevity = 1.0 if length > others else math.exp(1 - others / length)
    return brevity * math.exp(logs / len(_ORDERS))


def clusters(texts: Sequence[str], distance: float) -> list[int]:
    """For each text, how many of the texts stand in its cluster, itself included: average link, joined while clusters lie
    no further apart than `distance`, which is 1 - BLEU."""
    if len(texts) < 2:
        return [1] * len(texts)
    from scipy.cluster.hierarchy import fcluster, linkage

    apart = [1 - bleu(one, two) for i, one in enumerate(texts) for two in texts[i + 1 :]]
    labels = fcluster(linkage(np.maximum(apart, 0.0), method="average"), t=distance, criterion="distance")
    sizes = Counter(labels.tolist())
    return [sizes[label] for label in labels.tolist()]
