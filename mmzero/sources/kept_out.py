"""What a user keeps out of training, as the gate compares it: the questions and pictures of a dataset, answers aside."""

from __future__ import annotations

import io
from functools import lru_cache

from mmzero.alike import difference_hash, template
from mmzero.gate.memory import Memory, Print
from mmzero.recipe.tree import Columns, Dataset, Gate, Recipe
from mmzero.sources import dataset


def memory(recipe: Recipe, gate: Gate) -> Memory:
    """Of a dataset among the recipe's sources, or of a file or folder with a column `question` and perhaps `image`."""
    if gate.decontaminate is None:
        return Memory()
    named = recipe.sources.get(gate.decontaminate)
    return _read(named if isinstance(named, Dataset) else _plain(gate.decontaminate))


def _plain(path: str) -> Dataset:
    plain = Dataset(kind="dataset", path=path, columns=Columns(images=None))
    pictured = next((name for name in ("image", "images") if name in dataset.columns(plain)), None)
    return plain.model_copy(update={"columns": Columns(images=pictured), "most_images": 64})


@lru_cache(maxsize=4)
def _read(source: Dataset) -> Memory:
    return Memory(
        tuple(
            Print(template(question), look=look)
            for question, pictures in dataset.shown(source)
            for look in [_look(picture) for picture in pictures] or [b""]
        )
    )


def _look(picture: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        return difference_hash(image).tobytes()
