"""The size in which a model sees a picture, by its own processor; must not know what it is wanted for."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

from PIL import Image

from mmzero.engines.vision import load_processor

Size = tuple[int, int]  # width, height


class Processed:
    """`Processed(model)((640, 480))` is the picture's size after resizing; None where the processor cuts it into tiles
    and no one size is seen. Nothing is loaded before the first question."""

    def __init__(self, model_path: Path | str, pixels: tuple[int, int] | None = None):
        self._model_path, self._pixels = model_path, pixels
        self._of = cache(self._measure)

    def __call__(self, size: Size) -> Size | None:
        return self._of(size)

    @cached_property
    def _processor(self):
        return load_processor(self._model_path, self._pixels).image_processor

    def _measure(self, size: Size) -> Size | None:
        made = self._processor(images=[Image.new("RGB", size)], return_tensors="pt")
        if "image_grid_thw" in made:
            _, high, wide = made["image_grid_thw"][0].tolist()
            return wide * self._processor.patch_size, high * self._processor.patch_size
        pixels = made["pixel_values"]
        return (pixels.shape[-1], pixels.shape[-2]) if pixels.ndim == 4 and len(pixels) == 1 else None
