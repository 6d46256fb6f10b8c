"""One writer per campaign. Knows nothing of what is written.

On one machine a file lock decides, which the system drops when its process ends: no process id is ever asked about.
Locks do not reach every other node, so the owner also writes a beat into the file, and whoever finds the lease of
another machine (or of this one before it was started anew) watches it: what beats lives and is named, what is silent is
replaced. No two clocks are compared. Each owner has an epoch, one above the last; one that was replaced while it could
not beat finds another's name in the file before its next commit, and writes no more.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal.lines import is_whole, seal, unseal

logger = logging.getLogger(__name__)
BEAT = 3.0  # seconds between two beats
SILENCE = 20.0  # seconds without one after which an owner on another machine counts as dead
_LENGTH = 512  # always the same, so that a beat overwrites the last in one piece


class Lease:
    """Held from the moment it is made until `drop`, or until the process is gone."""

    def __init__(self, path: Path):
        self._path = path
        self._ended = threading.Event()
        self._writing = threading.Lock()
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UserError(f"{path.parent} cannot be written ({error.strerror}); give it a writable folder") from error
        try:
            self.epoch = self._take()
        except BaseException:
            os.close(self._descriptor)
            raise
        threading.Thread(target=self._keep_beating, name="lease", daemon=True).start()

    def still_ours(self) -> None:
        """Asked before every commit."""
        found = read_owner(self._path)
        if found.get("owner") != self._owner["owner"]:
            raise CampaignStopped(
                f"the lease of {self._path.parent} now belongs to {name_of(found)}, which replaced this run while it was"
                " silent; this run writes no more, go on with the other"
            )

    def drop(self) -> None:
        if self._ended.is_set():
            return
        self._ended.set()
        with self._writing:
            with contextlib.suppress(OSError):  # the lock goes with the file, whatever became of the disk
                self._write(released=True)
            os.close(self._descriptor)

    def _take(self) -> int:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            last = read_owner(self._path)
            if last and not last.get("released") and last.get("boot") != _boot():
                self._watch(last)
            epoch = _whole(last.get("epoch")) + 1
            self._owner = {"host": socket.gethostname(), "pid": os.getpid(), "boot": _boot(), "epoch": epoch}
            self._owner |= {"owner": uuid.uuid4().hex, "beat": 0, "released": False}
            os.pwrite(self._descriptor, _line(self._owner), 0)
            os.fsync(self._descriptor)
            return epoch
        except BlockingIOError as error:
            raise self._taken(read_owner(self._path)) from error
        except OSError as error:
            raise UserError(
                f"{self._path} cannot be locked ({error.strerror}); use a disk with room and file locks"
            ) from error

    def _watch(self, last: Mapping[str, Any]) -> None:
        """Return once the owner on another machine has been silent for long enough."""
        logger.warning("%s was left by %s; waiting %g s for a sign of life", self._path.parent, name_of(last), SILENCE)
        ends = time.monotonic() + SILENCE
        while time.monotonic() < ends:
            time.sleep(min(BEAT / 4, SILENCE))
            found = read_owner(self._path)
            if found != last:
                raise self._taken(found)

    def _taken(self, owner: Mapping[str, Any]) -> UserError:
        return UserError(
            f"{self._path.parent} belongs to a live run, {name_of(owner)}; wait for it, stop it, or choose another --out"
        )

    def _keep_beating(self) -> None:
        while not self._ended.wait(BEAT):
            with self._writing, contextlib.suppress(OSError):  # a disk that is slow or gone is found by the next commit
                if not self._ended.is_set():
                    self._write()

    def _write(self, released: bool = False) -> None:
        if read_owner(self._path).get("owner") == self._owner["owner"]:  # else it is another's by now
            self._owner |= {"beat": self._owner["beat"] + 1, "released": released}
            os.pwrite(self._descriptor, _line(self._owner), 0)
            os.fdatasync(self._descriptor)  # other nodes see what has left this one's memory


def read_owner(path: Path) -> dict[str, Any]:
    """Who the file names; nothing for an empty one. Opened anew each time: so other nodes' writes are seen."""
    try:
        with path.open("rb") as file:
            content = file.read(_LENGTH)
    except OSError:
        return {}
    line = content.rstrip()
    return unseal(line) if is_whole(line) else {"unreadable": line.hex()} if line else {}


def name_of(owner: Mapping[str, Any]) -> str:
    if not {"pid", "host"} <= owner.keys():
        return "an owner whose name cannot be read"
    return f"process {owner['pid']} on host {owner['host']}"


def _line(owner: Mapping[str, Any]) -> bytes:
    return seal(owner).rstrip().ljust(_LENGTH - 1) + b"\n"


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _boot() -> str:
    """Of this machine since it was last started; containers on it share its locks, and so this."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
