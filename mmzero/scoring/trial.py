"""A reward tried on answers that were given before: rows of a file, or the rollouts of a past campaign. Must not know an
engine, and writes nothing."""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmzero import shipped
from mmzero.recipe import plugins
from mmzero.recipe.sentences import mistake, suggest
from mmzero.recipe.signatures import GIVEN, REWARD_PARAMETERS, Signature
from mmzero.recipe.tree import Plugin
from mmzero.scoring.calls import column
from mmzero.scoring.outcome import Outcome
from mmzero.scoring.plugin import Reward, load
from mmzero.scoring.rows import read_rows, sizes_of
from mmzero.scoring.view import Moment, Surroundings, View, views
from mmzero.types import Rejection

_BINS = 10
_TRL = "trl.rewards"


@dataclass(frozen=True, slots=True)
class Tried:
    """One answer: where it came from, what was said, what the reward came to."""

    where: str
    response: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    reward: Reward
    tried: tuple[Tried, ...]
    seconds: tuple[float, ...]  # of each call
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        calls = self.seconds or (0.0,)
        return {
            "reward": self.reward.plugin.use,
            "style": self.reward.signature.style,
            "per": self.reward.per,
            "n": len(self.tried),
            "scores": [one.outcome.value for one in self.tried],
            "parts": [dict(one.outcome.parts) for one in self.tried],
            "said": [dict(one.outcome.said) for one in self.tried],
            "errors": [
                {"row": row, "where": one.where, "error": one.outcome.error, "response": one.response[:200]}
                for row, one in enumerate(self.tried)
                if one.outcome.error
            ],
            "calls": len(self.seconds),
            "seconds_per_call": {"mean": statistics.fmean(calls), "max": max(calls)},
            "distribution": distribution([one.outcome for one in self.tried]),
            "notes": list(self.notes),
        }


def attempt(plugin: Plugin, on: Path, role: str | None = None, steps: int | None = None) -> Trial:
    """The plugin over every row of a file, or over a campaign's rollouts."""
    path = plugins.find(plugin.use, Path.cwd())
    plugins.check(plugin, frozenset(REWARD_PARAMETERS), Path.cwd())
    if not on.exists():
        raise mistake(f"there is neither a file nor a campaign at {on}; name rows in JSONL or a campaign's folder")
    with _printing_aside():
        reward = load(plugin, path)
        try:
            batches, notes = _of_campaign(on, plugin.use, role, steps) if on.is_dir() else _of_rows(on, reward)
            tried, seconds = _over(reward, batches)
        finally:
            reward.close()
    values = {one.outcome.value for one in tried}
    if len(tried) > 1 and len(values) == 1 and None not in values:
        notes = [*notes, f"every score is {values.pop():g}: nothing could be learned from these"]
    return Trial(reward, tuple(tried), tuple(seconds), tuple(notes))


@contextlib.contextmanager
def _printing_aside() -> Iterator[None]:
    """Whatever a reward prints, or a library in C that it calls, our own answer stays readable."""
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


Batch = list[tuple[View, str]]  # what is scored together, each answer with where it came from


def _over(reward: Reward, batches: Iterator[Batch]) -> tuple[list[Tried], list[float]]:
    tried: list[Tried] = []
    seconds: list[float] = []
    for batch in batches:
        found = column(reward, [view for view, _ in batch])
        seconds += found.seconds
        tried += [
            Tried(where, view.rollout.text, outcome)
            for (view, where), outcome in zip(batch, found.outcomes, strict=True)
        ]
    return tried, seconds


def _of_rows(path: Path, reward: Reward) -> tuple[Iterator[Batch], list[str]]:
    from mmzero.sources.posterior import Posterior

    rows = read_rows(path)
    around = Surroundings(image=lambda name: path.parent / name, sizes=sizes_of)
    shown = views(rows.episodes, Moment(0, posterior=Posterior(), around=around))
    ordered = sorted(shown, key=lambda view: view.rollout.seed)  # a view's group says who its siblings are
    counted = {"length", "tokens", "completion_ids"} & set(reward.signature.names) or reward.signature.style == "easyr1"
    notes = (
        ["some rows have neither tokens nor length, so a word counts as a token"]
        if rows.counts_words and counted
        else []
    )
    return iter([[(view, f"line {rows.lines[view.rollout.seed]}") for view in ordered]]), notes


