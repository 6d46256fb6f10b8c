"""What each rank runs, so that all make the same sequence of module calls; numpy only, and the same answer on every rank.

An engine that shards weights meets the other ranks inside the modules: one rank that has no image, an answer of one token
or nothing left to do would leave the others waiting. It is lent a stand-in: another rank's prompt with the beginning of
one answer, masked, so that it is worth nothing. One rank alone runs what it is given, as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mmzero.segment import cost
from mmzero.types import Segment

Microbatch = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """One forward pass of every rank: `microbatches` by rank."""

    microbatches: tuple[Microbatch, ...]

    @property
    def tokens(self) -> int:
        """Answer tokens of the rank that has most: how often the head is called follows from it."""
        return max(sum(len(one.ids_T) for one in microbatch) for microbatch in self.microbatches)


def deal(microbatches: Sequence[Microbatch], ranks: int) -> tuple[Tick, ...]:
    """The microbatches in ticks of `ranks`, the dearest cut in two until they come out even."""
    cut = _even(microbatches, ranks) if ranks > 1 else microbatches
    return tuple(together(cut[start : start + ranks], ranks) for start in range(0, len(cut), ranks))


def together(given: Sequence[Microbatch], ranks: int) -> Tick:
    """One tick of at most as many microbatches as there are ranks; what a rank is lent comes after its own."""
    idle = [()] * (ranks - len(given))
    return Tick(tuple((*mine, *_lent(mine, given)) for mine in [*given, *idle]))


def _even(microbatches: Sequence[Microbatch], ranks: int) -> list[Microbatch]:
    """Neighbours cost about the same, so that nobody waits long for anybody."""
    cut = list(microbatches)
    while len(cut) % ranks and (many := [one for one in cut if len(one) > 1]):
        dearest = max(many, key=cost)
        at = next(i for i, one in enumerate(cut) if one is dearest)
        middle = len(dearest) // 2
        cut[at : at + 1] = [dearest[:middle], dearest[middle:]]
    return sorted(cut, key=cost)


def _lent(mine: Microbatch, given: Sequence[Microbatch]) -> Iterator[Segment]:
    """A stand-in for each thing that others meet in their modules and this rank would not."""
    every = [segment for microbatch in given for segment in microbatch]
    for has in (_an_image, _a_second_token):
        if not any(map(has, mine)):
            yield from map(_stand_in, islice(filter(has, every), 1))
    if not mine and not any(map(_an_image, every)) and not any(map(_a_second_token, every)):
        yield _stand_in(every[0])


def _an_image(segment: Segment) -> bool:
    return bool(segment.images)


def _a_second_token(segment: Segment) -> bool:
    return bool(segment.lengths_G.max() > 1)


def _stand_in(segment: Segment) -> Segment:
    longest = int(segment.lengths_G.argmax())
    start = int(segment.lengths_G[:longest].sum())
    kept = slice(start, start + min(2, int(segment.lengths_G[longest])))
    length = kept.stop - kept.start
    return replace(
        segment,
        lengths_G=np.array([length]),
        ids_T=segment.ids_T[kept],
        logprobs_T=segment.logprobs_T[kept],
        mask_T=np.zeros(length, dtype=bool),
        advantages_G=np.zeros(1, dtype=np.float32),
    )
