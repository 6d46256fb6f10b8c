"""The answer is JSON of a given shape."""

import functools
import json
from collections.abc import Mapping
from typing import Any

_MOST_CHARACTERS = 20_000


def schema(answer: str | None, shape: Mapping[str, Any]) -> tuple[float, dict[str, str]]:
    """1 where the answer is JSON that the JSON schema `shape` allows; one code fence around it is no fault."""
    value = _parsed(answer)
    if value is _UNREADABLE:
        return 0.0, {"read": "unreadable"}
    try:
        allowed = _validator(json.dumps(shape, sort_keys=True)).is_valid(value)
    except RecursionError:  # deeper than anybody means
        allowed = False
    return float(allowed), {"read": "read" if allowed else "another shape"}


_UNREADABLE = object()


def _parsed(answer: str | None) -> Any:
    """JSON alone: what Python would read besides, no other program does."""
    text = (answer or "").strip()
    if text.startswith("```") and text.endswith("```") and len(text) > 6:
        text = text[3:-3].removeprefix("json").strip()
    if not text or len(text) > _MOST_CHARACTERS:
        return _UNREADABLE
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return _UNREADABLE


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


@functools.cache
def _validator(shape: str) -> Any:
    from jsonschema import validators

    kind = validators.validator_for(json.loads(shape), default=validators.validator_for({}))
    kind.check_schema(json.loads(shape))
    return kind(json.loads(shape))
