"""Ray: where engines live that need a process of their own. Must not know what an engine does.

A host is an actor that holds one engine and passes calls on to it. Whatever a host's engine raises comes back as it was
raised; a host that dies or stays silent becomes an EngineError that names it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mmzero.errors import CampaignStopped, EngineError, UserError

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when ray is imported: no campaign phones home

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError, RayTaskError

OURS = (UserError, EngineError, CampaignStopped)


class _Host:
    """Runs inside the actor."""

    def open(self, make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._engine = make(*args, **kwargs)

    def call(self, method: str, *args: Any) -> Any:
        return getattr(self._engine, method)(*args)

    def stream(self, method: str, *args: Any) -> Iterator[Any]:
        yield from getattr(self._engine, method)(*args)


class Host:
    """One actor, as its cluster sees it: named in every message, and never waited for longer than `timeout`."""

    def __init__(self, name: str, timeout: float, gpus: float):
        self.name, self._timeout = name, timeout
        # Logical CPUs are not what runs out here; GPUs are, and Ray then shows each host its own.
        self._actor = ray.remote(_Host).options(num_cpus=0, num_gpus=gpus, max_restarts=0).remote()

    def begin(self, method: str, *args: Any) -> ray.ObjectRef:
        return self._actor.call.remote(method, *args)

    def begin_open(self, make: Callable[..., Any], *args: Any, **kwargs: Any) -> ray.ObjectRef:
        return self._actor.open.remote(make, *args, **kwargs)

    def end(self, begun: ray.ObjectRef) -> Any:
        try:
            return ray.get(begun, timeout=self._timeout)
        except RayError as error:
            raise self._named(error) from error

    def call(self, method: str, *args: Any) -> Any:
        return self.end(self.begin(method, *args))

    def stream(self, method: str, *args: Any) -> ray.ObjectRefGenerator:
        return self._actor.stream.options(num_returns="streaming").remote(method, *args)

    def kill(self) -> None:
        ray.kill(self._actor, no_restart=True)

    def _named(self, error: RayError) -> Exception:
        if isinstance(error, RayTaskError) and isinstance(error.cause, OURS):
            return error.cause
        if isinstance(error, GetTimeoutError):
            return EngineError(f"{self.name} has not answered for {self._timeout:g} seconds")
        if isinstance(error, RayActorError):
            return EngineError(f"{self.name} died; its own last words are in Ray's logs")
        return EngineError(f"{self.name} failed: {' '.join(str(error).split())[-300:]}")


def merged(streams: Mapping[Host, ray.ObjectRefGenerator], timeout: float) -> Iterator[Any]:
    """What several hosts yield, as it comes."""
    owners = {stream: host for host, stream in streams.items()}
    while owners:
        ready, _ = ray.wait(list(owners), num_returns=1, timeout=timeout)
        if not ready:
            names = ", ".join(host.name for host in owners.values())
            raise EngineError(f"nothing has come from {names} for {timeout:g} seconds")
        stream = ready[0]
        try:
            found = next(stream)
        except StopIteration:
            del owners[stream]
            continue
        yield owners[stream].end(found)


class Cluster:
    """A Ray cluster for one campaign: a local one of its own, or one that runs already at `address`."""

    def __init__(self, address: str, timeout: float):
        self._timeout, self._hosts = timeout, []
        self._here, self._ours = address == "local", not ray.is_initialized()
        if not self._ours:
            return
        where: dict[str, Any] = {"include_dashboard": False} if address == "local" else {"address": address}
        try:
            ray.init(
                **where, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, namespace="mmzero"
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UserError(
                f"the Ray cluster at '{address}' does not answer ({' '.join(str(error).split())[:200]}); start one with"
                " `ray start --head`, or set cluster.address to local"
            ) from error

    @property
    def address(self) -> str:
        """Where whoever started this can be met by its hosts."""
        return "127.0.0.1" if self._here else ray.util.get_node_ip_address()

    def host(self, name: str, gpus: float = 0) -> Host:
        free = ray.cluster_resources().get("GPU", 0)
        asked = gpus + sum(host_gpus for _, host_gpus in self._hosts)
        if gpus and asked > free:
            raise UserError(
                f"{name} would be given GPU {asked:g} of {free:g}; lower sampler.replicas or sampler.tensor_parallel, or"
                " join a larger cluster by cluster.address"
            )
        host = Host(name, self._timeout, gpus)
        self._hosts.append((host, gpus))
        return host

    def open(self, hosts: Sequence[Host], make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """The same engine in each of these hosts, all starting at once."""
        begun = [host.begin_open(make, *args, **kwargs) for host in hosts]
        for host, one in zip(hosts, begun, strict=True):
            host.end(one)

    def close(self) -> None:
        for host, _ in self._hosts:
            host.kill()
        if self._ours:
            ray.shutdown()
