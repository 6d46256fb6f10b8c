"""One zygote as the pool sees it: started by exec with a clean environment, spoken to over a socket, ended by closing it.

Trusts the zygote and nothing that a drawing wrote: pixels are bytes of a checked number, text is bounded and cleaned.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import weakref
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmzero.errors import EngineError, UserError
from mmzero.render import mechanisms, namespaces, stage
from mmzero.render.policy import Job, Layer, Level, RenderPolicy, Result, Status

_MESSAGE = 1 << 17
_START_S = 120.0
# Nothing of the trainer's environment reaches a drawing: no token, no path.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg", "MPL_IGNORE_SYSTEM_FONTS": "1", "SOURCE_DATE_EPOCH": "0", "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1",
    # Pictures in pages of 2 MiB: a fork copies fewer, and touches new memory once instead of hundreds of times.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.top_pad=4194304",
}  # fmt: skip
_BOOT = "import sys; sys.path += sys.argv[2:]; from mmzero.render.zygote import main; main(int(sys.argv[1]))"
_UNSEEMLY = re.compile(r"[^\t\n\x20-\x7e\xa0-\U0010ffff]")

_NEAR = (
    0.7  # the kernel counts a limit's time in ticks and a process's more exactly: they differ where others compute too
)
_OF_EXIT: dict[int, Status] = {stage.NO_IMAGE: "no_image", stage.TOO_BIG: "too_big", stage.MEMORY: "memory"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the zygote says of one drawing."""

    id: int
    signal: int
    code: int
    started: bool
    late: bool
    sealed: bool
    cpu_s: float
    wall_s: float


class Link:
    def __init__(self, policy: RenderPolicy):
        self.policy = policy
        self.level, self._process, self._socket = _start(policy)
        _open_links.add(self)

    def send(self, number: int, job: Job) -> None:
        said = {"id": number, "kind": job.kind, "seed": job.seed, "scene_json": job.scene_json}
        code = os.memfd_create("code", os.MFD_CLOEXEC)
        try:
            _write(code, encoded(job.code))
            socket.send_fds(self._socket, [json.dumps(said).encode()], [code])
        finally:
            os.close(code)

    def receive(self, wait_s: float) -> tuple[int, Result]:
        """The next drawing to end; raises ConnectionError where the zygote has, or is silent for too long."""
        if not select.select([self._socket], [], [], wait_s)[0]:
            raise ConnectionError("the zygote is silent")
        message, descriptors, _, _ = socket.recv_fds(self._socket, _MESSAGE, 2)
        try:
            if len(descriptors) != 2:
                raise ConnectionError("the zygote has ended")
            reply = Reply(**json.loads(message))
            return reply.id, self._result(reply, *descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _result(self, reply: Reply, picture: int, log: int) -> Result:
        status = status_of(reply, self.policy.cpu_s)
        told = {"level": self.level, "cpu_s": reply.cpu_s, "wall_s": reply.wall_s}
        said = _log(log, self.policy.log_bytes)
        if status != "ok":
            return Result(status, log=said, **told)
        try:
            image, facts = _handed_over(picture, self.policy)
        except ValueError as error:
            return Result("no_image", log=f"{said}\n{error}".strip(), **told)
        return Result("ok", image=image, log=said, **told, **facts)

    def close(self) -> None:
        """The zygote sees the closed socket and ends with its children; it is waited for."""
        _open_links.discard(self)
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        self._process.kill()
        self.close()

    def forget(self) -> None:
        """In a fork of the pool's process, which must not keep the zygote alive after the pool is gone."""
        self._socket.close()


_open_links: weakref.WeakSet[Link] = weakref.WeakSet()
os.register_at_fork(after_in_child=lambda: [link.forget() for link in list(_open_links)])


def encoded(code: str) -> bytes:
    """A lone surrogate, which UTF-8 has not, becomes a question mark."""
    return code.encode("utf8", "replace")


def status_of(reply: Reply, cpu_s: int) -> Status:
    if not (reply.started and reply.sealed):
        return "infra_error"
    if reply.late:
        return "timeout"
    if reply.signal == signal.SIGSYS:
        return "violation"
    if reply.signal in (
        signal.SIGKILL,
        signal.SIGXCPU,
    ):  # a drawing cannot kill itself: the kernel did, for time or memory
        return "cpu_limit" if reply.cpu_s >= _NEAR * cpu_s else "infra_error"
    if reply.signal:
        return "crash"
    return "ok" if reply.code == stage.OK else _OF_EXIT.get(reply.code, "code_error")


def _handed_over(descriptor: int, policy: RenderPolicy) -> tuple[np.ndarray, dict[str, Any]]:
    """Raises ValueError where the bytes are not what a drawing hands over."""
    magic, width, height, said = stage.HEADER.unpack(os.pread(descriptor, stage.HEADER.size, 0))
    if magic != stage.MAGIC or not (width and height) or width * height > policy.max_pixels or said > policy.json_bytes:
        raise ValueError("the program handed over no picture")
    image_HWC = np.empty((height, width, 3), dtype=np.uint8)
    if os.preadv(descriptor, [image_HWC], stage.HEADER.size) != image_HWC.nbytes:
        raise ValueError("the program handed over part of a picture")
    return image_HWC, _facts(os.pread(descriptor, said, stage.HEADER.size + image_HWC.nbytes))


def _facts(said: bytes) -> dict[str, Any]:
    if not said:
        return {}
    try:
        facts = json.loads(said.decode(), parse_constant=_no_constant)
        json.dumps(facts, ensure_ascii=False).encode()  # a lone surrogate would fail later
    except (ValueError, RecursionError):
        raise ValueError("the program handed over an answer that is not JSON") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("question", ""), str):
        raise ValueError("the program handed over an answer in no known form")
    written = facts.get("written", [])
    if not isinstance(written, list) or not all(isinstance(text, str) for text in written):
        raise ValueError("the program handed over texts in no known form")
    told = {name: facts[name] for name in ("scene", "question", "answer") if name in facts}
    return told | {"written": tuple(written)}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _log(descriptor: int, bytes_: int) -> str:
    """What was printed and then the error, free of what a terminal obeys."""
    raw = os.pread(descriptor, bytes_ + stage.REASON_BYTES, 0)
    parts = (part.replace(b"\0", b"").decode("utf8", "replace").strip() for part in (raw[:bytes_], raw[bytes_:]))
    return _UNSEEMLY.sub("�", "\n".join(part for part in parts if part))


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def survey() -> dict[Layer, str]:
    """What is wrong with each layer on this machine; empty where it holds."""
    process, socket_, troubles = _surveyed(RenderPolicy(), survey_only=True)
    socket_.close()
    process.wait()
    return troubles


