"""What is committed: manifest.jsonl in memory and on disk, each file a commit brought with its hash. Knows no types."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from mmzero.errors import UserError
from mmzero.journal.lines import Lines
from mmzero.types import Cursor

Commit = Literal["played", "learned", "evaluated", "checkpoint", "dropped", "exported", "amended", "undone"]
_BEGINS = re.compile(rb'\{"commit": "([a-z]+)", (?:"name": "([A-Za-z0-9._-]+)", )?"index": (\d{1,18}), ')


class Ledger:
    """One line per commit, and a commit stands once its line does. Of two lines for one thing the later is in force."""

    def __init__(self, folder: Path, allowed: Callable[[], None] = lambda: None):
        self.folder = folder
        self.lines = Lines(folder / "manifest.jsonl", allowed)
        self.undone: list[tuple[int, int]] = []  # of each range that was rolled back: its line, and its first step
        self._reached = 0  # most steps that were played before the last of them was
        self._at: dict[bytes, dict[Any, int]] = {kind.encode(): {} for kind in get_args(Commit)}
        for at, line in enumerate(self.lines.raw):
            self._take(at, line)

    @property
    def reached(self) -> int:
        """Most steps that were ever played."""
        return max(self._reached, max(self._at[b"played"], default=-1) + 1)

    def commits(self, commit: Commit) -> Mapping[Any, Mapping[str, Any]]:
        """Step index -> line; for evaluations and amendments (name, index) -> line, in the order they were made."""
        return _Commits(self.lines, self._at[commit.encode()])

    def amended(self) -> list[Mapping[str, Any]]:
        """In order. A change of the recipe that was made before a range was undone is in force from that range on."""
        found = []
        for (_, index), at in self._at[b"amended"].items():
            first = min((first for line, first in self.undone if line > at), default=index)
            found.append({**self.lines.item(at), "index": min(index, first)})
        return found

    def commit(self, commit: Commit, where: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Say that this happened. `files` (path in the campaign -> sha256) are on the disk already."""
        self.lines.append({"commit": commit, **where, "files": dict(files)})
        self._take(len(self.lines.raw) - 1, self.lines.raw[-1])

    def read(self, files: Mapping[str, str]) -> dict[str, bytes]:
        """The files of a commit by their last name, each compared with its hash first."""
        return {Path(name).name: self._checked(name, stated) for name, stated in files.items()}

    def _checked(self, name: str, stated: str) -> bytes:
        path = self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UserError(
                f"{path} is committed and cannot be read ({error.strerror}); restore it from a copy"
            ) from error
        if hashlib.sha256(content).hexdigest() != stated:
            raise UserError(f"{path} is damaged: its hash is not the one in manifest.jsonl; restore it from a copy")
        return content

    def _take(self, at: int, line: bytes) -> None:
        begins = _BEGINS.match(line)
        if not begins or begins[1] not in self._at:
            raise UserError(
                f"{self.lines.path} holds at line {at + 1} what mmzero did not write; restore it from a copy"
            )
        commit, name, index = begins.groups()
        key = (name.decode(), int(index)) if name else int(index)
        self._at[commit][key] = at
        if commit == b"undone":
            self._undo(at, key)
        elif commit == b"checkpoint":  # saved again
            self._at[b"dropped"].pop(key, None)

    def _undo(self, at: int, first: int) -> None:
        """Nothing from step `first` on is in force any more; an evaluation is of a version, which that step played."""
        self._reached = self.reached
        self.undone.append((at, first))
        for kind in (b"played", b"learned", b"exported"):
            self._at[kind] = {index: line for index, line in self._at[kind].items() if index < first}
        told = self._at[b"evaluated"]
        self._at[b"evaluated"] = {(name, index): line for (name, index), line in told.items() if index <= first}
        self._at[b"dropped"] |= {index: at for index in self._at[b"checkpoint"] if index >= first}


class _Commits(Mapping):
    """Where each line stands; the line itself is read when it is asked for."""

    def __init__(self, lines: Lines, at: Mapping[Any, int]):
        self._lines, self._at = lines, at

    def __getitem__(self, key: Any) -> Mapping[str, Any]:
        return self._lines.item(self._at[key])

    def __contains__(self, key: object) -> bool:
        return key in self._at

    def __iter__(self) -> Iterator[Any]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


def place(cursor: Cursor) -> dict[str, int]:
    """How a line says where in the campaign it belongs."""
    return {"index": cursor.index, "iteration": cursor.iteration, "phase": cursor.phase, "step": cursor.step}
