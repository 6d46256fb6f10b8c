"""Text from anywhere to plain mappings, lists and scalars, or one sentence; must not know what a recipe holds.

Safe YAML, narrowed: no tags, no repeated keys, bounded size, depth and aliases. Scalars are read as YAML 1.2 reads
them, so 1e-6 is a number and `on`, `017`, `1:20` and dates are the text they look like.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from mmzero.recipe.sentences import mistake, show

MOST_BYTES = 2**20
_MOST_DEPTH = 50
_MOST_VALUES = 50_000  # aliases written out
_MOST_DIGITS = 100

_SCALARS = {
    "null": (r"~|null|Null|NULL|", "~nN"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
}


def read_yaml(content: bytes, label: str) -> Any:
    """The plain values in `content`; `label` says in a message where it came from."""
    if len(content) > MOST_BYTES:
        raise mistake(f"{label} holds {len(content)} bytes; a recipe may hold {MOST_BYTES}: is this the right file?")
    try:
        return yaml.load(content.decode("utf-8"), _Loader)
    except UnicodeDecodeError as error:
        raise mistake(f"{label} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except _Refused as error:
        raise mistake(f"{label}{_place(error.mark)}: {error}") from error
    except yaml.YAMLError as error:
        place = _place(getattr(error, "problem_mark", None))
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is no YAML"
        raise mistake(f"{label}{place}: the YAML cannot be read ({what}); correct that line") from error


def _place(mark: yaml.Mark | None) -> str:
    return f", line {mark.line + 1}" if mark else ""


class _Refused(Exception):
    def __init__(self, message: str, mark: yaml.Mark | None):
        super().__init__(message)
        self.mark = mark


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with less in it and bounds around it."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own name

    def __init__(self, text: str):
        super().__init__(text)
        self._depth = 0
        self._values = 0
        self._sizes: dict[yaml.Node, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        before, self._depth = self._values, self._depth + 1
        if self._depth > _MOST_DEPTH:
            raise _Refused(f"values are nested more than {_MOST_DEPTH} deep; flatten them", event.start_mark)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _Refused(f"the tag {show(event.tag)} is not allowed; write a plain value", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(event, yaml.AliasEvent):
            if node not in self._sizes:
                raise _Refused(f"*{event.anchor} holds itself; write the value out", event.start_mark)
            self._values += self._sizes[node]
        else:
            self._values += 1
            self._sizes[node] = self._values - before
        if self._values > _MOST_VALUES:
            raise _Refused(f"it spells out more than {_MOST_VALUES} values; use fewer aliases", event.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                said = show(key.value) if isinstance(key, yaml.ScalarNode) else "a list or mapping"
                raise _Refused(f"the key {said} is not text; put it in quotes", key.start_mark)
            if key.value in seen:
                raise _Refused(f"the key {show(key.value)} stands twice; delete one of them", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        text = super().construct_scalar(node)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise _Refused("half of a surrogate pair is no character; write the whole one", node.start_mark)
        return text

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """`<<` is a key like any other, and an unknown one: `extends` is how a recipe builds on another."""

    def number(self, node: yaml.ScalarNode) -> int | float:
        text = node.value
        if len(text) > _MOST_DIGITS:
            raise _Refused(
                f"a number of {len(text)} characters was written; {_MOST_DIGITS} are allowed", node.start_mark
            )
        if node.tag.endswith(":float"):
            return float(text.replace(".", "", 1) if text.lower().lstrip("+-") in (".inf", ".nan") else text)
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


for _name, (_pattern, _first) in _SCALARS.items():
    # The empty scalar is null, the first of them, whoever else is asked about it.
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), [*_first, ""])
for _name in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _Loader.number)
