"""Where a thing is in each frame of a video, and when it is to be seen at all."""

from collections.abc import Mapping
from typing import Any

from mmzero.answers import boxes, frames, spans, written
from mmzero.answers.boxes import NOTHING, Box, Detections, Found
from mmzero.types import Answer

_MOST_CHARACTERS = 100_000

Earned = tuple[float, dict[str, float | str]]


def mean_iou(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    track_in: str = "track",
) -> Earned:
    """The mean IoU over the truth's frames, of which one left out has 0. Frames that are not asked for are free: the
    truth says nothing of them. The truth's track stands in the scene under `track_in`, or is its text."""
    value = (scene or {}).get(track_in) or truth.text
    there, said = _sound(spans.track(value), value, "track_in", truth_frame, sizes), spans.track(answer)
    if said is None:
        return 0.0, {"read": "unreadable", "frames": 0.0}
    earned, told = _mean(said, there, list(there), sizes, frame, truth_frame)
    return earned, {"read": told, "frames": _shared(said, there)}


def when_and_where(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    found_in: str = "grounding",
) -> Earned:
    """Half the IoU in time, half the mean IoU of the boxes over the frames that both have. Both sides are
    {"time": [start, end], "boxes": {"frame": box, …}}; the truth's stands in the scene under `found_in`, or is its text."""
    value = (scene or {}).get(found_in) or truth.text
    right, said = _both(value), _both(answer)
    if right is None:
        raise ValueError(f"the truth {str(value)!r:.80} has no time and boxes; name where they stand in found_in")
    _sound(right[1], value, "found_in", truth_frame, sizes)
    if said is None:
        return 0.0, {"read": "unreadable", "time": 0.0, "place": 0.0}
    time = spans.iou(said[0], right[0])
    shared = [one for one in right[1] if one in said[1]]
    place, told = _mean(said[1], right[1], shared, sizes, frame, truth_frame)
    parts = {"read": told, "frames": _shared(said[1], right[1]), "time": time, "place": place}
    return 0.5 * time + 0.5 * place, parts


def _sound(there: dict[str, Box] | None, value: Any, named: str, truth_frame: str, sizes: object) -> dict[str, Box]:
    if not there or NOTHING in there.values():
        raise ValueError(f"the truth {str(value)!r:.80} is no track of sound boxes; name where it stands in {named}")
    frames.refuse_outside(there.values(), truth_frame, sizes)
    return there


def _both(value: Any) -> tuple[spans.Span, dict[str, Box]] | None:
    value = written.data(value, _MOST_CHARACTERS) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return None
    time, track = spans.read(value.get("time")), spans.track(value.get("boxes"))
    return None if time is None or track is None else (time, track)


def _mean(
    said: dict[str, Box], there: dict[str, Box], over: list[str], sizes: object, frame: str, truth_frame: str
) -> tuple[float, str]:
    """And how those boxes were read, in words that a person is shown."""
    if not over:
        return 0.0, "read"
    ours = Detections(tuple(Found(said.get(one, NOTHING)) for one in over), "read")
    placed = boxes.placed(ours, frame, truth_frame, sizes)
    pairs = zip(placed.found, over, strict=True)
    told = "outside its frame" if placed.outside else "read"
    return sum(boxes.iou_of(one.box, there[name]) for one, name in pairs) / len(over), told


def _shared(said: dict[str, Box], there: dict[str, Box]) -> float:
    return len(said.keys() & there.keys()) / len(there)
