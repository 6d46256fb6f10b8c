"""The process drawings are forked from: started clean, loaded once, it runs no model's program itself.

One socket leads to the pool. A message is JSON and descriptors: settings, then jobs in; a survey, then replies out. It
ends, with all its children, when the pool's end closes.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
from dataclasses import dataclass
from os import getpid as _own_pid  # before it is made the same for every drawing
from time import monotonic  # taken before clocks are calmed for the drawings
from typing import Any

from mmzero.render import child, kernel, landlock, mechanisms, namespaces, preload, seccomp, stage, svg

_CLOSE_ON_EXEC, _SEALABLE = 1, 2
_ADD_SEALS, _SEAL, _SHRINK, _GROW, _WRITE = 1033, 1, 2, 4, 8
_MESSAGE = 1 << 17


@dataclass(slots=True)
class _Running:
    id: int
    began: float
    ends: float
    picture: int
    log: int
    started: int
    late: bool = False


def main(descriptor: int) -> None:
    """`descriptor` is the socket."""
    socket_ = socket.socket(fileno=descriptor)
    settings = json.loads(socket_.recv(_MESSAGE))
    _stand_apart()
    troubles = mechanisms.survey(settings["walled"], settings["shown"], settings["without"])
    socket_.sendall(json.dumps({"troubles": troubles}).encode())
    if settings["survey_only"]:
        return
    try:
        preload.load(settings["packages"], "svg" in settings["kinds"])
    except ImportError as error:
        socket_.sendall(json.dumps({"missing": str(error)}).encode())
        return
    if not (settings["walled"] or troubles["namespaces"]):
        namespaces.enter(settings["shown"])  # after loading, which may leave bytecode for the next start
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # nothing under our uid may look into us
    confinement = _confinement(settings, troubles)
    preload.forget_installed()
    stage.install()
    gc.collect()
    gc.disable()
    gc.freeze()  # so that children do not touch, and copy, what they never free
    socket_.sendall(json.dumps({"ready": True}).encode())
    _Zygote(socket_, settings, confinement).serve()


def _stand_apart() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pool's to answer
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("900")  # where memory runs out, a drawing ends before the trainer
    while os.open(os.devnull, os.O_RDONLY) < child.LOWEST_FREE:
        pass


def _confinement(settings: dict[str, Any], troubles: dict[str, str]) -> child.Confinement:
    read = preload.readable()
    rules = {}
    if not troubles["landlock"]:
        program = landlock.rules(read, [os.devnull])
        rules = {"python": program, "generator": program, "svg": landlock.rules(map(os.path.dirname, svg.font_files()))}
    opens = bool(rules) or not troubles["namespaces"] or bool(troubles["seccomp"])
    return child.Confinement(
        rules=rules,
        filter=None if troubles["seccomp"] else seccomp.Filter(opens),
        identity=mechanisms.identity(read),
        memory=settings["memory"],
        cpu_s=settings["cpu_s"],
        file_bytes=settings["picture_bytes"] + settings["log_bytes"] + stage.REASON_BYTES,
    )


class _Zygote:
    def __init__(self, socket_: socket.socket, settings: dict[str, Any], confinement: child.Confinement):
        self._socket, self._settings, self._confinement = socket_, settings, confinement
        self._limits = stage.Limits(settings["max_pixels"], settings["log_bytes"], settings["json_bytes"])
        self._running: dict[int, _Running] = {}
        self._ended, wake = os.pipe()
        for end in (self._ended, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._ended, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll(self._until_next_deadline()):
                if descriptor == self._ended:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._ended, 4096)
                elif not self._accept():
                    return self._end()
            self._reap()
            self._kill_late()

    def _until_next_deadline(self) -> float:
        ends = [running.ends for running in self._running.values() if not running.late]
        return max(0.0, 1000 * (min(ends) - monotonic()) + 1) if ends else 60_000

    def _accept(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._socket, _MESSAGE, 1)
        if not message:
            return False
        self._start(json.loads(message), descriptors[0])
        return True

    def _start(self, job: dict[str, Any], code: int) -> None:
        picture = _sealed("picture", self._settings["picture_bytes"])
        log = _sealed("log", self._settings["log_bytes"] + stage.REASON_BYTES)
        reading, started = os.pipe()
        zygote, began = _own_pid(), monotonic()
        pid = os.fork()
        if pid == 0:
            child.live(zygote, self._confinement, child.Handles(code, picture, log, started), job, self._limits)
        os.close(started)
        os.close(code)
        self._running[pid] = _Running(job["id"], began, began + self._settings["wall_s"], picture, log, reading)

    def _reap(self) -> None:
        while self._running:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            if running := self._running.pop(pid, None):
                self._reply(running, status, usage.ru_utime + usage.ru_stime)

    def _reply(self, running: _Running, status: int, cpu_s: float) -> None:
        reply = {
            "id": running.id,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1,
            "started": os.read(running.started, 1) == child.STARTED,
            "late": running.late,
            "sealed": _seal(running.picture) and _seal(running.log),
            "cpu_s": cpu_s,
            "wall_s": monotonic() - running.began,
        }
        with contextlib.suppress(OSError):  # the pool is gone; the next poll says so
            socket.send_fds(self._socket, [json.dumps(reply).encode()], [running.picture, running.log])
        for descriptor in (running.picture, running.log, running.started):
            os.close(descriptor)

    def _kill_late(self) -> None:
        now = monotonic()
        for pid, running in self._running.items():
            if now >= running.ends and not running.late:
                running.late = True
                os.kill(pid, signal.SIGKILL)

    def _end(self) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)


def _sealed(name: str, size: int) -> int:
    """A file in memory that no one can make larger or smaller."""
    descriptor = os.memfd_create(name, _CLOSE_ON_EXEC | _SEALABLE)
    os.ftruncate(descriptor, size)
    fcntl.fcntl(descriptor, _ADD_SEALS, _SHRINK | _GROW)
    return descriptor


def _seal(descriptor: int) -> bool:
    """That nobody can write to it any more, which fails where somebody still could."""
    try:
        fcntl.fcntl(descriptor, _ADD_SEALS, _WRITE | _SEAL)
    except OSError:
        return False
    return True
