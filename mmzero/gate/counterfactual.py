"""Scenes with one thing changed: what a picture must follow where the answer does. Pure; runs no program and knows no
generator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

_MOST_LEAVES = 64  # of a scene that are changed one by one

Path = tuple[str | int, ...]


def variants(scene: str, others: Sequence[str], most: int) -> list[str]:
    """At most so many scenes that differ from this one in one place. First values that the generator itself chose in
    its other scenes, which are sure to be in range, then single numbers and words next to what they were."""
    whole = json.loads(scene)
    borrowed = _borrowed(whole, [json.loads(other) for other in others])
    edited = _edited(whole)
    found: dict[str, None] = {}
    for pair in zip_longest(borrowed, edited):  # in turn: either kind alone may miss what the answer hangs on
        found |= {_spelt(one): None for one in pair if one is not None}
    return list(found)[:most]


def _spelt(scene: Any) -> str:
    return json.dumps(scene, sort_keys=True, separators=(",", ":"))


def _borrowed(scene: Any, others: Sequence[Any]) -> Iterator[Any]:
    """Key by key, another scene's value of it."""
    if not isinstance(scene, dict):
        return
    for other in others:
        for key in scene:
            if isinstance(other, dict) and key in other and other[key] != scene[key]:
                yield {**scene, key: other[key]}


def _edited(scene: Any) -> Iterator[Any]:
    """Leaf by leaf, from the first of each list on: a number one more, a word that stands elsewhere in the scene."""
    leaves = list(_leaves(scene))[:_MOST_LEAVES]
    words = list(dict.fromkeys(value for _, value in leaves if isinstance(value, str)))
    for path, value in leaves:
        if isinstance(value, bool):
            yield _with(scene, path, not value)
        elif isinstance(value, int):
            yield _with(scene, path, value + 1)
        elif isinstance(value, float):
            yield _with(scene, path, value * 1.25 or 1.0)
        elif isinstance(value, str) and len(words) > 1:
            yield _with(scene, path, words[(words.index(value) + 1) % len(words)])


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path, value
        return
    for name, part in parts:
        yield from _leaves(part, (*path, name))


def _with(value: Any, path: Path, leaf: Any) -> Any:
    if not path:
        return leaf
    changed = value.copy()
    changed[path[0]] = _with(value[path[0]], path[1:], leaf)
    return changed
