"""An actor that holds one engine, and how one or many of them are waited for. Must not know what an engine does, nor which
machines there are.

Whatever a host's engine raises comes back as it was raised; a host that dies or stays silent becomes an EngineError that
names it.
"""

from __future__ import annotations

import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError, RayTaskError

from mmzero import machine, waits
from mmzero.errors import CampaignStopped, EngineError, UserError

OURS = (UserError, EngineError, CampaignStopped)
BACKLOG = 64
PING_SECONDS = 30.0  # an idle host answers in milliseconds; a busy machine may take a while
KNOCK_SECONDS = 10.0
LINGER_SECONDS = 10.0  # how long those who wait for one that died are still waited for


class Lost(EngineError):
    """A host died or is silent. What others say who waited for it is only hearsay."""


class _Host:
    """Runs inside the actor."""

    def open(self, make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._engine = make(*args, **kwargs)

    def call(self, method: str, *args: Any) -> Any:
        return getattr(self._engine, method)(*args)

    def stream(self, method: str, *args: Any) -> Iterator[Any]:
        yield from getattr(self._engine, method)(*args)

    def ping(self) -> None:
        pass

    def address(self) -> str:
        return ray.util.get_node_ip_address()

    def peak(self) -> Peak:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        torch = sys.modules.get("torch")
        on_gpu = torch is not None and torch.cuda.is_available()
        return Peak(rss, torch.cuda.max_memory_reserved() if on_gpu else 0)

    def room(self) -> tuple[float, float]:
        """The shares of its machine's main memory and of its GPU's that are in use, by whomever."""
        torch = sys.modules.get("torch")
        free, total = torch.cuda.mem_get_info() if torch is not None and torch.cuda.is_available() else (1, 1)
        return machine.memory_in_use(), 1 - free / total


@dataclass(frozen=True, slots=True)
class Peak:
    """The most bytes that a host has held: of main memory, and of its GPU."""

    rss: int
    gpu: int


class Host:
    """One actor, as its cluster sees it: named in every message, and never waited for longer than `timeout`. Goes by
    value to other processes; `life` counts how often it was started, so that an old copy can be told from a new one."""

    def __init__(self, name: str, timeout: float, options: Mapping[str, Any]):
        self.name, self.life, self.timeout, self._options = name, 0, timeout, options
        self._opened: tuple[Callable[..., Any], tuple, dict] | None = None
        self._actor: Any = None
        self._start()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Host) and (self.name, self.life) == (other.name, other.life)

    def __hash__(self) -> int:
        return hash((self.name, self.life))

    def begin(self, method: str, *args: Any) -> ray.ObjectRef:
        return self._actor.call.remote(method, *args)

    def begin_open(self, make: Callable[..., Any], *args: Any, **kwargs: Any) -> ray.ObjectRef:
        self._opened = make, args, kwargs
        return self._actor.open.remote(make, *args, **kwargs)

    def end(self, begun: ray.ObjectRef) -> Any:
        try:
            with waits.on(self.name, self.timeout):
                return ray.get(begun, timeout=self.timeout)
        except RayError as error:
            raise self._named(error) from error

    def call(self, method: str, *args: Any) -> Any:
        return self.end(self.begin(method, *args))

    def stream(self, method: str, *args: Any) -> ray.ObjectRefGenerator:
        """What the method yields, as it comes; it pauses where nobody takes what it has yielded."""
        return self._actor.stream.options(num_returns="streaming", _generator_backpressure_num_objects=BACKLOG).remote(
            method, *args
        )

    def address(self) -> str:
        return self.end(self._actor.address.remote())

    def ping(self) -> ray.ObjectRef:
        """Answered by an idle host; one that is at work answers when it is done."""
        return self._actor.ping.remote()

    def peak(self) -> ray.ObjectRef:
        return self._actor.peak.remote()

    def room(self) -> ray.ObjectRef:
        return self._actor.room.remote()

    def renew(self) -> None:
        """A new process in the same seat, with nothing in it."""
        if headless():
            raise CampaignStopped(
                f"{self.name} cannot be started again, for Ray's head at {ray.get_runtime_context().gcs_address} is gone,"
                " as where a signal ends all of a job's processes; nothing that is committed is lost: resume"
            )
        self.kill()
        self._start()

    def restart(self) -> ray.ObjectRef:
        """A new process, given the same engine; ends when that has opened."""
        self.renew()
        make, args, kwargs = self._opened
        return self._actor.open.remote(make, *args, **kwargs)

    def kill(self) -> None:
        ray.kill(self._actor, no_restart=True)

    def _start(self) -> None:
        self.life += 1
        self._actor = ray.remote(_Host).options(num_cpus=0, max_restarts=0, **self._options).remote()

    def _named(self, error: RayError) -> Exception:
        if isinstance(error, RayTaskError) and isinstance(error.cause, OURS):
            return error.cause
        if isinstance(error, GetTimeoutError):
            return Lost(f"{self.name} has not answered for {self.timeout:g} seconds")
        if isinstance(error, RayActorError):
            return Lost(f"{self.name} died; its own last words are in Ray's logs")
        return EngineError(f"{self.name} failed: {' '.join(str(error).split())[-300:]}")


