"""Saying that nothing is there where nothing is."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import boxes
from mmzero.types import Answer


def declared(
    answer: str | None, truth: Answer, scene: Mapping[str, Any] | None = None, labels: str | None = None
) -> tuple[float, dict[str, str]] | None:
    """1 for "No Objects" or an empty list; a list that cannot be read declares nothing. Does not apply where something
    is there."""
    if boxes.truth(truth, scene, labels).found:
        return None
    status = boxes.read(answer).status
    return float(status == "none"), {"read": status}
