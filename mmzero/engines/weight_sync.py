"""The samplers' end of a publish: vLLM's weight-transfer API, and the only file that knows it.

A worker receives a bucket, checks its hash and loads it layer by layer, as vLLM reloads a checkpoint. Must not know Ray,
recipes or what the weights are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from vllm.distributed.weight_transfer import WeightTransferEngineFactory
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)

from mmzero.engines.buckets import Group, Manifest, digest, fetch, unpacked

BACKEND = "mmzero"


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
        self.model.load_weights((self._known(name), one.to(self.device)) for name, one in unpacked(manifest, flat))

    def _known(self, name: str) -> str:
        """CLIP's and SigLIP's towers are called by one name less in transformers 5 than in the checkpoints vLLM reads."""
        nested = hasattr(getattr(self.model, "vision_tower", None), "vision_model")
        return name.replace("vision_tower.", "vision_tower.vision_model.") if nested else name

    def _flat(self, info: BucketInfo, size: int) -> Tensor:
        if info.places is not None:
            return fetch(info.places, self.device)
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
