"""One drawing's process, from the fork to its end: confined step by step, then the program runs.

The order matters: each step takes away what the next ones no longer need.
"""

from __future__ import annotations

import gc
import os
import signal
from dataclasses import dataclass
from os import getpid as _own_pid  # before it is made the same for every drawing
from typing import Any

from mmzero.render import kernel, landlock, stage
from mmzero.render.mechanisms import PRIVATE_UID, Identity
from mmzero.render.seccomp import Filter

STARTED = b"."
_DEVICE, _LOG, _PICTURE, _STARTED, _RULES = 0, 1, 3, 4, 5  # the descriptors a child has; 2 is the log too
LOWEST_FREE = 8  # descriptors of the zygote are higher, so that none is overwritten before it is used


@dataclass(frozen=True, slots=True)
class Confinement:
    """What every child of a zygote is confined by."""

    rules: dict[str, int]  # a kind of drawing to its Landlock rules; empty without Landlock
    filter: Filter | None
    identity: Identity
    memory: int
    cpu_s: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Handles:
    """Descriptors of one drawing: its program, where the picture and the log go, and a pipe to say it has started."""

    code: int
    picture: int
    log: int
    started: int


def live(zygote: int, confinement: Confinement, handles: Handles, job: dict[str, Any], limits: stage.Limits) -> None:
    """Never returns. Until the pipe has its byte a failure is ours, from then on the program's: it cannot feign ours."""
    ended, leave = stage.CODE_ERROR, os._exit  # held here, where a program that takes our modules apart does not look
    try:
        code = os.pread(handles.code, os.fstat(handles.code).st_size, 0)
        _confine(zygote, confinement, handles, job["kind"])
        gc.enable()
        os.write(_STARTED, STARTED)
        os.close(_STARTED)
        ended = stage.play(job, code, limits, picture=_PICTURE, log=_LOG)
    except BaseException as error:
        os.pwrite(_LOG, f"{type(error).__name__}: {error}".encode("utf8", "replace")[:800], 0)
    finally:
        leave(ended)


def _confine(zygote: int, confinement: Confinement, handles: Handles, kind: str) -> None:
    _die_with(zygote)
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    rules = confinement.rules.get(kind)
    wanted = {_LOG: handles.log, 2: handles.log, _PICTURE: handles.picture, _STARTED: handles.started, _RULES: rules}
    for number, descriptor in wanted.items():
        if descriptor is not None:
            os.dup2(descriptor, number)
    kernel.keep_only(_STARTED + 1 if rules is None else _RULES + 1)
    kernel.limit(confinement.memory, confinement.cpu_s, confinement.file_bytes)
    kernel.drop_capabilities() if confinement.identity == "no capabilities" else kernel.drop_ids(PRIVATE_UID)
    _die_with(zygote)  # a new uid forgets it
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if rules is not None:
        landlock.restrict(_RULES)
        os.close(_RULES)
    if confinement.filter is not None:
        confinement.filter.install(_own_pid())


def _die_with(zygote: int) -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:  # it died before we asked
        os._exit(stage.CODE_ERROR)
