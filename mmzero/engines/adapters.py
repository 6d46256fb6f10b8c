"""A low-rank adapter from a learner to vLLM: a few megabytes beside weights that stay as they are, with a new id for every
version. vLLM's weight transfer has no road for adapters, so they go through the hosts, and through a file on the node.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
import torch
from safetensors.torch import save
from torch import Tensor

from mmzero.engines.hosts import together
from mmzero.errors import EngineError, UserError

if TYPE_CHECKING:
    from vllm.lora.request import LoRARequest
    from vllm.v1.engine.llm_engine import LLMEngine

    from mmzero.engines.publisher import Route
    from mmzero.recipe.tree import Policy

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # for which vLLM keeps room

_IDS = count(1)  # vLLM knows adapters by number and never looks twice at one it knows


@dataclass(frozen=True, slots=True)
class Adapter:
    tensors: bytes  # a safetensors file
    config: Mapping[str, Any]
    digest: str


def send(route: Route, tensors: Mapping[str, Tensor], config: Mapping[str, Any], version: int) -> None:
    dtype = getattr(torch, route.dtype)
    packed = save({name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()})
    adapter = ray.put(Adapter(packed, config, _digest(packed)))
    named = together({host: host.begin("wear", adapter, version) for host in route.hosts})
    if set(named) != {str(version)}:
        raise EngineError(f"version {version} was published but the samplers now hold {', '.join(named)}")


def settings(policy: Policy) -> dict[str, Any]:
    """How vLLM makes room for this policy's adapter."""
    if policy.rank > RANKS[-1]:
        raise UserError(f"a policy's rank is {policy.rank} and vLLM takes adapters up to {RANKS[-1]}; lower it")
    return {
        "enable_lora": True,
        "max_loras": 1,
        "max_lora_rank": min(rank for rank in RANKS if rank >= policy.rank),
        "enable_tower_connector_lora": policy.vision == "train",
    }


def load(engine: LLMEngine, adapter: Adapter, version: int, old: LoRARequest | None) -> LoRARequest:
    """In the sampler: the adapter that every answer is asked with from now on; the old one is forgotten."""
    if _digest(adapter.tensors) != adapter.digest:
        raise EngineError(f"the adapter of version {version} arrived other than it was sent")
    from vllm.lora.request import LoRARequest

    number = next(_IDS)
    with tempfile.TemporaryDirectory(prefix="mmzero-adapter-") as folder:
        Path(folder, "adapter_model.safetensors").write_bytes(adapter.tensors)
        Path(folder, "adapter_config.json").write_text(json.dumps(adapter.config))
        request = LoRARequest(f"version {version} ({number})", number, folder)
        if old:
            engine.remove_lora(old.lora_int_id)
        if not engine.add_lora(request) or number not in engine.list_loras():
            raise EngineError(f"vLLM did not take the adapter of version {version}")
    return request


def _digest(packed: bytes) -> str:
    return blake2b(packed, digest_size=16).hexdigest()
