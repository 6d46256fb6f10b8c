"""The order of a campaign: its schedule, and what must hold between the lines of a ledger. Pure, and knows no file.

Steps are played once each and in order; a step is learned after it was played, a checkpoint made after its step was
learned, a file lies where its commit says, and every learned step has figures. A range that is undone is played anew:
what was committed for it stays and is in force no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmzero.recipe.tree import Schedule
from mmzero.types import Cursor

PLACE = ("index", "iteration", "phase", "step")
Line = Mapping[str, Any]
_FILES = {
    "played": ("steps/{0:06}/tasks.parquet", "steps/{0:06}/rollouts.parquet", "steps/{0:06}/rewards.parquet",
               "steps/{0:06}/step.json"),
    "learned": (),
    "evaluated": ("evaluations/{0:06}-{1}.parquet",),
    "checkpoint": ("checkpoints/{2:06}/manifest.json",),
    "dropped": (),
    "exported": ("exports/{2:06}/manifest.json",),
    "amended": (),
    "undone": (),
}  # fmt: skip
_ATTEMPT = re.compile(r"(?<=^steps/)(\d{6,})-\d+(?=/)|~\d+(?=\.parquet$)|(?<=\d)~\d+(?=/manifest\.json$)")
_HASH = re.compile(r"[0-9a-f]{64}")


def cursors(schedule: Schedule) -> tuple[Cursor, ...]:
    """Every step of the schedule, in order."""
    places = (
        (iteration, phase, step)
        for iteration in range(schedule.iterations)
        for phase, run in enumerate(schedule.phases)
        for step in range(run.steps)
    )
    return tuple(Cursor(index, *where) for index, where in enumerate(places))


def is_formed(line: Line) -> bool:
    """Whether a commit's line has what its kind needs, and its files lie where they belong."""
    kind, index, files = line.get("commit"), line.get("index"), line.get("files")
    if kind not in _FILES or not isinstance(files, dict) or not _whole(index):
        return False
    if kind == "amended":
        placed = isinstance(line.get("name"), str) and isinstance(line.get("changes"), list)
    elif kind == "evaluated":
        placed = isinstance(line.get("name"), str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", line["name"])
    else:
        placed = all(_whole(line.get(name)) for name in PLACE)
    expected = {name.format(index, line.get("name"), index + 1) for name in _FILES[kind]}
    hashed = all(isinstance(value, str) and _HASH.fullmatch(value) for value in files.values())
    return bool(placed and hashed and {_ATTEMPT.sub(r"\1", name) for name in files} == expected)


def standing(commits: Sequence[tuple[str, Line]]) -> dict[int, Line]:
    """Step index -> line of every checkpoint that was saved and not dropped since."""
    found: dict[int, Line] = {}
    for _, line in commits:
        if line.get("commit") == "checkpoint" and is_formed(line):
            found[line["index"]] = line
        if line.get("commit") == "dropped":
            found.pop(line.get("index"), None)
        if line.get("commit") == "undone" and is_formed(line):
            found = {index: saved for index, saved in found.items() if index < line["index"]}
    return found


def faults(
    commits: Sequence[tuple[str, Line]], figures: Sequence[tuple[str, Line]], cursors: Sequence[Cursor] | None
) -> Iterator[tuple[str, str]]:
    """Where, and what is wrong. Without `cursors` the schedule is not known."""
    seen = _Seen()
    for where, line in commits:
        if not is_formed(line):
            yield where, "it is not a line that mmzero writes"
            continue
        if line["commit"] not in ("evaluated", "amended") and cursors is not None and not _in_schedule(line, cursors):
            yield where, f"step {line['index']} does not stand there in the recipe's schedule"
        if fault := seen.fault(line):
            yield where, fault
    told = set()
    for where, line in figures:
        if not all(_whole(line.get(name)) for name in PLACE):
            yield where, "it does not say which step its figures are of"
            continue
        told.add(line["index"])
        if cursors is not None and not _in_schedule(line, cursors):
            yield where, f"step {line['index']} does not stand there in the recipe's schedule"
    for index in sorted(seen.learned - told):
        yield "metrics.jsonl", f"step {index} was learned and has no figures"
    for index in sorted(told - seen.ever_learned)[1:]:  # one more: a kill came in between
        yield "manifest.jsonl", f"step {index} has figures and was never learned"


class _Seen:
    """What the lines so far have committed."""

    def __init__(self) -> None:
        self.played: set[int] = set()
        self.learned: set[int] = set()
        self.ever_learned: set[int] = set()
        self.saved: set[int] = set()
        self.exported: set[int] = set()
        self.evaluated: set[tuple[str, int]] = set()
        self.amended = 0

    def fault(self, line: Line) -> str | None:
        return getattr(self, f"_{line['commit']}")(line, line["index"])

    def _played(self, _: Line, index: int) -> str | None:
        if index in self.played:
            return f"step {index} was played twice"
        self.played.add(index)
        return None if index == len(self.played) - 1 else f"step {index} was played and step {index - 1} was not"

    def _learned(self, _: Line, index: int) -> str | None:
        self.learned.add(index)
        self.ever_learned.add(index)
        return None if index in self.played else f"step {index} was learned and never played"

    def _checkpoint(self, _: Line, index: int) -> str | None:
        self.saved.add(index)
        return None if index in self.learned else f"version {index + 1} was saved and step {index} never learned"

    def _dropped(self, _: Line, index: int) -> str | None:
        return None if index in self.saved else f"version {index + 1} was dropped and never saved"

    def _exported(self, _: Line, index: int) -> str | None:
        if index in self.exported:
            return f"version {index + 1} was exported twice"
        self.exported.add(index)
        return None if index in self.learned else f"version {index + 1} was exported and step {index} never learned"

    def _amended(self, line: Line, index: int) -> str | None:
        self.amended += 1
        if line["name"] != str(self.amended):
            return f"the recipe's change {self.amended} is called {line['name']}"
        ready = index == len(self.played)
        return None if ready else f"the recipe changed from step {index} on, and {len(self.played)} were played"

    def _undone(self, _: Line, index: int) -> str | None:
        if index > len(self.played):
            return f"step {index} was undone and step {index - 1} never played"
        self.played, self.learned, self.saved, self.exported = (
            {one for one in done if one < index} for done in (self.played, self.learned, self.saved, self.exported)
        )
        self.evaluated = {(name, version) for name, version in self.evaluated if version <= index}
        return None

    def _evaluated(self, line: Line, index: int) -> str | None:
        if (line["name"], index) in self.evaluated:
            return f"{line['name']} of version {index} was evaluated twice"
        self.evaluated.add((line["name"], index))
        ready = index == 0 or index - 1 in self.learned
        return None if ready else f"version {index} was evaluated and step {index - 1} never learned"


def _in_schedule(line: Line, cursors: Sequence[Cursor]) -> bool:
    index = line["index"]
    return index < len(cursors) and all(line[name] == getattr(cursors[index], name) for name in PLACE)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
