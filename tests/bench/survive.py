"""What it costs to survive: commits within a step, a resume's way to its first step, and a look at a long campaign.

Each against what it may cost: 3 % of the step, twenty seconds beyond the engines' start, one second.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmzero import campaign, loop
from mmzero.journal import Journal, tables
from mmzero.journal.images import ImageStore
from mmzero.journal.ledger import place
from mmzero.journal.lines import seal
from mmzero.recipe.read import read

SHARE = 0.03
MORE = 20.0
GLANCE = 1.0
STEPS = 100_000
SETS = [
    "sampler.engine=transformers", "schedule.iterations=1", "schedule.phases.0.steps=1", "schedule.phases.1.steps=4",
    "checkpoint.every=4", "evaluate.tasks=8", "evaluate.majority=0", "log.terminal=quiet",
]  # fmt: skip


class Clock:
    """Seconds spent in some calls, less those they spent in others."""

    def __init__(self, patched: pytest.MonkeyPatch):
        self.spent, self._patched = 0.0, patched

    def count(self, owner: Any, name: str, inside: int | None = None) -> None:
        """`inside` is the argument that is a call of somebody else's."""
        real = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            args = tuple(self._apart(one) if at == inside else one for at, one in enumerate(args))
            with self._running(1):
                return real(*args, **kwargs)

        self._patched.setattr(owner, name, timed)

    def _apart(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def other(*args: Any) -> Any:
            with self._running(-1):
                return call(*args)

        return other

    @contextmanager
    def _running(self, sign: int):
        began = time.perf_counter()
        yield
        self.spent += sign * (time.perf_counter() - began)


def commit() -> dict[str, dict[str, float]]:
    """Everything that a step of the tiny campaign writes and flushes, its pictures and its part of a checkpoint too."""
    with tempfile.TemporaryDirectory(prefix="mmzero-bench-") as scratch, pytest.MonkeyPatch.context() as patched:
        clock, began = Clock(patched), []
        clock.count(Journal, "played", inside=2)
        clock.count(Journal, "learned")
        clock.count(Journal, "checkpoint", inside=2)
        clock.count(ImageStore, "put")
        evolve = loop.evolve
        tables.to_parquet([{"a": 1}])  # what is imported once is no step's

        def timed(*args: Any) -> None:
            clock.spent = 0.0
            began.append(time.perf_counter())
            evolve(*args)
            began.append(time.perf_counter())

        patched.setattr(loop, "evolve", timed)
        recipe = read("tiny", SETS)[0]
        campaign.run(recipe, Path.cwd(), Path(scratch, "run"))
    steps = recipe.schedule.steps
    ours, whole = clock.spent / steps, (began[1] - began[0]) / steps
    return {"commit": {"ours_s": ours, "peer_s": SHARE * whole, "ratio": SHARE * whole / ours, "step_s": whole}}


def resume() -> dict[str, dict[str, float]]:
    """From the call of resume to the first step's first ask; the engines' start is part of it."""
    with tempfile.TemporaryDirectory(prefix="mmzero-bench-") as scratch, pytest.MonkeyPatch.context() as patched:
        folder, at = Path(scratch, "run"), []

        def noted(call: Callable[..., Any]) -> Callable[..., Any]:
            def noting(*args: Any) -> Any:
                at.append(time.perf_counter())
                made = call(*args)
                at.append(time.perf_counter())
                return made

            return noting

        def stops(*_: Any) -> None:
            raise KeyboardInterrupt

        longer = read("tiny", [*SETS, "schedule.phases.1.steps=5"])[0]
        campaign.run(read("tiny", SETS)[0], Path.cwd(), folder)
        patched.setattr(campaign, "_rooms", noted(campaign._rooms))
        patched.setattr(loop.Step, "play", stops)
        began = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            campaign.resume(folder, longer)
        ours, engines = time.perf_counter() - began, at[1] - at[0]
    return {
        "resume": {"ours_s": ours, "peer_s": engines + MORE, "ratio": (engines + MORE) / ours, "engines_s": engines}
    }


def status() -> dict[str, dict[str, float]]:
    """The whole command, beside a campaign of a hundred thousand learned steps."""
    with tempfile.TemporaryDirectory(prefix="mmzero-bench-") as scratch:
        folder = Path(scratch, "run")
        long_ledger(folder)
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "mmzero", "status", str(folder)], check=True, capture_output=True)
            seconds.append(time.perf_counter() - began)
    return {"status": {"ours_s": min(seconds), "peer_s": GLANCE, "ratio": GLANCE / min(seconds), "steps": STEPS}}


def long_ledger(folder: Path, steps: int = STEPS) -> None:
    """The lines of a campaign that has learned so many steps, and none of its files."""
    recipe = read("tiny", [f"schedule.phases.1.steps={steps - 2}", "schedule.iterations=1"])[0]
    with Journal.create(folder, recipe, {}) as journal:
        cursors = journal.cursors()
    files = {
        f"steps/{{}}/{name}": "0" * 64 for name in ("tasks.parquet", "rollouts.parquet", "rewards.parquet", "step.json")
    }
    with (folder / "manifest.jsonl").open("wb") as ledger, (folder / "metrics.jsonl").open("wb") as metrics:
        for cursor in cursors:
            at = place(cursor)
            named = {name.format(f"{cursor.index:06}"): digest for name, digest in files.items()}
            ledger.write(
                seal({"commit": "played", **at, "files": named}) + seal({"commit": "learned", **at, "files": {}})
            )
            metrics.write(seal({**at, "role": "solver", **{f"figure/{number}": number / 7 for number in range(30)}}))


if __name__ == "__main__":
    for measure in (commit, resume, status):
        print(measure())
