"""The campaign folder as the loop sees it: what is committed is read back, what is not is made and committed once.

It knows the types and the recipe, and nothing of engines, rewards or how anything is played.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from mmzero.errors import UserError
from mmzero.journal import amendments, codec, founding, order, tables
from mmzero.journal.checkpoints import Checkpoints
from mmzero.journal.disk import taking
from mmzero.journal.due import Due
from mmzero.journal.durable import sweep, write_file
from mmzero.journal.exports import Exports
from mmzero.journal.figures import Figures
from mmzero.journal.founding import FOLDERS, plugin_files, recognise, refuse_lost_rooms
from mmzero.journal.images import ImageStore
from mmzero.journal.lease import Lease
from mmzero.journal.ledger import Ledger, place
from mmzero.journal.steps import Steps
from mmzero.recipe import Recipe
from mmzero.recipe.amend import Change
from mmzero.recipe.tree import Phase
from mmzero.types import Cursor, Played

S = TypeVar("S")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Journal:
    """Made by `create` or `open`. Closed, or when its process ends, it lets the next writer in."""

    def __init__(self, folder: Path, recipe: Recipe, about: Mapping[str, Any], lease: Lease | None):
        self.folder = folder
        self._first = recipe
        self.about = about
        self._lease = lease
        self._epoch = lease.epoch if lease else 0
        self.images = ImageStore(folder / "images", self._epoch)
        self._ledger = Ledger(folder, self._must_be_writer)
        self._steps = Steps(folder, self._ledger, self.attempt, self._epoch)
        self._exports = Exports(folder / "exports", self._ledger, self.attempt, self._epoch)
        self._figures = Figures(folder, self._ledger, self._must_be_writer)
        self.due = Due(recipe.checkpoint, recipe.schedule.steps)
        self._go_by_the_newest_recipe()
        self._latest: tuple[int, Played] | None = None
        self._folds: dict[Hashable, tuple[int, Any]] = {}

    @classmethod
    def create(cls, folder: Path, recipe: Recipe, plugins: Mapping[str, Path]) -> Journal:
        """A new campaign. `plugins` is what a recipe's `use` names -> the source file to freeze."""
        founding.found(Path(folder), recipe, plugins)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, write: bool = True) -> Journal:
        """The campaign in `folder`. With `write=False` nothing is touched and a live run may go on beside it."""
        folder = Path(folder)
        recipe, about = recognise(folder)
        if not write:
            return cls(folder, recipe, about, None)
        refuse_lost_rooms(folder)
        lease = Lease(folder / "lease")
        try:
            journal = cls(folder, recipe, about, lease)
            journal._refuse_lost_lines()
            with taking(folder):
                for name in (".", "exports", *FOLDERS):
                    sweep(folder / name)
                journal._ledger.lines.mend()
                journal._figures.mend()
        except BaseException:
            lease.drop()
            raise
        return journal

    def _go_by_the_newest_recipe(self) -> None:
        self.amendments = amendments.read(self._first, self._ledger.amended(), str(self._ledger.lines.path))
        self.recipe = recipe = self.amendments[-1].recipe if self.amendments else self._first
        self.__dict__.pop("_cursors", None)
        self._checkpoints = Checkpoints(
            self.folder / "checkpoints", self._ledger, recipe.kept, self._score, self._epoch
        )
        self.due.go_by(recipe.checkpoint, recipe.schedule.steps)

    def _refuse_lost_lines(self) -> None:
        """A kill may cost the line that was being written, and no line before it: with more gone, steps that are committed
        would be played again."""
        played, told = len(self.steps()), self._figures.told()
        if (beyond := max(told, default=-1)) >= self._ledger.reached or (beyond := self._steps.beyond()) > played:
            raise UserError(
                f"{self._ledger.lines.path} has lost lines: it tells of {played} played steps, and step {beyond} left its"
                " mark in the folder; restore it from a copy"
            )
        self._figures.refuse_lost()

    def close(self) -> None:
        if self._lease:
            self._lease.drop()
            self._lease = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def plugins(self) -> Mapping[str, Path]:
        """What the recipe's `use` names -> the frozen source, each compared with its hash."""
        return plugin_files(self.folder, self.about)

    @cached_property
    def given(self) -> Mapping[str, Mapping[str, str]]:
        """What the campaign began with and does not keep, by the hashes of its parts; without what nobody wrote down."""
        return founding.read_given(self.folder)

    def note_given(self, more: Mapping[str, Mapping[str, str]]) -> None:
        """What is noted already stays as it is."""
        self._must_be_writer()
        with taking(self.folder):
            founding.write_given(self.folder, {**more, **self.given}, self._epoch)
        del self.given

    # --- where the campaign is

    def cursors(self) -> list[Cursor]:
        """Every step of the schedule, in order."""
        return list(self._cursors)

    @cached_property
    def _cursors(self) -> tuple[Cursor, ...]:
        return order.cursors(self.recipe.schedule)

    def phase(self, cursor: Cursor) -> Phase:
        """What this step is played and learned by: as it stood when the step was played, whatever changed since."""
        return amendments.phase(self._first, self.amendments, cursor)

    def remaining(self) -> Iterator[Cursor]:
        """The steps after the newest valid checkpoint: first those to be learned again, then those never played."""
        newest = self.newest_checkpoint()
        return iter(self._cursors[newest[0].index + 1 if newest else 0 :])

    def steps(self) -> list[int]:
        """The indices of the steps whose play is committed."""
        return self._steps.indices()

    # --- another recipe

    def allowed(self, recipe: Recipe) -> tuple[Change, ...]:
        """What would change if the campaign went on by this recipe, or one sentence why it cannot."""
        return amendments.allowed(self.recipe, recipe, len(self.steps()), self.about["plugins"])

    def amend(self, recipe: Recipe) -> tuple[Change, ...]:
        """Go on by this recipe from here; a line says from which step on what is new, which is returned."""
        self._must_be_writer()
        made = self.allowed(recipe)
        if made:
            where = {"name": str(len(self.amendments) + 1), "index": len(self.steps())}
            when = datetime.now(UTC).isoformat(timespec="seconds")
            told = [change.to_json() for change in made]
            with taking(self.folder):
                self._ledger.commit("amended", {**where, "when": when, "changes": told}, {})
            self._go_by_the_newest_recipe()
        return made

    # --- playing and learning

    def played(
        self,
        cursor: Cursor,
        make: Callable[[], Played],
        advantages: Callable[[Played], Mapping[str, float]] | None = None,
    ) -> Played:
        """What this step played: from the ledger where it is committed, else made, committed and returned.

        What is returned has been through the codec either way, so that a step is learned from the very values that
        a resumed campaign would read. `advantages` (rollout id -> advantage) only become a column for people.
        """
        if cursor.index in self._steps:
            return self.read(cursor.index)
        self._must_be_writer()
        made = make()
        with taking(self.folder):
            self._latest = (cursor.index, self._steps.commit(cursor, made, advantages))
        return self._latest[1]

    def read(self, index: int) -> Played:
        """One committed step, its files compared with their hashes."""
        if not self._latest or self._latest[0] != index:
            self._latest = (index, self._steps.read(index))
        return self._latest[1]

    def fold(self, cursor: Cursor, start: S, step: Callable[[S, Cursor, Played], S]) -> S:
        """`step` folded over all that was played before `cursor`, from `start`: the state this cursor plays from.

        The last state is remembered per `step` function, so hand in the same function (no fresh lambda) and let it
        return a new state and leave the old one alone.
        """
        index, state = self._folds.get(step, (0, start))
        if index > cursor.index:
            index, state = 0, start
        for at in self._cursors[index : cursor.index]:
            state = step(state, at, self.read(at.index))
        self._folds[step] = (cursor.index, state)
        return state

    def learned(self, cursor: Cursor, figures: Mapping[str, float | str]) -> None:
        """The figures of one learned step. Learned again after a resume, it gets a new line, which is in force."""
        self._must_be_writer()
        with taking(self.folder):
            self._figures.append(cursor, figures)
            self._ledger.commit("learned", place(cursor), {})

    def metrics(self) -> list[dict[str, Any]]:
        """One line per learned step, in order: index, iteration, phase, step and the figures."""
        return self._figures.all()

    def recent_figures(self, index: int, n: int) -> list[dict[str, Any]]:
        """Those of the last `n` steps up to `index`, in order, without reading every line."""
        return self._figures.recent(index, n)

    def last_figures(self) -> tuple[int, dict[str, Any]]:
        """How many steps are learned, and the figures of the last, without reading every line."""
        return self._figures.last()

    # --- going back

    def roll_back(self, version: int, why: str) -> None:
        """Nothing that follows this version is in force any more; it stays in the ledger, and its steps are played anew."""
        self._must_be_writer()
        with taking(self.folder):
            self._ledger.commit("undone", place(self._cursors[version]) | {"why": why}, {})
        self._go_by_the_newest_recipe()
        self._latest = None
        self._folds.clear()

    @property
    def roll_backs(self) -> int:
        return len(self._ledger.undone)

    def attempt(self, index: int) -> int:
        """How often this step was undone, so that it is drawn anew each time."""
        return sum(first <= index for _, first in self._ledger.undone)

    # --- checkpoints

    def checkpoint(self, cursor: Cursor, save: Callable[[Path], None]) -> None:
        """Keep what `save` writes as the state once `cursor` is learned; a sound one is not saved again."""
        self._must_be_writer()
        with taking(self.folder):
            self._checkpoints.save(cursor, save)
        self.due.saved(self.folder)

    def export(self, cursor: Cursor, save: Callable[[Path], None]) -> None:
        """Lay out what `save` writes for others to load; what was exported once is not again, wherever it went."""
        self._must_be_writer()
        with taking(self.folder):
            self._exports.save(cursor, save)

    def newest_checkpoint(self, upto: int | None = None) -> tuple[Cursor, Path] | None:
        """Of all, or of those of version `upto` and before."""
        return self._checkpoints.newest(upto)

    def look_again(self) -> None:
        """Compare checkpoints with their hashes once more: engines begin anew from one long after it was looked at."""
        self._checkpoints.doubt()

    def sound_checkpoints(self) -> list[int]:
        """The versions of every checkpoint that is what was written; reads them all."""
        return self._checkpoints.sound_versions()

    def _score(self, version: int) -> float | None:
        rows = self.evaluation("heldout", version)
        return sum(bool(row.get("correct")) for row in rows) / len(rows) if rows else None

    def next_bytes(self) -> int:
        """What the next step, the next checkpoint and the next export will take, going by the newest of each."""
        kept = (self._steps, self._checkpoints, *([self._exports] if self.recipe.checkpoint.exporting else []))
        return sum(each.bytes_of_newest() for each in kept)

    # --- evaluations

    def evaluated(self, name: str, cursor_index: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows of one evaluation (numbers, strings, None, lists of them), committed once: the first stands."""
        self._must_be_writer()
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for an evaluation; use letters, digits, '.', '_' and '-'")
        if (name, cursor_index) in self._ledger.commits("evaluated"):
            return
        content = tables.to_parquet([{key: _clean(value) for key, value in row.items()} for row in rows])
        again = f"~{attempt}" if (attempt := self.attempt(cursor_index - 1)) else ""
        target = self.folder / "evaluations" / f"{cursor_index:06}-{name}{again}.parquet"
        where = {"name": name, "index": cursor_index}
        with taking(self.folder):
            write_file(target, content, epoch=self._epoch)
            self._ledger.commit("evaluated", where, {f"evaluations/{target.name}": hashlib.sha256(content).hexdigest()})

    def evaluated_versions(self, name: str) -> list[int]:
        return sorted(index for found, index in self._ledger.commits("evaluated") if found == name)

    def evaluation(self, name: str, cursor_index: int) -> list[dict[str, Any]] | None:
        """The rows of a committed evaluation with lists as tuples; None where it has not been made."""
        line = self._ledger.commits("evaluated").get((name, cursor_index))
        return None if line is None else tables.from_parquet(*self._ledger.read(line["files"]).values())

    def _must_be_writer(self) -> None:
        if self._lease is None:
            raise ValueError(f"{self.folder} was opened for reading, or closed; open it with write=True to commit")
        self._lease.still_ours()


def _clean(value: Any) -> Any:
    return codec.readable(value) if isinstance(value, str) else value
