"""Where tasks come from, and how a phase mixes them. Every draw is a pure function of the campaign's counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from random import Random

from mmzero import families
from mmzero.errors import CampaignStopped
from mmzero.families.skin import skin
from mmzero.gate import Known
from mmzero.recipe.tree import Bank, Dataset, Phase, Proposed, Recipe, Replay
from mmzero.roles import chain
from mmzero.sources import dataset, kept_out, stock
from mmzero.sources.curriculum import Curriculum
from mmzero.sources.state import State
from mmzero.types import Cursor, Episode, Task, seed_of, training_seed

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
    if phase.train != "solver":
        return tuple(chain.request(recipe, seed) for seed in seeds)
    found: dict[str, Task] = {}  # by id: the siblings of one task are one group, so no task comes twice
    before = cursor.step * phase.prompts  # counted over the phase: a small share comes up in some of its steps
    allotted = list(islice(_allot(phase.tasks), before, before + items.stop))
    places = _drawn_before(recipe, cursor) + Counter(state.refilled) + Counter(allotted[: items.start])
    banks, voted = _Banks(recipe, state), _Voted(recipe, state, cursor, allotted[: items.start])
    for name, seed in zip(allotted[items.start :], seeds, strict=True):
        if isinstance(source := recipe.sources[name], Dataset):
            apart = recipe.sources[source.apart_from] if source.apart_from else None
            if row := dataset.task(name, source, recipe.seed, places[name], seed, put, apart):
                found[row.id] = row
            places[name] += 1
            continue
        if voted.labels(name):
            if task := voted.task(name):
                found[task.id] = task
            continue
        # A stream apart from Random(seed), which draws the scene: else the family chosen would decide what it shows.
        rng = Random(seed_of("source", seed))
        task = _task(recipe, name, state, seed, put, rng, {*found, *taken}) or banks.task(name, seed, put, rng)
        found[task.id] = task
    if not found and not taken and (empty := next(filter(voted.labels, phase.tasks), None)):
        raise CampaignStopped(voted.why_empty(empty))
    return tuple(task for id, task in found.items() if id not in taken)


def refuse_barren(recipe: Recipe, state: State, cursor: Cursor, episodes: Sequence[Episode]) -> None:
    """At the end of a phase in which nothing came of all that a role wrote, or nobody was left to be taught."""
    last = cursor.step + 1 == recipe.schedule.phases[cursor.phase].steps
    if last and recipe.budgets.barren == "stop":
        state.usable.after(cursor, episodes).refuse_barren()


def figures(recipe: Recipe, phase: Phase, cursor: Cursor, state: State) -> dict[str, float]:
    """Of a phase that trains on labelled questions: which bands let how many of them through."""
    named = {name: recipe.sources[name] for name in phase.tasks if phase.train == "solver"}
    labelled = [source for source in named.values() if isinstance(source, Proposed) and recipe.draws != "nothing"]
    return stock.bands(state.stock, labelled[0], recipe, cursor).figures() if labelled else {}


def draws(recipe: Recipe) -> Counter[str]:
    """How often each source is asked over the whole campaign."""
    whole = sum((_drawn(phase, phase.steps) for phase in recipe.schedule.phases), Counter())
    return Counter({name: times * recipe.schedule.iterations for name, times in whole.items()})


def known(recipe: Recipe, state: State) -> Known:
    """What a new program is compared with."""
    gate = chain.proposed(recipe)[1].gate
    return Known(state.admitted, kept_out.memory(recipe, gate)) if gate else Known()


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


class _Voted:
    """What votes have labelled, during one step: all that the bands let through is asked once before any is asked again.
    A step takes what there is, and leaves the rest of the source's share to the recipe's bank, if it has one."""

    def __init__(self, recipe: Recipe, state: State, cursor: Cursor, drawn: Iterable[str]):
        """`drawn`: what the step has asked before."""
        self._recipe, self._stock, self._cursor, self._reasons = recipe, state.stock, cursor, state.refused
        self._within: dict[str, Sequence[Task]] = {}
        self._drawn = Counter(drawn)
        self._has_bank = any(isinstance(source, Bank) for source in recipe.sources.values())

    def labels(self, name: str) -> bool:
        """Whether this is a source of such tasks, and the bank does not have to stand in for it."""
        source = self._recipe.sources[name]
        voted = isinstance(source, Proposed) and self._recipe.draws != "nothing"
        return voted and bool(self._found(name) or not self._has_bank)

    def task(self, name: str) -> Task | None:
        """The next one; None once a step has had them all."""
        found, place = self._found(name), self._drawn[name]
        self._drawn[name] += 1
        if place >= len(found):
            return None
        phase = self._recipe.schedule.phases[self._cursor.phase]
        return replace(found[(self._cursor.step * phase.prompts + place) % len(found)], source=name)

    def why_empty(self, name: str) -> str:
        source = self._recipe.sources[name]
        return (
            f"step {self._cursor.index} has nothing to train on: of {len(self._stock)} questions that were labelled,"
            f" sources.{name} lets none through (easy {source.easy:g}, hard {list(source.hard)}, since {source.since},"
            f" labelled {source.labelled}){self._refused()}; widen its bands or set gate.enough, so that they widen by"
            " themselves, propose more in the phases before, or add a bank to sources"
        )

    def _refused(self) -> str:
        told = ", ".join(f"{reason} {times}" for reason, times in Counter(self._reasons).most_common())
        return f", and its gate refused {sum(self._reasons.values())} ({told})" if told else ""

    def _found(self, name: str) -> Sequence[Task]:
        if name not in self._within:
            self._within[name] = stock.bands(self._stock, self._recipe.sources[name], self._recipe, self._cursor).within
        return self._within[name]


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
            return self._minted(bank, family, level, seed, put, rng, name)
        if at not in self._curricula:
            self._curricula[at] = Curriculum(which, bank, self._state.posterior, self._state.coverage.visits)
        family, kind, level = self._curricula[at].pick(rng)
        seed = _seed_asking(family, level, kind, self._curricula[at].known(family, level), seed)
        return self._minted(bank, family, level, seed, put, rng, name)

    @staticmethod
    def _minted(bank: Bank, family: str, level: int, seed: int, put: Put, rng: Random, name: str) -> Task:
        absent = bank.absent > 0 and families.can_ask_absent(family) and rng.random() < bank.absent
        return families.mint(
            family, level, seed, skin(bank.skin), put, source=name, grammar=bank.grammar, absent=absent
        )

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
