"""Pictures made worse on purpose, of the same size and as pure functions of a seed; knows no model, no task and no loss."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

STEPS = 1000  # of the diffusion that turns a picture into noise


def blacken(picture: Image.Image, share: float, patch: int, seed: int) -> Image.Image:
    """Squares of `patch` pixels, each black with probability `share`; those at the right and lower edge may be cut."""
    from PIL import Image

    pixels_HW3 = np.array(picture.convert("RGB"))
    high, wide = (-(-side // patch) for side in pixels_HW3.shape[:2])
    black = np.random.default_rng(seed).random((high, wide)) < share
    black_HW = black.repeat(patch, 0).repeat(patch, 1)[: pixels_HW3.shape[0], : pixels_HW3.shape[1]]
    pixels_HW3[black_HW] = 0
    return Image.fromarray(pixels_HW3)


def diffuse(picture: Image.Image, steps: int, seed: int) -> Image.Image:
    """The picture after so many of STEPS steps of Gaussian diffusion: sqrt(a) x + sqrt(1 - a) noise with x in [0, 1].
    After none it is the picture."""
    from PIL import Image

    clean_HW3 = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    if not steps:
        return Image.fromarray((clean_HW3 * 255).round().astype(np.uint8))
    kept = float(_kept()[steps - 1])
    noise_HW3 = np.random.default_rng(seed).standard_normal(clean_HW3.shape, dtype=np.float32)
    mixed_HW3 = kept**0.5 * clean_HW3 + (1 - kept) ** 0.5 * noise_HW3
    return Image.fromarray((mixed_HW3.clip(0, 1) * 255).round().astype(np.uint8))


@cache
def _kept() -> np.ndarray:
    """How much of a picture's variance is left after each step; the noise of a step grows along a sigmoid from 1e-5 to
    5e-3."""
    noise = 1 / (1 + np.exp(-np.linspace(-6, 6, STEPS))) * (5e-3 - 1e-5) + 1e-5
    return np.cumprod(1 - noise)
