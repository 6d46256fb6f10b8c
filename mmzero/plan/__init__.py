"""What a recipe would run and what it needs of its hardware, worked out before anything starts; must not import torch.

Bytes that are certain decide whether a campaign is refused. What a pass takes for a while, and the sampler's cache, are
estimates: they are shown and warned about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmzero import machine
from mmzero.errors import UserError
from mmzero.machine import spell_bytes
from mmzero.model_files import ModelFacts, find_model, known_model, read_model
from mmzero.plan import data, hardware, memory
from mmzero.plan.frames import frame_notes
from mmzero.plan.hardware import Hardware
from mmzero.plan.memory import Held, Peak
from mmzero.plan.refusals import (
    refuse_missing_anchor,
    refuse_one_way_pictures,
    refuse_short_context,
    refuse_too_few_gpus,
    refuse_torn_adapters,
    refuse_unconfined,
    refuse_uneven_heads,
    refuse_unknown_names,
    refuse_what_cannot_fit,
    refuse_without_gpus,
    spell_gpus,
)
from mmzero.recipe.tree import Phase, Policy, Recipe
from mmzero.roles import chain

__all__ = [
    "Held",
    "Peak",
    "PhasePlan",
    "Plan",
    "PolicyPlan",
    "make_plan",
    "refuse_unconfined",
    "refuse_what_cannot_fit",
    "refuse_without_gpus",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePlan:
    """One step of a phase, in counts, at most: `samples` are learned from, `votes` are what others say so that those can
    be paid, and `tokens` what all of them may write."""

    train: str
    answers: str
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
    """One policy in counts and its checkpoint in bytes; None where the model is not known."""

    name: str
    roles: tuple[str, ...]
    trains: str
    parameters: int | None
    trained: int | None
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
    gpus_asked: int  # 0 where everything runs on a CPU
    lacks_gpus: bool  # this machine has none, and what is asked for does not fit without
    held: tuple[Held, ...]
    peaks: tuple[Peak, ...]
    sampler_share: float | None  # of a GPU's memory, where vLLM takes one
    checkpoint: int | None
    exports: int | None  # all that are laid out for others, which stay
    campaign: int | None  # what is kept, and one more while it is written, and the exports
    disk_free: int | None  # None where the campaign would not run here
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def make_plan(recipe: Recipe, recipe_folder: Path, out: Path, on: str | None = None) -> Plan:
    """The plan for running `recipe` into the folder `out`, on the hardware `on` where that is named. Raises where a file
    it names is missing or unfit, or where there are too few GPUs."""
    refuse_missing_anchor(recipe)
    refuse_unknown_names(recipe)
    refuse_short_context(recipe)
    there = hardware.named(on) if on is not None else hardware.of_recipe(recipe.cluster.address)
    model = _model(recipe, recipe_folder)
    refuse_uneven_heads(recipe, model)
    refuse_torn_adapters(recipe, model)
    lacks = _lacks_gpus(recipe, model, there)
    on_gpus = bool(there.gpus) or not there.known or lacks
    refuse_one_way_pictures(recipe, model, on_gpus)
    asked = _gpus_asked(recipe) if on_gpus else 0
    refuse_too_few_gpus(recipe, asked, there)
    held = memory.laid_out(recipe, model, on_gpus, there.gpu) if model else ()
    peaks = memory.peaks(recipe, model, held, there.gpu, there.memory) if model else ()
    phases = tuple(_phase(recipe, phase) for phase in recipe.schedule.phases)
    policies = tuple(_policy(recipe, name, policy, model) for name, policy in recipe.policies.items())
    checkpoint = sum(policy.checkpoint for policy in policies) if model else None
    exports = _exports(recipe, model) if model else None
    return Plan(
        name=recipe.name,
        iterations=recipe.schedule.iterations,
        steps=recipe.schedule.steps,
        phases=phases,
        policies=policies,
        actors=_actors(recipe),
        device=there.spell(),
        gpus_asked=asked,
        lacks_gpus=lacks,
        held=held,
        peaks=peaks,
        sampler_share=recipe.sampler.memory if on_gpus and recipe.sampler.engine == "vllm" else None,
        checkpoint=checkpoint,
        exports=exports,
        campaign=_checkpoints(recipe, checkpoint) + exports if model else None,
        disk_free=machine.free_disk(out) if there.here and not lacks else None,
        notes=(
            *data.notes(recipe, opens=on is None),
            *_notes(recipe, model, there, lacks, asked),
            *(_drawing_notes(recipe) if there.here and there.known and not lacks else ()),
            *_memory_notes(recipe, model, held, peaks),
        ),
    )


def _drawing_notes(recipe: Recipe) -> tuple[str, ...]:
    """A plan on paper is none that is refused for it."""
    try:
        refuse_unconfined(recipe)
    except UserError as error:
        return (str(error),)
    return ()


def _checkpoints(recipe: Recipe, each: int) -> int:
    """Bytes of all that are kept at most, and of one more while it is written."""
    rules, steps = recipe.kept, recipe.schedule.steps
    spaced = math.lcm(rules.every, rules.keep_every) if not rules.every_minutes else rules.keep_every
    kept = rules.keep + rules.keep_best + (steps // spaced if rules.keep_every else 0)
    if not rules.every_minutes:
        kept = min(kept, math.ceil(steps / rules.every))
    held = kept * each
    return (min(held, max(rules.disk, each)) if rules.disk else held) + each


def _exports(recipe: Recipe, model: ModelFacts) -> int:
    """Every policy's whole model, as its learner holds it."""
    versions = sum(map(recipe.checkpoint.exports, range(1, recipe.schedule.steps + 1)))
    return versions * len(recipe.policies) * memory.MODEL * model.parameters


