"""How a process ends: at any call that changes the disk, and at any moment of an engine. Knows no campaign.

A kill after one call is a kill before the next, for nothing changes in between; so every instant is a kill before a call,
with half of what a write was given already written.
"""

import errno
import os
import pathlib

CALLS = ("write", "fsync", "rename", "ftruncate", "unlink", "rmdir", "mkdir", "link")
WRITES = ("write_bytes", "write_text")  # of a path: files inside a folder that is not finished yet


class Killed(BaseException):
    """No `except Exception` survives it, as none survives SIGKILL."""


class Death:
    """Lets `after` instants pass, then kills; a dead process does nothing more. `patched` is a MonkeyPatch."""

    def __init__(self, patched, after, moments=()):
        self.left, self.dead, self.seen = after, False, 0
        for name in CALLS:
            patched.setattr(os, name, self._deadly(getattr(os, name), torn=name == "write"))
        for name in WRITES:
            patched.setattr(pathlib.Path, name, self._deadly(getattr(pathlib.Path, name)))
        for owner, name in moments:
            patched.setattr(owner, name, self._deadly(getattr(owner, name)))

    def _deadly(self, real, torn=False):
        def call(*args, **kwargs):
            if self.dead:
                raise Killed
            self.seen += 1
            self.left -= 1
            if self.left >= 0:
                return real(*args, **kwargs)
            self.dead = True
            if torn:
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            raise Killed

        return call


class Full:
    """Lets `after` calls through, then the disk takes no more until `patched` is undone; deleting still works."""

    def __init__(self, patched, after):
        self.left, self.full = after, False
        for name in ("write", "mkdir", "link"):
            patched.setattr(os, name, self._stuffed(getattr(os, name), torn=name == "write"))
        for name in WRITES:
            patched.setattr(pathlib.Path, name, self._stuffed(getattr(pathlib.Path, name)))

    def _stuffed(self, real, torn=False):
        def call(*args, **kwargs):
            self.left -= 1
            if self.left >= 0:
                return real(*args, **kwargs)
            if torn and not self.full and args[0] > 2:  # a terminal is no disk
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            self.full = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return call
