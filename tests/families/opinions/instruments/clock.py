"""Second opinion on `clock`: times by the calendar's own reckoning; on the picture where each hand's colour is."""

import re
from datetime import datetime, timedelta

import numpy as np

RED, BLUE = (214, 39, 40), (31, 89, 200)
OFF = 3  # degrees; the hands of two scenes stand at least 2.5 apart, and then the other hand is 30 off


def rederive(scene: dict, question: str) -> str:
    now = datetime(2000, 1, 1) + timedelta(minutes=scene["shown"])
    if "until" in question:
        hour, minute = map(int, re.search(r"(\d+):(\d+)", question).groups())
        wait = next(
            w
            for w in range(1, 721)
            if (then := now + timedelta(minutes=w)).hour % 12 == hour % 12 and then.minute == minute
        )
        return str(wait)
    if found := re.search(r"(\d+) (hour|minute)", question):
        span = timedelta(**{f"{found[2]}s": int(found[1])})
        now += -span if "ago" in question else span
    return now.strftime("%I:%M").removeprefix("0")


def _ring(picture, reach):
    """The turns from twelve, as complex numbers, and the pixels there, this far from the middle."""
    turns = np.exp(2j * np.pi * np.arange(720) / 720)
    x, y = 224 * (0.5 + reach * turns.imag), 224 * (0.5 - reach * turns.real)
    return turns, picture[y.astype(int), x.astype(int)]


def _points_at(picture, reach, colour, turn):
    """Whether the hand of this colour crosses the ring at this share of a full turn, and nowhere else."""
    turns, pixels = _ring(picture, reach)
    here = turns[np.abs(pixels - np.array(colour)).sum(-1) < 90]
    off = np.degrees(np.angle(here * np.exp(-2j * np.pi * turn)))
    return len(here) > 0 and abs(off.mean()) < OFF and np.abs(off).max() < 25


def seen(picture, scene, question) -> bool:
    minute, hour = scene["shown"] % 60 / 60, scene["shown"] / 720
    _, marks = _ring(picture, 0.43)
    _, beyond = _ring(picture, 0.27)
    return (
        _points_at(picture, 0.3, BLUE, minute)
        and _points_at(picture, 0.17, RED, hour)
        and (np.abs(beyond - np.array(RED)).sum(-1) > 90).all()  # the hour hand is the short one
        and (marks[::60].sum(-1) < 450).all()
        and (marks[30::60].sum(-1) > 700).all()
    )
