"""Which checkpoints stay, by count, by number, by score and by room; pure, and knows no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mmzero.recipe.tree import Checkpoint


def staying(
    recent: Sequence[int],
    older: Sequence[int],
    rules: Checkpoint,
    score: Callable[[int], float | None],
    size: Callable[[int], int],
) -> set[int]:
    """Of versions, newest first: `recent` are the `keep` newest sound ones, `older` what stands behind them.

    Where `disk` cannot hold them all, the newest stays whatever it takes, then the best, the rest of the recent, and
    those of every `keep_every`.
    """
    scored = [(found, version) for version in (*recent, *older) if (found := _of(score, version, rules)) is not None]
    best = [version for _, version in sorted(scored, reverse=True)[: rules.keep_best]]
    every = [version for version in older if rules.keep_every and version % rules.keep_every == 0]
    wanted = list(dict.fromkeys([*recent[:1], *best, *recent[1:], *every]))
    return set(_fitting(wanted, rules.disk, size) if rules.disk else wanted)


def _of(score: Callable[[int], float | None], version: int, rules: Checkpoint) -> float | None:
    return score(version) if rules.keep_best else None


def _fitting(wanted: Iterable[int], room: int, size: Callable[[int], int]) -> Iterable[int]:
    taken = 0
    for place, version in enumerate(wanted):
        if place == 0 or taken + size(version) <= room:
            taken += size(version)
            yield version
