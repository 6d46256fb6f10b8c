"""One line per step, for logs and CI. Must not move a cursor or colour a word."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from mmzero.recipe import Recipe
from mmzero.types import Cursor
from mmzero.watch.words import clean, seconds, shown, troubles

_SHOWN = (
    "reward",
    "accuracy",
    "learnability",
    "rendered",
    "blind_right",
    "within_bands",
    "band_low",
    "band_high",
    "labels",
    "label_confidence",
    "mean_length",
    "nll",
    "entropy",
    "kl",
    "grad_norm",
)


class Plain:
    def __init__(self, out: TextIO | None = None):
        self._out = out or sys.stdout
        self._recipe: Recipe | None = None

    def begin(self, recipe: Recipe, done: int) -> None:
        self._recipe = recipe
        after = f", going on after {done}" if done else ""
        self._say(f"{recipe.name}: {recipe.schedule.steps} steps{after}")

    def stage(self, cursor: Cursor, name: str) -> None: ...

    def progress(self, done: int, total: int, what: str) -> None: ...

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        schedule = self._recipe.schedule
        width = len(str(schedule.steps))
        words = [
            f"step {cursor.index + 1:>{width + 1}}/{schedule.steps}",
            f"{schedule.phases[cursor.phase].train:<8}",
            *(f"{label} {value}" for label, value in shown(figures, _SHOWN)),
            *(f"{name} {count}" for name, count in troubles(figures)),
        ]
        self._say("  ".join([*words, *_times(figures)]))

    def note(self, text: str) -> None:
        self._say(clean(text))

    def close(self) -> None: ...

    def _say(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def _times(figures: Mapping[str, Any]) -> list[str]:
    spent = seconds(figures)
    total = sum(spent.values())
    if not total:
        return []
    longest = sorted(spent.items(), key=lambda entry: -entry[1])[:2]
    return [f"{total:.1f} s  ({' '.join(f'{name} {value / total:.0%}'.replace('%', ' %') for name, value in longest)})"]
