"""One writer per campaign, by a lock the system drops when its process ends. Knows nothing of what is written."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path

from mmzero.errors import UserError
from mmzero.journal.durable import write_all


class Lease:
    """Held from the moment it is made until `drop`, or until the process is gone."""

    def __init__(self, path: Path):
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UserError(f"{path.parent} cannot be written ({error.strerror}); give it a writable folder") from error
        try:
            self._take(path)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._descriptor, 0)
            owner = {"host": socket.gethostname(), "pid": os.getpid()}
            write_all(self._descriptor, json.dumps(owner).encode() + b"\n")
        except BlockingIOError as error:
            owner = _name(os.pread(self._descriptor, 4096, 0))
            raise UserError(
                f"{path.parent} belongs to a live run, {owner}; wait for it, stop it, or choose another --out"
            ) from error
        except OSError as error:
            raise UserError(
                f"{path} cannot be locked ({error.strerror}); use a disk with room and file locks"
            ) from error


def _name(owner: bytes) -> str:
    try:
        read = json.loads(owner)
        return f"process {read['pid']} on host {read['host']}"
    except (ValueError, KeyError, TypeError):
        return "whose name cannot be read"
