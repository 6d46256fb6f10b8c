"""How charts are asked about and worked out: names for their parts, options, answers, and steps of a solution."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from random import Random

COLOURS = ("red", "blue", "green", "yellow", "purple")
SERIES = (
    ("tea", "milk", "juice", "soup"),
    ("apple", "pear", "plum", "fig"),
    ("rice", "corn", "rye", "wheat"),
    ("bus", "car", "train", "bike"),
    ("gold", "iron", "zinc", "lead"),
)
GROUPS = (
    ("Mon", "Tue", "Wed", "Thu", "Fri"),
    ("Jan", "Feb", "Mar", "Apr", "May"),
    ("A", "B", "C", "D", "E"),
    ("S1", "S2", "S3", "S4", "S5"),
    ("Ann", "Ben", "Cem", "Dan", "Eva"),
)


def series(rng: Random, n: int) -> tuple[str, ...]:
    return tuple(rng.sample(rng.choice(SERIES), n))


def groups(rng: Random, n: int) -> tuple[str, ...]:
    return rng.choice(GROUPS)[:n]


def options(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def answer(right: int | str, names: Sequence[str]) -> Answer:
    """A figure, or one of these names."""
    if isinstance(right, int):
        return Answer(kind="number", value=right, warrant=COMPUTED)
    return Answer(kind="choice", value=right, warrant=COMPUTED, choices=tuple(names))


def winner(figures: Mapping[str, float]) -> str | None:
    """The name with the one greatest figure; None where two share it."""
    ranked = sorted(figures, key=figures.__getitem__, reverse=True)
    return ranked[0] if figures[ranked[0]] > figures[ranked[1]] else None


def so_far(figures: Mapping[str, int], best: Callable[[Iterable[int]], int] = max) -> tuple[str, ...]:
    """Name by name, with the best up to there."""
    leaders = accumulate(figures, lambda led, name: best((led, name), key=figures.__getitem__))
    return tuple(f"{name}: {figures[name]}, {led} {figures[led]}." for name, led in zip(figures, leaders, strict=True))


def added(numbers: Sequence[int]) -> tuple[str, ...]:
    """One sum after the other."""
    sums = list(accumulate(numbers))
    return tuple(f"{a} + {b} = {c}." for a, b, c in zip(sums, numbers[1:], sums[1:], strict=False))


def counted(marks: Mapping[str, bool]) -> tuple[str, ...]:
    """What each thing reads, whether it counts, and how many do so far."""
    counts = accumulate(map(int, marks.values()))
    return tuple(
        f"{read}, {'yes' if mark else 'no'}: {count}."
        for (read, mark), count in zip(marks.items(), counts, strict=True)
    )


def running(numbers: Sequence[int]) -> str:
    """A whole row added up in one breath: '3, 3+5=8, 8+2=10'."""
    sums = list(accumulate(numbers))
    steps = (f"{a}+{b}={c}" for a, b, c in zip(sums, numbers[1:], sums[1:], strict=False))
    return ", ".join((str(numbers[0]), *steps))
