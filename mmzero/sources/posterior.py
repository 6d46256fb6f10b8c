"""What is believed about how often the solver solves each cell of the bank: a Beta posterior per cell, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Cell = tuple[str, str, int]  # family, kind, level
Group = tuple[Cell, int, int]  # how often one task of the cell was solved and failed

FADE = 0.98  # what was seen a step ago counts this much: the solver that was judged is no longer the one that plays
YIELD_FADE = 0.9  # the yield is about the last ten steps or so
SURE = 0.9  # so much of the belief lies beyond a bound before a cell counts as beyond it
ENOUGH = 0.4  # share of mixed groups below which the band widens: the others teach nothing


@dataclass(frozen=True, slots=True)
class Posterior:
    seen: Mapping[Cell, tuple[float, float]] = field(default_factory=dict)  # faded solved and failed
    mixed: tuple[float, float] = (0.0, 0.0)  # faded: fresh groups that some siblings solved and some failed, and all

    def rate(self, cell: Cell) -> float:
        solved, failed = self.seen.get(cell, (0.0, 0.0))
        return (solved + 1) / (solved + failed + 2)

    def below(self, cell: Cell, bound: float) -> float:
        """How much of the belief about the cell's rate lies below the bound."""
        from scipy.special import betainc

        solved, failed = self.seen.get(cell, (0.0, 0.0))
        return float(betainc(solved + 1, failed + 1, bound))

    def after(self, groups: Iterable[Group], fresh: Iterable[Group]) -> Posterior:
        """A step has passed in which these groups were judged; `fresh` are those of tasks that the bank chose."""
        faded = {cell: (solved * FADE, failed * FADE) for cell, (solved, failed) in self.seen.items()}
        for cell, solved, failed in groups:
            before = faded.get(cell, (0.0, 0.0))
            faded[cell] = (before[0] + solved, before[1] + failed)
        told = [solved > 0 < failed for _, solved, failed in fresh if solved + failed > 1]  # one alone is never mixed
        mixed, total = self.mixed
        return Posterior(faded, (mixed * YIELD_FADE + sum(told), total * YIELD_FADE + len(told)))

    def widened(self, band: tuple[float, float]) -> tuple[float, float]:
        """The learnable band, as wide as the share of mixed groups leaves it."""
        mixed, total = self.mixed
        return widen(band, mixed / total, ENOUGH) if total else band


def widen(band: tuple[float, float], share: float, enough: float) -> tuple[float, float]:
    """A band grown towards everything as the share of what it leaves falls from `enough` to none."""
    lack = max(0.0, 1 - share / enough)
    return band[0] * (1 - lack), band[1] + (1 - band[1]) * lack
