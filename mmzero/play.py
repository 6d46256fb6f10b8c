"""One step's play: every task asked of its role, a proposer's tasks minted and put to the vote. Must not know rewards,
learning or which engine answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mmzero import noisy
from mmzero.errors import CampaignStopped, EngineError
from mmzero.families.skin import skin
from mmzero.ports import Sampler
from mmzero.recipe.tree import Phase, Proposed, Recipe, Says
from mmzero.roles import proposer
from mmzero.sources import held
from mmzero.types import Ask, Cursor, Episode, Noise, Proposal, Rejection, Rollout, Task, seed_of

log = logging.getLogger(__name__)

Groups = Mapping[str, tuple[Rollout, ...]]  # task id -> siblings; a task that is not there was lost to an engine
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Players:
    """Who answers for each role, and where pictures go."""

    recipe: Recipe
    samplers: Mapping[str, Sampler]  # policy -> sampler
    put: Callable[[bytes], str]
    progress: Progress = lambda done, total, what: None

    def asked(
        self,
        role: str,
        tasks: Sequence[Task],
        says: Says,
        seeds: Mapping[str, Sequence[int]],
        noise: Mapping[str, Noise] = MappingProxyType({}),
    ) -> Groups:
        """The siblings of each task. What an engine loses is asked once more, then counted as lost."""
        who = self.recipe.roles[role]
        asks = {
            task.id: Ask(
                task=task,
                role=role,
                policy=who.policy,
                system=who.system,
                text=task.question,
                images=task.images,
                max_tokens=says.max_tokens,
                temperature=says.temperature,
                seeds_G=tuple(seeds[task.id]),
                noise=noise.get(task.id),
            )
            for task in tasks
        }
        groups: dict[str, tuple[Rollout, ...]] = {}
        for _ in range(2):
            try:
                for group in self.samplers[who.policy].play(ask for id, ask in asks.items() if id not in groups):
                    groups[group[0].task.id] = group
                    self.progress(len(groups), len(asks), f"{role} answers")
                break
            except EngineError as error:
                log.warning("the %s's engine failed with %d of %d groups: %s", role, len(groups), len(asks), error)
        return groups


def play(tasks: Sequence[Task], phase: Phase, cursor: Cursor, players: Players, first: int = 0) -> tuple[Episode, ...]:
    """`first`: which of the step's items the first task is."""
    seeds = {
        task.id: [sibling_seed(players.recipe.seed, cursor, i, g) for g in range(phase.group)]
        for i, task in enumerate(tasks, first)
    }
    plan = noisy.plan(tasks, seeds, phase, cursor, players.recipe)
    groups = plan.joined(players.asked(phase.train, plan.tasks, phase.says, plan.seeds, plan.noise))
    episodes = (
        _proposals(tasks, groups, phase, cursor, players) if phase.train == "proposer" else _answers(tasks, groups)
    )
    _refuse_too_many_lost(episodes, players.recipe.budgets.infra_errors, cursor)
    return episodes


def sibling_seed(campaign: int, cursor: Cursor, item: int, sibling: int) -> int:
    return seed_of(campaign, cursor.iteration, cursor.phase, cursor.step, item, sibling)


def _answers(tasks: Sequence[Task], groups: Groups) -> tuple[Episode, ...]:
    return tuple(
        Episode(task=task, rollouts=groups.get(task.id, ()), failure=None if task.id in groups else "sampler")
        for task in tasks
    )


def _proposals(
    tasks: Sequence[Task], groups: Groups, phase: Phase, cursor: Cursor, players: Players
) -> tuple[Episode, ...]:
    """Read what was proposed, mint what can be minted, and let the voters answer each minted task."""
    allowed = held(players.recipe)
    said = [(rollout, proposer.read(rollout, allowed)) for task in tasks for rollout in groups.get(task.id, ())]
    minted = {rollout.id: _minted(rollout, one, players) for rollout, one in said}
    children = [task for task in minted.values() if isinstance(task, Task)]
    votes = phase.votes
    seeds = {
        task.id: [seed_of(players.recipe.seed, cursor.index, "vote", i, g) for g in range(votes.n)]
        for i, task in enumerate(children)
    }
    voted = players.asked(votes.of, children, votes.says, seeds)
    answered = {episode.task.parent: episode for episode in _answers(children, voted)}
    outcome = {rollout.id: one if isinstance(minted[rollout.id], Task) else minted[rollout.id] for rollout, one in said}
    return tuple(
        Episode(
            task=episode.task,
            rollouts=episode.rollouts,
            proposals=tuple(outcome[rollout.id] for rollout in episode.rollouts),
            children=tuple(answered[rollout.id] for rollout in episode.rollouts if rollout.id in answered),
            failure=episode.failure,
        )
        for episode in _answers(tasks, groups)
    )


def _minted(rollout: Rollout, proposal: Proposal | Rejection, players: Players) -> Task | Rejection:
    if isinstance(proposal, Rejection):
        return proposal
    name, source = _proposed(players.recipe)
    return proposer.mint(proposal, rollout, skin(source.skin), players.put, name)


def _proposed(recipe: Recipe) -> tuple[str, Proposed]:
    """The source that minted tasks count as; a recipe that only pays its proposer may have none."""
    found: Iterator[tuple[str, Proposed]] = (
        (name, source) for name, source in recipe.sources.items() if isinstance(source, Proposed)
    )
    return next(found, ("proposed", Proposed(kind="proposer")))


def _refuse_too_many_lost(episodes: Sequence[Episode], most: float, cursor: Cursor) -> None:
    every = [one for episode in episodes for one in (episode, *episode.children)]
    lost = sum(bool(one.failure) for one in every)
    if lost > most * len(every):
        raise CampaignStopped(
            f"{lost} of {len(every)} groups of step {cursor.index} were lost to the engine and budgets.infra_errors allows"
            f" {most:.0%}; look at the engine's own message above, then resume"
        )
