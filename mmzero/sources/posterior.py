"""What is believed about how often the solver solves each (family, level): a Beta posterior per cell, pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Cell = tuple[str, int]

FADE = 0.98  # what was seen a step ago counts this much: the solver that was judged is no longer the one that plays


@dataclass(frozen=True, slots=True)
class Posterior:
    seen: Mapping[Cell, tuple[float, float]] = field(default_factory=dict)  # faded solved and failed

    def rate(self, cell: Cell) -> float:
        solved, failed = self.seen.get(cell, (0.0, 0.0))
        return (solved + 1) / (solved + failed + 2)

    def after(self, outcomes: Mapping[Cell, tuple[int, int]]) -> Posterior:
        """A step has passed in which cells were solved and failed so often."""
        faded = {cell: (solved * FADE, failed * FADE) for cell, (solved, failed) in self.seen.items()}
        for cell, (solved, failed) in outcomes.items():
            before = faded.get(cell, (0.0, 0.0))
            faded[cell] = (before[0] + solved, before[1] + failed)
        return Posterior(faded)

    def level(self, family: str, levels: range, band: tuple[float, float], promote: float, draw: float) -> int:
        """A level of the family by a uniform draw: those inside the learnable band count fully, those solved beyond
        `promote` hardly, the rest a little, so that none starves."""
        rates = {level: self.rate((family, level)) for level in levels}
        weights = {
            level: 1.0 if band[0] <= rate <= band[1] else 0.1 if rate > promote else 0.3
            for level, rate in rates.items()
        }
        mark = draw * sum(weights.values())
        for level, weight in weights.items():
            mark -= weight
            if mark < 0:
                return level
        return levels[-1]
