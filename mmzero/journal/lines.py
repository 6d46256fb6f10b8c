"""An append-only file of JSON objects, one a line, each with its own check sum. Knows nothing of their meaning.

Check sums are compared when the file is opened, and a line is read only when it is asked for: of a hundred thousand
lines most are never looked at.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from mmzero.errors import UserError
from mmzero.journal.durable import write_all

logger = logging.getLogger(__name__)
_END = b', "crc": "%08x"}'
_TAIL = len(_END % 0)
_BLOCK = 1 << 16  # bytes that are read at once from the end of a file


def seal(item: Mapping[str, Any]) -> bytes:
    """{"a": 1} becomes {"a": 1, "crc": "…"}: a flipped byte is noticed even where the line is still JSON."""
    text = json.dumps(item, ensure_ascii=True).encode()
    return text[:-1] + _END % zlib.crc32(text) + b"\n"


def is_whole(line: bytes) -> bool:
    """Whether one line, without its newline, is what `seal` wrote."""
    return line[-_TAIL:] == _END % zlib.crc32(b"}", zlib.crc32(line[:-_TAIL]))


def unseal(line: bytes) -> dict[str, Any]:
    """The object of a whole line."""
    return json.loads(line[:-_TAIL] + b"}")


class Lines:
    """`raw` are the lines that stand; `append` returns once its line is on the disk.

    `allowed` is asked before anything is written: a writer that was replaced must not cut off what came after it.
    """

    def __init__(self, path: Path, allowed: Callable[[], None] = lambda: None):
        self.path = path
        self._allowed = allowed

    @property
    def raw(self) -> Sequence[bytes]:
        return self._standing.lines

    def backwards(self) -> Iterator[bytes]:
        """Whole lines from the newest on; nothing before those that are taken is looked at."""
        if "_standing" in self.__dict__:
            yield from reversed(self.raw)
            return
        try:
            with self.path.open("rb") as file:
                yield from filter(is_whole, _from_the_end(file))
        except OSError as error:
            raise self._unreadable(error) from error

    @property
    def items(self) -> list[dict[str, Any]]:
        return [self.item(at) for at in range(len(self.raw))]

    def item(self, at: int) -> dict[str, Any]:
        return self.read(self.raw[at])

    def read(self, line: bytes) -> dict[str, Any]:
        """Of one that stands."""
        try:
            return unseal(line)
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{self.path} holds a line that mmzero did not write, {line[:40]!r} ({error}); restore it from a copy"
            ) from error

    @property
    def torn(self) -> bool:
        """Whether the file goes on after its last whole line."""
        return self._standing.torn

    @cached_property
    def _standing(self) -> _Standing:
        try:
            *lines, tail = self.path.read_bytes().split(b"\n")
        except OSError as error:
            raise self._unreadable(error) from error
        good = next((at for at, line in enumerate(lines) if not is_whole(line)), len(lines))
        if any(map(is_whole, lines[good:])):
            raise UserError(
                f"{self.path} is damaged at line {good + 1} with sound lines after it, so it was changed after it was"
                " written; restore the file from a copy"
            )
        torn = bool(tail) or good < len(lines)
        return _Standing(lines[:good], sum(map(len, lines[:good])) + good, torn)

    def _unreadable(self, error: OSError) -> UserError:
        return UserError(f"{self.path} cannot be read ({error.strerror}); restore the file from a copy")

    def mend(self) -> None:
        """Drop what a killed writer left of a line. For the writer only: a reader may see a line being written."""
        if self._standing.torn:
            logger.warning("%s ends in a line that is not whole; it is dropped, the lines before it stand", self.path)
            os.truncate(self.path, self._standing.end)
            self._standing.torn = False

    def append(self, item: Mapping[str, Any]) -> None:
        self._allowed()
        line = seal(item)
        standing = self._standing
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.ftruncate(descriptor, standing.end)  # what an append that failed left behind goes first
            os.lseek(descriptor, standing.end, os.SEEK_SET)
            write_all(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        standing.lines.append(line[:-1])
        standing.end += len(line)


def _from_the_end(file: BinaryIO) -> Iterator[bytes]:
    """Lines that are ended, the last first."""
    end, rest = file.seek(0, os.SEEK_END), b""
    ended = False  # what follows the last newline is none
    while end:
        begin = max(end - _BLOCK, 0)
        file.seek(begin)
        rest, *lines = (file.read(end - begin) + rest).split(b"\n")
        yield from reversed(lines if ended else lines[:-1])
        ended, end = ended or bool(lines), begin
    if ended:
        yield rest


@dataclass
class _Standing:
    lines: list[bytes]
    end: int  # of the last whole line, in bytes
    torn: bool
