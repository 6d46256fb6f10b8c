"""How a scale with `marks` marks of `unit` each to a numbered step is read off, in words; draws nothing."""

from __future__ import annotations


def worth(marks: int, unit: int) -> str:
    return f"{marks * unit} / {marks} = {unit}"


def reading(name: str, marks: int, unit: int, mark: int) -> str:
    """From the number below it upwards, whichever side of zero that is."""
    over, base = mark % marks, mark // marks * marks * unit
    if not over:
        return f"{name} stands at {base}."
    more = over * unit
    return f"{name} stands {over} mark{'s' * (over > 1)} above {base}: {base} + {more} = {base + more}."
