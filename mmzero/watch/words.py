"""Figures of a step as short words, for any watch. Pure; text it is given is made harmless for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmzero.recipe.sentences import one_line as clean

FIGURES = {  # name of a figure -> how it is shown, in this order
    "reward": ("reward", "{:.2f}"),
    "accuracy": ("accuracy", "{:.2f}"),
    "learnability": ("learnability", "{:.2f}"),
    "rendered": ("rendered", "{:.0%}"),
    "blind_right": ("blind", "{:.0%}"),
    "within_bands": ("within bands", "{:.0f}"),
    "band_low": ("from", "{:.2f}"),
    "band_high": ("to", "{:.2f}"),
    "labels": ("labels", "{:.0f}"),
    "label_confidence": ("agreed", "{:.2f}"),
    "mean_length": ("length", "{:.0f}"),
    "nll": ("nll", "{:.3f}"),
    "entropy": ("entropy", "{:.2f}"),
    "kl": ("kl", "{:.3f}"),
    "grad_norm": ("grad", "{:.2f}"),
    "truncated": ("cut off", "{:.0%}"),
    "constant_groups": ("constant groups", "{:.0%}"),
    "tokens_per_s": ("tokens/s", "{:,.0f}"),
}
_BLOCKS = "▁▂▃▄▅▆▇█"


def number(figures: Mapping[str, Any], name: str) -> float | None:
    """nan passes, for it must be seen; what is no number does not. Learnability is found among the parts."""
    value = figures.get(name)
    if value is None and name == "learnability":
        value = next((figures[key] for key in figures if key.startswith("part/learnability")), None)
    return float(value) if isinstance(value, int | float) else None


def shown(figures: Mapping[str, Any], names: Iterable[str] = tuple(FIGURES)) -> list[tuple[str, str]]:
    """(label, value) of those figures that are there."""
    found = ((FIGURES[name], number(figures, name)) for name in names)
    return [(label, form.format(value)) for (label, form), value in found if value is not None]


def parts(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of the parts of the reward."""
    return [
        (clean(key.removeprefix("part/")), f"{value:.2f}")
        for key, value in figures.items()
        if key.startswith("part/") and isinstance(value, int | float)
    ]


def seconds(figures: Mapping[str, Any]) -> dict[str, float]:
    """Stage -> seconds, in the order they came."""
    return {
        clean(key.removeprefix("seconds/")): float(value)
        for key, value in figures.items()
        if key.startswith("seconds/")
    }


def troubles(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was counted and is not zero: rejections by reason, missing rewards, failures, prompts too long."""
    names = [name for name in figures if name in ("missing", "failures", "too_long") or name.startswith("rejected/")]
    return [(clean(name.replace("/", " ")), f"{figures[name]:.0f}") for name in names if figures[name]]


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """The newest `width` values between their own least and most: sparkline([0, 1, 2]) is '▁▅█'; no number is '·'."""
    values = values[-width:]
    real = [value for value in values if math.isfinite(value)]
    low, high = (min(real), max(real)) if real else (0.0, 0.0)
    span = high / 2 - low / 2  # halves, for the whole may be more than a float holds
    top = len(_BLOCKS) - 1
    return "".join(
        "·"
        if not math.isfinite(value)
        else _BLOCKS[math.floor((value / 2 - low / 2) / span * top + 0.5) if span else 0]
        for value in values
    )


def duration(passed: float) -> str:
    """'12 s', '3 min 20 s' or '2 h 05 min'."""
    minutes, rest = divmod(round(passed), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
