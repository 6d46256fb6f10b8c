"""Qwen2.5-VL at the dimensions of its 3B model, and a toy of the same kind, with random weights and random answers.

Needs torch and transformers and nothing else: no weights are fetched, no picture is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import torch
from torch import nn
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from mmzero.engines import rows

IMAGE, VIDEO = 151655, 151656


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    text: dict[str, Any]
    vision: dict[str, Any]
    image: tuple[int, int]  # patches high and wide
    words: int  # of a prompt, beside its picture
    longest: int  # answer
    vocabulary: int = 151936
    image_id: int = IMAGE
    video_id: int = VIDEO


THREE_B = Dimensions(
    text={
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "mrope": [16, 24, 24],
    },
    vision={"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16},
    image=(56, 64),
    words=104,
    longest=512,
)
TOY = Dimensions(
    text={
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "mrope": [4, 6, 6],
    },
    vision={"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "fullatt_block_indexes": (1,)},
    image=(8, 12),
    words=9,
    longest=20,
    vocabulary=300,
    image_id=290,
    video_id=291,
)


def build(dimensions: Dimensions, device: str, dtype: torch.dtype, text_attention: str = "sdpa") -> nn.Module:
    text = dict(dimensions.text)
    mrope = text.pop("mrope")
    rope = {"rope_type": "default", "mrope_section": mrope, "rope_theta": 1e6}
    config = Qwen2_5_VLConfig(
        text_config=text
        | {"vocab_size": dimensions.vocabulary, "rope_parameters": rope, "bos_token_id": 0, "eos_token_id": 1},
        vision_config=dimensions.vision | {"out_hidden_size": text["hidden_size"]},
        image_token_id=dimensions.image_id,
        video_token_id=dimensions.video_id,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    with torch.device(device):
        model = Qwen2_5_VLForConditionalGeneration._from_config(config, dtype=dtype)
    attend(model, text_attention)
    return model.eval()


def attend(model: nn.Module, how: str) -> None:
    """What the decoder attends with; the vision tower keeps to torch's own."""
    model.set_attn_implementation({"text_config": how, "vision_config": "sdpa"})


def policy(model: nn.Module, dimensions: Dimensions) -> rows.Policy:
    return rows.Policy(model, (dimensions.image_id, dimensions.video_id)).to(model.device)


def group(dimensions: Dimensions, device: str, prompts: int = 1, siblings: int = 8) -> rows.Rows:
    """Prompts of a picture and words, each with siblings whose lengths are the quantiles of a log-normal, cut off."""
    draws = torch.Generator().manual_seed(0)

    def said(count: int) -> torch.Tensor:
        return torch.randint(0, dimensions.image_id, (count,), generator=draws).to(device)

    high, wide = dimensions.image
    picture = torch.full((high * wide // 4,), dimensions.image_id, device=device)
    normal = NormalDist(torch.tensor(dimensions.longest / 3).log().item(), 0.6)
    quantiles = [normal.inv_cdf((i + 0.5) / siblings) for i in range(siblings)]
    lengths = [min(dimensions.longest, max(1, round(2.718281828**one))) for one in quantiles]
    features = 3 * 2 * 14 * 14
    answers = tuple(said(length) for _ in range(prompts) for length in lengths)
    return rows.Rows(
        prompts=tuple(torch.cat([said(4), picture, said(dimensions.words - 4)]) for _ in range(prompts)),
        pixels=tuple(
            {
                "pixel_values": torch.randn(high * wide, features, generator=draws).to(device),
                "image_grid_thw": torch.tensor([[1, high, wide]], device=device),
            }
            for _ in range(prompts)
        ),
        answers=answers,
        owner_N=torch.arange(prompts, device=device).repeat_interleave(siblings),
        temperature_T=torch.ones(sum(map(len, answers)), device=device),
    )