def headless() -> bool:
    """Whether nobody listens where Ray's head was: whatever is asked of it then is waited for until Ray ends the process."""
    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()
    except OSError:
        return True
    return False


def merged(streams: Mapping[Host, ray.ObjectRefGenerator], timeout: float) -> Iterator[Any]:
    """What several hosts yield, as it comes."""
    owners = {stream: host for host, stream in streams.items()}
    while owners:
        names = ", ".join(host.name for host in owners.values())
        with waits.on(names, timeout):
            ready, _ = ray.wait(list(owners), num_returns=1, timeout=timeout)
        if not ready:
            raise Lost(f"nothing has come from {names} for {timeout:g} seconds")
        stream = ready[0]
        try:
            found = next(stream)
        except StopIteration:
            del owners[stream]
            continue
        yield owners[stream].end(found)


def answers(begun: Mapping[Host, ray.ObjectRef]) -> dict[Host, Any]:
    """Of those hosts, asked what an idle one answers at once, that do; who is silent is left out."""
    left = {one: host for host, one in begun.items()}
    patience = min([PING_SECONDS, *(host.timeout for host in begun)])
    ready, _ = ray.wait(list(left), num_returns=len(left), timeout=patience)
    found = {}
    for one in ready:
        with suppress(RayError):
            found[left[one]] = ray.get(one)
    return found


def living(hosts: Sequence[Host]) -> list[Host]:
    return list(answers({host: host.ping() for host in hosts}))


def together(begun: Mapping[Host, ray.ObjectRef]) -> list[Any]:
    """The answers of hosts that were all asked before, in their order. A failure is raised once all have ended or failed:
    what is still at work could not be asked again. Who waits for one that died may wait for ever, and gets little time."""
    found: dict[Host, Any] = {}
    failures: list[Exception] = []
    left = {one: host for host, one in begun.items()}
    patience = max(host.timeout for host in begun)
    ends = time.monotonic() + patience
    while left:
        names, seconds = ", ".join(host.name for host in left.values()), max(ends - time.monotonic(), 0)
        with waits.on(names, patience):
            ready, _ = ray.wait(list(left), num_returns=1, timeout=seconds)
        if not ready:
            failures.append(Lost(f"nothing has come from {names} for {patience:g} seconds"))
            break
        host = left.pop(ready[0])
        try:
            found[host] = host.end(ready[0])
        except OURS as error:
            failures.append(error)
            if isinstance(error, Lost) and not isinstance(error.__cause__, RayTaskError):  # not what it said of others
                ends = min(ends, time.monotonic() + LINGER_SECONDS)
    if failures:
        raise next((one for one in failures if isinstance(one, Lost)), failures[0])
    return [found[host] for host in begun]
