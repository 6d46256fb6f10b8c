"""How far the boxes and points of an answer may reach: by what its role counts them in, and by the picture that was shown.
Must not know how an answer is read, or what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from mmzero.answers import frames
from mmzero.errors import UserError
from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Recipe
from mmzero.types import Rollout, Task

Size = tuple[int, int]  # width, height
Seen = Callable[[Size], Size | None]  # from a picture's size to the size the policy sees

_KINDS = ("boxes", "points")  # of truths; a dataset's are in thousandths too once they are read


@dataclass(frozen=True, slots=True)
class Sight:
    """Where pictures lie, and how large a policy sees them."""

    image: Callable[[str], Path]  # from a picture's hash to its file
    processed: Seen | None = None

    def placed(self, group: tuple[Rollout, ...], frame: str) -> tuple[Rollout, ...]:
        """The siblings of one task, each with how far its places reach. Pixels are the first picture's; without one
        nobody has any."""
        task = group[0].task
        asked = task.answer is not None and task.answer.kind in _KINDS
        if not asked or not (task.images or frame == "unit"):
            return group
        extent = frames.extent(frame, (self._sizes(task, frame),))
        return tuple(replace(one, extent=extent) for one in group)

    def _sizes(self, task: Task, frame: str) -> tuple[Size, Size | None]:
        size = _size(self.image(task.images[0])) if frame in ("original", "processed") else (1, 1)
        if frame != "processed":
            return size, None
        seen = self.processed(size) if self.processed else None
        if seen is None:
            raise _unseen(size)
        return size, seen


def refuse_unseen(recipe: Recipe, processed: Seen) -> None:
    """Before anything is asked."""
    size = (640, 480)
    if any(role.says_boxes_in == "processed" for role in recipe.roles.values()) and processed(size) is None:
        raise _unseen(size)


def _unseen(size: Size) -> UserError:
    return mistake(
        f"says_boxes_in is processed, but a picture of {size[0]} by {size[1]} pixels has no one size after the model's"
        " processor, which may cut it into tiles; write thousandths, unit or original"
    )


@lru_cache(maxsize=8192)  # siblings share a picture
def _size(path: Path) -> Size:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.size
