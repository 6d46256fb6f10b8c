"""Who looks on while a campaign runs, and how one is chosen. Must not know an engine, nor change what it watches."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mmzero.recipe import Recipe
from mmzero.recipe.tree import Log
from mmzero.types import Cursor

__all__ = ["Many", "Quiet", "Watch", "make_watch"]


class Watch(Protocol):
    def begin(self, recipe: Recipe, done: int) -> None:
        """The campaign begins, or goes on after `done` learned steps."""
        ...

    def stage(self, cursor: Cursor, name: str) -> None:
        """From now on this step does `name`: play, score, learn, publish, commit, evaluate, checkpoint."""
        ...

    def progress(self, done: int, total: int, what: str) -> None:
        """How far the stage is."""
        ...

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        """A step is learned."""
        ...

    def note(self, text: str) -> None:
        """One line for the user."""
        ...

    def close(self) -> None:
        """The campaign ended or stopped; a second call does nothing."""
        ...


class Quiet:
    """Shows nothing."""

    def begin(self, recipe: Recipe, done: int) -> None: ...

    def stage(self, cursor: Cursor, name: str) -> None: ...

    def progress(self, done: int, total: int, what: str) -> None: ...

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Many:
    """Tells every one of several."""

    def __init__(self, *watches: Watch):
        self.watches = watches

    def begin(self, recipe: Recipe, done: int) -> None:
        for watch in self.watches:
            watch.begin(recipe, done)

    def stage(self, cursor: Cursor, name: str) -> None:
        for watch in self.watches:
            watch.stage(cursor, name)

    def progress(self, done: int, total: int, what: str) -> None:
        for watch in self.watches:
            watch.progress(done, total, what)

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        for watch in self.watches:
            watch.step(cursor, figures)

    def note(self, text: str) -> None:
        for watch in self.watches:
            watch.note(text)

    def close(self) -> None:
        for watch in self.watches:
            watch.close()


def make_watch(log: Log, folder: Path, name: str) -> Watch:
    """What the recipe asks for; 'auto' is live on a terminal and plain lines elsewhere."""
    from mmzero.watch.sinks import TensorBoard, WandB

    # Sinks first: one that is missing must say so before the live view takes the terminal.
    sinks: list[Watch] = []
    if log.wandb is not None:
        sinks.append(WandB(log.wandb, name, folder))
    if log.tensorboard:
        sinks.append(TensorBoard(folder / "tensorboard"))
    terminal = _terminal(log.terminal)
    return Many(terminal, *sinks) if sinks else terminal


def _terminal(kind: str) -> Watch:
    if kind == "auto":
        kind = "live" if sys.stdout.isatty() else "plain"
    if kind == "quiet":
        return Quiet()
    if kind == "plain":
        from mmzero.watch.plain import Plain

        return Plain()
    from mmzero.watch.live import Live

    return Live()
