"""A campaign's recipe as it was changed on the way: which recipe stood when, and what may change beside what was played.
Each change is one line of manifest.jsonl. Knows the schedule, and nothing of what is played or learned by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mmzero.errors import UserError
from mmzero.journal import order
from mmzero.recipe import Recipe
from mmzero.recipe.amend import Change, amended, changes, refuse_what_stays
from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Dataset, Phase
from mmzero.types import Cursor


@dataclass(frozen=True, slots=True)
class Amendment:
    """`recipe` is the whole one from step `index` on, `changes` what is new in it."""

    index: int
    changes: tuple[Change, ...]
    recipe: Recipe


def read(first: Recipe, lines: Sequence[Mapping[str, Any]], where: str = "the ledger") -> list[Amendment]:
    """What came of the first recipe, in the order in which it was changed."""
    found: list[Amendment] = []
    for line in lines:
        try:
            made = tuple(map(Change.from_json, line["changes"]))
            recipe = amended(found[-1].recipe if found else first, made)
        except (ValidationError, LookupError, TypeError) as error:
            raise UserError(
                f"{where} tells of a change of the recipe that cannot be made (amendment {line.get('name')}); use the"
                " version of mmzero that wrote it, or restore the file from a copy"
            ) from error
        found.append(Amendment(line["index"], made, recipe))
    return found


def phase(first: Recipe, made: Sequence[Amendment], cursor: Cursor) -> Phase:
    """The phase as it stood when this step was played, or would be played now."""
    standing = [one.recipe for one in made if one.index <= cursor.index]
    return (standing[-1] if standing else first).schedule.phases[cursor.phase]


def allowed(was: Recipe, now: Recipe, played: int, frozen: Mapping[str, Any]) -> tuple[Change, ...]:
    """What is new, or one sentence why it cannot be. `played` steps are committed; `frozen` plugins are in the folder."""
    made = changes(was, now)
    refuse_what_stays(made)
    known = frozen.keys() | {plugin.use for role in was.roles.values() for plugin in role.rewards}
    for name, role in now.roles.items():
        for plugin in role.rewards:
            if plugin.use not in known:
                raise mistake(
                    f"roles.{name}.rewards asks for {plugin.use}, and the campaign keeps the source of"
                    f" {', '.join(sorted(known))} only; use one of those, or begin another campaign with another --out"
                )
    if made:
        _refuse_another_past(was, now, played)
        _refuse_rows_counted_anew(was, now, played)
        _refuse_an_anchor_nobody_kept(was, now, played)
    return made


def _refuse_another_past(was: Recipe, now: Recipe, played: int) -> None:
    done, planned = order.cursors(was.schedule)[:played], order.cursors(now.schedule)
    for cursor in done:
        there = planned[cursor.index] if cursor.index < len(planned) else None
        if there != cursor:
            stands = (
                "would not be in the schedule"
                if there is None
                else f"would be step {there.step} of phase {there.phase}"
            )
            raise mistake(
                f"step {cursor.index} was played as step {cursor.step} of phase {cursor.phase} in iteration"
                f" {cursor.iteration} and {stands}; change the schedule only after the {played} steps that are played"
            )
    for at in sorted({cursor.phase for cursor in done}):
        before, after = was.schedule.phases[at].train, now.schedule.phases[at].train
        if before != after:
            raise mistake(
                f"schedule.phases.{at}.train is now {after}, but steps of that phase were played as the {before}'s; leave it,"
                " or add a phase behind it"
            )


def _refuse_rows_counted_anew(was: Recipe, now: Recipe, played: int) -> None:
    """How many rows came before is worked out from the phases: a dataset would skip rows, or ask them twice."""
    rows = [name for name, source in was.sources.items() if isinstance(source, Dataset)]
    for at in sorted({cursor.phase for cursor in order.cursors(was.schedule)[:played]}):
        before, after = was.schedule.phases[at], now.schedule.phases[at]
        if rows and any(getattr(before, name) != getattr(after, name) for name in ("prompts", "tasks", "steps")):
            raise mistake(
                f"schedule.phases.{at} has other prompts, tasks or steps now, but it has begun, and by them the rows of"
                f" {', '.join(rows)} are counted; leave them, or add a phase behind it"
            )


def _refuse_an_anchor_nobody_kept(was: Recipe, now: Recipe, played: int) -> None:
    planned = order.cursors(now.schedule)
    if played >= len(planned) or not planned[played].step:
        return
    at = planned[played].phase
    before, after = was.schedule.phases[at].learning.kl, now.schedule.phases[at].learning.kl
    if _anchored(after) and not _anchored(before):
        raise mistake(
            f"schedule.phases.{at}.learning.kl is now to phase_start, but that phase has begun and kept no anchor; choose"
            " to: base, or change it when the phase begins again"
        )


def _anchored(kl: Any) -> bool:
    return bool(kl.weight) and kl.to == "phase_start"