def _model(recipe: Recipe, folder: Path) -> ModelFacts | None:
    if recipe.learner.engine == "fake" and recipe.sampler.engine == "fake":
        return None  # fakes have no weights, and campaigns of fakes need no model
    found = find_model(recipe.model.path, folder)
    return read_model(found) if found else known_model(recipe.model.path)


def _lacks_gpus(recipe: Recipe, model: ModelFacts | None, there: Hardware) -> bool:
    """Whether a recipe of vLLM's, which would run on this machine's CPU if it could, cannot."""
    if there.gpus or not there.known or recipe.sampler.engine != "vllm":
        return False
    if recipe.sampler.tensor_parallel > 1 or model is None:
        return recipe.sampler.tensor_parallel > 1
    held = memory.laid_out(recipe, model, on_gpus=False, gpu=None)
    return sum(one.many * one.certain for one in held) > there.memory


def _gpus_asked(recipe: Recipe) -> int:
    sampler, ranks = recipe.sampler, recipe.learner.ranks
    if sampler.engine != "vllm":
        return 0 if sampler.engine == "fake" else 1
    if recipe.cluster.placement == "colocated":
        return ranks
    return len(recipe.policies) * (sampler.replicas * sampler.tensor_parallel + ranks)


def _phase(recipe: Recipe, phase: Phase) -> PhasePlan:
    asked, requests, samples, rollouts, tokens = phase.prompts, 0, 0, 0, 0
    teaches = phase.train in recipe.roles
    for level in chain.levels(recipe, phase):
        said = asked * level.n
        more = (
            asked * level.tries if level.filter else level.blind * (asked if recipe.draws == "programs" else requests)
        )
        samples += said if level.role == phase.train else 0
        rollouts += said + more
        tokens += (said + more) * level.says.max_tokens
        requests, asked = asked, said * chain.questions(recipe, level.role)
    return PhasePlan(
        train=phase.train,
        answers=phase.answers,
        policy=recipe.policy_of(phase) or "-",
        steps=phase.steps,
        prompts=phase.prompts,
        group=phase.group if teaches else 1,
        samples=samples,
        votes=rollouts - samples,
        rollouts=rollouts,
        tokens=tokens * (1 + phase.refill.most if phase.refill else 1),
        tasks=phase.tasks,
        loss=_spell_loss(phase) if teaches else "-",
        advantage=phase.learning.advantage if teaches else "-",
        updates=phase.learning.updates if teaches else 0,
    )


def _spell_loss(phase: Phase) -> str:
    loss, kl = phase.learning.loss, phase.learning.kl
    surrogate = f"clip {loss.clip[0]:g} {loss.clip[1]:g}" if loss.surrogate == "clip" else loss.surrogate
    below = f" below {loss.entropy_floor:g} nats" if loss.entropy_floor is not None else ""
    terms = {
        f"kl {kl.weight:g} to {kl.to}": kl.weight,
        f"entropy {loss.entropy:g}{below}": loss.entropy,
        f"{loss.covariance.act} by covariance" if loss.covariance else "": loss.covariance,
        f"blind {loss.blind.weight:g}" if loss.blind else "": loss.blind,
    }
    return ", ".join([loss.ratio, surrogate, loss.aggregate, *(term for term, there in terms.items() if there)])


