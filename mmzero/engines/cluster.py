"""Ray: where engines live that need a process of their own. Must not know what an engine does.

A host is an actor that holds one engine and passes calls on to it. Whatever a host's engine raises comes back as it was
raised; a host that dies or stays silent becomes an EngineError that names it. All GPUs of a campaign are reserved at
once, so that two campaigns never hold half of what each needs.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from mmzero import machine, waits
from mmzero.errors import CampaignStopped, EngineError, UserError

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when ray is imported: no campaign phones home

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError, RayTaskError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy, PlacementGroupSchedulingStrategy

log = logging.getLogger(__name__)
OURS = (UserError, EngineError, CampaignStopped)
BACKLOG = 64
KNOCK_SECONDS = 10.0
PING_SECONDS = 30.0  # an idle host answers in milliseconds; a busy machine may take a while
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


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a host sits. Seats of one `bundle` share its GPUs, which lie on one node."""

    name: str
    gpus: int = 0
    bundle: int = 0


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


class Cluster:
    """A Ray cluster for one campaign: a local one of its own, or one that runs already at `address`."""

    def __init__(self, address: str, timeout: float):
        self._timeout, self._hosts = timeout, []
        self._groups: list[PlacementGroup] = []
        self.local, self._ours = address == "local", not ray.is_initialized()
        if not self._ours:
            return
        logging.getLogger("ray").setLevel(logging.ERROR)  # its advice would run through the live view
        try:
            self._begin(address)
        except EngineError as error:  # a machine that is busy for a moment is slow for a moment
            log.warning("%s; trying once more", error)
            self._begin(address)

    def _begin(self, address: str) -> None:
        where = {"address": address} | ({"include_dashboard": False} if self.local else {})
        try:
            _knock(address)
            ray.init(
                **where, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, namespace="mmzero"
            )
        except Exception as error:  # Ray has no one exception for a cluster that does not come up
            ray.shutdown()  # what came up of it
            said = " ".join(str(error).split())[:200].rstrip(".")
            if self.local:
                raise EngineError(
                    f"Ray did not come up on this machine, which may be overloaded or full ({said})"
                ) from error
            raise UserError(
                f"the Ray cluster at '{address}' does not answer ({said}); start one with `ray start --head`, or set"
                " cluster.address to local"
            ) from error

    @property
    def gpus(self) -> float:
        return ray.cluster_resources().get("GPU", 0)

    @property
    def address(self) -> str:
        """Where whoever started this can be met by its hosts; one node has an address even without a network."""
        return "127.0.0.1" if self.local else ray.util.get_node_ip_address()

    def seat(self, seats: Sequence[Seat]) -> dict[str, Host]:
        """A host in each seat, by name; their GPUs are reserved together, or the campaign does not begin."""
        group = self._reserved(seats) if any(seat.gpus for seat in seats) else None
        hosts = {seat.name: Host(seat.name, self._timeout, _options(seat, seats, group)) for seat in seats}
        self._hosts += hosts.values()
        return hosts

    def on_each_node(self, what: str) -> list[Host]:
        """A host on every node that is there now, holding no GPU."""
        alive = [(node["NodeID"], node["NodeManagerAddress"]) for node in ray.nodes() if node["Alive"]]
        hosts = [
            Host(
                f"the {what} on {address}",
                self._timeout,
                {"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False)},
            )
            for node, address in alive
        ]
        self._hosts += hosts
        return hosts

    def open(self, hosts: Sequence[Host], make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """The same engine in each of these hosts, all starting at once."""
        together({host: host.begin_open(make, *args, **kwargs) for host in hosts})

    def peaks(self) -> dict[str, Peak]:
        """By host, for as many as still live."""
        return {host.name: peak for host, peak in answers({host: host.peak() for host in self._hosts}).items()}

    def room(self) -> dict[str, float]:
        """The fullest machine's, and the fullest GPU's."""
        found = answers({host: host.room() for host in self._hosts}).values()
        main, gpu = (max(shares, default=0.0) for shares in (list(zip(*found, strict=True)) or [(), ()]))
        return {"room/main": main} | ({"room/gpu": gpu} if gpu else {})

    def refuse_unseen(self, folder: Path) -> None:
        """The campaign's folder holds pictures and checkpoints, so every node must see it, and see it alike."""
        token = folder / f".seen-{uuid4().hex}"
        token.touch()
        try:
            nodes = {node["NodeID"]: node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]}
            looks = {
                id: _sees.options(scheduling_strategy=NodeAffinitySchedulingStrategy(id, soft=False)).remote(str(token))
                for id in nodes
            }
            blind = [nodes[id] for id, look in looks.items() if not ray.get(look, timeout=self._timeout)]
        except RayError as error:
            raise EngineError(f"not every node could be asked whether it sees {folder}: {error}") from error
        finally:
            token.unlink(missing_ok=True)
        if blind:
            raise UserError(
                f"{folder} is not seen from {len(blind)} of {len(nodes)} nodes ({', '.join(blind[:3])}); every node reads"
                " pictures and checkpoints there: choose an --out on a file system that all of them share"
            )

    def close(self) -> None:
        for host in self._hosts:
            host.kill()
        for group in self._groups:
            remove_placement_group(group)
        if self._ours:
            ray.shutdown()

    def _reserved(self, seats: Sequence[Seat]) -> PlacementGroup:
        bundles = {seat.bundle: seat.gpus for seat in seats if seat.gpus}
        asked, there = sum(bundles.values()), self.gpus
        if asked > there:
            raise UserError(
                f"the campaign asks for {asked} GPUs ({_spell(seats)}) and the cluster has {there:g}; lower"
                " sampler.replicas, sampler.tensor_parallel or learner.ranks, set cluster.placement to colocated, or join"
                " a larger cluster by cluster.address"
            )
        group = placement_group([{"GPU": bundles[i]} for i in sorted(bundles)], strategy="PACK")
        self._groups.append(group)
        if not group.wait(timeout_seconds=self._timeout):
            raise EngineError(
                f"{asked} GPUs were asked for together and are not free after {self._timeout:g} seconds, or no node has as"
                " many as one sampler needs; end what holds them, or lower sampler.tensor_parallel"
            )
        return group


def _knock(address: str) -> None:
    """Whether anybody listens there: Ray itself would go on trying for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and "://" not in address and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()


@ray.remote(num_cpus=0, max_retries=0)
def _sees(token: str) -> bool:
    return Path(token).is_file()


def _options(seat: Seat, seats: Sequence[Seat], group: PlacementGroup | None) -> dict[str, Any]:
    if group is None or not seat.gpus:
        return {}
    order = sorted({one.bundle for one in seats if one.gpus})
    sharers = sum(one.bundle == seat.bundle for one in seats)
    place = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=order.index(seat.bundle))
    return {"num_gpus": seat.gpus / sharers, "scheduling_strategy": place}


def _spell(seats: Sequence[Seat]) -> str:
    return ", ".join(f"{seat.name}: {seat.gpus}" for seat in seats[:4]) + (", …" if len(seats) > 4 else "")
