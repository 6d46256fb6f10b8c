"""The model of one policy: what of it trains, and its weights under the names its checkpoint uses.

Must not know optimizers, losses or batches. A low-rank adapter exists only here: whoever asks for weights gets them
merged, as an ordinary checkpoint of the base architecture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText

from mmzero.engines.learner_files import told_by_the_system
from mmzero.errors import UserError

if TYPE_CHECKING:
    from mmzero.recipe.tree import Policy

# What transformers calls an image encoder, and what leads from it to the text: Qwen's has both in one.
TOWERS = ("visual", "vision_tower", "vision_model", "multi_modal_projector", "connector", "image_newline")
ADAPTER = "default"
GATHERED_BYTES = 256 * 2**20
_FP32 = 4


def load_model(model_path: Path | str, policy: Policy, seed: int) -> nn.Module:
    """The model in fp32 without dropout; requires_grad says what trains. `seed` draws an adapter's first weights."""
    model = AutoModelForImageTextToText.from_pretrained(model_path, dtype=torch.float32).eval()
    _refuse_bent_logits(model, model_path)
    if policy.train == "lora":
        _add_adapter(model, policy, seed)
    else:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not (policy.vision == "frozen" and _in_tower(name)))
    return model


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that train, by name; a tied one once."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


Gathered = Callable[[Sequence[nn.Parameter]], AbstractContextManager]


@torch.no_grad()
def weights(
    model: nn.Module, gathered: Gathered = lambda _: nullcontext(), most: int = GATHERED_BYTES
) -> Iterator[tuple[str, Tensor]]:
    """Every weight, merged, under its checkpoint's name. The tensors are the model's own: copy what must last before
    the next is asked for. Where weights lie in shards, `gathered` makes some of them whole, at most `most` bytes."""
    for bucket in _buckets(model, most):
        with gathered([parameter for _, needed in bucket for parameter in needed]):
            for name, (parameter, *adapter) in bucket:
                if adapter:
                    layer = model.get_submodule(name.removesuffix(".base_layer.weight"))
                    parameter = parameter + layer.get_delta_weight(ADAPTER)
                yield name.replace(".base_layer.", "."), parameter.detach()


@torch.no_grad()
def adapter(model: nn.Module, gathered: Gathered) -> Iterator[tuple[str, Tensor]]:
    """The adapter alone, under the names that peft gives it in a file; as lasting as `weights` are."""
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            with gathered([parameter]):
                yield f"base_model.model.{name.replace(f'.{ADAPTER}.', '.')}", parameter.detach()


def adapter_config(model: nn.Module, policy: Policy) -> dict[str, Any]:
    """What stands beside those tensors in peft's adapter_config.json."""
    layers = {name.split(".lora_")[0].rpartition(".")[2] for name, _ in model.named_parameters() if ".lora_" in name}
    return {
        "peft_type": "LORA",
        "r": policy.rank,
        "lora_alpha": 2 * policy.rank,
        "target_modules": sorted(layers),
        "bias": "none",
    }


def _buckets(model: nn.Module, most: int) -> Iterator[list[tuple[str, list[nn.Parameter]]]]:
    """Names, each with the parameters its weight is made of: itself and, where it has one, its adapter."""
    named = dict(model.named_parameters())
    bucket, size = [], 0
    for name, parameter in named.items():
        if ".lora_" in name:
            continue
        stem = name.removesuffix(".base_layer.weight")
        adapter = [named[f"{stem}.lora_{half}.{ADAPTER}.weight"] for half in "AB"] if stem != name else []
        whole = _FP32 * getattr(parameter, "ds_numel", parameter.numel())  # a shard's own count says nothing
        if bucket and size + whole > most:
            yield bucket
            bucket, size = [], 0
        bucket.append((name, [parameter, *adapter]))
        size += whole
    yield bucket


def save_model(model: nn.Module, folder: Path, gathered: Gathered, *, writes: bool) -> None:
    """The merged model and its configuration, as AutoModelForImageTextToText loads them. Every rank gathers, one
    `writes`."""
    held = {}
    for name, tensor in weights(model, gathered):
        if writes:
            held[name] = tensor.contiguous().clone()
    if writes:
        with told_by_the_system(folder):
            model.save_pretrained(folder, state_dict=held)


def _in_tower(name: str) -> bool:
    return any(part in TOWERS for part in name.split("."))


def _add_adapter(model: nn.Module, policy: Policy, seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    head = model.get_output_embeddings()
    layers = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module is not head  # its weight may be the embedding's too, and an adapter would cut the tie
        and not (policy.vision == "frozen" and _in_tower(name))
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = LoraConfig(r=policy.rank, lora_alpha=2 * policy.rank, lora_dropout=0.0, target_modules=layers)
        inject_adapter_in_model(config, model, ADAPTER)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(".lora_" in name)


def _refuse_bent_logits(model: nn.Module, model_path: Path | str) -> None:
    """The head is applied outside the model's own forward, so a model that does more than multiply is refused."""
    config = model.config.get_text_config()
    for name in ("final_logit_softcapping", "logit_scale", "logits_scaling"):
        if getattr(config, name, None) not in (None, 1, 1.0):
            raise UserError(
                f"the model {model_path} sets {name} to {getattr(config, name)}, and the learner computes logits by the"
                " output matrix alone; choose a model without it"
            )
