"""A recipe by name or path, its `extends` and `--set` resolved, into the frozen tree; must not know what a recipe does.

read: file -> plain values -> merged with what it extends -> overridden -> phase defaults written out -> validated.
Whatever is wrong with any of it is one UserError.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mmzero import shipped
from mmzero.recipe import faults
from mmzero.recipe.amend import Change, differences, plain
from mmzero.recipe.faults import Place, dotted
from mmzero.recipe.hostile_yaml import MOST_BYTES, read_yaml
from mmzero.recipe.override import Override
from mmzero.recipe.sentences import mistake, show, suggest
from mmzero.recipe.tree import Recipe


def read(name_or_path: str, overrides: Sequence[str] = ()) -> tuple[Recipe, Path]:
    """The recipe and the file it came from. `overrides` are written as on the command line: 'schedule.iterations=3'."""
    path = _find(name_or_path)
    layers = _layers(path)
    raw: dict[str, Any] = {}
    for layer in reversed(layers):
        raw = _merged(raw, layer.values)
    changes = [Override.read(text) for text in overrides]
    for change in changes:
        change.apply(raw)
    return _validated(raw, _labels(layers, changes)), path


def reread(recipe: Recipe, overrides: Sequence[str]) -> Recipe:
    """A whole recipe with some values changed. `learning` is written out in every phase by now: a phase that has the
    default's value has taken it from there, and follows."""
    raw = plain(recipe)
    before = copy.deepcopy(raw["learning"])
    changes = [Override.read(text) for text in overrides]
    for change in changes:
        change.apply(raw)
    if isinstance(raw["learning"], dict):
        for change in differences(before, raw["learning"]):
            _follow(raw, change)
    return _validated(raw, _labels([], changes))


def _follow(raw: dict[str, Any], change: Change) -> None:
    *above, last = change.place
    for phase in raw["schedule"]["phases"]:
        at = phase["learning"]
        for part in above:
            at = at.get(part) if isinstance(at, dict) else None
        if isinstance(at, dict) and at.get(last) == change.was:
            at[last] = copy.deepcopy(change.now)


def freeze(recipe: Recipe) -> str:
    """The resolved whole as JSON; `thaw` reads back the same recipe, whatever the defaults have become."""
    return recipe.model_dump_json(by_alias=True, indent=2) + "\n"


def thaw(text: str | bytes, label: str = "the frozen recipe") -> Recipe:
    try:
        return Recipe.model_validate_json(text)
    except ValidationError as error:
        raise mistake(faults.say(error, Recipe, lambda _: label)) from error


def schema() -> dict[str, Any]:
    """JSON schema of a recipe as a person writes it: with `extends`, everything else may come from the other recipe."""
    tree = Recipe.model_json_schema(by_alias=True)
    tree["properties"]["extends"] = {
        "type": "string",
        "description": "Another recipe, of which this changes some lines",
    }
    tree["anyOf"] = [{"required": ["extends"]}, {"required": tree.pop("required")}]
    return tree


# --- finding files


def _find(name: str) -> Path:
    known = shipped.recipes()
    if name in known:
        return known[name]
    path = Path(name)
    if _is_file(path):
        return path
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise mistake(f"there is no recipe file {show(name)}; check the path")
    if _is_file(Path(name + ".yaml")):
        raise mistake(f"{show(name)} is no shipped recipe; for the file beside you write {name}.yaml")
    raise mistake(f"there is no recipe {show(name)}; {suggest(name, known)} (or give a path to a .yaml)")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than a name may be
        return False


def _find_base(named: object, path: Path) -> Path:
    if not isinstance(named, str) or not named:
        raise mistake(f"{path}: extends is {show(named)}, but must be the name or path of another recipe; correct it")
    beside = path.parent / named
    found = [file for file in (beside, Path(f"{beside}.yaml"), shipped.recipes().get(named)) if file and _is_file(file)]
    for file in found:  # a recipe may bear the name of the shipped one it extends
        if file.resolve() != path.resolve():
            return file
    if found:
        raise mistake(f"{path}: extends is {show(named)}, which is this recipe itself; name another")
    known = {*shipped.recipes(), *(other.stem for other in path.parent.glob("*.yaml"))} - {path.stem}
    raise mistake(f"{path}: extends is {show(named)}, which is neither beside it nor shipped; {suggest(named, known)}")


# --- layers: the recipe first, then what it extends, and so on


@dataclass(frozen=True)
class _Layer:
    path: Path
    values: dict[str, Any]


