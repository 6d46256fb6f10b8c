"""checkpoints/: folders that hold everything deciding the future, hashed whole. Knows nothing of what is in them.

A folder is named by the version it holds: checkpoints/000020 is what exists once step 19 has been learned.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal.durable import remove_folder, sha256_of, whole_folder
from mmzero.journal.ledger import Ledger, place
from mmzero.types import Cursor

logger = logging.getLogger(__name__)


class Checkpoints:
    def __init__(self, folder: Path, ledger: Ledger, keep: int):
        self._folder = folder
        self._ledger = ledger
        self._keep = keep
        self._sound: dict[int, bool] = {}  # verdicts of this process; reading a large checkpoint twice is slow

    def save(self, cursor: Cursor, fill: Callable[[Path], None]) -> None:
        if self._is_sound(cursor.index):
            return
        target = self._path(cursor.index)
        if target.exists():  # damaged, or its line was never written: either way it never counted
            remove_folder(target)
        with whole_folder(target) as unfinished:
            fill(unfinished)
            if (unfinished / "manifest.json").exists():
                raise ValueError(
                    "what fills a checkpoint wrote a manifest.json, a name that is the journal's; rename it"
                )
            hashes = {name: sha256_of(unfinished / name) for name in _names(unfinished)}
            manifest = json.dumps({**place(cursor), "version": cursor.version, "files": hashes}, indent=2)
            (unfinished / "manifest.json").write_text(manifest + "\n")
            sealed = sha256_of(unfinished / "manifest.json")
        files = {f"checkpoints/{target.name}/manifest.json": sealed}
        if damage := self._damage(target, files):
            raise CampaignStopped(
                f"the checkpoint just saved did not come back whole: {damage}; look at the disk, then resume"
            )
        self._ledger.commit("checkpoint", place(cursor), files)
        self._sound[cursor.index] = True
        self._prune()

    def newest(self) -> tuple[Cursor, Path] | None:
        """The newest whose every file is what was written; a damaged one is named and passed over."""
        for index, line in self._newest_first():
            if self._is_sound(index):
                return Cursor(*(line[name] for name in ("index", "iteration", "phase", "step"))), self._path(index)
        return None

    def _is_sound(self, index: int) -> bool:
        if index not in self._sound:
            self._sound[index] = self._judge(index)
        return self._sound[index]

    def _judge(self, index: int) -> bool:
        lines = self._ledger.commits("checkpoint")
        newer = sum(other > index for other in lines)
        if index not in lines or (newer >= self._keep and not self._path(index).exists()):
            return False  # never committed, or deleted because it had become old
        damage = self._damage(self._path(index), lines[index]["files"])
        if damage:
            logger.warning("checkpoint %s is passed over: %s", self._path(index).name, damage)
        return not damage

    def _damage(self, folder: Path, files: Mapping[str, str]) -> str | None:
        """What is wrong with a checkpoint, for a person; None for nothing."""
        try:
            manifest = json.loads(self._ledger.read(files)["manifest.json"])
        except UserError as error:
            return str(error)
        if missing := manifest["files"].keys() - set(_names(folder)):
            return f"{folder / min(missing)} is missing"
        for name, stated in manifest["files"].items():
            if sha256_of(folder / name) != stated:
                return f"{folder / name} is damaged: its hash is not the one in {folder.name}/manifest.json"
        return None

    def _prune(self) -> None:
        """Delete what is older than the newest `keep` sound ones."""
        sound = 0
        for index, _ in self._newest_first():
            if sound >= self._keep and self._path(index).exists():
                remove_folder(self._path(index))
            elif sound < self._keep:
                sound += self._is_sound(index)

    def _newest_first(self) -> list[tuple[int, Mapping[str, Any]]]:
        return sorted(self._ledger.commits("checkpoint").items(), key=lambda item: -item[0])

    def _path(self, index: int) -> Path:
        return self._folder / f"{index + 1:06}"


def _names(folder: Path) -> list[str]:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [name for name in files if name != "manifest.json"]
