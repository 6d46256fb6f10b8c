"""When a checkpoint is due: by steps, by minutes, at the end, and when a signal asks. Knows nothing of what is saved."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from mmzero.errors import CampaignStopped
from mmzero.recipe.tree import Checkpoint
from mmzero.types import Cursor

DEAF = 10.0  # seconds that the main thread has to hear that it ends at once


class Due:
    """SIGUSR1 asks for a checkpoint at the end of the step. SIGTERM asks for one and then for the end; where the step
    outlasts the grace time, no step has begun, or a second SIGTERM comes, it ends at once, and what is committed stands."""

    def __init__(self, rules: Checkpoint, steps: int):
        self.go_by(rules, steps)
        self._since = time.monotonic()
        self._asked = self._ending = self._begun = False

    def go_by(self, rules: Checkpoint, steps: int) -> None:
        """Other rules; what a signal asked for stays asked for."""
        self._rules, self._steps = rules, steps

    def __call__(self, cursor: Cursor) -> bool:
        rules, version = self._rules, cursor.version
        late = rules.every_minutes and time.monotonic() - self._since >= 60 * rules.every_minutes
        return bool(version % rules.every == 0 or version == self._steps or late or self._asked)

    def saved(self, folder: Path) -> None:
        """One was just saved: the minutes begin anew, and who was told to end does."""
        self._since, self._asked = time.monotonic(), False
        if self._ending:
            raise CampaignStopped(
                f"SIGTERM asked for the end, and a checkpoint is saved; go on with: mmzero resume"
                f" {shlex.quote(str(folder))}"
            )

    def begin(self) -> None:
        """Engines have started: from now on there is something to save."""
        self._begun = True

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the two signals until the block ends; in the main thread, where Python handles signals."""
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGUSR1)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, _: FrameType | None) -> None:
        self._asked = True
        if number == signal.SIGTERM:
            if self._ending or not self._begun:
                raise KeyboardInterrupt  # nobody's `except Exception` may hold it up
            self._ending = True
            timer = threading.Timer(self._rules.grace, self._end_now)
            timer.daemon = True
            timer.start()

    def _end_now(self) -> None:
        if not self._listens():
            return
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
        time.sleep(DEAF)
        if self._listens():  # it waits within a library that hears no signal, for an engine that is gone perhaps
            sys.stderr.write("interrupted: nothing that is committed is lost; go on with mmzero resume\n")
            sys.stderr.flush()
            os._exit(130)

    def _listens(self) -> bool:
        """Else the campaign has ended, and a signal would kill the process."""
        return signal.getsignal(signal.SIGTERM) == self._hear
