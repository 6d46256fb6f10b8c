"""A new campaign that shares another's history up to a checkpoint. Knows the folder, and nothing of what is learned.

What is committed is never changed in place, so files are shared by hard links where the disk allows it, else copied.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal.campaign import Journal
from mmzero.journal.founding import new_campaign, write_about
from mmzero.journal.ledger import Ledger
from mmzero.journal.lines import Lines, seal


def fork(folder: Path, at: int, out: Path) -> dict[str, Any]:
    """The campaign `out`, which goes on from the newest sound checkpoint of version `at` or before."""
    with Journal.open(folder, write=False) as journal:
        version = _version(journal, at)
        origin = {"folder": str(Path(folder).resolve()), "version": version, "created": journal.about["created"]}
        ledger, metrics = Ledger(Path(folder)), Lines(Path(folder) / "metrics.jsonl")
        with new_campaign(Path(out)) as unfinished:
            shared = list(_shared(ledger.lines.items, version))
            for name in _files(Path(folder), shared, version):
                _share(Path(folder) / name, unfinished / name)
            for plugin in journal.plugins.values():
                shutil.copyfile(plugin, unfinished / "plugins" / plugin.name)
            for name in ("recipe.json", *(["given.json"] if journal.given else [])):
                shutil.copyfile(Path(folder) / name, unfinished / name)
            _write_lines(unfinished / "manifest.jsonl", shared)
            _write_lines(unfinished / "metrics.jsonl", [line for line in metrics.items if line["index"] < version])
            frozen = (unfinished / "recipe.json").read_bytes()
            write_about(unfinished, frozen, journal.about["plugins"], origin)
    return {"folder": str(out), "version": version, "steps": version, "from": str(folder)}


def _version(journal: Journal, at: int) -> int:
    learned, _ = journal.last_figures()
    if not 1 <= at <= learned:
        raise UserError(
            f"{journal.folder} cannot be forked at {at}: it has learned {learned} steps; choose one of them"
        )
    newest = journal.newest_checkpoint(at)
    if newest is None:
        there = ", ".join(map(str, journal.sound_checkpoints()[:50]))
        raise UserError(
            f"{journal.folder} has no sound checkpoint at {at} or before; "
            + (f"fork at one of the steps that have one: {there}" if there else "let it run to its first")
        )
    return newest[0].version


def _shared(lines: Sequence[Mapping[str, Any]], version: int) -> Iterator[Mapping[str, Any]]:
    """A recipe that was changed before a range was undone is in force from that range on, whatever step it was meant for:
    the fork has it from the first step that it has not played by then."""
    undone = max(
        (at for at, line in enumerate(lines) if line["commit"] == "undone" and _before(line, version)), default=0
    )
    for at, line in enumerate(lines):
        if line["commit"] == "amended" and at < undone:
            yield {**line, "index": min(line["index"], version)}
        elif _before(line, version):
            yield line


def _before(line: Mapping[str, Any], version: int) -> bool:
    if line["commit"] in ("evaluated", "undone"):  # of a version, where the others are of a step
        return line["index"] <= version
    if line["commit"] == "exported":  # lies with the campaign that made it
        return False
    if line["commit"] in ("checkpoint", "dropped"):
        return line["commit"] == "checkpoint" and line["index"] == version - 1
    return line["index"] < version


def _files(folder: Path, shared: list[Mapping[str, Any]], version: int) -> Iterator[str]:
    """Everything the lines speak of, each step and evaluation compared with its hash, the checkpoint already was."""
    ledger = Ledger(folder)
    for line in shared:
        if line["commit"] == "checkpoint":
            continue
        ledger.read(line["files"])
        yield from line["files"]
    for room in (folder / "images", folder / "checkpoints" / f"{version:06}"):
        for path in sorted(room.rglob("*")):
            if path.is_file() and not path.name.endswith(".unfinished"):
                yield path.relative_to(folder).as_posix()


def _share(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _write_lines(path: Path, lines: list[Mapping[str, Any]]) -> None:
    path.write_bytes(b"".join(map(seal, lines)))
