"""How the ranks of a learner find each other: a store that whoever started them keeps, on a port that the system chose."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta

import torch.distributed as dist


@dataclass(frozen=True, slots=True)
class Meeting:
    """This rank among `ranks`; without an address it meets nobody."""

    rank: int = 0
    ranks: int = 1
    address: str = ""
    port: int = 0
    timeout: float = 600.0

    def store(self) -> dist.Store:
        if not self.address:
            return dist.HashStore()  # no port and no file to collide on
        return _store(self.address, self.port, self.ranks, self.timeout, keeper=False)


def keep_store(address: str, ranks: int, timeout: float) -> dist.TCPStore:
    """It has a `port`, and ranks can meet as long as it is held."""
    return _store(address, 0, ranks, timeout, keeper=True)


def own_address(towards: str) -> str:
    """The address under which this node is seen from another; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((towards, 9))
        return probe.getsockname()[0]


def _store(address: str, port: int, ranks: int, timeout: float, *, keeper: bool) -> dist.TCPStore:
    limit = timedelta(seconds=timeout)
    return dist.TCPStore(address, port, ranks, is_master=keeper, timeout=limit, wait_for_workers=False)
