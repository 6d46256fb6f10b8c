"""The values of a step as rows of three tables and back again, exactly; knows the types and nothing of files.

tasks     one row per episode, parents before children; `parent_row` is the row of the episode it is a child of
rollouts  one row per answer; `task_row` is the row of its episode, `proposal` what an answer was read as that others are
          asked about
rewards   one row per scored answer, in learning order; `rollout_row` is the row of that answer
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from mmzero.types import (
    THOUSANDTHS,
    Answer,
    Drawing,
    Episode,
    Generator,
    Idea,
    Played,
    Proposal,
    Rejection,
    Rollout,
    Said,
    Scored,
    Task,
    Warrant,
)

Row = dict[str, Any]

TASKS = {
    "step": "int64",
    "id": "string",
    "family": "string",
    "kind": "string",
    "level": "int64",
    "question": "string",
    "images": "list<string>",
    "answer_kind": "string",
    "answer": "string",  # JSON
    "answer_text": "string",
    "choices": "list<string>",
    "tolerance": "double",
    "warrant": "string",
    "confidence": "double",
    "scene": "string",
    "source": "string",
    "seed": "int64",
    "parent": "string",
    "parent_row": "int64",
    "facts": "string",  # JSON
    "failure": "string",
}
ROLLOUTS = {
    "step": "int64",
    "id": "string",
    "task_id": "string",
    "task_row": "int64",
    "role": "string",
    "policy": "string",
    "version": "int64",
    "sibling": "int64",
    "prompt_ids": "list<int32>",
    "output_ids": "list<int32>",
    "logprobs": "list<double>",  # doubles: what is learned again must be what was learned, to the bit
    "mask": "list<bool>",
    "text": "string",
    "finish": "string",
    "temperature": "double",
    "seed": "int64",
    "extent": "list<double>",  # null: thousandths
    "proposal": "string",  # JSON
}
REWARDS = {
    "step": "int64",
    "id": "string",
    "rollout_row": "int64",
    "reward": "double",
    "parts": "string",  # JSON
    "missing": "string",
    "advantage": "double",
}


class Rows(NamedTuple):
    tasks: list[Row]
    rollouts: list[Row]
    rewards: list[Row]


def encode(played: Played, index: int) -> Rows:
    """Every value of one step but its seconds."""
    walk: list[tuple[Episode, int | None]] = [(episode, None) for episode in played.episodes]
    for row, (episode, _) in enumerate(walk):  # grows while it is walked: children come after every parent
        walk.extend((child, row) for child in episode.children)
    said = [(row, *pair) for row, (episode, _) in enumerate(walk) for pair in _beside(episode)]
    places = _Places([rollout for _, rollout, _ in said])
    return Rows(
        tasks=[{"step": index, **_task_row(episode.task), **_episode_row(episode, above)} for episode, above in walk],
        rollouts=[{"step": index, "task_row": row, **_rollout_row(*pair)} for row, *pair in said],
        rewards=[{"step": index, **_reward_row(one, places)} for one in played.scored],
    )


def add_advantages(rows: Rows, advantages: Mapping[str, float]) -> None:
    """By rollout id; written for people to read and never read back."""
    for row in rows.rewards:
        row["advantage"] = advantages.get(row["id"])


def decode(rows: Rows, seconds: Mapping[str, float]) -> Played:
    tasks = [_task(row) for row in rows.tasks]
    rollouts = [_rollout(row, tasks[row["task_row"]]) for row in rows.rollouts]
    said: list[list[tuple[Rollout, str | None]]] = [[] for _ in tasks]
    for rollout, row in zip(rollouts, rows.rollouts, strict=True):
        said[row["task_row"]].append((rollout, row["proposal"]))
    children: dict[int | None, list[Episode]] = {}
    for row in range(len(tasks) - 1, -1, -1):  # backwards, so that children are whole before their parent
        episode = _episode(rows.tasks[row], tasks[row], said[row], children.get(row, ()))
        children.setdefault(rows.tasks[row]["parent_row"], []).append(episode)
    return Played(
        episodes=tuple(reversed(children.get(None, ()))),
        scored=tuple(_scored(row, rollouts[row["rollout_row"]]) for row in rows.rewards),
        seconds=dict(seconds),
    )


class _Places:
    """In which row a rollout stands."""

    def __init__(self, rollouts: Sequence[Rollout]):
        self._rollouts = rollouts
        self._rows: dict[str, list[int]] = {}
        for row, rollout in enumerate(rollouts):
            self._rows.setdefault(rollout.id, []).append(row)

    def find(self, rollout: Rollout) -> int:
        for row in self._rows.get(rollout.id, ()):
            if self._rollouts[row] == rollout:
                return row
        raise ValueError(
            f"{rollout.id} was scored but stands in no episode; Played.episodes is everything that was said"
        )


def _beside(episode: Episode) -> Iterable[tuple[Rollout, Said | None]]:
    for rollout in episode.rollouts:
        if rollout.task is not episode.task and rollout.task != episode.task:
            raise ValueError(
                f"{rollout.id} stands in the episode of {episode.task.id}; an episode is the siblings of one task"
            )
    if episode.proposals and len(episode.proposals) != len(episode.rollouts):
        raise ValueError(
            f"{episode.task.id} has {len(episode.rollouts)} rollouts and {len(episode.proposals)} proposals;"
            " they stand beside each other one to one, or there are none"
        )
    return zip(episode.rollouts, episode.proposals or (None,) * len(episode.rollouts), strict=True)


def _task_row(task: Task) -> Row:
    return {
        "id": task.id,
        "family": task.family,
        "kind": task.kind,
        "level": task.level,
        "question": readable(task.question),
        "images": task.images,
        **_answer_row(task.answer),
        "scene": readable(task.scene),
        "source": task.source,
        "seed": task.seed,
        "parent": task.parent,
    }


def _task(row: Row) -> Task:
    plain = {
        name: row[name] for name in ("id", "family", "kind", "level", "question", "scene", "source", "seed", "parent")
    }
    return Task(**plain, images=tuple(row["images"]), answer=_answer(row))


def _answer_row(answer: Answer | None) -> Row:
    if answer is None:
        return dict.fromkeys(("answer_kind", "answer", "answer_text", "choices", "tolerance", "warrant", "confidence"))
    return {
        "answer_kind": answer.kind,
        "answer": _json(_plain(answer.value)),
        "answer_text": readable(answer.text),
        "choices": tuple(map(readable, answer.choices)),
        "tolerance": float(answer.tolerance),
        "warrant": answer.warrant.kind,
        "confidence": float(answer.warrant.confidence),
    }


def _answer(row: Row) -> Answer | None:
    if row["answer_kind"] is None:
        return None
    value = _frozen(json.loads(row["answer"]))
    return Answer(
        kind=row["answer_kind"],
        value=frozenset(value) if row["answer_kind"] == "set" else value,
        warrant=Warrant(row["warrant"], row["confidence"]),
        choices=tuple(row["choices"]),
        tolerance=row["tolerance"],
    )


def _episode_row(episode: Episode, parent_row: int | None) -> Row:
    failure = None if episode.failure is None else readable(episode.failure)
    return {"parent_row": parent_row, "facts": _json(_floats(episode.facts)), "failure": failure}


def _episode(
    row: Row, task: Task, said: Sequence[tuple[Rollout, str | None]], children_backwards: Sequence[Episode]
) -> Episode:
    return Episode(
        task=task,
        rollouts=tuple(rollout for rollout, _ in said),
        proposals=tuple(_proposal(text) for _, text in said if text is not None),
        children=tuple(reversed(children_backwards)),
        facts=json.loads(row["facts"]),
        failure=row["failure"],
    )


def _rollout_row(rollout: Rollout, proposal: Said | None) -> Row:
    return {
        "id": rollout.id,
        "task_id": rollout.task.id,
        "role": rollout.role,
        "policy": rollout.policy,
        "version": rollout.version,
        "sibling": rollout.sibling,
        "prompt_ids": rollout.prompt_ids,
        "output_ids": rollout.output_ids,
        "logprobs": tuple(map(float, rollout.logprobs)),
        "mask": tuple(map(bool, rollout.mask)),
        "text": readable(rollout.text),
        "finish": rollout.finish,
        "temperature": float(rollout.temperature),
        "seed": rollout.seed,
        "extent": None if rollout.extent == THOUSANDTHS else rollout.extent,
        "proposal": None if proposal is None else _json(_proposal_row(proposal)),
    }


def _rollout(row: Row, task: Task) -> Rollout:
    plain = {
        name: row[name] for name in ("role", "policy", "version", "sibling", "text", "finish", "temperature", "seed")
    }
    tokens = {name: tuple(row[name]) for name in ("prompt_ids", "output_ids", "logprobs", "mask")}
    extent = row.get("extent") or THOUSANDTHS  # a ledger of this format may be older than the column
    return Rollout(task=task, extent=tuple(extent), **plain, **tokens)


_SAID = {frozenset(one.name for one in fields(kind)): kind for kind in (Proposal, Idea, Drawing, Generator, Rejection)}


def _proposal_row(proposal: Said) -> Row:
    return {one.name: getattr(proposal, one.name) for one in fields(proposal)}


def _proposal(text: str) -> Said:
    """Its fields say what it is: no two kinds have the same."""
    row = json.loads(text)
    kind = _SAID.get(frozenset(row)) if isinstance(row, dict) else None
    if kind is None:
        raise ValueError(f"a rollout was read as {text[:80]}, which is nothing that a role can say")
    return kind(**{name: _frozen(value) for name, value in row.items()})


def _reward_row(scored: Scored, places: _Places) -> Row:
    return {
        "id": scored.rollout.id,
        "rollout_row": places.find(scored.rollout),
        "reward": None if scored.reward is None else float(scored.reward),
        "parts": _json(_floats(scored.parts)),
        "missing": readable(scored.missing),
    }


def _scored(row: Row, rollout: Rollout) -> Scored:
    return Scored(rollout=rollout, reward=row["reward"], parts=json.loads(row["parts"]), missing=row["missing"])


def _floats(named: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in named.items()}


def _plain(value: Any) -> Any:
    """What JSON can say of an answer. A set is sorted by how its items are written: equal sets, equal rows."""
    if isinstance(value, frozenset):
        return sorted(map(_plain, value), key=_json)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"an answer holds numbers, strings and tuples of them; {value!r} is a {type(value).__name__}")


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _json(value: Any) -> str:
    return readable(json.dumps(value, ensure_ascii=False))


def readable(text: str) -> str:
    """A half of a surrogate pair, which a model can write in JSON, is no character and fits no file: it becomes '?'."""
    return text.encode("utf-8", "replace").decode()
