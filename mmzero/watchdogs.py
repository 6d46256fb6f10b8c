"""What a learned step's figures say about where the campaign is going: warn, ask for a roll back, or stop it. Decisions
are pure, over figures that a resumed campaign reads again; must not know an engine, nor how anything is rolled back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from statistics import median
from typing import Any, Literal

from mmzero.errors import CampaignStopped
from mmzero.evaluate import shares
from mmzero.journal import Journal
from mmzero.recipe.tree import Alarm, Phase, Recipe
from mmzero.rooms import Rooms
from mmzero.statistics import Interval, paired
from mmzero.types import Cursor

Figures = Mapping[str, Any]
WINDOW = 40  # steps that are looked back on
_LEAST_GROWTH = 12  # steps of it, before it is called steady
_STEADY = 0.9  # share of all pairs of steps, the later of which has more


class RollBack(Exception):
    """Asked for by a watchdog: go back to the newest checkpoint of version `upto` or before."""

    def __init__(self, upto: int, why: str):
        super().__init__(why)
        self.upto = upto


@dataclass(frozen=True, slots=True)
class Finding:
    what: str  # what happened, the value, the rule, the remedy
    then: Literal["warn", "roll_back", "stop"]
    upto: int  # the version to go back to, or one before it
    before: str = ""  # what else a person must do, or a campaign that was stopped stops again


def look(rooms: Rooms, journal: Journal, cursor: Cursor) -> None:
    """Once a step is learned and evaluated, before it is saved."""
    found = list(_found(rooms.recipe, journal, cursor))
    for one in found:
        rooms.watch.note(f"warning: {one.what}")
    for one in found:
        if one.then == "stop":
            raise CampaignStopped(f"{one.what}; then resume{one.before}")
    for one in found:
        if one.then == "roll_back":
            raise RollBack(one.upto, one.what)


def _found(recipe: Recipe, journal: Journal, cursor: Cursor) -> Iterator[Finding]:
    recent = journal.recent_figures(cursor.index, WINDOW)
    saved = journal.newest_checkpoint(cursor.index)
    since = journal.recent_figures(cursor.index, cursor.version - (saved[0].version if saved else 0))
    yield from of_learning(recipe, journal.phase(cursor), recent, since)
    yield from of_the_machine(recipe, recent)
    yield from of_the_probe(recipe, journal, cursor.version)


def of_learning(recipe: Recipe, phase: Phase, recent: Sequence[Figures], since: Sequence[Figures]) -> Iterator[Finding]:
    dogs, newest = recipe.watchdogs, recent[-1]
    skipped = sum(one.get("skipped", 0.0) for one in since)
    if dogs.skipped and newest.get("skipped"):
        many = "update was" if skipped == 1 else "updates were"
        yield Finding(
            f"{skipped:g} {many} skipped since the last checkpoint, gradients not finite or above"
            f" learning.optimizer.skip_above, and watchdogs.skipped allows {dogs.skipped.bound}; lower the learning rate",
            dogs.skipped.then if skipped > dogs.skipped.bound else "warn",
            newest["index"],
        )
    same = [one for one in recent if one.get("role") == newest.get("role")]
    if dogs.gap and _said_as_it_is_learned(phase):
        yield from _barked(dogs.gap, _beyond(same, "gap", lambda gap: not gap <= dogs.gap.bound), lambda n: (
            f"sampler and learner differ by {newest['gap']:.3g} nats a token, {_steps(n)}, and watchdogs.gap allows"
            f" {dogs.gap.bound:g}; set sampler.verify_publish to 1 to see whether the weights arrive"
        ), _played_anew("gap"))  # fmt: skip
    if dogs.entropy:
        below = _beyond(same, "entropy", lambda entropy: not entropy >= dogs.entropy.bound)
        yield from _barked(dogs.entropy, below, lambda n: (
            f"a token's entropy is {newest['entropy']:.3g} nats, {_steps(n)}, and watchdogs.entropy asks for"
            f" {dogs.entropy.bound:g}: answers no longer differ; lower the learning rate, or give learning.loss.entropy a weight"
        ), _played_anew("entropy"))  # fmt: skip


def _played_anew(dog: str) -> str:
    """A figure of what was played comes out the same when it is learned again, whatever was mended meanwhile."""
    return f" with watchdogs.{dog}.then set to roll_back, so that these steps are played anew"


def _said_as_it_is_learned(phase: Phase) -> bool:
    """Not where answers are imitated, were given to another picture, or are older than the weights: there a gap is meant."""
    learning = phase.learning
    return learning.loss.surrogate != "likelihood" and not phase.noise and not learning.rehearse


def of_the_machine(recipe: Recipe, recent: Sequence[Figures]) -> Iterator[Finding]:
    dogs, newest = recipe.watchdogs, recent[-1]
    if dogs.memory:
        full = _beyond(recent, "room/main", lambda share: not share <= dogs.memory.bound)
        yield from _barked(dogs.memory, full, lambda n: (
            f"{newest['room/main']:.0%} of a machine's main memory is in use, {_steps(n)}, and watchdogs.memory allows"
            f" {dogs.memory.bound:.0%}; lower sampler.rows or learner.tokens_per_segment, or end what else runs there"
        ))  # fmt: skip
    if dogs.disk:
        little = _beyond(recent, "room/disk", lambda times: not times >= dogs.disk.bound)
        yield from _barked(dogs.disk, little, lambda n: (
            f"the next step and checkpoint fit {newest['room/disk']:.1f} times on the campaign's disk, and watchdogs.disk asks"
            f" for {dogs.disk.bound:g}; make room there, or lower checkpoint.keep"
        ))  # fmt: skip
    left = recipe.schedule.steps - newest["index"] - 1
    for figure, what in (("room/main", "main memory"), ("room/gpu", "a GPU's memory")) if dogs.growth else ():
        shares = [one[figure] for one in recent if figure in one]
        steps = steps_until_full(shares)
        if steps is not None and steps < left and (newest["index"] + 1) % WINDOW == 0:
            yield Finding(
                f"{what} in use has grown from {shares[0]:.0%} to {shares[-1]:.0%} in {len(shares)} steps and is full in about"
                f" {steps:.0f} more, before the {left} steps that are left are done; end the campaign by SIGTERM and resume it,"
                " which begins with empty engines",
                "warn",
                0,
            )


def of_the_probe(recipe: Recipe, journal: Journal, version: int) -> Iterator[Finding]:
    """Against the best version before: a slow decline is as much of one as a sudden fall."""
    versions = journal.evaluated_versions("heldout")
    if version not in versions or version == min(versions):
        return
    rights = {one: shares(journal.evaluation("heldout", one) or ()) for one in versions if one <= version}
    best = max((one for one in rights if one < version), key=lambda one: (sum(rights[one].values()), one))
    change = _change(rights[best], rights[version])
    if change.n and change.high < 0:
        yield Finding(
            f"held-out answers of version {version} are worse than those of version {best} by {-change.mean:.1%} (95 %:"
            f" {-change.high:.1%} to {-change.low:.1%}, {change.n} tasks), and evaluate.roll_back is"
            f" {recipe.evaluate.roll_back}; lower the learning rate or give learning.kl a weight",
            "warn" if recipe.evaluate.roll_back == "never" else "roll_back",
            _last_like(recipe, best, version),
        )


def _last_like(recipe: Recipe, best: int, version: int) -> int:
    """The last version in which the solver's weights are those of the best: what others learned since stays."""
    policy = recipe.roles["solver"].policy
    while best + 1 < version and recipe.policy_of(recipe.schedule.phase_at(best)) != policy:
        best += 1
    return best


