"""exports/: a campaign's weights at chosen steps, for others to load. Nothing that decides the future lies here, so what was
exported may be moved away; it is not made again. Knows nothing of what is in it.

exports/000020/POLICY is what exists once step 19 has been learned; of an attempt after a roll-back it is 000020~1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mmzero.journal.checkpoints import size_of, write_hashed
from mmzero.journal.durable import make_folders, remove_folder
from mmzero.journal.ledger import Ledger, place
from mmzero.types import Cursor


class Exports:
    """`attempt` is how often a step was undone."""

    def __init__(self, folder: Path, ledger: Ledger, attempt: Callable[[int], int], epoch: int = 0):
        self._folder = folder
        self._ledger = ledger
        self._attempt = attempt
        self._epoch = epoch

    def save(self, cursor: Cursor, fill: Callable[[Path], None]) -> None:
        if cursor.index in self._ledger.commits("exported"):
            return
        again = f"~{attempt}" if (attempt := self._attempt(cursor.index)) else ""
        target = self._folder / f"{cursor.version:06}{again}"
        make_folders(self._folder)
        if target.exists():  # its line was never written
            remove_folder(target, self._epoch)
        sealed = write_hashed(target, cursor, fill, self._epoch)
        self._ledger.commit("exported", place(cursor), {f"exports/{target.name}/manifest.json": sealed})

    def bytes_of_newest(self) -> int:
        newest = max(self._folder.glob("[0-9]*"), default=None)
        return size_of(newest) if newest else 0