def refuse_below(least: Level) -> None:
    """What a pool would refuse on this machine, said before there is one."""
    mechanisms.refuse_below(least, survey())


def _start(policy: RenderPolicy) -> tuple[Level, subprocess.Popen, socket.socket]:
    process, socket_, troubles = _surveyed(policy)
    try:
        level = mechanisms.refuse_below(policy.min_level, troubles)
        answer = _hear(process, socket_)
        if "missing" in answer:
            raise UserError(
                f"{answer['missing']}: install it, or leave it out of the render policy's packages and kinds"
            )
    except BaseException:
        _discard(process, socket_)
        raise
    return level, process, socket_


def _surveyed(
    policy: RenderPolicy, survey_only: bool = False
) -> tuple[subprocess.Popen, socket.socket, dict[Layer, str]]:
    """A zygote that has said what holds: behind bubblewrap's walls where they stand, else left to make its own."""
    if sys.platform != "linux":
        raise UserError(
            f"a model's drawing programs are confined by the Linux kernel and this is {sys.platform}, so nothing was run: "
            "use a Linux machine, a container or WSL2"
        )
    bubblewrap = None if "namespaces" in policy.without else namespaces.bubblewrap()
    for walls in [bubblewrap, None] if bubblewrap else [None]:
        process, socket_ = _spawn(policy, walls, survey_only)
        try:
            troubles = _hear(process, socket_)["troubles"]
        except EngineError:
            if walls is None:
                raise
            continue
        if walls is None or not troubles["namespaces"]:
            return process, socket_, troubles
        _discard(process, socket_)
    raise AssertionError("the last try returns or raises")


def _discard(process: subprocess.Popen, socket_: socket.socket) -> None:
    socket_.close()
    process.kill()
    process.wait()
    process.stderr.close()


def _environment() -> dict[str, str]:
    """With matplotlib's own settings, so that it looks for no other and makes no folder for them."""
    home = importlib.util.find_spec("matplotlib").submodule_search_locations[0]
    return _ENVIRONMENT | {"MATPLOTLIBRC": os.path.join(home, "mpl-data", "matplotlibrc")}


def _spawn(policy: RenderPolicy, bubblewrap: str | None, survey_only: bool) -> tuple[subprocess.Popen, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    shown, environment = namespaces.shown(), _environment()
    python = os.path.realpath(sys._base_executable)  # the environment's own is a link to it
    roots = [str(Path(__file__).resolve().parents[2]), *namespaces.package_folders()]
    switches = "-sSPB" if sys.dont_write_bytecode else "-sSP"
    command = [python, switches, "-X", "utf8", "-c", _BOOT, str(theirs.fileno()), *roots]
    if bubblewrap:
        command = [*namespaces.bubblewrap_command(bubblewrap, shown, environment), *command]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/",
        pass_fds=(theirs.fileno(),), start_new_session=True,
    )  # fmt: skip
    theirs.close()
    settings = asdict(policy) | {
        "without": sorted(policy.without),
        "walled": bubblewrap is not None,
        "shown": shown,
        "survey_only": survey_only,
        "picture_bytes": stage.HEADER.size + 3 * policy.max_pixels + policy.json_bytes,
    }
    ours.sendall(json.dumps(settings).encode())
    return process, ours


def _hear(process: subprocess.Popen, socket_: socket.socket) -> dict[str, Any]:
    there = select.select([socket_], [], [], _START_S)[0]
    with contextlib.suppress(ConnectionResetError):  # it ended without reading
        if there and (message := socket_.recv(_MESSAGE)):
            return json.loads(message)
    process.kill()
    said = process.communicate()[1].decode("utf8", "replace").strip().splitlines() or ["it said nothing"]
    socket_.close()
    raise EngineError(f"the drawing process did not start: {said[-1][:300]}")
