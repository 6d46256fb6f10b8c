"""How much of a thing's pixels were found."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import frames, masks, written
from mmzero.types import Answer


def iou(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    mask_in: str = "mask",
    frame: str = "original",
    truth_frame: str = "original",
) -> tuple[float, dict[str, float | str]]:
    """The answer holds run lengths or polygons, whose corners are counted in `frame`; the truth's stand in the scene
    under `mask_in`, counted in `truth_frame`, or are its text. `shared` and `joined` add up to a suite's cIoU."""
    right = (scene or {}).get(mask_in) or written.data(truth.text, masks.MOST_CHARACTERS)
    size = masks.size_of(right) or _original(sizes)
    corners: list[list[float]] = []
    _each(right if isinstance(right, list) else [], corners.append)
    frames.refuse_outside(corners, truth_frame, _sizes(truth_frame, size, sizes))
    there = masks.read(_scaled(right, truth_frame, size, sizes), size)
    if there is None:
        raise ValueError(
            f"the truth {str(right)!r:.80} is neither run lengths nor polygons of {size}; name it in mask_in"
        )
    value = written.data(answer, masks.MOST_CHARACTERS)
    said = masks.read(_scaled(value, frame, size, sizes), size)
    if said is None:
        return 0.0, {"read": "unreadable", "shared": 0.0, "joined": float(there.sum())}
    pixels = masks.overlap(said, there)
    return masks.iou(pixels), {"read": "read", "shared": float(pixels[0]), "joined": float(pixels[1])}


def _original(sizes: object) -> tuple[int, int]:
    wide, high = frames.extent("original", sizes)
    return round(high), round(wide)


def _scaled(value: Any, frame: str, size: tuple[int, int], sizes: object) -> Any:
    """Polygons in pixels of the mask; run lengths have no coordinates."""
    if frame == "original" or not isinstance(value, list):
        return value
    known = _sizes(frame, size, sizes)
    return _each(value, lambda row: list(frames.converted([row], frame, "original", known)[0]))


def _sizes(frame: str, size: tuple[int, int], sizes: object) -> object:
    """A mask says itself how large the picture is that it was drawn over."""
    return sizes if frame == "processed" else (((size[1], size[0]), None),)


def _each(value: list, scaled: Any, depth: int = 3) -> Any:
    """A list of outlines of corners is three lists deep, and nothing is deeper."""
    if all(map(written.finite, value)):
        return scaled(value)
    return [_each(one, scaled, depth - 1) if isinstance(one, list) and depth > 1 else None for one in value]
