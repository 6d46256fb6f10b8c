"""Says what waits for what where a wait grows long: "step 12 waits for replica 1 of main's sampler for 300 s (deadline
600 s)". Must not know who is waited for, nor end a wait: that is its deadline's to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mmzero import waits
from mmzero.recipe import Recipe
from mmzero.types import Cursor
from mmzero.waits import Wait
from mmzero.watch import Quiet

TOLD_AT = (0.1, 0.5, 0.9)  # shares of the deadline
LEAST = 5.0  # seconds that are nobody's business
_LOOKS = 1.0  # seconds between two looks


class Stalls(Quiet):
    def __init__(self, say: Callable[[str], None]):
        self._say = say
        self._where = "the campaign"
        self._told: dict[Wait, int] = {}
        self._over = threading.Event()

    def begin(self, recipe: Recipe, done: int) -> None:
        threading.Thread(target=self._keep_looking, name="stalls", daemon=True).start()

    def stage(self, cursor: Cursor, name: str) -> None:
        self._where = f"step {cursor.index}"

    def close(self) -> None:
        self._over.set()

    def look(self, now: float) -> None:
        """Each wait is told of once at every mark."""
        under_way = waits.under_way()
        self._told = {wait: self._told.get(wait, 0) for wait in under_way}
        for wait in under_way:
            passed = now - wait.since
            marks = sum(passed >= max(share * wait.deadline, LEAST) for share in TOLD_AT)
            if marks > self._told[wait]:
                self._told[wait] = marks
                self._say(f"{self._where} {spell(wait, now)}")

    def _keep_looking(self) -> None:
        while not self._over.wait(_LOOKS):
            self.look(time.monotonic())


def spell(wait: Wait, now: float) -> str:
    return f"waits for {wait.whom} for {now - wait.since:.0f} s (deadline {wait.deadline:g} s)"
