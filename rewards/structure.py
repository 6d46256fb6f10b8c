"""A small bonus for an answer that can be read at all, whether or not it is right."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import boxes, points, spans, written
from mmzero.types import Answer

_READERS = {
    "number": lambda text: written.number(text) is not None,
    "boxes": lambda text: boxes.read(text).status != "unreadable",
    "points": lambda text: points.read(text) is not None,
    "interval": lambda text: spans.read(text) is not None,
    "mask": lambda text: written.data(text, 200_000) is not None,
}


def bonus(answer: str | None, truth: Answer, worth: float = 0.5) -> float:
    """`worth` for an answer of the truth's kind. Of words, all but none at all and a flood of them are."""
    reads = _READERS.get(truth.kind, lambda text: bool(text.strip()) and len(text) <= written.MOST_CHARACTERS)
    return worth * float(answer is not None and reads(answer))


def keyed(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    track_in: str = "track",
    valid: float = 0.25,
    keys: float = 0.25,
) -> float:
    """`valid` for a mapping of frames to boxes, and `keys` times the frames that it shares with the truth's by all
    that either has: naming every frame there could be is no way to the whole."""
    there = spans.track((scene or {}).get(track_in) or truth.text)
    if not there:
        raise ValueError(f"the truth {truth.text!r:.80} is no track; name where it stands in track_in")
    said = spans.track(answer)
    if not said:
        return 0.0
    return valid + keys * len(said.keys() & there.keys()) / len(said.keys() | there.keys())
