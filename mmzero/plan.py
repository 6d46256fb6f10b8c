"""What a recipe would run and what it needs of this machine, worked out before anything starts; must not import torch.

Bytes that are certain (weights, gradients, AdamW's two moments, anchors) decide whether a campaign is refused. The
cache of the sampler and the activations of the learner are estimates: they are shown and warned about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmzero import families, machine
from mmzero.evaluate import suite
from mmzero.families.skin import skin
from mmzero.machine import spell_bytes
from mmzero.model_files import ModelFacts, find_model, read_model
from mmzero.recipe.sentences import mistake, nearest, show
from mmzero.recipe.tree import Bank, Phase, Policy, Proposed, Recipe
from mmzero.sources import held

_FP32 = 4
_PROMPT_TEXT = 256  # tokens of a question and its instructions: a guess, and a generous one
# Bytes of activations per token, layer and unit of width: 34 at two bytes a number (Korthikanti et al. 2022, eq. 1,
# without the attention matrix, which no kernel here keeps).
_ACTIVATION = {"bfloat16": 34, "float32": 68}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePlan:
    """One step of a phase, in counts; `tokens` is the most that may be written in it, votes included."""

    train: str
    policy: str
    steps: int
    prompts: int
    group: int
    samples: int
    votes: int
    rollouts: int
    tokens: int
    tasks: Mapping[str, float]
    loss: str
    advantage: str
    updates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlan:
    """The bytes of one policy. `learner` and `sampler` say what for; None where the model is not on this machine."""

    name: str
    roles: tuple[str, ...]
    trains: str
    parameters: int | None
    trained: int | None
    learner: Mapping[str, int] | None
    sampler: Mapping[str, int] | None
    checkpoint: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    name: str
    iterations: int
    steps: int
    phases: tuple[PhasePlan, ...]
    policies: tuple[PolicyPlan, ...]
    actors: tuple[str, ...]
    device: str
    memory_certain: int | None
    memory_estimated: int | None
    memory_there: int
    checkpoint: int | None
    campaign: int | None  # what is kept, and one more while it is written
    disk_free: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def make_plan(recipe: Recipe, recipe_folder: Path, out: Path) -> Plan:
    """The plan for running `recipe` into the folder `out`. Raises where a file it names is missing or unfit."""
    _refuse_missing_anchor(recipe)
    _refuse_unknown_names(recipe)
    model = _model(recipe, recipe_folder)
    phases = tuple(_phase(recipe, phase) for phase in recipe.schedule.phases)
    policies = tuple(_policy(recipe, name, policy, model) for name, policy in recipe.policies.items())
    gpus = machine.gpu_memory()
    known = model is not None
    certain = sum(_certain(policy) for policy in policies) if known else None
    whole = sum(sum(policy.learner.values()) + sum(policy.sampler.values()) for policy in policies) if known else None
    there = min(gpus) if gpus else machine.memory()
    checkpoint = sum(policy.checkpoint for policy in policies) if known else None
    return Plan(
        name=recipe.name,
        iterations=recipe.schedule.iterations,
        steps=recipe.schedule.steps,
        phases=phases,
        policies=policies,
        actors=_actors(recipe),
        device=f"{len(gpus)} x GPU" if gpus else f"{machine.cores()} CPU cores",
        memory_certain=certain,
        memory_estimated=whole,
        memory_there=there,
        checkpoint=checkpoint,
        campaign=checkpoint * (recipe.checkpoint.keep + 1) if known else None,
        disk_free=machine.free_disk(out),
        notes=tuple(_notes(recipe, phases, whole, there)),
    )


def refuse_what_cannot_fit(plan: Plan, out: Path) -> None:
    if plan.memory_certain is not None and plan.memory_certain > plan.memory_there:
        raise mistake(
            f"the weights, gradients, moments and anchors of {plan.name} take {spell_bytes(plan.memory_certain)}, but"
            f" this machine has {spell_bytes(plan.memory_there)}; choose a smaller model, share one policy between"
            " roles, or train lora"
        )
    if plan.campaign is not None and plan.campaign > plan.disk_free:
        raise mistake(
            f"the checkpoints of {plan.name} take {spell_bytes(plan.campaign)} ({spell_bytes(plan.checkpoint)} each,"
            f" those kept and one being written), but {out} has {spell_bytes(plan.disk_free)} free; lower"
            " checkpoint.keep or choose another --out"
        )


def _refuse_unknown_names(recipe: Recipe) -> None:
    """Families, skins and suites are files and constants, so no pydantic type lists them."""
    for source in recipe.sources.values():
        if isinstance(source, Bank | Proposed):
            skin(source.skin)
        if isinstance(source, Bank | Proposed):
            named = families.chosen(source.families) if isinstance(source, Bank) else held(recipe)
            _refuse_unreadable(named, source.skin)
    suite(recipe.evaluate.suite)


def _refuse_unreadable(named: Sequence[str], look: str) -> None:
    small = [name for name in named if skin(look).size < families.family(name).SMALLEST]
    if small:
        raise mistake(
            f"the skin '{look}' is {skin(look).size} pixels, too few to read {len(small)} of the families of its source,"
            f" such as {small[0]}; choose the skin plain, or families: primer"
        )


def _refuse_missing_anchor(recipe: Recipe) -> None:
    for index, phase in enumerate(recipe.schedule.phases):
        to = phase.learning.kl.to
        if to not in ("base", "phase_start") and not machine.exists(Path(to)):
            near = nearest(to, ("base", "phase_start"))
            remedy = f"did you mean '{near}'?" if near else "write base, phase_start or a model's folder"
            raise mistake(f"schedule.phases.{index}.learning.kl.to is {show(to)}, which does not exist; {remedy}")


def _model(recipe: Recipe, folder: Path) -> ModelFacts | None:
    if recipe.learner.engine == "fake" and recipe.sampler.engine == "fake":
        return None  # fakes have no weights, and campaigns of fakes need no model
    found = find_model(recipe.model.path, folder)
    return read_model(found) if found else None


def _phase(recipe: Recipe, phase: Phase) -> PhasePlan:
    samples = phase.prompts * phase.group
    votes = samples * phase.votes.n if phase.votes else 0
    return PhasePlan(
        train=phase.train,
        policy=recipe.roles[phase.train].policy,
        steps=phase.steps,
        prompts=phase.prompts,
        group=phase.group,
        samples=samples,
        votes=votes,
        rollouts=samples + votes,
        tokens=samples * phase.says.max_tokens + votes * (phase.votes.says.max_tokens if phase.votes else 0),
        tasks=phase.tasks,
        loss=_spell_loss(phase),
        advantage=phase.learning.advantage,
        updates=phase.learning.updates,
    )


def _spell_loss(phase: Phase) -> str:
    loss, kl = phase.learning.loss, phase.learning.kl
    surrogate = f"clip {loss.clip[0]:g} {loss.clip[1]:g}" if loss.surrogate == "clip" else loss.surrogate
    return f"{loss.ratio}, {surrogate}, {loss.aggregate}" + (f", kl {kl.weight:g} to {kl.to}" if kl.weight else "")


def _policy(recipe: Recipe, name: str, policy: Policy, model: ModelFacts | None) -> PolicyPlan:
    trains = f"lora, rank {policy.rank}" if policy.train == "lora" else "full"
    facts = {
        "name": name,
        "roles": tuple(role for role, spoken in recipe.roles.items() if spoken.policy == name),
        "trains": trains + (", vision frozen" if policy.vision == "frozen" else ""),
    }
    if model is None:
        empty = dict.fromkeys(("parameters", "trained", "learner", "sampler", "checkpoint"))
        return PolicyPlan(**facts, **empty)
    rank = policy.rank if policy.train == "lora" else None
    trained = model.trained(rank, vision=policy.vision == "train")
    held = model.parameters + (trained if rank else 0)
    phases = [phase for phase in recipe.schedule.phases if recipe.roles[phase.train].policy == name]
    anchors = {phase.learning.kl.to for phase in phases if phase.learning.kl.weight}
    return PolicyPlan(
        **facts,
        parameters=model.parameters,
        trained=trained,
        learner={
            "weights": _FP32 * held,  # these are the masters
            "gradients": _FP32 * trained,
            "moments": 2 * _FP32 * trained,
            "anchors": _FP32 * trained * len(anchors),
            "activations": _activations(recipe, model),
        },
        sampler={"weights": _width(recipe) * model.parameters, "cache": _cache(recipe, model)},
        checkpoint=3 * _FP32 * trained,
    )


def _certain(policy: PolicyPlan) -> int:
    return sum(policy.learner.values()) - policy.learner["activations"] + policy.sampler["weights"]


def _width(recipe: Recipe) -> int:
    return 2 if recipe.model.dtype == "bfloat16" else _FP32


def _prompt_tokens(recipe: Recipe, model: ModelFacts) -> int:
    most = recipe.model.pixels[1] if recipe.model.pixels else model.most_pixels
    return _PROMPT_TEXT + (most // model.pixels_per_token if model.pixels_per_token else 0)


def _cache(recipe: Recipe, model: ModelFacts) -> int:
    longest = max(phase.says.max_tokens for phase in recipe.schedule.phases)
    tokens = recipe.sampler.rows * (_prompt_tokens(recipe, model) + longest)
    return tokens * model.cache_per_token * _width(recipe)


def _activations(recipe: Recipe, model: ModelFacts) -> int:
    """Of one microbatch, which holds the token budget or one whole group's smallest segment."""
    longest = max(phase.says.max_tokens for phase in recipe.schedule.phases)
    tokens = max(recipe.learner.tokens_per_segment, _prompt_tokens(recipe, model) + longest)
    return tokens * model.layers * model.hidden * _ACTIVATION[recipe.model.dtype]


