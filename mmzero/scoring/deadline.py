"""Ending a call that takes too long: by a signal where it runs in the main thread, by no longer waiting where it runs in
another. Must not know what is called.

A signal reaches Python code, sleeping and waiting. Code that never comes back to the interpreter can only be ended with
its process, which is what `isolate` is for.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mmzero import waits

log = logging.getLogger(__name__)

T = TypeVar("T")
# Two senders of one signal: a timer of the kernel, which runs only while this process computes, for code that keeps the
# interpreter to itself (a search by regular expression); and a thread for code that sleeps. SIGALRM is left to rewards.
_SIGNAL, _TIMER = signal.SIGVTALRM, signal.ITIMER_VIRTUAL
_STUBBORN = 10.0  # seconds after its end from which a call that still runs is named


class TimedOut(BaseException):
    """Not an Exception: a reward that catches those must not catch this."""


class Clock:
    """`with Clock(5) as clock: clock.run(call)` raises TimedOut where the call takes longer. Main thread only."""

    def __init__(self, seconds: float, whose: str = "a reward"):
        self._seconds, self._whose = seconds, whose
        self._tick = min(max(seconds / 4, 0.02), 0.5)
        self._due: float | None = None  # when the call that runs now is late
        self._struck = False
        self._over = threading.Event()

    def __enter__(self) -> Clock:
        signal.signal(_SIGNAL, self._strike)
        self._before = signal.setitimer(_TIMER, self._tick, self._tick)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        # The handler stays, and does nothing: by default a signal that is still on its way would end the process.
        signal.setitimer(_TIMER, *self._before)

    def run(self, call: Callable[[], T]) -> T:
        try:
            try:
                self._struck, self._due = False, time.monotonic() + self._seconds
                result = call()
            finally:
                self._due = None
        except TimedOut:
            self._due = None  # it may have struck before the line above
            raise
        if self._struck:  # `except: return 0.0` is no answer to being ended
            raise TimedOut
        return result

    def _watch(self) -> None:
        named: float | None = None
        while not self._over.wait(self._tick):
            due = self._due
            if due is not None and due <= time.monotonic():
                signal.pthread_kill(threading.main_thread().ident, _SIGNAL)
            if due not in (None, named) and due + _STUBBORN <= time.monotonic():
                named = due
                self._say_who_goes_on()

    def _say_who_goes_on(self) -> None:
        """It catches what is to end it, or never comes back to the interpreter."""
        log.warning(
            "a call of %s still runs %g s after its timeout of %g s, and all waits for it: it cannot be ended from within;"
            " set isolate: true, which ends its process",
            self._whose, _STUBBORN, self._seconds,
        )  # fmt: skip

    def _strike(self, *_: object) -> None:
        """Again at every tick: code that swallowed the first is struck once more."""
        if self._due is not None and self._due <= time.monotonic():
            self._struck = True
            raise TimedOut


def beside(
    calls: Sequence[Callable[[], T]],
    most: int,
    seconds: float,
    whose: str = "a reward",
    lost: Callable[[int, T | TimedOut], bool] = lambda at, result: False,
) -> list[T | TimedOut | None]:
    """The results of calls that mostly wait, `most` at once, each in a thread. One that takes too long is no longer
    waited for; its thread goes on alone until it ends by itself. Once a result says that all is `lost`, nothing more is
    begun, and what was not is None."""
    results: list[Any] = [None] * len(calls)
    changed, running, waiting = threading.Condition(), {}, list(enumerate(calls))[::-1]

    def ended(at: int, result: T | TimedOut) -> None:
        results[at] = result
        if lost(at, result):
            waiting.clear()

    def work(at: int, call: Callable[[], T]) -> None:
        result = call()
        with changed:
            if running.pop(at, None) is not None:
                ended(at, result)
                changed.notify()

    with changed:
        while waiting or running:
            while waiting and len(running) < most:
                at, call = waiting.pop()
                running[at] = time.monotonic() + seconds
                threading.Thread(target=work, args=(at, call), daemon=True).start()
            with waits.on(whose, seconds):
                changed.wait(max(min(running.values()) - time.monotonic(), 0))
            for at in [at for at, due in running.items() if due <= time.monotonic()]:
                del running[at]
                ended(at, TimedOut())
    return results


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
