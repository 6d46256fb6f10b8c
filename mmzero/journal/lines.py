"""An append-only file of JSON objects, one a line, each with its own check sum. Knows nothing of their meaning.

Check sums are compared when the file is opened, and a line is read only when it is asked for: of a hundred thousand
lines most are never looked at.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal.durable import write_all

logger = logging.getLogger(__name__)
_SEAL = b', "crc": "'
_TAIL = len(_SEAL) + 8 + 2  # the sum in hexadecimal, a quote and a brace


def seal(item: Mapping[str, Any]) -> bytes:
    """{"a": 1} becomes {"a": 1, "crc": "…"}: a flipped byte is noticed even where the line is still JSON."""
    text = json.dumps(item, ensure_ascii=True).encode()
    return b'%s%s%08x"}\n' % (text[:-1], _SEAL, zlib.crc32(text))


def is_whole(line: bytes) -> bool:
    """Whether one line, without its newline, is what `seal` wrote."""
    return line[-_TAIL:] == b'%s%08x"}' % (_SEAL, zlib.crc32(b"}", zlib.crc32(line[:-_TAIL])))


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

    @property
    def items(self) -> list[dict[str, Any]]:
        return [self.item(at) for at in range(len(self.raw))]

    def item(self, at: int) -> dict[str, Any]:
        try:
            return unseal(self.raw[at])
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{self.path} holds at line {at + 1} what mmzero did not write ({error}); restore it from a copy"
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
            raise UserError(f"{self.path} cannot be read ({error.strerror}); restore the file from a copy") from error
        good = next((at for at, line in enumerate(lines) if not is_whole(line)), len(lines))
        if any(map(is_whole, lines[good:])):
            raise UserError(
                f"{self.path} is damaged at line {good + 1} with sound lines after it, so it was changed after it was"
                " written; restore the file from a copy"
            )
        torn = bool(tail) or good < len(lines)
        return _Standing(lines[:good], sum(map(len, lines[:good])) + good, torn)

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


@dataclass
class _Standing:
    lines: list[bytes]
    end: int  # of the last whole line, in bytes
    torn: bool