def _of_campaign(folder: Path, use: str, role: str | None, steps: int | None) -> tuple[Iterator[Batch], list[str]]:
    """Step by step, each with what its rewards were shown then."""
    from mmzero.journal import Journal
    from mmzero.play import spoken
    from mmzero.sources.state import State, fold

    journal = Journal.open(folder, write=False)
    roles = journal.recipe.roles
    if role is not None and role not in roles:
        raise mistake(f"the campaign {folder} has no role '{role}'; {suggest(role, roles)}")
    paid = [name for name, one in roles.items() if any(plugin.use == use for plugin in one.rewards)]
    chosen = {role} if role else set(paid) or {"solver" if "solver" in roles else next(iter(roles))}
    cursors = {cursor.index: cursor for cursor in journal.cursors()}
    phases = {i: journal.recipe.schedule.phase_at(i) for i in journal.steps()}
    sampled = [i for i, phase in phases.items() if phase.train in chosen and phase.answers == "sampled"]
    played = [cursors[i] for i in sampled]
    if not played:
        raise mistake(f"the campaign {folder} has played no step that trains the {' or the '.join(sorted(chosen))} yet")

    def batches() -> Iterator[Batch]:
        for cursor in played[-steps:] if steps else played:
            trains = journal.recipe.schedule.phase_at(cursor.index).train
            episodes = spoken(journal.read(cursor.index).episodes, trains)
            state = journal.fold(cursor, State(), fold)
            said = (one for episode in episodes for one in episode.proposals)
            proposals = tuple(one for one in said if not isinstance(one, Rejection))
            around = Surroundings(image=journal.images.path)
            moment = Moment(
                cursor.index, proposals, state.archive.counts(), state.posterior, around, state.admitted.templates()
            )
            yield [(view, f"step {cursor.index}, {view.rollout.id}") for view in views(episodes, moment)]

    return batches(), [f"answers of the {' and the '.join(sorted(chosen))}"]


def distribution(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of the scores there are: where they lie, and how many there are of each or of each of ten equal ranges."""
    scores = sorted(one.value for one in outcomes if one.value is not None)
    errors = sum(bool(one.error) for one in outcomes)
    counts: dict[str, Any] = {
        "n": len(scores),
        "errors": errors,
        "not_applicable": len(outcomes) - len(scores) - errors,
    }
    if not scores:
        return counts
    low, high = scores[0], scores[-1]
    counts |= {
        "mean": statistics.fmean(scores), "std": statistics.pstdev(scores), "min": low,
        "median": statistics.median(scores), "max": high, "zeros": scores.count(0.0),
    }  # fmt: skip
    by_value = Counter(scores)
    if len(by_value) <= _BINS:
        return counts | {"counts": [[value, count] for value, count in sorted(by_value.items())]}
    width = (high - low) / _BINS
    bins = Counter(min(int((score - low) / width), _BINS - 1) for score in scores)
    return counts | {"bins": [[low + i * width, low + (i + 1) * width, bins[i]] for i in range(_BINS)]}


def shipped_rewards() -> list[dict[str, Any]]:
    """Every reward that comes with mmzero, and those of TRL, read from their sources."""
    root = shipped.root()
    found = [
        _told(f"rewards/{path.name}:{name}", signature, about)
        for path in sorted((root / "rewards").glob("*.py"))
        for name, (signature, about) in plugins.functions(path).items()
        if _can_be_called(signature)
    ]
    return found + [
        _told(f"{_TRL}:{name}", *plugins.functions(plugins.find(f"{_TRL}:{name}", root))[name])
        for name in plugins.handed_on(_TRL)
    ]


def _can_be_called(signature: Signature) -> bool:
    return signature.style != "own" or GIVEN["own"] & set(signature.names) != set()


def _told(use: str, signature: Signature, about: str) -> dict[str, Any]:
    given = GIVEN[signature.style]
    return {
        "use": use,
        "about": about,
        "style": signature.style,
        "per": signature.per,
        "asks": [name for name in signature.names if name in given],
        "with": [name for name in signature.names if name not in given],
    }
