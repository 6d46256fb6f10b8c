"""Weights on their way: buckets of many tensors, each with a hash, and the roads they take; knows neither end.

A learner's first rank broadcasts to the samplers' workers in a group of its own: over gloo on CPUs, over nccl between GPUs.
Where a rank and a worker share a GPU, the worker is told where in its memory the bucket lies. A group lives as long as
its samplers do; each new one meets at a new store under a new epoch, so that what is left of a dead one can never answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.multiprocessing.reductions import reduce_tensor

from mmzero.engines.meeting import own_address

BUCKET_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one bucket holds, in order: names, dtypes and shapes of its tensors."""

    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def bytes(self) -> int:
        return sum(_bytes(dtype, shape) for dtype, shape in zip(self.dtypes, self.shapes, strict=True))


def cut(
    weights: Iterable[tuple[str, Tensor]], dtype: torch.dtype | None = None, most: int = BUCKET_BYTES
) -> Iterator[tuple[Manifest, Tensor]]:
    """The weights as flat bytes, at most `most` together unless a single one is larger; in `dtype`, which is what the
    samplers keep, where it is named."""
    held: list[tuple[str, Tensor]] = []
    size = 0
    for name, tensor in weights:
        tensor = tensor.detach().to(dtype or tensor.dtype)
        if held and size + tensor.nbytes > most:
            yield _packed(held)
            held, size = [], 0
        held.append((name, tensor))
        size += tensor.nbytes
    if held:
        yield _packed(held)


def unpacked(manifest: Manifest, flat: Tensor) -> Iterator[tuple[str, Tensor]]:
    start = 0
    for name, dtype, shape in zip(manifest.names, manifest.dtypes, manifest.shapes, strict=True):
        end = start + _bytes(dtype, shape)
        # A copy: a dtype's view needs its own alignment, and the bucket is overwritten by the next one.
        yield name, flat[start:end].clone().view(getattr(torch, dtype)).reshape(shape)
        start = end


def digest(flat: Tensor) -> str:
    """A hash that any device works out in one pass: bytes changed, lost or exchanged change it."""
    words = (torch.nn.functional.pad(flat, (0, -len(flat) % 8)) if len(flat) % 8 else flat).view(torch.int64)
    total = words.new_zeros(())
    # A CPU takes pieces that stay in its cache, which is ten times as fast; a GPU takes all at once.
    for start, piece in _pieces(words):
        mixed = torch.arange(start, start + len(piece), device=flat.device).mul_(_GOLDEN)
        mixed.bitwise_xor_(piece).mul_(_ODD)
        total += mixed.bitwise_xor_(mixed >> 29).sum()
    return f"{int(total) & (2**64 - 1):016x}"


def _pieces(words: Tensor) -> Iterator[tuple[int, Tensor]]:
    length = 2**15 if words.device.type == "cpu" else max(1, len(words))
    return ((start, words[start : start + length]) for start in range(0, len(words), length))


# Odd, so that multiplying loses nothing; the first is 2^64 over the golden ratio, as a signed number.
_GOLDEN, _ODD = -7046029254386353131, -4417276706812531889


def _packed(held: Sequence[tuple[str, Tensor]]) -> tuple[Manifest, Tensor]:
    manifest = Manifest(
        names=tuple(name for name, _ in held),
        dtypes=tuple(str(tensor.dtype).removeprefix("torch.") for _, tensor in held),
        shapes=tuple(tuple(tensor.shape) for _, tensor in held),
    )
    return manifest, torch.cat([tensor.contiguous().view(-1).view(torch.uint8) for _, tensor in held])


def _bytes(dtype: str, shape: Sequence[int]) -> int:
    return getattr(torch, dtype).itemsize * torch.Size(shape).numel()


class Group:
    """One learner and the workers it feeds. Whoever makes the store listens on a port the system chose."""

    def __init__(self, address: str, port: int, rank: int, size: int, epoch: int, timeout: float):
        limit = timedelta(seconds=timeout)
        store = dist.TCPStore(address, port, size, is_master=rank == 0, timeout=limit, wait_for_workers=False)
        self.port = store.port
        self._address, self._store, self._epoch, self._limit = address, store, epoch, limit
        self._rank, self._size = rank, size
        self._group: Any = None

    def meet(self) -> None:
        store = dist.PrefixStore(f"publish/{self._epoch}", self._store)
        if torch.cuda.is_available():
            options = dist.ProcessGroupNCCL.Options()
            options._timeout = self._limit
            self._group = dist.ProcessGroupNCCL(store, self._rank, self._size, options)
            return
        options = dist.ProcessGroupGloo._Options()
        # Named by address: a host whose own name does not resolve could otherwise reach nobody.
        options._devices = [dist.ProcessGroupGloo.create_device(hostname=own_address(self._address))]
        options._timeout = self._limit
        self._group = dist.ProcessGroupGloo(store, self._rank, self._size, options)

    def broadcast(self, flat: Tensor) -> None:
        how = dist.BroadcastOptions()
        how.rootRank, how.rootTensor, how.timeout = 0, 0, self._limit
        self._group.broadcast([flat], how).wait(self._limit)


def place(flat: Tensor) -> dict[str, tuple]:
    """Where a bucket lies: the GPU by its own name, and how another process of that GPU opens its memory."""
    return {_gpu(flat.device): reduce_tensor(flat)}


def _gpu(device: torch.device) -> str:
    return str(torch.cuda.get_device_properties(device).uuid)


def fetch(places: dict[str, tuple], device: torch.device) -> Tensor:
    if _gpu(device) not in places:
        raise RuntimeError(f"no rank of the learner is on GPU {_gpu(device)}, which a sampler is to share with one")
    rebuild, args = places[_gpu(device)]
    return rebuild(
        *args[:6], device.index, *args[7:]
    )  # the seventh is the device, which each process counts for itself
