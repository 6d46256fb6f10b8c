"""Whom this process waits for right now, since when and for how long at most; must not know what any of them does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    whom: str
    since: float  # of time.monotonic()
    deadline: float  # seconds after that


_lock = threading.Lock()
_under_way: dict[object, Wait] = {}


@contextmanager
def on(whom: str, deadline: float) -> Iterator[None]:
    """For as long as the block lasts."""
    mine = object()
    with _lock:
        _under_way[mine] = Wait(whom, time.monotonic(), deadline)
    try:
        yield
    finally:
        with _lock:
            del _under_way[mine]


def under_way() -> list[Wait]:
    """The longest first."""
    with _lock:
        return sorted(_under_way.values(), key=lambda wait: wait.since)
