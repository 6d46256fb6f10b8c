"""What a call of a reward is given: our names, or a foreign trainer's own words for the same answers. Must not know how
it is called, nor what comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from mmzero.recipe.signatures import GIVEN, ONCE, Per, Signature
from mmzero.scoring.view import View

_CHAT = ("prompt", "completion", "completion_ids")  # columns of TRL's data that its trainer says in its own way


@dataclass(frozen=True, slots=True)
class Arguments:
    """Of one call, which is shown the answers `rows` of a step."""

    rows: tuple[int, ...]
    by_place: tuple[Any, ...]
    by_name: Mapping[str, Any]


def words(view: View, signature: Signature, taken: Collection[str]) -> dict[str, Any]:
    """One answer in the words of the reward's style; `taken` is what `with` sets. May raise: a picture that is broken,
    a column that is not there."""
    if signature.style == "own":
        return _own(view, signature, taken)
    said = {name: value for name, value in _WORDS[signature.style](view, signature).items() if name not in taken}
    if signature.style.startswith("easyr1"):
        return said
    for name in signature.names:
        if name not in said and name not in signature.optional and name not in taken and name not in GIVEN["trl"]:
            raise LookupError(f"the data has no column '{name}'")
    return {name: value for name, value in said.items() if signature.everything or name in signature.names}


def _own(view: View, signature: Signature, taken: Collection[str]) -> dict[str, Any]:
    said = {}
    for name in GIVEN["own"].intersection(signature.names) - ONCE - set(taken):
        try:
            said[name] = view[name]
        except ValueError:  # a picture that is not there; a reward that can do without says so by a default
            if name not in signature.optional:
                raise
    return said


def arguments(
    rows: Sequence[int], said: Sequence[dict[str, Any]], first: View, signature: Signature, per: Per, once: Mapping
) -> Arguments:
    """One call about these answers. `once` holds what does not depend on the answer."""
    style = signature.style
    if style.startswith("easyr1"):
        return Arguments(tuple(rows), (list(said) if style == "easyr1_batch" else said[0],), {})
    asked = {name: value for name, value in once.items() if name in signature.names}
    if style == "trl":
        around = {
            "trainer_state": SimpleNamespace(global_step=first.moment.step),
            "log_extra": _unheard,
            "log_metric": _unheard,
        }
        asked |= {name: value for name, value in around.items() if name in signature.names}
    if style == "trl" or style == "verl_batch":
        names = {name: None for one in said for name in one}
        return Arguments(tuple(rows), (), {name: [one.get(name) for one in said] for name in names} | asked)
    if per == "answer":
        return Arguments(tuple(rows), (), said[0] | asked)
    names = GIVEN["own"].intersection(signature.names) & said[0].keys()
    return Arguments(tuple(rows), (), {name: tuple(one[name] for one in said) for name in names} | asked)


def _unheard(*_: Any) -> None:
    """TRL's own logs, which nobody reads here."""


def _columns(view: View) -> dict[str, Any]:
    """The data's row as other trainers hold it: what `mmzero tasks export` writes of a task, the dataset's own columns
    over it."""
    task = view.rollout.task
    own = json.loads(task.scene)
    told = {"id": task.id, "family": task.family, "kind": task.kind, "level": task.level, "scene": task.scene}
    if task.answer is not None:
        told |= {"answer": task.answer.text, "answer_kind": task.answer.kind}
    return told | (own if isinstance(own, dict) else {})


def _ground_truth(view: View, columns: Mapping[str, Any]) -> Any:
    """As the dataset wrote it, where it did."""
    kept = columns.get("reward_model")
    if "ground_truth" in columns:
        return columns["ground_truth"]
    if isinstance(kept, Mapping) and "ground_truth" in kept:
        return kept["ground_truth"]
    answer = columns.get("answer")
    truth = view.rollout.task.answer
    return answer if isinstance(answer, str) or truth is None else truth.text


def _trl(view: View, signature: Signature) -> dict[str, Any]:
    """A chat where the function reads messages, plain text where it does not, as TRL gives the one or the other."""
    rollout, columns = view.rollout, _columns(view)
    for name in ("solution", "ground_truth"):
        columns.setdefault(name, _ground_truth(view, columns))
    prompt: Any = columns.get("prompt", rollout.task.question)
    if signature.messages and isinstance(prompt, str):
        pictures = [{"type": "image", "image": one} for one in view.pictures] if "prompts" in signature.names else []
        prompt = [{"role": "user", "content": [*pictures, {"type": "text", "text": prompt}] if pictures else prompt}]
    completion = [{"role": "assistant", "content": rollout.text}] if signature.messages else rollout.text
    said = {"prompts": prompt, "completions": completion, "completion_ids": list(rollout.output_ids)}
    return {name: value for name, value in columns.items() if name not in _CHAT} | said


def _verl(view: View, signature: Signature) -> dict[str, Any]:
    columns = _columns(view)
    extra = columns.get("extra_info")
    return {
        "data_source": columns.get("data_source", f"mmzero/{view.rollout.task.family}"),
        "solution_str": view.rollout.text,
        "ground_truth": _ground_truth(view, columns),
        "extra_info": extra if isinstance(extra, dict) else columns,
    }


def _verl_batch(view: View, signature: Signature) -> dict[str, Any]:
    return {f"{name}s": value for name, value in _verl(view, signature).items()}


def _easyr1(view: View, signature: Signature) -> dict[str, Any]:
    columns = _columns(view)
    return {
        "response": view.rollout.text,
        "response_length": len(view.rollout.output_ids),
        "ground_truth": _ground_truth(view, columns),
    }


_WORDS: Mapping[str, Callable[[View, Signature], dict[str, Any]]] = {
    "trl": _trl,
    "verl": _verl,
    "verl_batch": _verl_batch,
    "easyr1": _easyr1,
    "easyr1_batch": _easyr1,
}
