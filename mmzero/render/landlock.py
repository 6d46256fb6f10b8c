"""Landlock: a list of the only files a process may ever open, by three system calls; knows no drawing.

It does not cover `stat`, `chmod`, sockets other than TCP, nor old kernels' signals: those are seccomp's.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable

from mmzero.render import kernel

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_WRITE, _READ, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
# Each version of the interface handles more; what is handled and not allowed is forbidden.
_FILES_SINCE = ((1, (1 << 13) - 1), (2, 1 << 13), (3, _TRUNCATE), (5, 1 << 15))
_TCP, _SCOPES = 3, 3  # bind and connect since 4; abstract sockets and signals since 6
_OF_FILES = _WRITE | _READ | _TRUNCATE


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """0 where the kernel has none, or does not let us use it."""
    try:
        return kernel.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def rules(read: Iterable[str] = (), read_write: Iterable[str] = ()) -> int:
    """A descriptor of the rules: `read` beneath each path, `read_write` files that are there already, nothing else."""
    abi = version()
    if not abi:
        raise OSError(errno.ENOSYS, "the kernel has no Landlock, or it is switched off")
    handled = sum(rights for since, rights in _FILES_SINCE if abi >= since)
    words = (ctypes.c_uint64 * 3)(handled, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    made = kernel.syscall(_CREATE, ctypes.byref(words), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for path in read:
        _allow(made, path, (_READ | _READ_FOLDER) & handled)
    for path in read_write:
        _allow(made, path, _OF_FILES & handled)
    return made


def _allow(made: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):  # what is not there cannot be read either
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = rights if os.path.isdir(path) else rights & _OF_FILES
            beneath = _Beneath(rights, parent)
            kernel.syscall(_ADD, ctypes.c_int(made), ctypes.c_int(1), ctypes.byref(beneath), ctypes.c_uint32(0))
        finally:
            os.close(parent)


def restrict(made: int) -> None:
    """From now on and for every descendant; needs no_new_privs."""
    kernel.syscall(_RESTRICT, ctypes.c_int(made), ctypes.c_uint32(0))
