"""What is committed: manifest.jsonl in memory and on disk, each file a commit brought with its hash. Knows no types."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mmzero.errors import UserError
from mmzero.journal.lines import Lines
from mmzero.types import Cursor

Commit = Literal["played", "learned", "evaluated", "checkpoint"]


class Ledger:
    """One line per commit, and a commit stands once its line does. Of two lines for one thing the later is in force."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lines = Lines(folder / "manifest.jsonl")
        try:
            self._lines_of: dict[str, dict[Any, dict[str, Any]]] = {}
            for line in self.lines.items:
                self._take(line)
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{self.lines.path} holds a line mmzero did not write ({error}); restore it from a copy"
            ) from error

    def commits(self, commit: Commit) -> Mapping[Any, Mapping[str, Any]]:
        """Step index -> line; for evaluations (name, index) -> line."""
        return self._lines_of.get(commit, {})

    def commit(self, commit: Commit, where: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Say that this happened. `files` (path in the campaign -> sha256) are on the disk already."""
        line = {"commit": commit, **where, "files": dict(files)}
        self.lines.append(line)
        self._take(line)

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

    def _take(self, line: Mapping[str, Any]) -> None:
        key = (line["name"], line["index"]) if line["commit"] == "evaluated" else line["index"]
        self._lines_of.setdefault(line["commit"], {})[key] = line


def place(cursor: Cursor) -> dict[str, int]:
    """How a line says where in the campaign it belongs."""
    return {"index": cursor.index, "iteration": cursor.iteration, "phase": cursor.phase, "step": cursor.step}
