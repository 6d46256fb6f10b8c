"""The model of one policy: what of it trains, and its weights under the names its checkpoint uses.

Must not know optimizers, losses or batches. A low-rank adapter exists only here: whoever asks for weights gets them
merged, as an ordinary checkpoint of the base architecture.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText

from mmzero.errors import UserError

if TYPE_CHECKING:
    from mmzero.recipe.tree import Policy

TOWERS = ("visual", "vision_tower", "vision_model")  # what transformers calls an image encoder
ADAPTER = "default"


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


@torch.no_grad()
def weights(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every weight, merged, under its checkpoint's name. The tensors are the model's own: copy what must last."""
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            continue
        if name.endswith(".base_layer.weight"):
            layer = model.get_submodule(name.removesuffix(".base_layer.weight"))
            parameter = parameter + layer.get_delta_weight(ADAPTER)
        yield name.replace(".base_layer.", "."), parameter.detach()


def save_model(model: nn.Module, folder: Path) -> None:
    """The merged model and its configuration, as AutoModelForImageTextToText loads them."""
    model.save_pretrained(folder, state_dict={name: tensor.contiguous() for name, tensor in weights(model)})


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
