"""What `random_vlm` is for Qwen's models, for the other families: a folder with a tiny model of random weights, its
processor and a chat template. Every image is cut into squares of SIDE pixels, as many as the family makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    GenerationConfig,
    GotOcr2ImageProcessor,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    PreTrainedTokenizerFast,
)

from mmzero.zoo.random_vlm import CHAT, byte_level

SIDE, PATCH, TOKENS = 32, 8, 4  # pixels of a square, of a patch, and the tokens that a pooled square becomes
HIDDEN, HEADS = 64, 2
_PLACE = "<|vision_start|><|image_pad|><|vision_end|>"  # where CHAT puts an image
_ROWS = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
_SQUARE = {"height": SIDE, "width": SIDE}
_VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
}

Made = tuple[Any, Any]  # model, processor


def build(family: str, folder: Path, *, seed: int, scale: float = 0.1) -> Path:
    """Write it into `folder` and return that. Logits lie far from uniform, or a comparison of log-probs proves nothing."""
    with torch.random.fork_rng(devices=[]):  # a caller's own draws must not shift because a model was built
        torch.manual_seed(seed)
        model, processor = FAMILIES[family]()
        for parameter in model.parameters():  # some begin at zero, and an image would make no difference
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=scale)
    tokenizer = processor.tokenizer
    model.generation_config = GenerationConfig(
        do_sample=True, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    if model.config.vision_config.model_type in ("clip_vision_model", "siglip_vision_model"):
        _name_as_published(folder / "model.safetensors")
    return Path(folder)


def _name_as_published(weights: Path) -> None:
    """Published checkpoints have one more name within these towers, and vLLM reads no other. transformers leaves it out,
    and writes it again only where it has read it."""
    named = {
        name.replace("vision_tower.", "vision_tower.vision_model."): kept for name, kept in load_file(weights).items()
    }
    save_file(named, weights, metadata={"format": "pt"})


def _tokenizer(names: Mapping[str, str], *others: str) -> PreTrainedTokenizerFast:
    """Bytes, marks of turns, and this family's marks by the names its processor asks for."""
    tokenizer = byte_level()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *names.values(), *others]
    tokenizer.add_special_tokens(specials)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", extra_special_tokens=dict(names)
    )


def _text(tokenizer: PreTrainedTokenizerFast, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "model_type": kind,
        "vocab_size": len(tokenizer),
        "hidden_size": HIDDEN,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 1,
        "head_dim": HIDDEN // HEADS,
        "max_position_embeddings": 1024,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }


def _chat(placeholder: str) -> str:
    return CHAT.replace(_PLACE, placeholder)


def _internvl() -> Made:
    """Up to four tiles and a thumbnail, four tokens each."""
    names = {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>"}
    tokenizer = _tokenizer({**names, "video_token": "<video>"})
    config = InternVLConfig(
        vision_config={**_VISION, "image_size": [SIDE, SIDE], "patch_size": [PATCH, PATCH]},
        text_config=_text(tokenizer, "qwen2"),
        image_token_id=tokenizer.context_image_token_id,
        image_seq_length=TOKENS,
        tie_word_embeddings=False,
    )
    processor = InternVLProcessor(
        image_processor=GotOcr2ImageProcessor(size=_SQUARE, crop_to_patches=True, min_patches=1, max_patches=4),
        tokenizer=tokenizer,
        video_processor=InternVLVideoProcessor(size=_SQUARE),
        image_seq_length=TOKENS,
        chat_template=_chat("<IMG_CONTEXT>"),
    )
    return InternVLForConditionalGeneration(config), processor


def _llava_next() -> Made:
    """The whole image and its squares, of which the unpadded part is kept, row by row."""
    tokenizer = _tokenizer({"image_token": "<image>"})
    squares = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]
    config = LlavaNextConfig(
        vision_config={**_VISION, "model_type": "clip_vision_model", "projection_dim": 32},
        text_config=_text(tokenizer, "llama"),
        image_token_index=tokenizer.image_token_id,
        image_grid_pinpoints=squares,
        image_seq_length=(SIDE // PATCH) ** 2,
    )
    processor = LlavaNextProcessor(
        image_processor=LlavaNextImageProcessor(
            size={"shortest_edge": SIDE}, crop_size=_SQUARE, image_grid_pinpoints=squares
        ),
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_chat("<image>"),
    )
    return LlavaNextForConditionalGeneration(config), processor


def _idefics3() -> Made:
    """Rows and columns of squares, each named before its tokens, and the whole image after them."""
    tokenizer = _tokenizer(
        {"image_token": "<image>"}, "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *_ROWS
    )
    config = Idefics3Config(
        vision_config=_VISION,
        text_config=_text(tokenizer, "llama"),
        image_token_id=tokenizer.image_token_id,
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = Idefics3Processor(
        image_processor=Idefics3ImageProcessor(size={"longest_edge": 2 * SIDE}, max_image_size={"longest_edge": SIDE}),
        tokenizer=tokenizer,
        image_seq_len=TOKENS,
        chat_template=_chat("<image>"),
    )
    return Idefics3ForConditionalGeneration(config), processor


def _gemma3() -> Made:
    """One square, whose tokens see each other both ways; one layer of the two sees no further than a window."""
    names = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = _tokenizer(names)
    tokenizer.add_tokens(["\n" * many for many in range(1, 5)])  # one token each in Gemma's own, and vLLM asks for them
    layers = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 16}
    config = Gemma3Config(
        vision_config=_VISION,
        text_config=_text(tokenizer, "gemma3_text", query_pre_attn_scalar=HIDDEN // HEADS, **layers),
        mm_tokens_per_image=TOKENS,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
    )
    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessor(size=_SQUARE),
        tokenizer=tokenizer,
        image_seq_length=TOKENS,
        chat_template=_chat("<start_of_image>"),
    )
    return Gemma3ForConditionalGeneration(config), processor


FAMILIES: Mapping[str, Callable[[], Made]] = {
    "internvl": _internvl,
    "llava_next": _llava_next,
    "idefics3": _idefics3,
    "gemma3": _gemma3,
}
