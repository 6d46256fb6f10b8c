"""How the ranks of a learner find each other: a store that rank 0 keeps, on a port that the system chose."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta

import torch.distributed as dist


@dataclass(frozen=True, slots=True)
class Meeting:
    store: dist.Store
    rank: int
    ranks: int


def alone() -> Meeting:
    """One rank meets nobody: no port and no file to collide on."""
    return Meeting(dist.HashStore(), 0, 1)


def called(address: str, ranks: int, timeout: float) -> tuple[Meeting, int]:
    """Rank 0 calls the others; they are told the port."""
    store = _store(address, 0, ranks, timeout, keeper=True)
    return Meeting(store, 0, ranks), store.port


def joined(address: str, port: int, rank: int, ranks: int, timeout: float) -> Meeting:
    return Meeting(_store(address, port, ranks, timeout, keeper=False), rank, ranks)


def own_address(towards: str) -> str:
    """The address under which this node is seen from another; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((towards, 9))
        return probe.getsockname()[0]


def _store(address: str, port: int, ranks: int, timeout: float, *, keeper: bool) -> dist.TCPStore:
    limit = timedelta(seconds=timeout)
    return dist.TCPStore(address, port, ranks, is_master=keeper, timeout=limit, wait_for_workers=False)
