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

from mmzero.errors import EngineError, UserError

if TYPE_CHECKING:
    from PIL import Image

CACHE_BYTES = 512 * 2**20

Pixels = Mapping[str, Tensor]  # keyword arguments of the model's forward, the images along dimension 0
_TEXT = ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids")


def load_processor(model_path: Path | str, pixels: tuple[int, int] | None = None):
    """The model's processor, with the recipe's least and most pixels of an image where it sets them. Whoever prepares
    an image for this model, sampler or learner, takes the processor from here."""
    try:
        processor = AutoProcessor.from_pretrained(model_path)
    except ImportError as error:  # SmolVLM's spells numbers by a package of its own
        raise UserError(
            f"the processor of {model_path} needs what is not installed: {' '.join(str(error).split())}; install it, or choose"
            " another model"
        ) from error
    if pixels is not None:
        if not grids_of(processor):
            raise UserError(
                f"model.pixels is {list(pixels)}, but {model_path} cuts every image into squares of one size; leave"
                " model.pixels out"
            )
        processor.image_processor.size = {"shortest_edge": pixels[0], "longest_edge": pixels[1]}
    return processor


def joined(parts: Iterable[Pixels]) -> Pixels:
    """The arguments of several images as those of one forward; of none, none. Some families cut an image into tiles: of
    those who have fewer, the rest is zeros, as their own processors have it."""
    parts = [part for part in parts if part]
    return {name: torch.cat(_even([part[name] for part in parts])) for name in parts[0]} if parts else {}


def _even(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    shapes = [tensor.shape[1:] for tensor in tensors]
    if len(set(shapes)) == 1:
        return tensors
    largest = [max(sides) for sides in zip(*shapes, strict=True)]
    grown = [tensor.new_zeros(len(tensor), *largest) for tensor in tensors]
    for whole, tensor in zip(grown, tensors, strict=True):
        whole[tuple(map(slice, tensor.shape))] = tensor
    return grown


def image_token(processor) -> int:
    """The id whose places in a prompt images take. Some families write another one where an image is meant to go."""
    return processor.image_token_ids[0]


def grids_of(processor) -> bool:
    """Whether the processor says how many tokens an image becomes, so that each can be prepared for itself."""
    return hasattr(processor.image_processor, "merge_size")


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
        if grids_of(self._processor):
            pixels = joined(map(self._prepared, images))
            given = self._tokens(pixels)
        else:
            pixels, given = self._together(tuple(images)) if images else ({}, 0)
        asked = int((prompt_ids == image_token(self._processor)).sum())
        if asked != given:
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

    def spelt(self, text: str, images: Sequence[str]) -> list[int]:
        """A prompt's ids by the whole processor, where it alone knows what stands around an image's tokens."""
        opened = {"images": [list(map(self._opened, images))]} if images else {}
        return self._processor(text=[text], **opened, add_special_tokens=False)["input_ids"][0]

    def _tokens(self, pixels: Pixels) -> int:
        if not pixels:
            return 0
        return int(pixels["image_grid_thw"].prod(-1).sum()) // self._processor.image_processor.merge_size**2

    def _prepared(self, image: str) -> Pixels:
        return self._kept(
            image,
            lambda: dict(self._processor.image_processor(images=[self._opened(image)], return_tensors="pt")),
        )

    def _together(self, images: tuple[str, ...]) -> tuple[Pixels, int]:
        """The images of one prompt by the whole processor, and how many tokens they become: families that cut images into
        tiles may cut one alone otherwise than one of several."""

        def make() -> dict[str, Tensor]:
            return dict(
                self._processor(
                    images=[list(map(self._opened, images))],
                    text=[self._processor.image_token * len(images)],
                    add_special_tokens=False,
                    return_tensors="pt",
                )
            )

        made = self._kept("|".join(images), make)
        pixels = {name: value for name, value in made.items() if name not in _TEXT}
        return pixels, int((made["input_ids"] == image_token(self._processor)).sum())

    def _opened(self, image: str) -> Image.Image:
        from PIL import Image  # rows made without a picture need torch and transformers alone

        with Image.open(self._image_path(image)) as picture:
            shown = self._look(image, picture) if self._look else picture
            return shown.convert("RGB")

    def _kept(self, name: str, make: Callable[[], Pixels]) -> Pixels:
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        made = self._cache[name] = make()
        self._room -= _bytes(made)
        while self._room < 0 and len(self._cache) > 1:
            self._room += _bytes(self._cache.popitem(last=False)[1])
        return made


def _bytes(pixels: Pixels) -> int:
    return sum(tensor.nbytes for tensor in pixels.values())
