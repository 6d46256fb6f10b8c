"""Second opinion on `next`: knows no rules of the scene but finds, attribute by attribute, the simplest that fits."""

from itertools import pairwise

from panels import options_show, shows


def _repeats(values, period):
    return values[-period] if all(a == b for a, b in zip(values, values[period:], strict=False)) else None


def _adds(values, round_=None):
    """What comes next where the differences, or theirs, repeat after one or two."""
    gaps = [b - a if round_ is None else (b - a) % round_ for a, b in pairwise(values)]
    for period in (1, 2):
        if len(gaps) > period and (gap := _repeats(gaps, period)) is not None:
            return values[-1] + gap
    bends = {b - a if round_ is None else (b - a) % round_ for a, b in pairwise(gaps)}
    return values[-1] + gaps[-1] + bends.pop() if len(bends) == 1 else None


def _next(values, attribute):
    for period in (1, 2, 3):
        if len(values) > period and (value := _repeats(values, period)) is not None:
            return value
    if isinstance(values[0], str):
        return None
    round_ = 8 if attribute == 4 else None
    value = _adds(values, round_)
    if value is None:
        value = _adds(values[len(values) % 2 :: 2], round_)
    return value % 8 if round_ else value


def rederive(scene, question):
    coming = [_next([panel[i] for panel in scene["panels"]], i) for i in range(7)]
    (place,) = [i for i, option in enumerate(scene["options"]) if option == coming]
    return "ABCD"[place]


def seen(picture, scene, question):
    at = [(0.5 + (i % 4 - 1.5) * 0.235, 0.135 + i // 4 * 0.235) for i in range(len(scene["panels"]))]
    shown = all(shows(picture, x, y, 0.107, panel) for (x, y), panel in zip(at, scene["panels"], strict=True))
    return shown and options_show(picture, 0.107, scene["options"])
