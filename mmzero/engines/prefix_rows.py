"""Each prompt once with its images, its siblings as a batch on top of its keys and values; exact gradients, since the
cache stays in the graph. Must not know what becomes of the hidden states.

The prompts of a microbatch are padded on the left, so that every answer starts in the same column and the prompt's last
state, which predicts the first token of every sibling, is always the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from mmzero.engines.rows import Rows, kinds, stack
from mmzero.engines.vision import Pixels, joined

# Backbones whose positions and cache are driven below, and tested. Others run padded.
BACKBONES = frozenset({"qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvl", "llava_next", "idefics3", "gemma3"})


def fits(model: nn.Module) -> bool:
    return model.config.model_type in BACKBONES


@dataclass(slots=True, eq=False)
class Prefix:
    """What the prompts left behind, once for each of N answers: the state that predicts its first token, keys and values,
    which of those are no padding, and at which position the answer starts."""

    last_NH: Tensor
    cache: DynamicCache
    seen_NP: Tensor
    start_N: Tensor


def prefix(model: nn.Module, prompts: Sequence[Tensor], pixels: Sequence[Pixels], owner_N: Tensor) -> Prefix:
    ids_SP, seen_SP = stack(prompts, left=True)
    shown = joined(pixels)
    image_SP = kinds(model, ids_SP)
    place, start_S = _places(model, ids_SP, seen_SP, shown)
    cache = DynamicCache(config=model.config.get_text_config())
    states_SPH = model.base_model(
        input_ids=ids_SP,
        attention_mask=seen_SP,
        position_ids=place,
        past_key_values=cache,
        use_cache=True,
        **image_SP,
        **shown,
    ).last_hidden_state
    cache.batch_select_indices(owner_N)  # each prompt as often as it has siblings; their gradients meet again here
    return Prefix(states_SPH[owner_N, -1], cache, seen_SP[owner_N], start_S[owner_N])


def _places(model: nn.Module, ids_SP: Tensor, seen_SP: Tensor, pixels: Pixels) -> tuple[Tensor, Tensor]:
    """Positions of the prompts' tokens and of what follows them. Where images take three dimensions, what follows starts
    after the largest of any."""
    if not hasattr(model.base_model, "get_rope_index"):
        return (seen_SP.cumsum(-1) - 1).clamp(min=0), seen_SP.sum(-1)
    grid = {name: pixels[name] for name in ("image_grid_thw",) if name in pixels}
    place_3SP, _ = model.base_model.get_rope_index(ids_SP, attention_mask=seen_SP, **kinds(model, ids_SP), **grid)
    return place_3SP, place_3SP.amax((0, 2)) + 1


def go_on(model: nn.Module, ids_NA: Tensor, seen: Tensor, place_NA: Tensor, cache: DynamicCache) -> Tensor:
    """The states of tokens after what the cache holds; `seen` says of that and of them what is no padding."""
    place = place_NA.expand(3, -1, -1) if hasattr(model.base_model, "get_rope_index") else place_NA
    return (
        model.get_decoder()(
            inputs_embeds=model.get_input_embeddings()(ids_NA),
            attention_mask=seen,
            position_ids=place,
            past_key_values=cache,
            use_cache=True,
        )
    ).last_hidden_state


def states(model: nn.Module, rows: Rows) -> Tensor:
    """The hidden state before each answer token, states_TH."""
    before = prefix(model, rows.prompts, rows.pixels, rows.owner_N)
    inner = [answer[:-1] for answer in rows.answers]  # the last token of an answer predicts nothing we ask for
    if not any(map(len, inner)):
        return before.last_NH
    ids_NA, seen_NA = stack(inner, left=False)
    place_NA = before.start_N[:, None] + torch.arange(ids_NA.shape[1], device=ids_NA.device)
    hidden_NAH = go_on(model, ids_NA, torch.cat([before.seen_NP, seen_NA], dim=1), place_NA, before.cache)
    states_NAH = torch.cat([before.last_NH[:, None], hidden_NAH], dim=1)
    return torch.cat([states_AH[: len(answer)] for states_AH, answer in zip(states_NAH, rows.answers, strict=True)])
