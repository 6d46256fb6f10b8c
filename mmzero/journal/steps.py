"""steps/: what each step played, as three tables for anybody to read and a word on where it belongs and how long it took.
Knows the ledger and the types, and not who plays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal import codec, tables
from mmzero.journal.durable import remove_folder, whole_folder
from mmzero.journal.ledger import Ledger, place
from mmzero.types import Cursor, Played

_NUMBERED = re.compile(r"(\d+)(?:-(\d+))?")  # and which attempt, once a step was undone
_TABLES = {"tasks": codec.TASKS, "rollouts": codec.ROLLOUTS, "rewards": codec.REWARDS}


class Steps:
    """`attempt` says how often a step was undone."""

    def __init__(self, folder: Path, ledger: Ledger, attempt: Callable[[int], int], epoch: int):
        self._folder, self._ledger, self._attempt, self._epoch = folder, ledger, attempt, epoch

    def __contains__(self, index: int) -> bool:
        return index in self._ledger.commits("played")

    def indices(self) -> list[int]:
        return sorted(self._ledger.commits("played"))

    def beyond(self) -> int:
        """The last that has a folder as it would now be played, committed or not."""
        found = filter(None, (_NUMBERED.fullmatch(path.name) for path in (self._folder / "steps").iterdir()))
        there = (int(one[1]) for one in found if int(one[2] or 0) >= self._attempt(int(one[1])))
        return max(there, default=-1)

    def commit(
        self, cursor: Cursor, made: Played, advantages: Callable[[Played], Mapping[str, float]] | None
    ) -> Played:
        """As it will be read: through the codec. `advantages` (rollout id -> advantage) only become a column for people."""
        rows = codec.encode(made, cursor.index)
        seconds = {name: float(value) for name, value in made.seconds.items()}
        played = codec.decode(rows, seconds)
        if advantages:
            codec.add_advantages(rows, advantages(played))
        contents = {f"{name}.parquet": tables.to_parquet(getattr(rows, name), _TABLES[name]) for name in _TABLES}
        contents["step.json"] = json.dumps({**place(cursor), "seconds": seconds}, indent=2).encode() + b"\n"
        self._write(cursor, contents)
        return played

    def read(self, index: int) -> Played:
        """Its files compared with their hashes."""
        line = self._line(index)
        if line is None:
            raise UserError(
                f"step {index} is not in the ledger of {self._folder}, which has {len(self.indices())} played steps"
            )
        contents = self._ledger.read(line["files"])
        rows = codec.Rows(*(tables.from_parquet(contents[f"{name}.parquet"]) for name in _TABLES))
        return codec.decode(rows, json.loads(contents["step.json"])["seconds"])

    def bytes_of_newest(self) -> int:
        line = self._line(max(self._ledger.commits("played"), default=-1))
        return sum((self._folder / name).stat().st_size for name in line["files"]) if line else 0

    def _line(self, index: int) -> Mapping[str, Any] | None:
        return self._ledger.commits("played").get(index)

    def _write(self, cursor: Cursor, contents: Mapping[str, bytes]) -> None:
        again = f"-{attempt}" if (attempt := self._attempt(cursor.index)) else ""
        target = self._folder / "steps" / f"{cursor.index:06}{again}"
        if target.exists():  # it came to its name, but the process ended before its line: it never counted
            remove_folder(target, self._epoch)
        with whole_folder(target, self._epoch) as unfinished:
            for name, content in contents.items():
                (unfinished / name).write_bytes(content)
        files = {
            f"steps/{target.name}/{name}": hashlib.sha256(content).hexdigest() for name, content in contents.items()
        }
        self._ledger.commit("played", place(cursor), files)
