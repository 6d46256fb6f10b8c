"""Bytes that survive a kill: written beside, flushed to the disk, renamed into place. Knows nothing of campaigns."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_all(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:  # the system may take fewer bytes than it was given
        left = left[os.write(descriptor, left) :]


def sync(path: Path) -> None:
    """Flush one file, or the names inside one folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(target: Path, content: bytes, beside: Path | None = None, epoch: int = 0) -> None:
    """The whole file under its name, or nothing. `beside` is the folder for the unfinished one, on the same disk;
    `epoch` says which owner of the campaign left it there."""
    unfinished = _unfinished(beside or target.parent, target.name, epoch)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync(target.parent)


def make_folders(folder: Path) -> None:
    """It and those above it, each with its name flushed: without that of the first, all that lies below is lost."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in new:
        sync(one.parent)


@contextmanager
def whole_folder(target: Path, epoch: int = 0) -> Iterator[Path]:
    """A folder to fill, which appears under its name complete and flushed when the block ends, or not at all."""
    unfinished = _unfinished(target.parent, target.name, epoch)
    unfinished.mkdir()
    try:
        yield unfinished
        for where, _, names in os.walk(unfinished, topdown=False):
            for name in names:
                sync(Path(where, name))
            sync(Path(where))
        os.rename(unfinished, target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync(target.parent)


def remove_folder(folder: Path, epoch: int = 0) -> None:
    """Take the name away first: a kill half-way through deleting must not leave half a folder that looks whole."""
    leaving = _unfinished(folder.parent, folder.name, epoch)
    os.rename(folder, leaving)
    sync(folder.parent)
    shutil.rmtree(leaving)


def sweep(folder: Path) -> None:
    """Remove what a killed writer left unfinished directly under `folder`."""
    for leftover in folder.glob(".*.unfinished"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unfinished(folder: Path, name: str, epoch: int) -> Path:
    return folder / f".{name}.{epoch}-{uuid.uuid4().hex[:12]}.unfinished"
