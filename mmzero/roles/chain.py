"""Who is asked after whom, and what becomes of what each says: a proposer's words ask a coder or a solver, a coder's
picture asks a solver. The one place that knows which role, in which mode, writes what; must not know who answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mmzero.errors import UserError
from mmzero.families.skin import skin
from mmzero.gate import Facts, Known, Verdict, admit_all, gather
from mmzero.ports import Renderer
from mmzero.recipe.tree import Phase, Proposed, Recipe, Says
from mmzero.render import Job
from mmzero.roles import coder, generator, open_proposer, proposer
from mmzero.roles.generator import Lost
from mmzero.types import Drawing, Generator, Idea, Proposal, Rejection, Rollout, Said, Task

LOST = "renderer"  # the failure of an episode whose picture was lost to the machinery


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One link of a phase's chain: who is asked, how often, and how they speak. `draw` names its draws, so that no two
    levels share a seed; `filter` says which of its tasks are gone on with, after so many tries; so many answers more are
    given `blind`, without the picture."""

    role: str
    policy: str
    says: Says
    n: int
    draw: str
    filter: tuple[float, float] | None = None
    tries: int = 0
    blind: int = 0


def levels(recipe: Recipe, phase: Phase) -> tuple[Level, ...]:
    """From whoever is asked first to whoever answers last."""
    if phase.train == "solver":
        return (_level(recipe, phase, "solver"),)
    drawn = ("coder",) if recipe.mode("proposer") == "open" else ()
    return tuple(_level(recipe, phase, role) for role in ("proposer", *drawn, phase.votes.of))


def _level(recipe: Recipe, phase: Phase, role: str) -> Level:
    policy = recipe.roles[role].policy
    sieve = {"filter": phase.ideas.filter, "tries": phase.ideas.tries} if role == "coder" else {}
    if role == phase.train:
        draw = "draw" if role == "coder" else ""
        return Level(role=role, policy=policy, says=phase.says, n=phase.group, draw=draw, **sieve)
    if role == "proposer":
        return Level(role=role, policy=policy, says=phase.ideas.says, n=1, draw="")
    if role == "coder":
        return Level(role=role, policy=policy, says=phase.draws.says, n=phase.draws.n, draw="draw", **sieve)
    votes, gate = phase.votes, proposed(recipe)[1].gate
    blind = gate.blind_votes if gate and recipe.draws != "nothing" else 0
    return Level(role=role, policy=votes.policy or policy, says=votes.says, n=votes.n, draw="vote", blind=blind)


def questions(recipe: Recipe, role: str) -> int:
    """That each thing a role says may ask."""
    if recipe.mode(role) == "generator":
        return proposed(recipe)[1].gate.instances
    return 2 if recipe.mode(role) == "picture" else 1


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making tasks takes, besides words."""

    recipe: Recipe
    put: Callable[[bytes], str]  # keeps a picture and gives its hash
    renderer: Renderer | None = None
    known: Known = field(default_factory=Known)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a rollout was read as, and the tasks that come of it. With a `failure` of ours nobody can be asked them."""

    said: Said
    tasks: tuple[Task, ...] = ()
    failure: str | None = None
    facts: Mapping[str, float] = field(default_factory=dict)  # for the episode that it stands in


def request(recipe: Recipe, seed: int) -> Task:
    """What the first of a chain is asked."""
    who = recipe.roles["proposer"]
    if recipe.mode("proposer") == "open":
        return open_proposer.request(seed, "proposer", who.asks, who.topics)
    return proposer.request(seed, "proposer", who.asks or proposer.INSTRUCTION, proposer.held(recipe))


def hear(role: str, rollouts: Sequence[Rollout], shop: Workshop) -> list[Heard]:
    """Each rollout of a role that writes what others are asked about."""
    return _EARS[shop.recipe.mode(role)](rollouts, shop)


def _specs(rollouts: Sequence[Rollout], shop: Workshop) -> list[Heard]:
    allowed, (name, source) = proposer.held(shop.recipe), proposed(shop.recipe)
    return [_spec(one, proposer.read(one, allowed), name, source, shop) for one in rollouts]


