"""Pictures by what they are: PNG files named by the hash of their bytes, each written once, and looked at once by each
process before it is shown. Knows nothing of tasks."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mmzero.errors import UserError
from mmzero.journal.disk import taking
from mmzero.journal.durable import sync, write_file

_HASH = re.compile(r"[0-9a-f]{32}")


class ImageStore:
    """`put` returns a hash once the bytes are on the disk; `path` finds them again."""

    def __init__(self, folder: Path, epoch: int = 0):
        self.folder = folder
        self._epoch = epoch
        self._sound: set[str] = set()

    def put(self, png: bytes) -> str:
        """A picture that was damaged meanwhile is written anew."""
        name = _name(png)
        target = self._target(name)
        if not (target.exists() and self._is_sound(name, target)):
            with taking(self.folder.parent):
                if not target.parent.exists():
                    target.parent.mkdir(exist_ok=True)
                    sync(self.folder)
                write_file(target, png, beside=self.folder, epoch=self._epoch)
            self._sound.add(name)
        return name

    def path(self, name: str) -> Path:
        if not _HASH.fullmatch(name):  # a hash may come from a file someone else wrote; it must not lead elsewhere
            raise ValueError(f"{name!r} is no image hash; one is 32 hexadecimal digits")
        target = self._target(name)
        if not target.is_file():
            raise UserError(f"image {name} is missing from {self.folder}; restore {target} from a copy of the campaign")
        if not self._is_sound(name, target):
            raise UserError(
                f"{target} is damaged: its bytes are not those it is named by; restore it from a copy of the campaign"
            )
        return target

    def _is_sound(self, name: str, target: Path) -> bool:
        if name not in self._sound and _name(target.read_bytes()) == name:
            self._sound.add(name)
        return name in self._sound

    def _target(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.png"


def _name(png: bytes) -> str:
    return hashlib.blake2b(png, digest_size=16).hexdigest()
