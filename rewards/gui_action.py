"""One step at a screen: the right kind of action at the right place or with the right words, as GUI-R1 pays it."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mmzero.answers import boxes, frames, points, written
from mmzero.answers.boxes import NOTHING, Box
from mmzero.answers.points import Point
from mmzero.answers.written import plain
from mmzero.types import Answer

Earned = tuple[float, dict[str, float | str]]

_TYPES = ("action", "type")


def step(
    answer: str | None,
    truth: Answer,
    scene: Mapping[str, Any] | None = None,
    sizes: object = None,
    frame: str = "thousandths",
    truth_frame: str = "thousandths",
    action_in: str = "action",
    near: float = 140.0,
    words: float = 0.5,
) -> Earned:
    """1 where the type is right and what it takes: a point inside the `box` or within `near` of the `point`, a `text`
    that shares `words` of F1, the same `direction`. The truth stands in the scene under `action_in`, or is its text."""
    right = (scene or {}).get(action_in) or written.data(truth.text)
    if not isinstance(right, Mapping) or _type(right) is None:
        raise ValueError(f"the truth {str(right)!r:.80} is no action; name where one stands in action_in")
    place, said = _place(right, truth_frame, sizes), written.data(answer)
    if not isinstance(said, Mapping) or _type(said) is None:
        return 0.0, {"read": "unreadable", "type": 0.0}
    same = _type(said) == _type(right)
    spot, told = _spot(said, frame, truth_frame, sizes) if place else (None, "read")
    fits = same and all(
        (
            place is None or _at(spot, place, near),
            _worded(said, right, words),
            "direction" not in right or plain(str(said.get("direction"))) == plain(str(right["direction"])),
        )
    )
    return float(fits), {"read": told, "type": float(same)}


def _type(action: Mapping[str, Any]) -> str | None:
    named = next((action[name] for name in _TYPES if isinstance(action.get(name), str)), "")
    return plain(named) or None


def _place(right: Mapping[str, Any], frame: str, sizes: object) -> Box | Point | None:
    """Where the truth's box or point is; None where it has neither."""
    if "box" in right:
        found = tuple(one.box for one in boxes.from_data(right["box"]).found)
    elif "point" in right:
        found = points.from_data(right["point"])
    else:
        return None
    if found is None or len(found) != 1 or found[0] == NOTHING:
        raise ValueError(f"the truth {str(dict(right))!r:.80} names no sound box or point; correct that row")
    frames.refuse_outside(found, frame, sizes)
    return found[0]


def _spot(said: Mapping[str, Any], frame: str, into: str, sizes: object) -> tuple[Point | None, str]:
    """Where it was said to be, counted as the truth is, and how that was read."""
    found = points.from_data(said.get("point", said.get("coordinate")))
    if found is None or len(found) != 1:
        return None, "no point"
    placed = points.placed(found, frame, into, sizes)
    return (placed[0], "read") if placed else (None, "outside its frame")


def _at(spot: Point | None, place: Box | Point, near: float) -> bool:
    if spot is None:
        return False
    if len(place) == 4:
        return place[0] <= spot[0] <= place[2] and place[1] <= spot[1] <= place[3]
    return math.dist(spot, place) < near


def _worded(said: Mapping[str, Any], right: Mapping[str, Any], words: float) -> bool:
    if "text" not in right:
        return True
    ours, theirs = (plain(str(one.get("text", ""))).split() for one in (said, right))
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return ours == theirs or (shared > 0 and 2.0 * shared / (len(ours) + len(theirs)) >= words)
