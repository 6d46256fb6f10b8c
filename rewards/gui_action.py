"""One step at a screen: the right kind of action at the right place or with the right words, as GUI-R1 pays it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mmzero.answers import boxes, points, written
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
    said = written.data(answer)
    if not isinstance(said, Mapping) or _type(said) is None:
        return 0.0, {"read": "unreadable", "type": 0.0}
    same = _type(said) == _type(right)
    fits = same and all(
        (
            _placed(said, right, sizes, frame, truth_frame, near),
            _worded(said, right, words),
            "direction" not in right or plain(str(said.get("direction"))) == plain(str(right["direction"])),
        )
    )
    return float(fits), {"read": "read", "type": float(same)}


def _type(action: Mapping[str, Any]) -> str | None:
    named = next((action[name] for name in _TYPES if isinstance(action.get(name), str)), "")
    return plain(named) or None


def _placed(
    said: Mapping[str, Any], right: Mapping[str, Any], sizes: object, frame: str, truth_frame: str, near: float
) -> bool:
    if "box" not in right and "point" not in right:
        return True
    found = points.from_data(said.get("point", said.get("coordinate")))
    if found is None or len(found) != 1 or (placed := points.placed(found, frame, truth_frame, sizes)) is None:
        return False
    (x, y) = placed[0]
    if "box" in right:
        (there,) = boxes.from_data(right["box"]).found
        return there.box[0] <= x <= there.box[2] and there.box[1] <= y <= there.box[3]
    (to,) = points.from_data(right["point"])
    return (x - to[0]) ** 2 + (y - to[1]) ** 2 < near**2


def _worded(said: Mapping[str, Any], right: Mapping[str, Any], words: float) -> bool:
    if "text" not in right:
        return True
    ours, theirs = (plain(str(one.get("text", ""))).split() for one in (said, right))
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return ours == theirs or (shared > 0 and 2.0 * shared / (len(ours) + len(theirs)) >= words)
