"""An ask as a model reads it: chat template, token ids, pictures; one place, so that no two engines can differ."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import torch
from PIL import Image

from mmzero import spoil
from mmzero.engines.vision import Pixels, Vision, load_processor
from mmzero.types import Ask, Noise, seed_of


class Prompts:
    def __init__(
        self, model_path: Path | str, image_path: Callable[[str], Path], pixels: tuple[int, int] | None = None
    ):
        self.processor = load_processor(model_path, pixels)
        self._vision = Vision(self.processor, image_path)
        self._image_path = image_path

    def short_ids(self, ask: Ask) -> list[int]:
        """One placeholder an image, as long as it is not known how many tokens it becomes."""
        content = [{"type": "image"} for _ in ask.images] + [{"type": "text", "text": ask.text}]
        system = [{"role": "system", "content": ask.system}] if ask.system else []
        text = self.processor.apply_chat_template(
            [*system, {"role": "user", "content": content}], add_generation_prompt=True
        )
        return self.processor.tokenizer(text, add_special_tokens=False).input_ids

    def ids(self, ask: Ask) -> list[int]:
        """Every image token in its place: what the model runs on, and what a learner must be given."""
        grids, image = iter(self._vision.grids(ask.images)), self.processor.image_token_id
        spread = ([image] * next(grids) if token == image else [token] for token in self.short_ids(ask))
        return list(chain.from_iterable(spread))

    def pixels(self, ask: Ask, ids: list[int]) -> Pixels:
        vision = self._vision.through(_behind(ask.noise)) if ask.noise else self._vision
        return vision.pixels(ask.images, torch.tensor(ids))

    def pictures(self, ask: Ask) -> list[tuple[str, Image.Image]]:
        """What is shown, each under a name of its own: a picture behind noise is another picture."""
        shown = []
        for image in ask.images:
            with Image.open(self._image_path(image)) as opened:
                picture = _behind(ask.noise)(image, opened) if ask.noise else opened.convert("RGB")
            shown.append((f"{image}~{ask.noise.steps}~{ask.noise.seed}" if ask.noise else image, picture))
        return shown


def _behind(noise: Noise) -> Callable[[str, Image.Image], Image.Image]:
    return lambda image, picture: spoil.diffuse(picture, noise.steps, seed_of(noise.seed, image))
