"""One step's play: every task asked of its role, and what is said there asked of the next, down to the votes. Must not
know rewards, learning, which role says what or which engine answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from mmzero import noisy, rethink
from mmzero.errors import EngineError
from mmzero.gate import Known
from mmzero.ports import Renderer, Sampler
from mmzero.recipe.tree import Phase, Recipe
from mmzero.roles import chain, second_look, sieve, votes
from mmzero.roles.chain import Heard, Level
from mmzero.room import too_long
from mmzero.sight import Sight
from mmzero.sources.written import written
from mmzero.types import TOO_LONG, Ask, Begun, Cursor, Episode, Noise, Rollout, Task, every, seed_of

log = logging.getLogger(__name__)

Groups = Mapping[str, tuple[Rollout, ...]]  # task id -> siblings; a task that is not there was lost to an engine
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Players:
    """Who answers for each role, who draws, and where pictures go."""

    recipe: Recipe
    samplers: Mapping[str, Sampler]  # policy -> sampler
    put: Callable[[bytes], str]
    progress: Progress = lambda done, total, what: None
    renderer: Renderer | None = None
    prompt_tokens: Callable[[Ask], int] | None = None  # how many a prompt is
    seed: int | None = None  # of what is said, where that is not the recipe's
    known: Known = field(default_factory=Known)  # what was proposed before, and what must not be
    sight: Sight | None = None  # how pictures are seen; needed where a role counts its boxes by it

    @property
    def draws(self) -> int:
        return self.recipe.seed if self.seed is None else self.seed

    def asked(
        self,
        tasks: Sequence[Task],
        level: Level,
        seeds: Mapping[str, Sequence[int]],
        noise: Mapping[str, Noise] = MappingProxyType({}),
        written: Mapping[str, str] = MappingProxyType({}),
        begun: Mapping[str, tuple[Begun, ...]] = MappingProxyType({}),
    ) -> Groups:
        """The siblings of each task, or the answer `written` to it, which is only read, or those `begun` as they go on.
        What an engine loses is asked once more, then counted as lost."""
        asks = {
            task.id: replace(
                self.ask(task, level, seeds[task.id], noise.get(task.id), written.get(task.id)),
                begun_G=begun.get(task.id, ()),
            )
            for task in tasks
        }
        groups: dict[str, tuple[Rollout, ...]] = {}
        for _ in range(2):
            try:
                for group in self.samplers[level.policy].play(ask for id, ask in asks.items() if id not in groups):
                    groups[group[0].task.id] = self._placed(group)
                    self.progress(len(groups), len(asks), f"{level.role} answers")
                break
            except EngineError as error:
                log.warning(
                    "the %s's engine failed with %d of %d groups: %s", level.role, len(groups), len(asks), error
                )
        return groups

    def _placed(self, group: tuple[Rollout, ...]) -> tuple[Rollout, ...]:
        frame = self.recipe.roles[group[0].role].says_boxes_in
        return group if frame == "thousandths" else self.sight.placed(group, frame)

    def ask(
        self, task: Task, level: Level, seeds: Sequence[int], noise: Noise | None = None, written: str | None = None
    ) -> Ask:
        return Ask(
            task=task,
            role=level.role,
            policy=level.policy,
            system=self.recipe.roles[level.role].system,
            text=task.question,
            images=task.images,
            max_tokens=level.says.max_tokens,
            temperature=level.says.temperature,
            seeds_G=tuple(seeds),
            noise=noise,
            written=written,
        )

    def too_long(self, tasks: Sequence[Task], level: Level) -> frozenset[str]:
        """Nobody may be here who can count: then none is."""
        if self.prompt_tokens is None:
            return frozenset()
        return too_long(tasks, self.recipe, level.says, lambda task: self.prompt_tokens(self.ask(task, level, (0,))))

    def heard(self, role: str, rollouts: Sequence[Rollout]) -> Mapping[str, Heard]:
        """By rollout id."""
        shop = chain.Workshop(self.recipe, self.put, self.renderer, self.known)
        return {one.id: heard for one, heard in zip(rollouts, chain.hear(role, rollouts, shop), strict=True)}


def play(tasks: Sequence[Task], phase: Phase, cursor: Cursor, players: Players, first: int = 0) -> tuple[Episode, ...]:
    """`first`: which of the step's items the first task is."""
    levels = chain.levels(players.recipe, phase)
    seeds = {
        task.id: [sibling_seed(players.draws, cursor, i, g) for g in range(levels[0].n)]
        for i, task in enumerate(tasks, first)
    }
    long = players.too_long(tasks, levels[0])
    asked = [task for task in tasks if task.id not in long]
    plan = noisy.plan(asked, seeds, phase, cursor, players.recipe)
    there = {task.id: written(players.recipe, task) for task in asked} if phase.answers == "written" else {}
    groups = players.asked(plan.tasks, levels[0], plan.seeds, plan.noise, there)
    groups = plan.joined(rethink.gone_on(groups, phase, partial(_going_on, plan, levels[0], players)))
    episodes = _said(tasks, groups, levels, cursor, players) if levels[1:] else _answers(tasks, groups, long)
    among = phase.prompts if first else 0  # a round of refilling may be of a task or two
    _refuse_too_many_lost(episodes, players.recipe.budgets.infra_errors, cursor, among)
    return episodes


