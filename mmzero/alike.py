"""Whether two pictures look alike and two questions are worded alike. Pure; knows no task and no scene."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_SIDE = 16  # a picture's hash has that many bits a side
NEAR = 2  # bits of them all within which two pictures look alike

_NUMBER = re.compile(r"[-+]?\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[^\W_]+|#")


def difference_hash(picture: Image.Image) -> np.ndarray:
    """256 bits, packed: whether a cell of the picture shrunk to 17 x 16 is brighter than the one to its left."""
    from PIL import Image

    small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    shades = np.asarray(small).astype(int)
    return np.packbits(shades[:, 1:] > shades[:, :-1]).view(np.uint64)


def apart(hash: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bits in which each of the others differs."""
    return np.bitwise_count(hash ^ others).sum(axis=1)


def likeness(hash: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of the set bits of either that both have, 0 to 1: on a sheet with little on it most bits are never set,
    and that they agree says nothing."""
    either = np.bitwise_count(hash | others).sum(axis=1)
    return 1 - apart(hash, others) / np.maximum(either, 1)


def template(question: str) -> str:
    """A question's words, small, without marks, every number a #: what stays when only the numbers change."""
    return " ".join(_WORD.findall(_NUMBER.sub(" # ", question.casefold())))


def wording(one: str, two: str) -> float:
    """The share of words that two templates have in common, 0 to 1: "how many red dots" and "how many blue dots" have 3
    of 5."""
    words, others = set(one.split()), set(two.split())
    return len(words & others) / max(len(words | others), 1)
