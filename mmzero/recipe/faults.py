"""What pydantic finds wrong with a recipe, said in one English sentence: place, value, rule, remedy. Reads no files."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from mmzero.recipe.sentences import show, suggest

Place = tuple[str | int, ...]
_ABSENT = object()

_WHOLE = ("int_type", "int_parsing", "int_parsing_size", "int_from_float")
# What a value must be, and what to do about it, by pydantic's name for the error.
_RULES = {
    "greater_than_equal": ("{ge} or more", "raise it"),
    "greater_than": ("more than {gt}", "raise it"),
    "less_than_equal": ("{le} or less", "lower it"),
    "less_than": ("less than {lt}", "lower it"),
    **dict.fromkeys(_WHOLE, ("a whole number", "write 8, say")),
    **dict.fromkeys(("float_type", "float_parsing"), ("a number", "write 0.5, say")),
    "finite_number": ("a finite number", "write 0.5, say"),
    **dict.fromkeys(("string_type", "string_unicode"), ("text", "put it in quotes")),
    **dict.fromkeys(("bool_type", "bool_parsing"), ("true or false", "write one of them")),
    **dict.fromkeys(("tuple_type", "list_type"), ("a list", "write [a, b], say")),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), ("a mapping", "write its keys under it")),
    "literal_error": ("{expected}", "write that or leave the key out"),
    "too_short": ("of {min_length} or more entries", "add one"),
    "too_long": ("of {max_length} or fewer entries", "take some away"),
    "string_pattern_mismatch": (
        "1 to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit",
        "rename it",
    ),
}


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: str
    place: Place  # as the author would write it, without pydantic's names for the arms of a union
    value: object
    context: Mapping[str, Any]
    message: str
    model: type[BaseModel] | None  # what the value's parent is read into


def say(error: ValidationError, root: type[BaseModel], label: Callable[[Place], str]) -> str:
    """The first thing wrong, and how many more there are. `label` says which file wrote the value at a place."""
    faults = [_located(details, root) for details in error.errors(include_url=False)]
    faults = [fault for fault in faults if not _repeats(fault, faults)]
    # A key that is missing and one that nobody knows are often one key misspelt: the second says more.
    faults.sort(key=lambda fault: fault.kind == "missing")
    first = faults[0]
    # Each arm of a union complains: the one that got furthest into the value is the one that was meant.
    arms = [fault for fault in faults if fault.place[: len(first.place)] == first.place]
    first = max(arms, key=lambda fault: len(fault.place))
    more = len({fault.place for fault in faults if fault not in arms})
    same = [fault for fault in arms if fault.place == first.place]
    return f"{label(first.place)}: {_sentence(first, same)}" + (f" (and {more} more)" if more else "")


def dotted(place: Place) -> str:
    return ".".join(part if str(part).isidentifier() and len(str(part)) < 64 else show(part) for part in place)


def _repeats(fault: _Fault, faults: Sequence[_Fault]) -> bool:
    """Whether it only follows from another: a list called too short because its entries are wrong, or a phase that was
    given the recipe's wrong `learning` as its default."""
    at = fault.place
    if fault.kind == "too_short" and fault.value:
        return any(len(other.place) > len(at) and other.place[: len(at)] == at for other in faults)
    own = at[3:] if at[:2] == ("schedule", "phases") and at[3:4] == ("learning",) else None
    return own is not None and any(other.place == own and other.kind == fault.kind for other in faults)


def _sentence(fault: _Fault, same: Sequence[_Fault]) -> str:
    at = dotted(fault.place)
    last = fault.place[-1] if fault.place else ""
    if fault.kind == "extra_forbidden":
        parent = dotted(fault.place[:-1]) or "a recipe"
        known = _keys(fault.model) if fault.model else ()
        return f"{at} is no key of {parent}; {suggest(str(last), known)}"
    if fault.kind == "missing" and isinstance(last, int):
        return f"{dotted(fault.place[:-1])} has {last} entries and needs more; add one"
    if fault.kind == "missing":
        return f"{at} is missing and has no default; add it"
    if fault.kind == "union_tag_not_found":
        return f"{at} has no {fault.context['discriminator']}; add it, as kind: bank"
    if fault.kind == "union_tag_invalid":
        tag, tags = str(fault.context["tag"]), str(fault.context["expected_tags"]).replace("'", "").split(", ")
        return f"{at}.kind is {show(tag)}; {suggest(tag, tags)}"
    if fault.kind == "value_error":
        text = str(fault.context["error"])
        return text if not fault.place else f"{at}: {text}"
    if fault.kind == "json_invalid":
        return f"the JSON cannot be read ({fault.context['error']}); restore it from a copy"
    if fault.place[-2:-1] and fault.place[-1] == "[key]":
        at, rule = dotted(fault.place[:-2]), _rule(fault)[0]
        return f"{at} has the key {show(fault.value)}; a key there must be {rule}"
    rules = list(dict.fromkeys(_rule(one)[0] for one in same))
    remedy = _remedy(fault)
    return f"{at} is {show(fault.value)}, but must be {' or '.join(rules)}; {remedy}"


def _rule(fault: _Fault) -> tuple[str, str]:
    rule, remedy = _RULES.get(fault.kind, (f"otherwise: {fault.message[:1].lower()}{fault.message[1:]}", "correct it"))
    return rule.format_map(fault.context), remedy


def _remedy(fault: _Fault) -> str:
    if fault.kind == "literal_error" and isinstance(fault.value, str):
        known = [word.strip("' ") for word in str(fault.context["expected"]).replace(" or ", ",").split(",")]
        hint = suggest(fault.value, known)
        if hint.startswith("did"):
            return hint
    return _rule(fault)[1]


def _located(details: Mapping[str, Any], root: type[BaseModel]) -> _Fault:
    place, model = _walk(root, details["loc"])
    return _Fault(details["type"], place, details["input"], details.get("ctx", {}), details["msg"], model)


def _walk(root: type[BaseModel], loc: Sequence[str | int]) -> tuple[Place, type[BaseModel] | None]:
    """A pydantic location without the names of union arms, and the model its last key stands in."""
    place: list[str | int] = []
    kind: Any = root
    parent: type[BaseModel] | None = None
    for step in loc:
        kind = _plain(kind)
        if _is_union(kind):  # this step names an arm
            kind = _arm(kind, step)
            continue
        parent = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        place.append(step)
        kind = _child(kind, step)
    return tuple(place), parent


def _plain(kind: Any) -> Any:
    """Without its annotations, and without `| None`, for which pydantic has no step either."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if _is_union(kind):
        arms = [arm for arm in get_args(kind) if arm is not types.NoneType]
        return _plain(arms[0]) if len(arms) == 1 else kind
    return kind


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _arm(kind: Any, step: str | int) -> Any:
    for arm in map(_plain, get_args(kind)):
        if isinstance(arm, type) and issubclass(arm, BaseModel):
            tag = arm.model_fields["kind"].annotation if "kind" in arm.model_fields else None
            if step == arm.__name__ or step in get_args(tag):
                return arm
        elif get_origin(arm) is tuple and str(step).startswith("tuple"):
            return arm
    return _ABSENT


def _child(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if step == (field.alias or name):
                return field.annotation
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    if get_origin(kind) is tuple and isinstance(step, int):
        return arguments[0] if Ellipsis in arguments else arguments[min(step, len(arguments) - 1)]
    return _ABSENT


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
