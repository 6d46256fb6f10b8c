"""Image hashes to a model's own forward arguments, each image prepared once; must not know rows, losses or optimizers.

The model's processor decides what an image becomes, here as in the sampler: two ways of cutting one image into
patches are two models.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers import AutoProcessor

from mmzero.errors import EngineError

if TYPE_CHECKING:
    from PIL import Image

CACHE_BYTES = 512 * 2**20

Pixels = Mapping[str, Tensor]  # keyword arguments of the model's forward, the images along dimension 0


def load_processor(model_path: Path | str, pixels: tuple[int, int] | None = None):
    """The model's processor, with the recipe's least and most pixels of an image where it sets them. Whoever prepares
    an image for this model, sampler or learner, takes the processor from here."""
    processor = AutoProcessor.from_pretrained(model_path)
    if pixels is not None:
        processor.image_processor.size = {"shortest_edge": pixels[0], "longest_edge": pixels[1]}
    return processor


def joined(parts: Iterable[Pixels]) -> Pixels:
    """The arguments of several images as those of one forward; of none, none."""
    parts = [part for part in parts if part]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]} if parts else {}


def banned_ids(config) -> tuple[int, ...]:
    """The placeholders of images and videos: no answer may hold one, so no sampler says one, and whoever compares
    log-probs gives them none."""
    return tuple(
        sorted(getattr(config, name) for name in ("image_token_id", "video_token_id") if hasattr(config, name))
    )


class Vision:
    """Prepares images with the model's own processor; `image_path` leads from an image's hash to its PNG file."""

    def __init__(
        self,
        processor,
        image_path: Callable[[str], Path],
        cache_bytes: int = CACHE_BYTES,
        look: Callable[[str, Image.Image], Image.Image] | None = None,
    ):
        """`look`: what is to be shown instead of a picture, of the same size; told its hash too."""
        self._processor = processor
        self._image_path = image_path
        self._look = look
        self._cache: OrderedDict[str, Pixels] = OrderedDict()
        self._room = cache_bytes

    def pixels(self, images: Sequence[str], prompt_ids: Tensor) -> Pixels:
        """The forward arguments of a prompt's images, in order. Refuses a prompt that holds another number of image
        tokens than its images make: no gradient through such a row means anything."""
        pixels = joined(map(self._prepared, images))
        asked = int((prompt_ids == self._processor.image_token_id).sum())
        given = self._tokens(pixels)
        if given is not None and asked != given:
            raise EngineError(
                f"a prompt holds {asked} image tokens but the processor makes {given} of its {len(images)} images; the"
                " sampler and the learner must prepare images alike: give both the same model and model.pixels"
            )
        return pixels

    def through(self, look: Callable[[str, Image.Image], Image.Image]) -> Vision:
        """The same eyes, shown something else."""
        return Vision(self._processor, self._image_path, 0, look)

    def grids(self, images: Sequence[str]) -> list[int]:
        """How many tokens each image becomes."""
        return [self._tokens(self._prepared(image)) for image in images]

    def _tokens(self, pixels: Pixels) -> int | None:
        """How many tokens the images become; None where the processor gives no grid and the model checks for itself."""
        if not pixels:
            return 0
        if "image_grid_thw" not in pixels:
            return None
        return int(pixels["image_grid_thw"].prod(-1).sum()) // self._processor.image_processor.merge_size**2

    def _prepared(self, image: str) -> Pixels:
        from PIL import Image  # rows made without a picture need torch and transformers alone

        if image in self._cache:
            self._cache.move_to_end(image)
            return self._cache[image]
        with Image.open(self._image_path(image)) as picture:
            shown = self._look(image, picture) if self._look else picture
            made = dict(self._processor.image_processor(images=[shown.convert("RGB")], return_tensors="pt"))
        self._cache[image] = made
        self._room -= _bytes(made)
        while self._room < 0 and len(self._cache) > 1:
            self._room += _bytes(self._cache.popitem(last=False)[1])
        return made


def _bytes(pixels: Pixels) -> int:
    return sum(tensor.nbytes for tensor in pixels.values())
