"""Which tasks are neither too easy nor too hard to learn from, by how votes on them agree; a band widens as its yield
falls, so that no phase starves. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mmzero.sources.posterior import YIELD_FADE, widen

Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Yield:
    """How many tasks stayed of those that were judged, lately: what is long past counts less."""

    kept: float = 0.0
    judged: float = 0.0

    def after(self, kept: int, judged: int) -> Yield:
        """A step has passed in which so many were judged and stayed."""
        return Yield(self.kept * YIELD_FADE + kept, self.judged * YIELD_FADE + judged)

    def widened(self, band: Band, enough: float) -> Band:
        return widen(band, self.kept / self.judged, enough) if self.judged else band


def within(rate: float, band: Band) -> bool:
    return band[0] <= rate <= band[1]
