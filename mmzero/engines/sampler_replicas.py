"""One policy's sampler as the loop sees it: any number of vLLM replicas in hosts of their own behind the Sampler port.

Whoever calls `receive` holds the weights and feeds the replicas from where it stands. Must not know how weights are packed
or what vLLM calls anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero import machine
from mmzero.engines.cluster import Cluster, Host, merged
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.errors import EngineError
from mmzero.types import Ask, Rollout

if TYPE_CHECKING:
    from mmzero.recipe.tree import Sampler


def start(
    cluster: Cluster,
    policies: Sequence[str],
    config: Sampler,
    model: Path | str,
    image_path: Callable[[str], Path],
    *,
    timeout: float,
    **alike: Any,
) -> dict[str, SamplerReplicas]:
    """A sampler for each policy, all of their engines starting at once."""
    gpus = config.tensor_parallel if machine.gpu_memory() else 0
    hosts = {
        policy: [cluster.host(f"replica {i} of {policy}'s sampler", gpus) for i in range(config.replicas)]
        for policy in policies
    }
    cluster.open(
        [host for some in hosts.values() for host in some],
        VllmSampler,
        model,
        image_path,
        context=config.context,
        memory=config.memory,
        tensor_parallel=config.tensor_parallel,
        threads=config.threads,
        **alike,
    )
    return {
        policy: SamplerReplicas(some, config.tensor_parallel, cluster.address, timeout)
        for policy, some in hosts.items()
    }


class SamplerReplicas:
    def __init__(self, hosts: Sequence[Host], workers: int, address: str, timeout: float):
        """`workers` each replica has; `address` is where they find whoever publishes."""
        self.version = 0
        self._hosts, self._workers, self._address, self._timeout = tuple(hosts), workers, address, timeout
        self._group, self._epochs = None, count()

    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        """Siblings stay on one replica, where their prompt is run once."""
        asks = list(asks)
        shares = {host: asks[i :: len(self._hosts)] for i, host in enumerate(self._hosts)}
        yield from merged({host: host.stream("play", share) for host, share in shares.items() if share}, self._timeout)

    def receive(self, weights: Iterable[tuple[str, Any]], version: int) -> None:
        from mmzero.engines import weight_sync

        try:
            group = self._group = self._group or self._meet()
            self._each("begin_publish")
            for manifest, flat in weight_sync.buckets(weights):
                begun = [host.begin("take", manifest, weight_sync.digest(flat)) for host in self._hosts]
                group.broadcast(flat)
                self._end(begun)
            named = self._each("end_publish", version)
        except Exception as error:
            self._group = None  # what is left of it may hang: the next publish meets anew, under a new epoch
            if isinstance(error, RuntimeError) and not isinstance(error, EngineError):  # the transport's own words
                raise EngineError(f"publishing version {version} broke off: {error}") from error
            raise
        if set(named) != {str(version)}:
            raise EngineError(f"version {version} was published but the samplers now hold {', '.join(named)}")
        self.version = version

    def _meet(self):
        from mmzero.engines import weight_sync

        size, epoch = 1 + self._workers * len(self._hosts), next(self._epochs)
        group = weight_sync.Group(self._address, 0, 0, size, epoch, self._timeout)
        begun = [
            host.begin("join", self._address, group.port, 1 + i * self._workers, size, epoch, self._timeout)
            for i, host in enumerate(self._hosts)
        ]
        group.meet()
        self._end(begun)
        return group

    def _each(self, method: str, *args: Any) -> list[Any]:
        return self._end([host.begin(method, *args) for host in self._hosts])

    def _end(self, begun: Sequence[Any]) -> list[Any]:
        return [host.end(one) for host, one in zip(self._hosts, begun, strict=True)]
