"""Sends one policy's weights to its sampler's replicas, from wherever the weights are; must not know who learned them.

Goes by value to the learner's ranks, so what it holds open stays where it was opened. Whatever breaks off, every rank
gathers to the end: one that stopped would leave the others waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import ray
import torch

from mmzero.engines import buckets
from mmzero.engines.hosts import Host
from mmzero.errors import EngineError

_EPOCHS = count()


@dataclass(frozen=True, slots=True)
class Route:
    """The replicas of one policy's sampler and how to reach them; equal where nothing has to meet anew."""

    hosts: tuple[Host, ...]
    workers: int  # of each replica
    local: bool  # one node, which has an address even without a network
    timeout: float
    dtype: str
    shared: bool  # each rank of the learner lies on the GPU of a replica


def alone(mine: Any) -> list[Any]:
    return [mine]


class Publisher:
    """One rank's end of the road. `everyones` gathers what each rank of the learner brings."""

    def __init__(self, route: Route, rank: int = 0, everyones=alone):
        self.route, self._rank, self._everyones = route, rank, everyones
        self._group: Any = None

    def send(self, weights: Iterable[tuple[str, Any]], version: int) -> None:
        failure = self._tried(self._begin)
        for manifest, flat in buckets.cut(weights, getattr(torch, self.route.dtype)):
            places = self._places(buckets.place(flat)) if self.route.shared else None
            failure = failure or self._tried(self._pass_on, manifest, flat, places)
            if self.route.shared:
                self._everyones(None)  # nobody lets go of a bucket that a worker may still be reading
        failure = failure or self._tried(self._end, version)
        if failure:
            self._group = None  # what is left of it may hang: the next publish meets anew, under a new epoch
            raise (
                failure
                if isinstance(failure, EngineError)
                else EngineError(f"publishing version {version} broke off: {failure}")
            ) from failure

    def _tried(self, action, *args: Any) -> Exception | None:
        """Only the first rank talks to the replicas."""
        if self._rank:
            return None
        try:
            return action(*args)
        except (EngineError, RuntimeError) as error:  # a RuntimeError is the transport's own
            return error

    def _begin(self) -> None:
        if not self.route.shared and self._group is None:
            self._group = self._met()
        self._each("begin_publish")

    def _pass_on(self, manifest, flat, places) -> None:
        begun = [host.begin("take", manifest, buckets.digest(flat), places) for host in self.route.hosts]
        if not self.route.shared:
            self._group.broadcast(flat)
        self._answers(begun)

    def _end(self, version: int) -> None:
        named = self._each("end_publish", version)
        if set(named) != {str(version)}:
            raise EngineError(f"version {version} was published but the samplers now hold {', '.join(named)}")

    def _places(self, mine: dict[str, tuple]) -> dict[str, tuple]:
        return {gpu: where for places in self._everyones(mine) for gpu, where in places.items()}

    def _met(self):
        route = self.route
        size, epoch = 1 + route.workers * len(route.hosts), next(_EPOCHS)
        address = "127.0.0.1" if route.local else ray.util.get_node_ip_address()
        group = buckets.Group(address, 0, 0, size, epoch, route.timeout)
        begun = [
            host.begin("join", address, group.port, 1 + i * route.workers, size, epoch, route.timeout)
            for i, host in enumerate(route.hosts)
        ]
        group.meet()
        self._answers(begun)
        return group

    def _each(self, method: str, *args: Any) -> list[Any]:
        return self._answers([host.begin(method, *args) for host in self.route.hosts])

    def _answers(self, begun: Sequence[Any]) -> list[Any]:
        return [host.end(one) for host, one in zip(self.route.hosts, begun, strict=True)]
