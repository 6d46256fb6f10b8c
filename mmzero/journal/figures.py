"""The figures of learned steps: metrics.jsonl, one line each, of which the later of two for one step is in force. Read from
its end where only the newest are wanted. Knows which steps are learned, and nothing of what a figure means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal.ledger import Ledger, place
from mmzero.journal.lines import Lines
from mmzero.types import Cursor

_INDEX = re.compile(rb'\{"index": (\d+), ')


class Figures:
    def __init__(self, folder: Path, ledger: Ledger, allowed: Callable[[], None]):
        self._lines, self._ledger = Lines(folder / "metrics.jsonl", allowed), ledger
        self.mend = self._lines.mend

    def append(self, cursor: Cursor, figures: Mapping[str, float | str]) -> None:
        if clash := place(cursor).keys() & figures.keys():
            raise ValueError(f"a figure is named {min(clash)}, which says where a line belongs; give it another name")
        plain = {name: value if isinstance(value, str) else float(value) for name, value in figures.items()}
        self._lines.append({**place(cursor), **plain})

    def all(self) -> list[dict[str, Any]]:
        """In the order of the steps: index, iteration, phase, step and the figures."""
        newest = {line["index"]: line for line in self._lines.items}
        return [line for index, line in sorted(newest.items()) if index in self._learned]

    def recent(self, index: int, n: int) -> list[dict[str, Any]]:
        """Those of the last `n` steps up to `index`, in order."""
        found: dict[int, dict[str, Any]] = {}
        for line in self._lines.backwards():
            begins = _INDEX.match(line)
            if begins and index - n < (at := int(begins[1])) <= index and at not in found:
                found[at] = self._lines.read(line)
            if len(found) == min(n, index + 1):
                break
        return [figures for _, figures in sorted(found.items())]

    def last(self) -> tuple[int, dict[str, Any]]:
        """How many steps are learned, and the figures of the newest of them."""
        learned = self._learned
        newest = self.recent(max(learned), 1) if learned else []
        return len(learned), newest[0] if newest else {}

    def told(self) -> set[int]:
        """The steps that there ever were figures of."""
        return {int(begins[1]) for line in self._lines.raw if (begins := _INDEX.match(line))}

    def refuse_lost(self) -> None:
        if lost := self._learned.keys() - self.told():
            raise UserError(
                f"{self._lines.path} has lost lines: step {min(lost)} was learned and has no figures there; restore it"
                " from a copy"
            )

    @property
    def _learned(self) -> Mapping[int, Any]:
        return self._ledger.commits("learned")
