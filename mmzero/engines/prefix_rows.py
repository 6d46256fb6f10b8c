"""Each prompt once with its images, its siblings as a batch on top of its keys and values; exact gradients, since the
cache stays in the graph. Must not know what becomes of the hidden states.

The prompts of a microbatch are padded on the left, so that every answer starts in the same column and the prompt's last
state, which predicts the first token of every sibling, is always the last.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from mmzero.engines.rows import Rows, kinds, stack
from mmzero.engines.vision import joined

# Backbones whose 3-d positions and cache are driven below, and tested. Others run padded.
BACKBONES = frozenset({"qwen2_5_vl", "qwen3_vl"})


def fits(model: nn.Module) -> bool:
    return model.config.model_type in BACKBONES


def states(model: nn.Module, rows: Rows) -> Tensor:
    """The hidden state before each answer token, states_TH."""
    ids_SP, seen_SP = stack(rows.prompts, left=True)
    pixels = joined(rows.pixels)
    image_SP = kinds(model, ids_SP)
    grid = {name: pixels[name] for name in ("image_grid_thw",) if name in pixels}
    place_3SP, _ = model.base_model.get_rope_index(ids_SP, attention_mask=seen_SP, **image_SP, **grid)
    prompt = model.base_model(
        input_ids=ids_SP,
        attention_mask=seen_SP,
        position_ids=place_3SP,
        past_key_values=DynamicCache(config=model.config.get_text_config()),
        use_cache=True,
        **image_SP,
        **pixels,
    )
    first_NH = prompt.last_hidden_state[rows.owner_N, -1]
    inner = [answer[:-1] for answer in rows.answers]  # the last token of an answer predicts nothing we ask for
    if not any(map(len, inner)):
        return first_NH
    cache = prompt.past_key_values
    cache.batch_select_indices(rows.owner_N)  # each prompt as often as it has siblings; their gradients meet again here
    ids_NA, seen_NA = stack(inner, left=False)
    start_S = place_3SP.amax((0, 2)) + 1
    place_NA = start_S[rows.owner_N, None] + torch.arange(ids_NA.shape[1], device=ids_NA.device)
    hidden_NAH = model.base_model.language_model(
        inputs_embeds=model.get_input_embeddings()(ids_NA),
        attention_mask=torch.cat([seen_SP[rows.owner_N], seen_NA], dim=1),
        position_ids=place_NA.expand(3, -1, -1),
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    states_NAH = torch.cat([first_NH[:, None], hidden_NAH], dim=1)
    return torch.cat([states_AH[: len(answer)] for states_AH, answer in zip(states_NAH, rows.answers, strict=True)])
