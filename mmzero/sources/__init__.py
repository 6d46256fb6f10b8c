"""Where tasks come from, and how a phase mixes them. Every draw is a pure function of the campaign's counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from random import Random

from mmzero import families
from mmzero.families.skin import skin
from mmzero.recipe.tree import Bank, Phase, Proposed, Recipe, Replay
from mmzero.roles import proposer
from mmzero.sources.state import State
from mmzero.types import Cursor, Task, seed_of, training_seed

Put = Callable[[bytes], str]  # stores a picture, gives its hash


def tasks(recipe: Recipe, phase: Phase, cursor: Cursor, state: State, put: Put) -> tuple[Task, ...]:
    """One step's tasks. A source that has nothing yet leaves its share to the bank."""
    seeds = [
        training_seed(recipe.seed, cursor.iteration, cursor.phase, cursor.step, item) for item in range(phase.prompts)
    ]
    if phase.train == "proposer":
        wording = recipe.roles["proposer"].asks or proposer.INSTRUCTION
        allowed = held(recipe)
        return tuple(proposer.request(seed, "proposer", wording, allowed) for seed in seeds)
    found: dict[str, Task] = {}  # by id: the siblings of one task are one group, so no task comes twice
    before = cursor.step * phase.prompts  # counted over the phase: a small share comes up in some of its steps
    for name, seed in zip(islice(_allot(phase.tasks), before, before + phase.prompts), seeds, strict=True):
        # A stream apart from Random(seed), which draws the scene: else the family chosen would decide what it shows.
        rng = Random(seed_of("source", seed))
        task = _task(recipe, name, state, seed, put, rng)
        if task.id in found:
            task = _bank_task(_bank(recipe, name), name, state, seed, put, rng)
        found[task.id] = task
    return tuple(found.values())


def held(recipe: Recipe) -> tuple[str, ...]:
    """The families of the recipe's banks: what its tasks may be about, a proposer's among them."""
    banks = [source.families for source in recipe.sources.values() if isinstance(source, Bank)]
    return tuple(dict.fromkeys(name for which in banks or ["all"] for name in families.chosen(which)))


def _allot(shares: Mapping[str, float]) -> Iterator[str]:
    """Names without end, in proportion to their shares and spread evenly: {a: .5, b: .5} gives a b a b …"""
    owed = dict.fromkeys(shares, 0.0)
    while True:
        for name, share in shares.items():
            owed[name] += share
        most = max(owed, key=lambda name: owed[name])
        owed[most] -= 1
        yield most


def _task(recipe: Recipe, name: str, state: State, seed: int, put: Put, rng: Random) -> Task:
    source = recipe.sources[name]
    if isinstance(source, Proposed) and (specs := state.archive.teachable()):
        proposal, record = rng.choices(specs, weights=[record.learnability for _, record in specs])[0]
        return families.mint(
            proposal.family, proposal.level, seed, skin(source.skin), put,
            source=name, parent=record.parent, **dict(proposal.knobs),
        )  # fmt: skip
    if isinstance(source, Replay) and state.replay:
        return replace(rng.choice(state.replay), source=name)
    return _bank_task(_bank(recipe, name), name, state, seed, put, rng)


def _bank(recipe: Recipe, name: str) -> Bank:
    """The named bank, or the recipe's first, or all families: what stands in for a source that is still empty."""
    source = recipe.sources[name]
    banks = [one for one in (source, *recipe.sources.values()) if isinstance(one, Bank)]
    return banks[0] if banks else Bank(kind="bank", skin=getattr(source, "skin", "plain"))


def _bank_task(bank: Bank, name: str, state: State, seed: int, put: Put, rng: Random) -> Task:
    family = rng.choice(families.chosen(bank.families))
    if bank.levels == "auto":
        level = state.posterior.level(family, families.LEVELS, bank.band, bank.promote, rng.random())
    else:
        level = rng.choice(bank.levels)
    return families.mint(family, level, seed, skin(bank.skin), put, source=name)