def _policy(recipe: Recipe, name: str, policy: Policy, model: ModelFacts | None) -> PolicyPlan:
    trains = f"lora, rank {policy.rank}" if policy.train == "lora" else "full"
    trained = memory.trained(policy, model) if model else None
    return PolicyPlan(
        name=name,
        roles=tuple(role for role, spoken in recipe.roles.items() if spoken.policy == name),
        trains=trains + (", vision frozen" if policy.vision == "frozen" else ""),
        parameters=model.parameters if model else None,
        trained=trained,
        checkpoint=memory.CHECKPOINT * trained if model else None,
    )


def _actors(recipe: Recipe) -> tuple[str, ...]:
    sampler, learner = recipe.sampler, recipe.learner
    said = []
    for name in recipe.policies:
        roles = ", ".join(role for role, spoken in recipe.roles.items() if spoken.policy == name)
        many = f", {_count(sampler.replicas, 'replica')}" if sampler.engine == "vllm" else ""
        wide = f" of {sampler.tensor_parallel} GPUs" if sampler.tensor_parallel > 1 else ""
        said.append(
            f"sampler of {name} (it speaks as {roles or 'nobody'}): {sampler.engine}{many}{wide}, {sampler.rows} rows at once"
        )
        offload = f", offload {learner.offload}" if learner.offload != "none" else ""
        again = ", activations computed again" if learner.recompute else ""
        said.append(f"learner of {name}: {learner.engine}, ranks {learner.ranks}, ZeRO {learner.zero}{offload}{again}")
    return tuple(said)


def _count(many: int, what: str) -> str:
    return f"{many} {what}" + ("" if many == 1 else "s")


def _notes(recipe: Recipe, model: ModelFacts | None, there: Hardware, lacks: bool, asked: int) -> list[str]:
    notes = []
    clipped = [
        f"{index} ({phase.train})"
        for index, phase in enumerate(recipe.schedule.phases)
        if phase.train in recipe.roles and phase.learning.updates == 1 and phase.learning.loss.surrogate == "clip"
    ]
    if clipped:
        notes.append(
            f"updates is 1 in phase {', '.join(clipped)}: the ratio is 1 when its gradient is taken, so the clip is"
            " inert there"
        )
    if lacks:
        notes.append(
            f"this machine has no GPU and too little without: it is planned for {spell_gpus(asked)} of any size, and will not"
            " start here; name a machine by --on, such as --on 8x80GiB"
        )
    elif not there.known:
        notes.append(
            f"what the cluster at {recipe.cluster.address} has is not asked before the start; name it by --on, such as"
            " --on 8x80GiB"
        )
    notes += frame_notes(recipe, model.family if model else "")
    if model is None:
        fake = recipe.learner.engine == recipe.sampler.engine == "fake"
        why = "the engines are fakes" if fake else f"{recipe.model.path} is not on this machine yet"
        notes.append(f"{why}: memory and disk are not worked out")
    return notes


def _memory_notes(
    recipe: Recipe, model: ModelFacts | None, held: tuple[Held, ...], peaks: tuple[Peak, ...]
) -> list[str]:
    notes = []
    on_gpus = any(peak.where == "GPU" for peak in peaks)
    for peak in peaks:
        if peak.there is None or peak.about <= peak.there:
            continue
        remedy = "lower sampler.rows or learner.tokens_per_segment if memory runs out"
        if on_gpus and peak.where == "main memory":
            remedy = "spread the ranks over more nodes"
        notes.append(
            f"{peak.when}: about {spell_bytes(peak.about)} of {peak.where} may be needed, of"
            f" {spell_bytes(peak.there)}: {remedy}"
        )
    for one in held:
        wanted = memory.cache_wanted(recipe, model)
        if one.where == "GPU" and not one.learns and one.about < wanted:
            notes.append(
                f"each {one.who} has room for {one.about / wanted:.0%} of its {recipe.sampler.rows} rows at their longest;"
                " the others wait, which costs time and no more"
            )
    return notes
