"""The system calls Python does not offer, by `ctypes`, and the limits, capabilities and ids of a process about to be confined.

Knows no policy: what is called and in which order stands in `child.py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = (
    1, 4, 22, 24, 38, 47
)  # fmt: skip
_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522

MACHINES = {"x86_64": 0, "aarch64": 1}
MACHINE = MACHINES.get(platform.machine())  # the column of `syscalls.TABLE`; None where we do not know the numbers

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def syscall(number: int, *arguments: object) -> int:
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), f"system call {number}")


def prctl(option: int, *arguments: int | ctypes._SimpleCData) -> None:
    words = [word if isinstance(word, ctypes._SimpleCData) else ctypes.c_ulong(word) for word in arguments]
    words += [ctypes.c_ulong(0)] * (4 - len(words))
    _checked(_libc.prctl(option, *words), f"prctl {option}")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _checked(_libc.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]), f"mount on {target}")


def pivot_root(new: str, old: str) -> None:
    _checked(_libc.pivot_root(os.fsencode(new), os.fsencode(old)), "pivot_root")


def detach(target: str) -> None:
    _checked(_libc.umount2(os.fsencode(target), 2), f"umount of {target}")


def _checked(returned: int, what: str) -> int:
    if returned < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return returned


def limit(memory: int, cpu_s: int, file_bytes: int) -> None:
    """Soft and hard alike, so that the kernel kills and nothing can be raised again."""
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, most in wanted.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def drop_ids(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> None:
    """All of them, for good; the uid stays, so what root owns is Landlock's to guard."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # beyond the last one, or none to drop
            break
    with contextlib.suppress(OSError):  # kernels before 4.3 have no ambient ones
        prctl(PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def keep_only(descriptors: int) -> None:
    """Close all from number `descriptors` on."""
    os.closerange(descriptors, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
