"""Text that was read off a picture: by characters or by words that are wrong."""

from mmzero.answers import distance
from mmzero.types import Answer

_MOST_CHARACTERS = 20_000


def edit(answer: str | None, truth: Answer) -> float:
    """1 less the edits by the longer text. Nothing read where there is nothing is right; spaces at the ends are free."""
    said, right = _texts(answer, truth)
    if said is None:
        return 0.0
    return 1.0 - distance.edits(said, right) / max(len(said), len(right), 1)


def words(answer: str | None, truth: Answer) -> float:
    """1 less the words wrong, missing or too many by how many there are, 0 at least."""
    said, right = _texts(answer, truth)
    if said is None:
        return 0.0
    if not right.split():
        return float(not said.split())
    return max(0.0, 1.0 - distance.edits(said.split(), right.split()) / len(right.split()))


def _texts(answer: str | None, truth: Answer) -> tuple[str | None, str]:
    said = None if answer is None or len(answer) > _MOST_CHARACTERS else answer.strip()
    return said, truth.text.strip()[:_MOST_CHARACTERS]
