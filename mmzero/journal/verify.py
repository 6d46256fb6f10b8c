"""Is everything in a campaign folder what was written? Reads every byte, changes none, and may run beside a live run.

A finding is `damaged` where something committed is not what it was, and a `note` where a killed writer left what the
next one clears away or passes over. Knows the folder and its types, and no engine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmzero.errors import UserError
from mmzero.journal import amendments, codec, order, tables
from mmzero.journal.durable import sha256_of
from mmzero.journal.founding import FOLDERS, NotACampaign, plugin_files, read_given, recognise
from mmzero.journal.lease import read_owner
from mmzero.journal.lines import is_whole, unseal
from mmzero.recipe import Recipe
from mmzero.types import Cursor

_IMAGE = re.compile(r"[0-9a-f]{32}\.png")


@dataclass(frozen=True, slots=True)
class Finding:
    state: Literal["damaged", "note"]
    where: str  # a path inside the campaign, with the line where there is one
    what: str


@dataclass(slots=True)
class Verdict:
    folder: str
    checked: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return all(finding.state == "note" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return {"sound": self.sound, **asdict(self)}


def verify(folder: Path) -> Verdict:
    """UserError where this is no campaign of ours at all."""
    return _Inspection(Path(folder)).made()


class _Inspection:
    def __init__(self, folder: Path):
        self.folder = folder
        self.verdict = Verdict(str(folder))

    def made(self) -> Verdict:
        recipe = self._founding()
        commits = self._lines("manifest.jsonl")
        cursors = self._cursors(recipe, commits)
        figures = self._lines("metrics.jsonl")
        for where, what in order.faults(commits, figures, cursors):
            self._damaged(where, what)
        for _, line in commits:
            if order.is_formed(line):
                self._commit(line)
        self._checkpoints(commits)
        self._exports(commits)
        self._images()
        self._leftovers()
        if "unreadable" in read_owner(self.folder / "lease"):
            self._damaged("lease", "it cannot be read; the next run writes it anew once nothing beats in it")
        return self.verdict

    def _founding(self) -> Recipe | None:
        """The recipe that the campaign began with; None where it cannot be told."""
        try:
            recipe, about = recognise(self.folder)
        except NotACampaign:
            raise
        except UserError as error:
            self._damaged("about.json, recipe.json", str(error))
            return None
        try:
            read_given(self.folder)
        except UserError as error:
            self._damaged("given.json", str(error))
        for use, entry in about["plugins"].items():
            try:
                plugin_files(self.folder, {"plugins": {use: entry}})
            except UserError as error:
                self._damaged("plugins", str(error))
            self._count("plugins")
        return recipe

    def _cursors(self, recipe: Recipe | None, commits: list[tuple[str, dict[str, Any]]]) -> Sequence[Cursor] | None:
        """The steps of the schedule as it stands; None where that cannot be told."""
        lines = [line for _, line in commits if line.get("commit") == "amended" and order.is_formed(line)]
        if recipe is None:
            return None
        try:
            made = amendments.read(recipe, lines)
        except UserError as error:
            self._damaged("manifest.jsonl", str(error))
            return None
        if made:
            self._count("amendments", len(made))
        return order.cursors((made[-1].recipe if made else recipe).schedule)

    def _lines(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Every line that is whole, with its place; the others become findings."""
        try:
            *lines, tail = (self.folder / name).read_bytes().split(b"\n")
        except OSError as error:
            self._damaged(name, f"it cannot be read ({error.strerror}); restore it from a copy")
            return []
        whole = [is_whole(line) for line in lines]
        end = max((at for at, sound in enumerate(whole, 1) if sound), default=0)
        found = []
        for at, line in enumerate(lines[:end], 1):
            if (item := _item(line) if whole[at - 1] else None) is not None:
                found.append((f"{name}:{at}", item))
            else:
                self._damaged(f"{name}:{at}", "the line was changed after it was written; restore it from a copy")
        if tail or end < len(lines):
            self._note(name, "it ends in a line that is not whole, which the next run drops")
        self._count(name, len(found))
        return found

    def _commit(self, line: Mapping[str, Any]) -> None:
        if line["commit"] == "played":
            contents = {Path(name).name: self._content(name, stated) for name, stated in line["files"].items()}
            self._count("steps")
            if None not in contents.values():
                self._step(str(Path(min(line["files"])).parent), line, contents)
        if line["commit"] == "evaluated":
            for name, stated in line["files"].items():
                content = self._content(name, stated)
                self._count("evaluations")
                if content is not None and not _readable(content):
                    self._damaged(name, "it has its hash and is no parquet file")

    def _content(self, name: str, stated: str) -> bytes | None:
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            self._damaged(name, f"it is committed and cannot be read ({error.strerror}); restore it from a copy")
            return None
        if hashlib.sha256(content).hexdigest() == stated:
            return content
        self._damaged(name, "its hash is not the one in manifest.jsonl; restore it from a copy")
        return None

    def _step(self, where: str, line: Mapping[str, Any], contents: Mapping[str, bytes]) -> None:
        """The hashes agree: do the rows make sense, and are their pictures there?"""
        try:
            rows = codec.Rows(*(tables.from_parquet(contents[f"{name}.parquet"]) for name in codec.Rows._fields))
            told = json.loads(contents["step.json"])
            codec.decode(rows, told["seconds"])
            pictures = {name for row in rows.tasks for name in row["images"] or ()}
        except Exception as error:  # whatever parquet, JSON or the types refuse it for
            self._damaged(where, f"it has its hashes and cannot be read ({error})")
            return
        if any(told.get(name) != line[name] for name in order.PLACE):
            self._damaged(f"{where}/step.json", "it names another place in the schedule than manifest.jsonl")
        for name in sorted(pictures):
            if not (_IMAGE.fullmatch(f"{name}.png") and (self.folder / "images" / name[:2] / f"{name}.png").is_file()):
                self._damaged(f"images/{name[:2]}/{name}.png", f"{where} shows it and it is missing")

    def _checkpoints(self, commits: list[tuple[str, dict[str, Any]]]) -> None:
        for index, line in order.standing(commits).items():
            where = f"checkpoints/{index + 1:06}"
            self._count("checkpoints")
            faults = list(self._hashed(where, line["files"]))
            if faults and index in order.standing(self._now()):  # a live run may have dropped it meanwhile
                for fault in faults:
                    self._damaged(*fault)

    def _exports(self, commits: list[tuple[str, dict[str, Any]]]) -> None:
        """All that were made and are still here."""
        for _, line in commits:
            if line.get("commit") != "exported" or not order.is_formed(line):
                continue
            where = str(Path(min(line["files"])).parent)
            self._count("exports")
            if not (self.folder / where).exists():
                self._note(where, "it was exported and is no longer here")
                continue
            for fault in self._hashed(where, line["files"]):
                self._damaged(*fault)

    def _hashed(self, where: str, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        folder = self.folder / where
        sealed = _bytes(folder / "manifest.json")
        if sealed is None or hashlib.sha256(sealed).hexdigest() != files.get(f"{where}/manifest.json"):
            yield f"{where}/manifest.json", "it is missing, or its hash is not the one in manifest.jsonl"
            return
        stated = json.loads(sealed)["files"]
        for name, digest in stated.items():
            outside = ".." in Path(name).parts or Path(name).is_absolute()
            found = None if outside else _digest(folder / name)
            if found is None:
                yield f"{where}/{name}", "it is missing"
            elif found != digest:
                yield f"{where}/{name}", f"its hash is not the one in {where}/manifest.json"
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        for name in sorted(there - stated.keys() - {"manifest.json"}):
            self._note(f"{where}/{name}", "nobody committed it")

    def _now(self) -> list[tuple[str, dict[str, Any]]]:
        """A live run has gone on since its lines were read."""
        lines = (_bytes(self.folder / "manifest.jsonl") or b"").split(b"\n")
        return [("", item) for line in lines if is_whole(line) and (item := _item(line)) is not None]

    def _images(self) -> None:
        for path in sorted((self.folder / "images").glob("*/*")):
            where = path.relative_to(self.folder).as_posix()
            if not _IMAGE.fullmatch(path.name) or path.parent.name != path.name[:2] or not path.is_file():
                self._note(where, "it is no picture of ours")
                continue
            self._count("images")
            if hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() != path.stem:
                self._damaged(where, "its bytes are not those it is named by; restore it from a copy")

    def _leftovers(self) -> None:
        known = {name for _, line in self._now() if order.is_formed(line) for name in line["files"]}
        known |= {str(Path(name).parent) for name in known}
        for room in ("steps", "evaluations", "checkpoints", "exports"):
            for path in sorted((self.folder / room).glob("[!.]*")):
                if path.relative_to(self.folder).as_posix() not in known:
                    self._note(f"{room}/{path.name}", "it was never committed, and the next run makes it anew")
        for room in FOLDERS:
            if not (self.folder / room).is_dir():
                self._damaged(room, "the folder is missing; make it, and restore what was in it from a copy")
        for path in sorted(
            one for room in (".", "exports", *FOLDERS) for one in (self.folder / room).glob(".*.unfinished")
        ):
            where = path.relative_to(self.folder).as_posix()
            self._note(where, "a writer has not finished it; the next run clears it away")

    def _count(self, what: str, more: int = 1) -> None:
        self.verdict.checked[what] = self.verdict.checked.get(what, 0) + more

    def _damaged(self, where: str, what: str) -> None:
        self.verdict.findings.append(Finding("damaged", where, what))

    def _note(self, where: str, what: str) -> None:
        self.verdict.findings.append(Finding("note", where, what))


def _item(line: bytes) -> dict[str, Any] | None:
    """Of a line that is whole; None where its check sum is right and it is nothing of ours."""
    try:
        item = unseal(line)
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, dict) else None


def _bytes(path: Path) -> bytes | None:
    """None where it is not there, or not any more: a live run drops checkpoints."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digest(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _readable(content: bytes) -> bool:
    try:
        tables.from_parquet(content)
    except Exception:  # pyarrow has no one exception for a file it cannot make out
        return False
    return True