def _actors(recipe: Recipe) -> tuple[str, ...]:
    sampler, learner = recipe.sampler, recipe.learner
    said = []
    for name in recipe.policies:
        roles = ", ".join(role for role, spoken in recipe.roles.items() if spoken.policy == name)
        many = f", {sampler.replicas} replicas of {sampler.tensor_parallel} GPUs" if sampler.engine == "vllm" else ""
        said.append(
            f"sampler of {name} (it speaks as {roles or 'nobody'}): {sampler.engine}{many}, {sampler.rows} rows at once"
        )
        said.append(f"learner of {name}: {learner.engine}, ranks {learner.ranks}, ZeRO {learner.zero}")
    return tuple(said)


def _notes(recipe: Recipe, phases: tuple[PhasePlan, ...], whole: int | None, there: int) -> list[str]:
    notes = []
    clipped = [
        f"{index} ({phase.train})"
        for index, phase in enumerate(recipe.schedule.phases)
        if phase.learning.updates == 1 and phase.learning.loss.surrogate == "clip"
    ]
    if clipped:
        notes.append(
            f"updates is 1 in phase {', '.join(clipped)}: the ratio is 1 when its gradient is taken, so the clip is"
            " inert there"
        )
    if whole is None:
        fake = recipe.learner.engine == recipe.sampler.engine == "fake"
        why = "the engines are fakes" if fake else f"{recipe.model.path} is not on this machine yet"
        notes.append(f"{why}: memory and disk are not worked out")
    elif whole > there:
        notes.append(
            f"with cache and activations about {spell_bytes(whole)} may be needed, of {spell_bytes(there)}: lower"
            " sampler.rows or learner.tokens_per_segment if memory runs out"
        )
    return notes