def _going_on(plan: noisy.Plan, level: Level, players: Players, begun: Mapping[str, tuple[Begun, ...]]) -> Groups:
    tasks = [task for task in plan.tasks if task.id in begun]
    seeds = {id: rethink.seeds(chosen) for id, chosen in begun.items()}
    return players.asked(tasks, level, seeds, plan.noise, begun=begun)


def spoken(episodes: Sequence[Episode], role: str) -> tuple[Episode, ...]:
    """The episodes, however deep, whose rollouts are a role's, but for those that only a filter looked at."""
    return tuple(
        one for one in every(episodes) if one.rollouts and one.rollouts[0].role == role and sieve.TRIAL not in one.facts
    )


def sibling_seed(campaign: int, cursor: Cursor, item: int, sibling: int) -> int:
    return seed_of(campaign, cursor.iteration, cursor.phase, cursor.step, item, sibling)


def _asked(tasks: Sequence[Task], level: Level, cursor: Cursor, players: Players) -> Groups:
    """Below the first level."""
    campaign = players.draws
    seeds = {
        task.id: [seed_of(campaign, cursor.index, level.draw, i, g) for g in range(level.n)]
        for i, task in enumerate(tasks)
    }
    return players.asked(tasks, level, seeds)


def _answers(tasks: Sequence[Task], groups: Groups, long: Collection[str] = ()) -> tuple[Episode, ...]:
    """Nobody is asked about what is said here. A question that nobody knows is decided by its votes."""
    return tuple(
        Episode(
            task=task,
            rollouts=groups.get(task.id, ()),
            facts=votes.tally(groups[task.id]) if task.answer is None and task.id in groups else {},
            failure=None if task.id in groups else TOO_LONG if task.id in long else "sampler",
        )
        for task in tasks
    )


def _said(
    tasks: Sequence[Task], groups: Groups, levels: Sequence[Level], cursor: Cursor, players: Players
) -> tuple[Episode, ...]:
    """What was said at the first of these levels, read, and what the others say about it."""
    level, *below = levels
    heard = players.heard(level.role, [rollout for task in tasks for rollout in groups.get(task.id, ())])
    asked = list(_below(heard, below, cursor, players))
    gate = chain.proposed(players.recipe)[1].gate
    if gate and level.role == "coder":
        heard, asked = second_look.looked_again(heard, asked, gate, players.known)
    children: dict[str, list[Episode]] = {}
    for child in asked:
        children.setdefault(child.task.parent, []).append(child)
    return tuple(
        Episode(
            task=task,
            rollouts=(siblings := groups.get(task.id, ())),
            proposals=tuple(heard[rollout.id].said for rollout in siblings),
            children=tuple(child for rollout in siblings for child in children.get(rollout.id, ())),
            facts={name: share for rollout in siblings for name, share in heard[rollout.id].facts.items()},
            failure=None if task.id in groups else "sampler",
        )
        for task in tasks
    )


def _below(heard: Mapping[str, Heard], levels: Sequence[Level], cursor: Cursor, players: Players) -> Iterator[Episode]:
    """The episodes of all tasks that came of what was heard; those that were lost on the way are failures."""
    for one in heard.values():
        if one.failure:
            yield from (Episode(task=task, rollouts=(), failure=one.failure) for task in one.tasks)
    tasks = [task for one in heard.values() if not one.failure for task in one.tasks]
    if not levels:
        return
    if levels[0].filter:
        tried = _tried(tasks, levels[0], cursor, players)
        yield from tried
        kept = {one.task.id for one in tried if sieve.kept(one)}
        tasks = [task for task in tasks if task.id in kept]
    groups = _asked(tasks, levels[0], cursor, players)
    yield from _said(tasks, groups, levels, cursor, players) if levels[1:] else _answers(tasks, groups)
    if levels[0].blind:
        blindly = replace(levels[0], n=levels[0].blind, draw="blind", blind=0)
        unseen = second_look.unseen(tasks)
        yield from _answers(unseen, _asked(unseen, blindly, cursor, players))


def _tried(tasks: Sequence[Task], level: Level, cursor: Cursor, players: Players) -> list[Episode]:
    """Each task said a few times over, so that it is known how often something comes of it; nobody is asked about it."""
    trial = replace(level, n=level.tries, draw="try", filter=None)
    groups = _asked(tasks, trial, cursor, players)
    tried = [
        replace(one, facts=sieve.judged(one, level.filter)) for one in _said(tasks, groups, (trial,), cursor, players)
    ]
    if not any(map(sieve.kept, tried)):
        _, dropped = sieve.counts(tried)
        told = ", ".join(f"{why} {times}" for why, times in dropped.items()) or "none was usable"
        log.warning(
            "ideas.filter %s leaves the %s no idea in step %d: %s", list(level.filter), level.role, cursor.index, told
        )
    return tried


def _refuse_too_many_lost(episodes: Sequence[Episode], most: float, cursor: Cursor, among: int) -> None:
    groups = list(every(episodes))
    lost = sum(one.failure not in (None, TOO_LONG) for one in groups)
    if lost > most * max(len(groups), among):
        raise EngineError(
            f"{lost} of {len(groups)} groups of step {cursor.index} were lost to the engine and budgets.infra_errors"
            f" allows {most:.0%}; look at the engine's own message above"
        )
