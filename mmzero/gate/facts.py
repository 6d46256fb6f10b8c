"""What is found out about a generator before it is judged: its program run over some seeds, twice on the same, and on
scenes with one thing changed. Runs programs through whoever draws, and judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mmzero.gate import counterfactual
from mmzero.recipe.tree import Gate
from mmzero.render import Job, Result
from mmzero.roles import generator as programs
from mmzero.roles.generator import Instance, Lost, Outcome
from mmzero.types import Generator, Rejection, training_seed

Draw = Callable[[Sequence[Job]], Sequence[Result]]  # RenderPool.map, or an engine's way to several of them
Said = tuple[str | None, ...]  # what was answered to one instance; None where there was no answer

_BASES = 2  # instances whose scenes are changed

Step = tuple[
    Instance, int, str
]  # a run that begins with a given scene: of which instance, under which seed, and the scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`blind` and `seen` stand beside `instances` one to one, or are empty where nobody was asked."""

    generator: Generator
    instances: tuple[Instance, ...]
    failed: tuple[Rejection, ...] = ()  # runs over a seed that gave no instance
    again: tuple[tuple[Instance, Outcome], ...] = ()  # the same seed once more, the same scene under another seed
    changed: tuple[tuple[Instance, Instance], ...] = ()  # an instance, and one whose scene differs in one place
    blind: tuple[Said, ...] = ()  # answers to the question without its picture
    seen: tuple[Said, ...] = ()  # answers with it

    @property
    def ran(self) -> float:
        """The share of seeds over which the program gave an instance."""
        return len(self.instances) / max(len(self.instances) + len(self.failed), 1)


def probe_seeds(n: int) -> tuple[int, ...]:
    """The same for every generator and every step: the same program met again gives the same scenes."""
    return tuple(training_seed("gate", i) for i in range(n))


def gather(
    generators: Sequence[Generator], draw: Draw, gate: Gate, seeds: Sequence[int] | None = None
) -> list[Facts | Lost]:
    """All generators side by side, in two calls of `draw`. Lost where any run was: what is not known is not judged."""
    seeds = probe_seeds(gate.instances) if seeds is None else tuple(seeds)
    runs = [(each, seed, None) for each in generators for seed in (*seeds, seeds[0])]
    outcomes = _drawn(runs, draw)
    size = len(seeds) + 1
    first = [_first(each, outcomes[i * size : (i + 1) * size]) for i, each in enumerate(generators)]
    plans = [_plan(facts, gate) if isinstance(facts, Facts) and not facts.failed else [] for facts in first]
    wanted = zip(generators, plans, strict=True)
    outcomes = iter(_drawn([(each, seed, scene) for each, plan in wanted for _, seed, scene in plan], draw))
    return [
        _second(facts, plan, [next(outcomes) for _ in plan]) if plan else facts
        for facts, plan in zip(first, plans, strict=True)
    ]


def _drawn(runs: Sequence[tuple[Generator, int, str | None]], draw: Draw) -> list[Outcome]:
    results = draw([programs.job(each, seed, scene) for each, seed, scene in runs]) if runs else []
    return [programs.outcome(result, seed) for result, (_, seed, _) in zip(results, runs, strict=True)]


def _first(generator: Generator, outcomes: Sequence[Outcome]) -> Facts | Lost:
    if lost := next((one for one in outcomes if isinstance(one, Lost)), None):
        return lost
    *once, twice = outcomes
    return Facts(
        generator=generator,
        instances=tuple(one for one in once if isinstance(one, Instance)),
        failed=tuple(one for one in once if isinstance(one, Rejection)),
        again=((once[0], twice),) if isinstance(once[0], Instance) else (),
    )


def _plan(facts: Facts, gate: Gate) -> list[Step]:
    """Of each base its own scene under a seed that is not its own, then scenes with one thing changed."""
    plan = []
    scenes = [one.scene for one in facts.instances]
    for i, base in enumerate(facts.instances[:_BASES]):
        others = [scene for scene in scenes[i + 1 :] + scenes[:i] if scene != base.scene]
        most = (gate.counterfactuals + 1 - i) // _BASES
        plan.append((base, base.seed ^ 2, base.scene))
        plan += [(base, base.seed, scene) for scene in counterfactual.variants(base.scene, others, most)]
    return plan


def _second(facts: Facts, plan: Sequence[Step], outcomes: Sequence[Outcome]) -> Facts | Lost:
    """A changed scene that its program does not take tells nothing: it may be one that never comes up."""
    if lost := next((one for one in outcomes if isinstance(one, Lost)), None):
        return lost
    both = [(base, one, scene == base.scene) for (base, _, scene), one in zip(plan, outcomes, strict=True)]
    return replace(
        facts,
        again=(*facts.again, *((base, one) for base, one, same in both if same)),
        changed=tuple((base, one) for base, one, same in both if not same and isinstance(one, Instance)),
    )
