"""A prompt and all its siblings in one row, each sibling blind to the others: what a sparse attention kernel can run.

The third form of rows, tried here and not shipped: with `dense` the row's mask is a matrix, with `blocks` a description of
which blocks of it are empty, which PyTorch's flex attention skips.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from transformers import AttentionInterface

from mmzero.engines.rows import Rows, kinds, stack
from mmzero.engines.vision import joined

BLOCKS = "blocks"  # the attention that a decoder must be set to for a mask of blocks


def states(model: nn.Module, rows: Rows, mask: Literal["dense", "blocks"]) -> Tensor:
    """The hidden state before each answer token, states_TH."""
    members = [
        [a for a, own in zip(rows.answers, rows.owner_N, strict=True) if own == s] for s in range(len(rows.prompts))
    ]
    whole = [torch.cat([prompt, *answers]) for prompt, answers in zip(rows.prompts, members, strict=True)]
    ids_ST, _ = stack(whole, left=False)
    owner_ST = _owners(rows, members, ids_ST)
    place_3ST = _places(model, rows, members, ids_ST)
    made = _dense(owner_ST, model.dtype) if mask == "dense" else _blocks(owner_ST)
    hidden_STH = model.base_model(
        input_ids=ids_ST,
        attention_mask={"full_attention": made},
        position_ids=place_3ST,
        use_cache=False,
        **kinds(model, ids_ST),
        **joined(rows.pixels),
    ).last_hidden_state
    return torch.cat(
        [_before(hidden_TH, len(p), m) for hidden_TH, p, m in zip(hidden_STH, rows.prompts, members, strict=True)]
    )


def _owners(rows: Rows, members: list[list[Tensor]], ids_ST: Tensor) -> Tensor:
    """Whose each token is: 0 the prompt's, g + 1 sibling g's, -1 nobody's."""
    owner_ST = torch.full_like(ids_ST, -1)
    for s, (prompt, answers) in enumerate(zip(rows.prompts, members, strict=True)):
        lengths = torch.tensor([len(prompt), *map(len, answers)], device=ids_ST.device)
        owner_ST[s, : int(lengths.sum())] = torch.arange(len(lengths), device=ids_ST.device).repeat_interleave(lengths)
    return owner_ST


def _places(model: nn.Module, rows: Rows, members: list[list[Tensor]], ids_ST: Tensor) -> Tensor:
    """Every answer begins where its prompt ends, however far along the row it lies."""
    prompt_SP, seen_SP = stack(rows.prompts, left=False)
    pixels = joined(rows.pixels)
    place_3SP, _ = model.base_model.get_rope_index(
        prompt_SP, attention_mask=seen_SP, image_grid_thw=pixels["image_grid_thw"], **kinds(model, prompt_SP)
    )
    place_3ST = ids_ST.new_zeros(3, *ids_ST.shape)
    for s, (prompt, answers) in enumerate(zip(rows.prompts, members, strict=True)):
        own_3P = place_3SP[:, s, : len(prompt)]
        after = [(own_3P.max() + 1 + torch.arange(len(one), device=ids_ST.device)).expand(3, -1) for one in answers]
        placed = torch.cat([own_3P, *after], dim=1)
        place_3ST[:, s, : placed.shape[1]] = placed
    return place_3ST


def _sees(owner_ST: Tensor, s: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """A token sees what came before it of its prompt and of its own answer; one that is nobody's sees itself."""
    mine, other = owner_ST[s, query], owner_ST[s, key]
    return (key <= query) & ((other == 0) & (mine >= 0) | (mine == other))


def _dense(owner_ST: Tensor, dtype: torch.dtype) -> Tensor:
    rows, length = owner_ST.shape
    s, at = torch.arange(rows, device=owner_ST.device), torch.arange(length, device=owner_ST.device)
    seen_STT = _sees(owner_ST, s[:, None, None], at[None, :, None], at[None, None, :])
    return torch.zeros_like(seen_STT, dtype=dtype).masked_fill(~seen_STT, torch.finfo(dtype).min)[:, None]


def _blocks(owner_ST: Tensor):
    rows, length = owner_ST.shape
    return create_block_mask(
        lambda s, head, query, key: _sees(owner_ST, s, query, key),
        rows,
        None,
        length,
        length,
        device=owner_ST.device.type,
    )


def _attend(module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: BlockMask, scaling: float, **_):
    run = _compiled if query.is_cuda else flex_attention
    return run(query, key, value, block_mask=mask, scale=scaling, enable_gqa=True).transpose(1, 2).contiguous(), None


_compiled = torch.compile(flex_attention)
AttentionInterface.register(BLOCKS, _attend)  # transformers has flex attention too, but not for this family


def _before(hidden_TH: Tensor, prompt: int, answers: list[Tensor]) -> Tensor:
    """The prompt's last state is the first of every answer."""
    found, start = [], prompt
    for answer in answers:
        found += [hidden_TH[prompt - 1 : prompt], hidden_TH[start : start + len(answer) - 1]]
        start += len(answer)
    return torch.cat(found)