def _layers(path: Path) -> list[_Layer]:
    layers: list[_Layer] = []
    following: Path | None = path
    while following is not None:
        if any(layer.path.resolve() == following.resolve() for layer in layers):
            circle = " -> ".join([layer.path.name for layer in layers] + [following.name])
            raise mistake(f"{path}: extends runs in a circle ({circle}); let one of them extend nothing")
        values = _read_mapping(following)
        base = values.pop("extends", _NOTHING)
        layers.append(_Layer(following, values))
        following = None if base is _NOTHING else _find_base(base, following)
    return layers


_NOTHING = object()


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise mistake(f"{path} cannot be read ({error.strerror}); check the path and its rights") from error
    values = read_yaml(content, str(path))
    if not isinstance(values, dict):
        raise mistake(f"{path} holds {show(values)}, but a recipe is a mapping of keys; begin with name:")
    return values


def _merged(below: Any, above: Any) -> Any:
    """Mappings are merged, everything else is replaced. Nothing is shared: aliases would let one change be many."""
    if isinstance(below, dict) and isinstance(above, dict):
        return copy.deepcopy(below) | {key: _merged(below.get(key), value) for key, value in above.items()}
    return _unshared(above)


def _unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


# --- who wrote what


def _labels(layers: Sequence[_Layer], changes: Sequence[Override]) -> Callable[[Place], str]:
    """Who wrote the value at a place: the last --set over it, else the uppermost file that has it."""

    def label(place: Place) -> str:
        for change in reversed(changes):
            if place and change.touches(place):
                return f"--set {change.text}"
        for layer in layers:
            if place and _holds(layer.values, place):
                return str(layer.path)
        return str(layers[0].path) if layers else "the campaign's recipe"

    return label


def _holds(values: Any, place: Place) -> bool:
    for part in place:
        known = values if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
        if part not in known:
            return part == "[key]"
        values = values[part]
    return True


# --- validation


def _with_phase_defaults(raw: dict[str, Any]) -> dict[str, Any]:
    """`learning` is the default of every phase, and a proposer is compared with its batch: siblings share their
    penalties, and a group's baseline would cancel them. Written answers are imitated, whatever the recipe's loss compares.
    What is ill-formed is left for validation to name."""
    common = raw.get("learning", {})
    schedule = raw.get("schedule")
    phases = schedule.get("phases") if isinstance(schedule, dict) else None
    if not isinstance(phases, list) or not isinstance(common, dict):
        return raw
    return raw | {"schedule": schedule | {"phases": [_with_defaults(phase, common) for phase in phases]}}


def _with_defaults(phase: Any, common: Mapping[str, Any]) -> Any:
    if not isinstance(phase, dict) or not isinstance(phase.get("learning", {}), dict):
        return phase
    own = phase.get("learning", {})
    if phase.get("answers") == "written":
        return {"group": 1} | phase | {"learning": _merged(_merged(dict(common), _IMITATION), own)}
    default = {"advantage": "batch"} if phase.get("train") == "proposer" else {}
    return phase | {"learning": _merged(_merged(default, dict(common)), own)}


_IMITATION = {
    "loss": "nll",
    "advantage": "reward",
    "kl": {"weight": 0},
    "mismatch": {"drop_above": None},
    "rehearse": None,
}


def _validated(raw: dict[str, Any], label: Callable[[Place], str]) -> Recipe:
    for place, value in _leaves(raw):
        if isinstance(value, float) and not math.isfinite(value):
            said = f"{dotted(place)} is {value}, but must be a finite number; write one"
            raise mistake(f"{label(place)}: {said}")
    try:
        recipe = Recipe.model_validate(_with_phase_defaults(raw))
    except ValidationError as error:
        raise mistake(faults.say(error, Recipe, label)) from error
    for place, value in _leaves(raw):
        # pydantic counts true as 1, and a person who wrote it meant something else
        if isinstance(value, bool) and not isinstance(read_as := _at(recipe, place), bool):
            said = f"{dotted(place)} is {show(value)}, but must be a number; write {read_as:g} if you mean it"
            raise mistake(f"{label(place)}: {said}")
    return recipe


def _leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*place, key))
    else:
        yield place, value


def _at(tree: Any, place: Place) -> Any:
    for part in place:
        inside = isinstance(tree, Mapping | tuple | list)
        tree = tree[part] if inside else getattr(tree, "with_" if part == "with" else str(part))
    return tree
