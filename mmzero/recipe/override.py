"""One `--set path=value` and how it changes a recipe that is still plain values; must not know the recipe's tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmzero.recipe.faults import Place, dotted
from mmzero.recipe.hostile_yaml import read_yaml
from mmzero.recipe.sentences import mistake, show

_MOST_PARTS = 32


@dataclass(frozen=True, slots=True)
class Override:
    """`place` is what stands before the equals sign: ('schedule', 'phases', '0', 'steps'); `text` is for messages."""

    text: str
    place: tuple[str, ...]
    value: Any

    @classmethod
    def read(cls, text: str) -> Override:
        path, equals, value = text.partition("=")
        place = tuple(path.strip().split("."))
        if not equals or not all(place) or len(place) > _MOST_PARTS:
            raise mistake(f"--set {show(text)} cannot be read; write path=value, such as schedule.phases.0.steps=3")
        said = text if len(text) <= 100 else text[:97] + "..."
        return cls(said, place, read_yaml(value.encode("utf-8", "replace"), f"--set {said}"))

    def touches(self, place: Place) -> bool:
        """Whether it wrote the value at `place`, or something above or below it."""
        return all(own == str(part) for own, part in zip(self.place, place, strict=False))

    def apply(self, raw: dict[str, Any]) -> None:
        at: Any = raw
        for depth, part in enumerate(self.place):
            key = self._index(at, part, depth) if isinstance(at, list) else part
            if depth == len(self.place) - 1:
                at[key] = self.value
                return
            # A mapping nobody wrote is begun: validation will judge its name.
            if isinstance(at, dict) and at.get(key) is None:
                at[key] = {}
            at = at[key]
            if not isinstance(at, dict | list):
                where = dotted(self.place[: depth + 1])
                raise mistake(f"--set {self.text}: {where} is {show(at)}, which has no keys; set it whole")

    def _index(self, entries: list[Any], part: str, depth: int) -> int:
        where = dotted(self.place[:depth])
        if not part.isdecimal() or len(part) > 6:
            raise mistake(f"--set {self.text}: {where} is a list; write a number from 0 instead of {show(part)}")
        if int(part) >= len(entries):
            count = len(entries)
            raise mistake(f"--set {self.text}: {where} has {count} entries, numbered from 0; choose one below {count}")
        return int(part)
