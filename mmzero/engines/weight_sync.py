"""Weights from a learner into live vLLM engines, over vLLM's weight-transfer API; the only file that knows that API.

Weights travel in buckets of many tensors, each with a hash. The learner's first rank broadcasts them to the engines' workers
in a group of its own: over gloo on CPUs, over nccl between GPUs. Where a learner's rank and a sampler share a GPU, the
worker is told where in its memory the bucket lies. A group lives as long as its samplers do; each new one meets at a new
store under a new epoch, so that what is left of a dead one can never answer. Must not know Ray, recipes or what the
weights are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.multiprocessing.reductions import reduce_tensor
from vllm.distributed.weight_transfer import WeightTransferEngineFactory
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)

from mmzero.engines.meeting import own_address

BACKEND = "mmzero"
BUCKET_BYTES = 64 * 2**20

Everyones = Callable[[Any], list[Any]]  # what each rank of the learner brings, by rank


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one bucket holds, in order: names, dtypes and shapes of its tensors."""

    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def bytes(self) -> int:
        return sum(_bytes(dtype, shape) for dtype, shape in zip(self.dtypes, self.shapes, strict=True))


def buckets(
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
    words = torch.nn.functional.pad(flat, (0, -len(flat) % 8)).view(torch.int64)
    place = torch.arange(len(words), device=flat.device) * _GOLDEN
    mixed = (words ^ place) * _ODD
    return f"{int((mixed ^ (mixed >> 29)).sum()) & (2**64 - 1):016x}"


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


def _at(places: dict[str, tuple], device: torch.device) -> Tensor:
    if _gpu(device) not in places:
        raise RuntimeError(f"no rank of the learner is on GPU {_gpu(device)}, which a sampler is to share with one")
    rebuild, args = places[_gpu(device)]
    return rebuild(
        *args[:6], device.index, *args[7:]
    )  # the seventh is the device, which each process counts for itself


@dataclass
class JoinInfo(WeightTransferInitInfo):
    address: str
    port: int
    first_rank: int
    size: int
    epoch: int
    timeout: float


@dataclass
class BucketInfo(WeightTransferUpdateInfo):
    names: Sequence[str]
    dtypes: Sequence[str]
    shapes: Sequence[Sequence[int]]
    digest: str
    places: dict[str, tuple] | None = None  # of a bucket that need not travel


class BucketEngine(WeightTransferEngine[JoinInfo, BucketInfo]):
    """The workers' end: receives a bucket, checks its hash, and loads it layer by layer as a checkpoint."""

    init_info_cls, update_info_cls = JoinInfo, BucketInfo
    _group: Group | None = None

    def init_transfer_engine(self, info: JoinInfo) -> None:
        rank = info.first_rank + self.parallel_config.rank
        self._group = Group(info.address, info.port, rank, info.size, info.epoch, info.timeout)
        self._group.meet()

    def start_weight_update(self) -> None:
        from vllm.model_executor.model_loader.reload import initialize_layerwise_reload

        initialize_layerwise_reload(self.model)

    def finish_weight_update(self) -> None:
        from vllm.model_executor.model_loader.reload import finalize_layerwise_reload

        finalize_layerwise_reload(self.model, self.model_config)
        self._pack_heads_again()

    def _pack_heads_again(self) -> None:
        """On a CPU a head multiplies by a packed copy of its weight. One that is tied to the embedding is in no publish,
        so nothing above has told it that its weight is new."""
        from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

        for module in self.model.modules():
            if isinstance(module, ParallelLMHead):
                module.quant_method.process_weights_after_loading(module)

    def update_weights(self, update_info: dict) -> None:
        """The base class synchronizes an accelerator, which a CPU build does not have."""
        self.receive_weights(self.parse_update_info(update_info))
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()

    def receive_weights(self, info: BucketInfo) -> None:
        manifest = Manifest(tuple(info.names), tuple(info.dtypes), tuple(map(tuple, info.shapes)))
        flat = self._flat(info, manifest.bytes)
        if (got := digest(flat)) != info.digest:
            raise RuntimeError(f"a bucket of {manifest.bytes} bytes arrived as {got} but was sent as {info.digest}")
        self.model.load_weights((name, tensor.to(self.device)) for name, tensor in unpacked(manifest, flat))

    def _flat(self, info: BucketInfo, size: int) -> Tensor:
        if info.places is not None:
            return _at(info.places, self.device)
        flat = torch.empty(size, dtype=torch.uint8, device=self.device)
        self._group.broadcast(flat)
        return flat

    def shutdown(self) -> None:
        self._group = None


def register() -> None:
    """Once per process that holds an engine's worker."""
    if BACKEND not in WeightTransferEngineFactory._registry:
        WeightTransferEngineFactory.register_engine(BACKEND, BucketEngine)


register()


class WorkerExtension:
    """Named to vLLM so that its workers import this file, and with it the backend; they are given these methods."""

    def abandon_weight_update(self) -> None:
        """A publish that broke off left layers half loaded. They are put together as they are, which makes no sense but
        tensors, and the next publish writes over all of them."""
        self._weight_update_active = True  # vLLM forgets that it is where a bucket was refused
        self.finish_weight_update()
