"""Which cell of the bank is asked next: most often what can be learned from, never nothing of a family.

Knows beliefs and visits, and no scene: which kind a scene asks shows only once it is sampled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

from mmzero.families import ABSENT, LEVELS
from mmzero.recipe.tree import Bank
from mmzero.sources.posterior import SURE, Cell, Posterior

LEARNABLE, NEAR, FAR = 1.0, 0.3, 0.1  # how often a cell is drawn, beside one inside the band
FLOOR = 0.25  # of an even share of the draws is every family's, whatever is believed of it

K = TypeVar("K")


class Curriculum:
    """The choices of one step. What it chose counts as visited at once, so that a step spreads its draws too."""

    def __init__(self, families: Sequence[str], bank: Bank, posterior: Posterior, visits: Mapping[Cell, int]):
        self._posterior, self._promote = posterior, bank.promote
        self._band = posterior.widened(bank.band)
        self._kinds: dict[tuple[str, int], list[str]] = {}
        for family, kind, level in posterior.seen:
            if kind != ABSENT:  # how often that is asked is the recipe's to say
                self._kinds.setdefault((family, level), []).append(kind)
        self._cells = {family: self._weights(family) for family in families}
        self._best = {family: max(cells.values()) for family, cells in self._cells.items()}
        self._visits: Counter[Cell] = Counter(visits)
        self._by_family: Counter[str] = Counter()
        for (family, _, _), times in visits.items():
            self._by_family[family] += times

    def pick(self, rng: Random) -> Cell:
        """A cell to ask about; its kind is empty where no scene of that level was ever played."""
        any_family = rng.random() < FLOOR
        family = rng.choice(list(self._best)) if any_family else _draw(self._best, self._by_family, rng)
        cell = _draw(self._cells[family], self._visits, rng)
        self._by_family[family] += 1
        self._visits[cell] += 1
        return cell

    def known(self, family: str, level: int) -> Sequence[str]:
        """The kinds that this level of the family was seen to ask."""
        return self._kinds.get((family, level), ())

    def _weights(self, family: str) -> dict[Cell, float]:
        """Level by level upwards. A level that was never tried is hoped to be no harder than the nearest tried one
        below it; one found too hard is left alone until the level below it is beyond `promote`: then it opens."""
        found: dict[Cell, float] = {}
        opened, hope = True, LEARNABLE  # the first level is always open
        for level in LEVELS:
            cells = [(family, kind, level) for kind in self.known(family, level)]
            found |= {cell: self._weight(cell, opened) for cell in cells}
            if cells:
                opened = any(map(self._mastered, cells))
                hope = max(self._hope(cell) for cell in cells)
            else:
                untried = (family, "", level)
                found[untried], opened = min(hope, self._weight(untried, opened)), False
        return found

    def _hope(self, cell: Cell) -> float:
        if self._too_hard(cell):
            return FAR
        return NEAR if self._posterior.rate(cell) < self._band[0] else LEARNABLE

    def _weight(self, cell: Cell, opened: bool) -> float:
        if self._mastered(cell):
            return FAR
        if self._too_hard(cell):
            return NEAR if opened else FAR
        return LEARNABLE if self._band[0] <= self._posterior.rate(cell) <= self._band[1] else NEAR

    def _mastered(self, cell: Cell) -> bool:
        return self._posterior.below(cell, self._promote) <= 1 - SURE

    def _too_hard(self, cell: Cell) -> bool:
        return self._posterior.below(cell, self._band[0]) >= SURE


def _draw(weights: Mapping[K, float], visits: Mapping[K, int], rng: Random) -> K:
    """One by its weight; among those of equal weight the least visited, and any of those."""
    weight = rng.choices(list(weights.values()), list(weights.values()))[0]
    equals = [one for one, own in weights.items() if own == weight]
    least = min(visits[one] for one in equals)
    return rng.choice([one for one in equals if visits[one] == least])
