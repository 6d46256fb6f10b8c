"""Where tasks come from, and how a phase mixes them. Every draw is a pure function of the campaign's counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from random import Random

from mmzero import families
from mmzero.families.skin import skin
from mmzero.recipe.tree import Bank, Dataset, Phase, Proposed, Recipe, Replay
from mmzero.roles import proposer
from mmzero.sources import dataset
from mmzero.sources.curriculum import Curriculum
from mmzero.sources.state import State
from mmzero.types import Cursor, Task, seed_of, training_seed

Put = Callable[[bytes], str]  # stores a picture, gives its hash
_TRIES = 16  # scenes looked at for one of the wanted kind; where a level asks several, each is common


def tasks(
    recipe: Recipe,
    phase: Phase,
    cursor: Cursor,
    state: State,
    put: Put,
    items: range | None = None,
    taken: Collection[str] = (),
) -> tuple[Task, ...]:
    """One step's tasks, or these of its items: what lies beyond the phase's prompts are more of the same, none of which is
    one of those `taken`. A source that has nothing yet leaves its share to the bank."""
    items = range(phase.prompts) if items is None else items
    seeds = [training_seed(recipe.seed, cursor.iteration, cursor.phase, cursor.step, item) for item in items]
    if phase.train == "proposer":
        wording = recipe.roles["proposer"].asks or proposer.INSTRUCTION
        allowed = held(recipe)
        return tuple(proposer.request(seed, "proposer", wording, allowed) for seed in seeds)
    banks = _Banks(recipe, state)
    found: dict[str, Task] = {}  # by id: the siblings of one task are one group, so no task comes twice
    before = cursor.step * phase.prompts  # counted over the phase: a small share comes up in some of its steps
    allotted = list(islice(_allot(phase.tasks), before, before + items.stop))
    places = _drawn_before(recipe, cursor) + Counter(state.refilled) + Counter(allotted[: items.start])
    for name, seed in zip(allotted[items.start :], seeds, strict=True):
        if isinstance(source := recipe.sources[name], Dataset):
            if row := dataset.task(name, source, recipe.seed, places[name], seed, put):
                found[row.id] = row
            places[name] += 1
            continue
        # A stream apart from Random(seed), which draws the scene: else the family chosen would decide what it shows.
        rng = Random(seed_of("source", seed))
        task = _task(recipe, name, state, seed, put, rng, {*found, *taken}) or banks.task(name, seed, put, rng)
        found[task.id] = task
    return tuple(task for id, task in found.items() if id not in taken)


def held(recipe: Recipe) -> tuple[str, ...]:
    """The families of the recipe's banks: what its tasks may be about, a proposer's among them."""
    banks = [source.families for source in recipe.sources.values() if isinstance(source, Bank)]
    return tuple(dict.fromkeys(name for which in banks or ["all"] for name in families.chosen(which)))


def _drawn_before(recipe: Recipe, cursor: Cursor) -> Counter[str]:
    """How often each source was asked in all steps before this one, so that a dataset goes on where it stopped; a pure
    function of the cursor, so that a resumed campaign goes on there too."""
    if not any(isinstance(source, Dataset) for source in recipe.sources.values()):
        return Counter()
    phases = recipe.schedule.phases
    whole = [_drawn(phase, phase.steps) for phase in phases]
    drawn = Counter({name: times * cursor.iteration for name, times in sum(whole, Counter()).items()})
    return drawn + sum(whole[: cursor.phase], Counter()) + _drawn(phases[cursor.phase], cursor.step)


def _drawn(phase: Phase, steps: int) -> Counter[str]:
    return Counter(_times(tuple(phase.tasks.items()), steps * phase.prompts) if phase.train == "solver" else {})


@lru_cache(maxsize=256)
def _times(shares: tuple[tuple[str, float], ...], draws: int) -> Mapping[str, int]:
    return {shares[0][0]: draws} if len(shares) == 1 else Counter(islice(_allot(dict(shares)), draws))


def _allot(shares: Mapping[str, float]) -> Iterator[str]:
    """Names without end, in proportion to their shares and spread evenly: {a: .5, b: .5} gives a b a b …"""
    owed = dict.fromkeys(shares, 0.0)
    while True:
        for name, share in shares.items():
            owed[name] += share
        most = max(owed, key=lambda name: owed[name])
        owed[most] -= 1
        yield most


def _task(
    recipe: Recipe, name: str, state: State, seed: int, put: Put, rng: Random, found: Collection[str]
) -> Task | None:
    """What a source that lives on what was played has to offer; a bank has nothing of that sort."""
    source = recipe.sources[name]
    if isinstance(source, Proposed) and (specs := state.archive.teachable()):
        proposal, record = rng.choices(specs, weights=[record.learnability for _, record in specs])[0]
        return families.mint(
            proposal.family, proposal.level, seed, skin(source.skin), put,
            source=name, parent=record.parent, **dict(proposal.knobs),
        )  # fmt: skip
    if isinstance(source, Replay) and (again := [task for id, task in state.replay.items() if id not in found]):
        return replace(rng.choice(again), source=name)
    return None


class _Banks:
    """The recipe's banks during one step, each with its curriculum, made when it is first asked."""

    def __init__(self, recipe: Recipe, state: State):
        self._recipe, self._state = recipe, state
        self._curricula: dict[str, Curriculum] = {}

    def task(self, name: str, seed: int, put: Put, rng: Random) -> Task:
        at, bank = self._standing_in(name)
        which = families.chosen(bank.families)
        if bank.levels != "auto":
            family, level = rng.choice(which), rng.choice(bank.levels)
            return families.mint(family, level, seed, skin(bank.skin), put, source=name)
        if at not in self._curricula:
            self._curricula[at] = Curriculum(which, bank, self._state.posterior, self._state.coverage.visits)
        family, kind, level = self._curricula[at].pick(rng)
        seed = _seed_asking(family, level, kind, self._curricula[at].known(family, level), seed)
        return families.mint(family, level, seed, skin(bank.skin), put, source=name)

    def _standing_in(self, name: str) -> tuple[str, Bank]:
        """The named bank, or the recipe's first, or all families: what stands in for a source that is still empty."""
        source = self._recipe.sources[name]
        banks = {at: one for at, one in {name: source, **self._recipe.sources}.items() if isinstance(one, Bank)}
        return next(iter(banks.items()), (name, Bank(kind="bank", skin=getattr(source, "skin", "plain"))))


def _seed_asking(family: str, level: int, kind: str, known: Collection[str], seed: int) -> int:
    """A seed whose scene asks the kind. Few levels ask several, so most draws look at no scene here; where one does,
    a kind never seen before is as welcome as the wanted one, or it would never be seen."""
    if len(known) < 2:
        return seed
    mechanism = families.family(family)
    for attempt in range(_TRIES):
        tried = training_seed("kind", seed, attempt)
        asked, _, _ = mechanism.ask(mechanism.sample(level, tried))
        if asked == kind or asked not in known:
            return tried
    return seed