def _change(before: Mapping[str, float], after: Mapping[str, float]) -> Interval:
    both = before.keys() & after.keys()
    return paired([before[one] for one in both], [after[one] for one in both])


def _beyond(recent: Sequence[Figures], figure: str, is_beyond: Callable[[float], bool]) -> list[Figures]:
    """Those steps, newest first, whose figure is beyond its bound, as many as there are without a break."""
    return list(takewhile(lambda one: figure in one and is_beyond(one[figure]), reversed(recent)))


def _barked(alarm: Alarm, run: Sequence[Figures], say: Callable[[int], str], before: str = "") -> Iterator[Finding]:
    """Told when it begins, when it is acted on, and ever more rarely where it is only told. It goes back to before the
    steps that it counts: at a checkpoint that was saved since, it has begun."""
    n = len(run)
    acted_on = alarm.then != "warn" and n >= alarm.steps
    if acted_on or n in (1, alarm.steps) or (n >= 10 and math.log10(n).is_integer()):
        first = run[min(n, alarm.steps) - 1]
        yield Finding(say(n), alarm.then if acted_on else "warn", first["index"], before)


def _steps(n: int) -> str:
    return f"for {n} steps in a row" if n > 1 else "since this step"


def steps_until_full(shares: Sequence[float]) -> float | None:
    """At the median rate of growth; None where it does not grow, or not steadily. A single leap moves no median."""
    if len(shares) < _LEAST_GROWTH:
        return None
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(shares), 2)]
    if sum(slope > 0 for slope in slopes) < _STEADY * len(slopes):
        return None
    return max(1.0 - shares[-1], 0.0) / median(slopes)
