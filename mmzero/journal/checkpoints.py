"""checkpoints/: folders that hold everything deciding the future, hashed whole. Knows nothing of what is in them.

A folder is named by the version it holds: checkpoints/000020 is what exists once step 19 has been learned.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal.durable import remove_folder, sha256_of, whole_folder
from mmzero.journal.ledger import Ledger, place
from mmzero.journal.retention import staying
from mmzero.recipe.tree import Checkpoint
from mmzero.types import Cursor

logger = logging.getLogger(__name__)


class Checkpoints:
    """`score` is what a version earned on the probe, None where it was never asked."""

    def __init__(
        self, folder: Path, ledger: Ledger, rules: Checkpoint, score: Callable[[int], float | None], epoch: int = 0
    ):
        self._folder = folder
        self._ledger = ledger
        self._rules = rules
        self._score = score
        self._epoch = epoch
        self._sound: dict[int, bool] = {}  # verdicts of this process; reading a large checkpoint twice is slow

    def save(self, cursor: Cursor, fill: Callable[[Path], None]) -> None:
        if self._is_sound(cursor.index):
            return
        target = self.path(cursor.index)
        if target.exists():  # damaged, or its line was never written: either way it never counted
            remove_folder(target, self._epoch)
        files = {f"checkpoints/{target.name}/manifest.json": write_hashed(target, cursor, fill, self._epoch)}
        if damage := self.damage(target, files):
            raise CampaignStopped(
                f"the checkpoint just saved did not come back whole: {damage}; look at the disk, then resume"
            )
        self._ledger.commit("checkpoint", place(cursor), files)
        self._sound[cursor.index] = True
        self._prune()

    def newest(self, upto: int | None = None) -> tuple[Cursor, Path] | None:
        """The newest whose every file is what was written, of version `upto` at most; a damaged one is named and
        passed over."""
        index = next(self._sound_ones(upto), None)
        if index is None:
            return None
        line = self._ledger.commits("checkpoint")[index]
        return Cursor(*(line[name] for name in ("index", "iteration", "phase", "step"))), self.path(index)

    def sound_versions(self) -> list[int]:
        return sorted(index + 1 for index in self._sound_ones(None))

    def doubt(self) -> None:
        self._sound.clear()

    def standing(self) -> list[int]:
        """The indices of those that were saved and not dropped since, newest first."""
        dropped = self._ledger.commits("dropped")
        return sorted((index for index in self._ledger.commits("checkpoint") if index not in dropped), reverse=True)

    def bytes_of_newest(self) -> int:
        return next((size_of(self.path(index)) for index in self.standing()), 0)

    def _sound_ones(self, upto: int | None) -> Iterator[int]:
        return (index for index in self.standing() if (upto is None or index < upto) and self._is_sound(index))

    def _is_sound(self, index: int) -> bool:
        if index not in self._sound:
            self._sound[index] = self._judge(index)
        return self._sound[index]

    def _judge(self, index: int) -> bool:
        lines = self._ledger.commits("checkpoint")
        if index not in lines or index in self._ledger.commits("dropped"):
            return False
        damage = self.damage(self.path(index), lines[index]["files"])
        if damage:
            logger.warning("checkpoint %s is passed over: %s", self.path(index).name, damage)
        return not damage

    def damage(self, folder: Path, files: Mapping[str, str]) -> str | None:
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
        """Drop what the rules let go: the line first, then the folder, so that what is gone is known to be meant."""
        there = [index for index in self.standing() if self.path(index).exists()]
        recent = list(islice(filter(self._is_sound, there), self._rules.keep))
        older = [index for index in there if index < recent[-1]]
        kept = staying(
            [index + 1 for index in recent],
            [index + 1 for index in older],
            self._rules,
            self._score,
            lambda version: size_of(self.path(version - 1)),
        )
        lines = self._ledger.commits("checkpoint")
        for index in self.standing():
            if (index in recent or index < recent[-1]) and index + 1 not in kept:
                where = {name: lines[index][name] for name in ("index", "iteration", "phase", "step")}
                self._ledger.commit("dropped", where, {})
                self._sound[index] = False
        for path in self._folder.iterdir():  # also what a kill came between
            if path.name.isdecimal() and int(path.name) - 1 in self._ledger.commits("dropped"):
                remove_folder(path, self._epoch)

    def path(self, index: int) -> Path:
        return self._folder / f"{index + 1:06}"


def write_hashed(target: Path, cursor: Cursor, fill: Callable[[Path], None], epoch: int) -> str:
    """The folder with all that `fill` writes and a manifest.json of its hashes, whole or not at all; the manifest's hash."""
    with whole_folder(target, epoch) as unfinished:
        fill(unfinished)
        if (unfinished / "manifest.json").exists():
            raise ValueError(f"what fills {target.name} wrote a manifest.json, a name that is the journal's; rename it")
        hashes = {name: sha256_of(unfinished / name) for name in _names(unfinished)}
        manifest = json.dumps({**place(cursor), "version": cursor.version, "files": hashes}, indent=2)
        (unfinished / "manifest.json").write_text(manifest + "\n")
        return sha256_of(unfinished / "manifest.json")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _names(folder: Path) -> list[str]:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [name for name in files if name != "manifest.json"]
