"""One policy's learner as the loop sees it: its ranks in hosts of their own behind the Learner port.

Every rank is given the same call with the same arguments and takes its own share. Two threads may call where play runs
ahead of learning: a sampler that was replaced meanwhile asks for weights. Must not know how a rank learns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import ray

from mmzero.engines import meeting
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.hosts import Host, living, together
from mmzero.engines.meeting import Meeting
from mmzero.engines.publish_check import PublishCheck
from mmzero.engines.turns import Turns
from mmzero.errors import EngineError
from mmzero.types import Batch, Rollout

if TYPE_CHECKING:
    from mmzero.engines.sampler_replicas import SamplerReplicas
    from mmzero.recipe.tree import Learning


class LearnerRanks:
    def __init__(
        self,
        hosts: Sequence[Host],
        turns: Turns,
        address: str,
        timeout: float,
        *args: Any,
        check: PublishCheck | None = None,
        **kwargs: Any,
    ):
        """`args` and `kwargs` are a DeepSpeedLearner's; `address` is where the ranks find whoever starts them."""
        self._hosts, self._turns, self._check = tuple(hosts), turns, check
        self._address, self._timeout, self._how = address, timeout, (args, kwargs)
        self.version = self._version = (
            0  # of the weights: once they have learned what comes next, and by what was begun
        )
        self._order = threading.Lock()  # ranks that were asked two things in different order would wait for each other
        self._open()

    def _open(self) -> None:
        """In hosts that hold nothing. They meet at a new place: at an old one lie the names of those that are gone."""
        hosts, (args, kwargs) = self._hosts, self._how
        self._store = meeting.keep_store(self._address, len(hosts), self._timeout)
        places = [
            Meeting(rank, len(hosts), self._address, self._store.port, self._timeout) for rank in range(len(hosts))
        ]
        self._turns.learn()
        together(
            {
                host: host.begin_open(DeepSpeedLearner, *args, **kwargs, meeting=place)
                for host, place in zip(hosts, places, strict=True)
            }
        )
        self._turns.join(self)

    def alive(self) -> bool:
        return len(living(self._hosts)) == len(self._hosts)

    def restart(self) -> None:
        """Every rank: one that lives cannot meet those that are new, and may hang where it waits for one that died."""
        self._turns.leave(self)
        for host in self._hosts:
            host.renew()
        self._open()

    def learn(self, batch: Batch, learning: Learning) -> Mapping[str, float]:
        self._turns.learn()
        batch = ray.put(batch)
        with self._order:
            self._version = self.version
            begun = self._begun("learn", batch, learning)
        return together(begun)[0]

    def logprobs(self, rollouts: Sequence[Rollout]) -> list[np.ndarray]:
        return self._all("logprobs", ray.put(list(rollouts)))[0]

    def publish(self, samplers: Iterable[SamplerReplicas], version: int) -> None:
        self.version = self._version = version
        for sampler in samplers:
            self.feed(sampler)

    def feed(self, sampler: SamplerReplicas) -> None:
        """Weights as they are once what was begun has been learned, under that version. A replica that has died is replaced
        once, and given its weights with the others."""
        try:
            version = self._sent(sampler)
        except EngineError:
            if not sampler.replace_dead():
                raise
            version = self._sent(sampler)
        sampler.received(version)
        if self._check and self._check.due(version) and sampler.last_ask:
            self._check.refuse_a_stranger(sampler, self, sampler.last_ask)

    def anchor(self) -> None:
        self._all("anchor")

    def forget(self) -> None:
        self._all("forget")

    def save(self, folder: Path) -> None:
        self._all("save", folder)

    def load(self, folder: Path) -> None:
        self._all("load", folder)

    def save_model(self, folder: Path) -> None:
        self._all("save_model", folder)

    def offload(self) -> None:
        self._told("offload")

    def reload(self) -> None:
        self._told("reload")

    def _sent(self, sampler: SamplerReplicas) -> int:
        self._turns.publish(sampler)
        with self._order:
            version = self._version
            begun = self._begun("send", sampler.route, version)
        together(begun)
        return version

    def _all(self, method: str, *args: Any) -> list[Any]:
        self._turns.learn()
        return self._told(method, *args)

    def _told(self, method: str, *args: Any) -> list[Any]:
        with self._order:
            begun = self._begun(method, *args)
        return together(begun)

    def _begun(self, method: str, *args: Any) -> dict[Host, ray.ObjectRef]:
        return {host: host.begin(method, *args) for host in self._hosts}
