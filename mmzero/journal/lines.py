"""An append-only file of JSON objects, one a line, each with its own check sum. Knows nothing of their meaning."""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal.durable import write_all

logger = logging.getLogger(__name__)
_SEAL = ', "crc": "'


def seal(item: Mapping[str, Any]) -> bytes:
    """{"a": 1} becomes {"a": 1, "crc": "…"}: a flipped byte is noticed even where the line is still JSON."""
    text = json.dumps(item, ensure_ascii=True)
    return f'{text[:-1]}{_SEAL}{zlib.crc32(text.encode()):08x}"}}\n'.encode()


def unseal(line: bytes) -> dict[str, Any] | None:
    """The object of one line without its newline; None where it is not what `seal` wrote."""
    body, found, tail = line.rpartition(_SEAL.encode())
    text = body + b"}"
    if not found or tail != f'{zlib.crc32(text):08x}"}}'.encode():
        return None
    return json.loads(text)


class Lines:
    """`items` are the lines that stand; `append` returns once its line is on the disk."""

    def __init__(self, path: Path):
        self.path = path

    @property
    def items(self) -> list[dict[str, Any]]:
        return self._standing.items

    @cached_property
    def _standing(self) -> _Standing:
        try:
            *lines, tail = self.path.read_bytes().split(b"\n")
        except OSError as error:
            raise UserError(f"{self.path} cannot be read ({error.strerror}); restore the file from a copy") from error
        read = [unseal(line) for line in lines]
        good = next((at for at, item in enumerate(read) if item is None), len(read))
        if any(item is not None for item in read[good:]):
            raise UserError(
                f"{self.path} is damaged at line {good + 1} with sound lines after it, so it was changed after it was"
                " written; restore the file from a copy"
            )
        return _Standing(read[:good], sum(len(line) + 1 for line in lines[:good]), bool(tail) or good < len(read))

    def mend(self) -> None:
        """Drop what a killed writer left of a line. For the writer only: a reader may see a line being written."""
        if self._standing.torn:
            logger.warning("%s ends in a line that is not whole; it is dropped, the lines before it stand", self.path)
            os.truncate(self.path, self._standing.end)
            self._standing.torn = False

    def append(self, item: Mapping[str, Any]) -> None:
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
        standing.items.append(dict(item))
        standing.end += len(line)


@dataclass
class _Standing:
    items: list[dict[str, Any]]
    end: int  # of the last whole line, in bytes
    torn: bool
