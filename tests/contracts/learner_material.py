"""What the learner's contracts are tried on: VLMs of a hundred thousand parameters, pictures, segments of any shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from mmzero.types import Batch, Segment
from mmzero.zoo import random_vlm

SIDES = {"a": 64, "b": 96}  # pixels; with patches of 8 merged 2 x 2 that is 16 and 36 image tokens
TOKENS = {name: (side // 16) ** 2 for name, side in SIDES.items()}
BYTES = 256  # of a byte tokenizer's ids the first 256 say text; vision marks and placeholders come after
START, END, IMAGE, VIDEO = 259, 260, 262, 263
BANNED = (IMAGE, VIDEO)


def vlm(family: str, folder: Path) -> Path:
    """Logits far from uniform, or a comparison of log-probs proves nothing."""
    return random_vlm.build(
        family,
        folder,
        seed=3,
        hidden=64,
        layers=2,
        heads=2,
        kv_heads=1,
        intermediate=96,
        vision_hidden=32,
        vision_heads=1,
        vision_depth=2,
        initializer_range=0.1,
    )


def pictures(folder: Path) -> Path:
    draws = np.random.default_rng(5)
    for name, side in SIDES.items():
        Image.fromarray(draws.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(folder / f"{name}.png")
    return folder


def segment(
    seed: int, images: str, words: int, lengths: list[int], temperature: float = 1.0, masked: float = 0.2
) -> Segment:
    """A prompt of `words` random tokens around its images (one letter each), and siblings of these lengths."""
    draws = np.random.default_rng(seed)
    prompt = draws.integers(0, BYTES, words).tolist()
    for name in images:
        prompt[2:2] = [START, *[IMAGE] * TOKENS[name], END]
    total = sum(lengths)
    return Segment(
        images=tuple(images),
        prompt_ids=np.array(prompt, dtype=np.int64),
        lengths_G=np.array(lengths, dtype=np.int64),
        ids_T=draws.integers(0, BYTES, total),
        logprobs_T=draws.uniform(-7, -4, total).astype(np.float32),
        mask_T=draws.random(total) >= masked,
        advantages_G=draws.standard_normal(len(lengths)).astype(np.float32),
        temperature=temperature,
    )


def batch(*microbatches: tuple[Segment, ...]) -> Batch:
    segments = [one for microbatch in microbatches for one in microbatch]
    return Batch(
        microbatches=microbatches,
        tokens=int(sum(one.mask_T.sum() for one in segments)),
        sequences=sum(len(one.lengths_G) for one in segments),
        max_tokens=32,
    )