def _spec(rollout: Rollout, said: Proposal | Rejection, name: str, source: Proposed, shop: Workshop) -> Heard:
    if isinstance(said, Rejection):
        return Heard(said)
    made = proposer.mint(said, rollout, skin(source.skin), shop.put, name)
    return Heard(made) if isinstance(made, Rejection) else Heard(said, (made,))


def _ideas(rollouts: Sequence[Rollout], shop: Workshop) -> list[Heard]:
    draws = shop.recipe.roles["coder"]
    ask = generator.request if shop.recipe.draws == "programs" else coder.request
    heard = []
    for rollout in rollouts:
        said = open_proposer.read(rollout)
        heard.append(Heard(said, (ask(said, rollout, draws),) if isinstance(said, Idea) else ()))
    return heard


def _pictures(rollouts: Sequence[Rollout], shop: Workshop) -> list[Heard]:
    """All of them are rendered side by side."""
    said = [coder.read(one, shop.recipe.roles["coder"].draws) for one in rollouts]
    jobs = [_job(one, rollout) for one, rollout in zip(said, rollouts, strict=True) if isinstance(one, Drawing)]
    drawn = iter(_renderer(shop).map(jobs))
    name, _ = proposed(shop.recipe)
    return [
        Heard(one) if isinstance(one, Rejection) else _picture(one, next(drawn), rollout, name, shop)
        for one, rollout in zip(said, rollouts, strict=True)
    ]


def _renderer(shop: Workshop) -> Renderer:
    if shop.renderer is None:
        raise UserError("a coder's drawings are to be rendered and nothing here renders; hand a renderer over")
    return shop.renderer


def _programs(rollouts: Sequence[Rollout], shop: Workshop) -> list[Heard]:
    """All of them are run side by side, and judged in their order: of two copies the first stands."""
    said = [generator.read(one) for one in rollouts]
    _, source = proposed(shop.recipe)
    facts = gather([one for one in said if isinstance(one, Generator)], _renderer(shop).map, source.gate)
    verdicts = iter(admit_all([one for one in facts if isinstance(one, Facts)], source.gate, shop.known))
    found = iter([(one, next(verdicts) if isinstance(one, Facts) else None) for one in facts])
    return [
        Heard(one) if isinstance(one, Rejection) else _program(one, *next(found), rollout, shop)
        for one, rollout in zip(said, rollouts, strict=True)
    ]


def _program(made: Generator, facts: Facts | Lost, verdict: Verdict | None, rollout: Rollout, shop: Workshop) -> Heard:
    name, _ = proposed(shop.recipe)
    if isinstance(facts, Lost):
        return Heard(made, (generator.lost(rollout, name),), LOST)
    ran = {generator.ran(rollout.sibling): facts.ran}
    if isinstance(verdict, Rejection):
        return Heard(verdict, facts=ran)
    tasks = (generator.mint(one, made, rollout, shop.put, name, rollout.task.kind) for one in facts.instances)
    return Heard(made, tuple(tasks), facts=ran)


def _job(drawing: Drawing, rollout: Rollout) -> Job:
    return Job(kind=drawing.kind, code=drawing.code, seed=rollout.seed % 2**32)


def _picture(drawing: Drawing, drawn, rollout: Rollout, source: str, shop: Workshop) -> Heard:
    if coder.is_lost(drawing, drawn):
        return Heard(drawing, coder.questions(rollout, None, source), LOST)
    png = coder.picture(drawn)
    if isinstance(png, Rejection):
        return Heard(png)
    return Heard(drawing, coder.questions(rollout, shop.put(png), source, coder.look(drawn)))


_EARS: Mapping[str | None, Callable[[Sequence[Rollout], Workshop], list[Heard]]] = {
    "spec": _specs, "open": _ideas, "picture": _pictures, "generator": _programs
}  # fmt: skip


def proposed(recipe: Recipe) -> tuple[str, Proposed]:
    """The source that minted tasks count as; a recipe that only pays its proposer may have none."""
    found = ((name, source) for name, source in recipe.sources.items() if isinstance(source, Proposed))
    return next(found, ("proposed", Proposed(kind="proposer")))
