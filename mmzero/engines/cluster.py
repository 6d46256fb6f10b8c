"""A Ray cluster for one campaign: where its hosts sit, and whether every machine sees its folder. Must not know what an engine
does, nor how a host is spoken with.

All GPUs of a campaign are reserved at once, so that two campaigns never hold half of what each needs.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import ray
from ray.exceptions import RayError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy, PlacementGroupSchedulingStrategy

from mmzero.engines.hosts import KNOCK_SECONDS, Host, Peak, answers, headless, together
from mmzero.errors import EngineError, UserError

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts: no campaign phones home
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a host sits. Seats of one `bundle` share its GPUs, which lie on one node."""

    name: str
    gpus: int = 0
    bundle: int = 0


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
            with _own_signals():
                ray.init(
                    **where,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    configure_logging=False,
                    namespace="mmzero",
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
        if headless():  # and with it went all that it had started
            return
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


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray would end the process on SIGTERM, with what a campaign has not saved."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():  # in any other Ray sets none
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


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
