"""Rows of a JSONL file as episodes: what was asked, what is right, what was said. Must not know rewards.

A row has `question`, `answer`, `response`, perhaps `image` or `images` (paths beside the file) and whatever else its
dataset holds, which becomes the scene. Rows of one question and image are siblings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmzero.recipe.sentences import mistake, show
from mmzero.scoring.view import Sizes
from mmzero.types import GIVEN, Answer, Episode, Rollout, Task

_MOST_LINE = 2**24  # bytes
_ANSWER_KEYS = ("kind", "value", "choices", "tolerance")


@dataclass(frozen=True, slots=True)
class Rows:
    """`lines[i]` is the line of the rollout whose seed is i. `processed` is what rows say of how a model saw a size."""

    episodes: tuple[Episode, ...]
    lines: tuple[int, ...]
    counts_words: bool  # some row has neither tokens nor a length, so its words were counted


def read_rows(path: Path) -> Rows:
    groups: dict[str, list[Rollout]] = {}
    lines: list[int] = []
    words = False
    for line, row in _lines(path):
        where = f"line {line} of {path}"
        task, ids = _task(row, where, len(lines)), _ids(row, where)
        key = json.dumps([row.get("group"), task.question, _plain(row.get("answer")), task.images], sort_keys=True)
        group = groups.setdefault(key, [])
        task = group[0].task if group and group[0].task.scene == task.scene else task
        group.append(_rollout(row, where, task, len(group), len(lines), ids))
        lines.append(line)
        _sizes(row.get("sizes"), where)
        words |= not {"tokens", "length"} & row.keys()
    if not lines:
        raise mistake(f"{path} holds no rows; write one JSON object a line, with question, answer and response")
    episodes = tuple(Episode(task=group[0].task, rollouts=tuple(group)) for group in groups.values())
    return Rows(episodes, tuple(lines), words)


def sizes_of(task: Task) -> Sizes | None:
    """What a row says of its pictures' sizes."""
    return _sizes(json.loads(task.scene).get("sizes"), task.id)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open("rb") as stream:
            line = 0
            while text := stream.readline(_MOST_LINE + 1):
                line += 1
                if len(text) > _MOST_LINE:
                    raise mistake(f"line {line} of {path} is longer than {_MOST_LINE} bytes; is this a JSONL file?")
                if text.strip():
                    yield line, _row(text, f"line {line} of {path}")
    except OSError as error:
        raise mistake(f"{path} cannot be read ({error.strerror}); check the path and its rights") from error


def _row(text: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = (
            getattr(error, "msg", None) or "it is not UTF-8 text" * isinstance(error, UnicodeDecodeError) or str(error)
        )
        raise mistake(f"{where} is no JSON ({said}); correct it") from error
    if not isinstance(row, dict):
        raise mistake(f'{where} is {show(row)}, but a row is a JSON object; write {{"question": …, "response": …}}')
    for name in ("question", "response"):
        if not isinstance(row.get(name), str):
            held = f"holds {show(row[name])} as '{name}'" if name in row else f"has no '{name}'"
            raise mistake(f"{where} {held}, but every row needs question and response as text; correct it")
    return row


def _task(row: Mapping[str, Any], where: str, index: int) -> Task:
    level = row.get("level", 0)
    images = row.get("images", row.get("image"))
    images = [] if images is None else images if isinstance(images, list) else [images]
    if not all(isinstance(one, str) for one in images):
        raise mistake(f"{where} has an image that is no path; write the path of a file beside the rows")
    answer = _answer(row.get("answer"), where)
    scene = dict(row)
    if isinstance(row.get("answer"), dict) and answer:
        scene["answer"] = answer.text  # typed for us; other trainers know it in words
    return Task(
        id=str(row.get("id", f"row/{index}")), family=str(row.get("family", "rows")), kind=str(row.get("kind", "rows")),
        level=level if isinstance(level, int) else 0, question=row["question"], images=tuple(images), answer=answer,
        scene=json.dumps(scene), source="rows", seed=index,
    )  # fmt: skip


def _answer(said: Any, where: str) -> Answer | None:
    """Typed where the row types it; else a number or text."""
    if said is None or isinstance(said, Answer):
        return said
    if isinstance(said, bool | int | float | str):
        return Answer(**_plain_answer(said), warrant=GIVEN)
    if not isinstance(said, dict) or not {"kind", "value"} <= said.keys() <= set(_ANSWER_KEYS):
        kinds = 'text, a number, or {"kind": …, "value": …} with choices or tolerance where it has them'
        raise mistake(f"{where} has {show(said)} as its answer; write {kinds}")
    try:
        value = _tuples(said["value"])
        return Answer(
            kind=said["kind"],
            value=frozenset(value) if said["kind"] == "set" else value,
            warrant=GIVEN,
            choices=tuple(said.get("choices", ())),
            tolerance=float(said.get("tolerance", 0.0)),
        )
    except (ValueError, TypeError) as error:
        raise mistake(f"{where} has an answer that is none: {error}; correct it") from error


def _plain_answer(said: bool | int | float | str) -> dict[str, Any]:
    if isinstance(said, bool):
        return {"kind": "text", "value": str(said).lower()}
    if isinstance(said, str):
        try:
            number = float(said) if said.isascii() and not said.strip().isalpha() else None
        except ValueError:
            number = None
        if number is None or number - number != 0 or "_" in said:  # inf and nan are words
            return {"kind": "text", "value": said}
        return {"kind": "number", "value": int(said) if said.strip().lstrip("+-").isdigit() else number}
    return {"kind": "number", "value": said}


def _rollout(row: Mapping[str, Any], where: str, task: Task, sibling: int, index: int, ids: tuple[int, ...]) -> Rollout:
    finish = row.get("finish", "stop")
    if finish not in ("stop", "length"):
        raise mistake(f"{where} has {show(finish)} as its finish; write stop or length")
    return Rollout(
        task=task, role=str(row.get("role", "solver")), policy=str(row.get("policy", "main")), version=0, sibling=sibling,
        prompt_ids=(), output_ids=ids, logprobs=(0.0,) * len(ids), mask=(True,) * len(ids), text=row["response"],
        finish=finish, temperature=1.0, seed=index,
    )  # fmt: skip


def _ids(row: Mapping[str, Any], where: str) -> tuple[int, ...]:
    """The row's tokens, or as many as it says there are; where it says nothing, one a word."""
    tokens = row.get("tokens", row.get("completion_ids"))
    if tokens is not None:
        if not isinstance(tokens, list) or not tokens or not all(isinstance(one, int) for one in tokens):
            raise mistake(f"{where} has {show(tokens)} as its tokens; write a list of whole numbers")
        return tuple(tokens)
    length = row.get("length", max(len(row["response"].split()), 1))
    if not isinstance(length, int) or not 1 <= length <= _MOST_LINE:
        raise mistake(f"{where} has {show(length)} as its length; write how many tokens the response has")
    return (0,) * length


def _sizes(said: Any, where: str) -> Sizes | None:
    """A list of [[width, height], [width, height]]: the original and how the model saw it, which may be null."""
    if said is None:
        return None
    try:
        return tuple((_size(original), _size(seen) if seen is not None else None) for original, seen in said)
    except (ValueError, TypeError) as error:
        wanted = "[[[width, height], [width, height]], …], original and processed, a pair for each image"
        raise mistake(f"{where} has {show(said)} as its sizes; write {wanted}") from error


def _size(said: Any) -> tuple[int, int]:
    wide, high = map(int, said)
    return wide, high


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else json.dumps(value, sort_keys=True)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
