"""Layers that forget their activations and compute them again in the backward pass, keys and values for siblings included.

transformers drops the cache wherever it recomputes, since a layer run twice would write to it twice. Here a layer is a
function of hidden states, earlier keys and values, and what it adds to them is an output: nothing is written when it
runs again.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import Cache
from transformers.modeling_layers import GradientCheckpointingLayer

_HOW = {"use_reentrant": False, "preserve_rng_state": False}  # no dropout: there is no randomness to repeat


def layers(model: nn.Module) -> None:
    """From now on every layer of `model`, of either tower, does so where a gradient is wanted."""
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):
            module.forward = partial(_forward, module.forward)


class _Beside:
    """What a layer takes for its cache: earlier keys and values, and its own beside them."""

    def __init__(self, before: tuple[Tensor, Tensor] | None):
        self._before = before
        self.after: tuple[Tensor, Tensor] | None = None

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any) -> tuple[Tensor, Tensor]:
        new = (keys, values)
        joined = zip(self._before, new, strict=True) if self._before else ((one,) for one in new)
        self.after = tuple(torch.cat(pair, dim=-2) for pair in joined)
        return self.after


def _forward(plain: Any, hidden: Tensor, *args: Any, past_key_values: Cache | None = None, **kwargs: Any) -> Any:
    if not torch.is_grad_enabled():
        extra = {} if past_key_values is None else {"past_key_values": past_key_values}
        return plain(hidden, *args, **extra, **kwargs)
    if past_key_values is None:
        return checkpoint(plain, hidden, *args, **_HOW, **kwargs)
    layer = plain.__self__.self_attn.layer_idx
    before = _held(past_key_values, layer)

    def run(hidden: Tensor, *before: Tensor) -> tuple[Any, ...]:
        beside = _Beside(before or None)
        return plain(hidden, *args, past_key_values=beside, **kwargs), *beside.after

    out, keys, values = checkpoint(run, hidden, *before, **_HOW)
    if not before:  # siblings will read the prompt's; an answer's own are read by nobody else
        past_key_values.update(keys, values, layer)
    return out


def _held(cache: Cache, layer: int) -> tuple[Tensor, ...]:
    held = cache.layers[layer] if layer < len(cache.layers) else None
    return (held.keys, held.values) if held is not None and held.get_seq_length() else ()
