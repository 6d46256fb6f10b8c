"""One policy's sampler as the loop sees it: any number of vLLM replicas in hosts of their own behind the Sampler port.

A replica that has died is replaced where the next answers or the next weights are wanted. Must not know how weights are
packed or what vLLM calls anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

from mmzero.engines.hosts import Host, living, merged, together
from mmzero.engines.publisher import Publisher, Route
from mmzero.engines.turns import Turns
from mmzero.errors import EngineError
from mmzero.types import Ask, Rollout

log = logging.getLogger(__name__)


class SamplerReplicas:
    def __init__(
        self,
        hosts: Sequence[Host],
        *,
        workers: int,
        local: bool,
        timeout: float,
        dtype: str = "float32",
        shared: bool = False,
        turns: Turns | None = None,
    ):
        """`workers` each replica has. Where they are `shared` with a learner's ranks, all take `turns`."""
        self.version = 0
        self.route = Route(tuple(hosts), workers, local, timeout, dtype, shared)
        self.publish_again: Callable[[], None] | None = None  # set by whoever knows the learner
        self.last_ask: Ask | None = None  # with pictures, where there was one
        self._stale = False  # whether a replica was replaced and has been given no weights since
        self._hosts, self._timeout, self._turns = self.route.hosts, timeout, turns or Turns(shared=False)
        self._publisher: Publisher | None = None

    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        """Siblings stay on one replica, where their prompt is run once."""
        self.replace_dead()
        if self._stale and self.publish_again:
            self.publish_again()
        self._turns.play()
        asks = list(asks)
        self.last_ask = next((ask for ask in asks if ask.images), self.last_ask or next(iter(asks), None))
        shares = {host: asks[i :: len(self._hosts)] for i, host in enumerate(self._hosts)}
        yield from merged({host: host.stream("play", share) for host, share in shares.items() if share}, self._timeout)

    def receive(self, weights: Iterable[tuple[str, Any]], version: int) -> None:
        """From a learner in this process."""
        self._turns.publish(self)
        if self._publisher is None or self._publisher.route != self.route:
            self._publisher = Publisher(self.route)
        self._publisher.send(weights, version)
        self.received(version)

    def received(self, version: int) -> None:
        """Every replica answers as `version` now."""
        self.version, self._stale = version, False

    def replace_dead(self) -> list[Host]:
        """Those that had died or hung, new. They are as the recipe's model was, until weights are published."""
        answering = living(self._hosts)
        dead = [host for host in self._hosts if host not in answering]
        if dead:
            log.warning("%s died or hangs and is started again", ", ".join(host.name for host in dead))
            self._stale = True
            together({host: host.restart() for host in dead})
        return dead

    def sleep(self) -> None:
        try:
            self._each("sleep")
        except EngineError:
            if not (replaced := self.replace_dead()):
                raise
            together({host: host.begin("sleep") for host in replaced})

    def wake(self, what: Literal["weights", "cache"]) -> None:
        self._each("wake", what)

    def _each(self, method: str, *args: Any) -> list[Any]:
        return together({host: host.begin(method, *args) for host in self._hosts})
