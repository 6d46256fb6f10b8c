"""Vision-language models small enough for one core, with random weights; must not know what they will be asked.

The folder is an ordinary one: AutoModelForImageTextToText and AutoProcessor load it, and so does vLLM. Tests use it
as it comes; the shipped tiny model is this same function given a trained tokenizer, and then trained.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)

CHAT = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message.role + '\n' -}}"
    "{%- if message.content is string -%}{{- message.content -}}"
    "{%- else -%}{%- for part in message.content -%}"
    "{%- if part.type == 'image' -%}{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}"
    "{%- elif part.type == 'text' -%}{{- part.text -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{- '<|im_end|>\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"
)


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token per byte and the specials: any text can be said, nothing had to be trained."""
    return with_specials(byte_level())


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        [], trainers.BpeTrainer(vocab_size=256, initial_alphabet=alphabet, show_progress=False)
    )
    return tokenizer


def with_specials(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """A bare tokenizer as `build` wants it: chat and vision marks added, and named the way Qwen's processors ask."""
    tokenizer.add_special_tokens(list(SPECIALS))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens={
            "image_token": "<|image_pad|>",
            "video_token": "<|video_pad|>",
            "vision_bos_token": "<|vision_start|>",
            "vision_eos_token": "<|vision_end|>",
        },
    )


def build(
    family: Literal["qwen3_vl", "qwen2_5_vl", "qwen2_vl"],
    folder: Path,
    tokenizer: PreTrainedTokenizerFast | None = None,
    *,
    seed: int,
    hidden: int = 192,
    layers: int = 4,
    heads: int = 6,
    kv_heads: int = 2,
    head_dim: int = 32,
    intermediate: int = 448,
    vision_hidden: int = 96,
    vision_depth: int = 3,
    vision_heads: int = 3,
    patch: int = 8,
    merge: int = 2,
    sides: tuple[int, int] = (64, 128),
    context: int = 4096,
    tied: bool = True,
    initializer_range: float = 0.02,
) -> Path:
    """Write a random model, its processor and its chat template into `folder`, and return it.

    Square images whose side is in `sides` (pixels, multiples of patch * merge) pass unresized. vLLM on a CPU wants
    head_dim 32 or one of its few larger sizes. A test that compares log-probs wants initializer_range around 0.1,
    since near-uniform logits prove nothing.
    """
    if family != "qwen3_vl" and hidden != heads * head_dim:
        raise ValueError(f"{family} has no head_dim of its own: hidden {hidden} must be heads {heads} x {head_dim}")
    tokenizer = tokenizer or byte_tokenizer()
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": context,
        "initializer_range": initializer_range,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": _mrope(head_dim)},
    }
    vision = {
        "depth": vision_depth,
        "hidden_size": vision_hidden,
        "intermediate_size": 2 * vision_hidden,
        "num_heads": vision_heads,
        "patch_size": patch,
        "spatial_merge_size": merge,
        "out_hidden_size": hidden,
        "initializer_range": initializer_range,
    }
    if family == "qwen3_vl":
        text |= {"head_dim": head_dim}
        text["rope_parameters"] |= {"mrope_interleaved": True}
        indexes = list(range(min(vision_depth - 1, layers)))  # one deepstack entry per decoder layer it can reach
        vision |= {"num_position_embeddings": (sides[1] // patch) ** 2, "deepstack_visual_indexes": indexes}
    elif family == "qwen2_vl":
        vision |= {"embed_dim": vision_hidden, "hidden_size": vision.pop("out_hidden_size"), "mlp_ratio": 2}
        del vision["intermediate_size"]
    else:
        vision |= {"window_size": 4 * patch * merge, "fullatt_block_indexes": [vision_depth - 1]}
    _model(family, text, vision, tokenizer, tied, seed).save_pretrained(folder)
    _processor(family, tokenizer, patch, merge, sides).save_pretrained(folder)
    return Path(folder)


def _mrope(head_dim: int) -> list[int]:
    """How many of the head_dim / 2 rotary frequencies turn with time, with height and with width."""
    side = head_dim // 2 // 3
    return [head_dim // 2 - 2 * side, side, side]


def _model(family: str, text: dict, vision: dict, tokenizer: PreTrainedTokenizerFast, tied: bool, seed: int):
    config, model = {
        "qwen3_vl": (Qwen3VLConfig, Qwen3VLForConditionalGeneration),
        "qwen2_5_vl": (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration),
        "qwen2_vl": (Qwen2VLConfig, Qwen2VLForConditionalGeneration),
    }[family]
    with torch.random.fork_rng(devices=[]):  # a caller's own draws must not shift because a model was built
        torch.manual_seed(seed)
        built = model(
            config(
                text_config=text,
                vision_config=vision,
                image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
                video_token_id=tokenizer.convert_tokens_to_ids("<|video_pad|>"),
                vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
                vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
                tie_word_embeddings=tied,
            )
        )
    built.generation_config = GenerationConfig(
        do_sample=True, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return built


def _processor(family: str, tokenizer: PreTrainedTokenizerFast, patch: int, merge: int, sides: tuple[int, int]):
    processor, video = {
        "qwen3_vl": (Qwen3VLProcessor, Qwen3VLVideoProcessor),
        "qwen2_5_vl": (Qwen2_5_VLProcessor, Qwen2VLVideoProcessor),
        "qwen2_vl": (Qwen2VLProcessor, Qwen2VLVideoProcessor),
    }[family]
    size = {"shortest_edge": sides[0] ** 2, "longest_edge": sides[1] ** 2}  # these are counts of pixels, not edges
    return processor(
        image_processor=Qwen2VLImageProcessor(patch_size=patch, merge_size=merge, size=size),
        tokenizer=tokenizer,
        video_processor=video(patch_size=patch, merge_size=merge),
        chat_template=CHAT,
    )
