"""What a plan refuses before anything starts, one sentence for each; must not work out any number it compares."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmzero import families, machine
from mmzero.errors import EngineError
from mmzero.evaluate import suite
from mmzero.families.skin import skin
from mmzero.habits import HABITS
from mmzero.machine import spell_bytes
from mmzero.model_files import ModelFacts
from mmzero.plan.hardware import Hardware
from mmzero.plan.memory import Peak
from mmzero.recipe.sentences import mistake, nearest, show
from mmzero.recipe.tree import Bank, Proposed, Recipe
from mmzero.roles import chain, coder
from mmzero.roles.proposer import held

if TYPE_CHECKING:
    from mmzero.plan import Plan

_BOTH_WAYS = ("gemma3",)
_TORN = ("internvl", "llava_next", "idefics3")  # vLLM was seen to wear their adapters other than they were learned


def refuse_unknown_names(recipe: Recipe) -> None:
    """Families, skins and suites are files and constants, so no pydantic type lists them."""
    for source in recipe.sources.values():
        if isinstance(source, Bank | Proposed):
            skin(source.skin)
        if isinstance(source, Bank) or (isinstance(source, Proposed) and source.labels == "computed"):
            named = families.chosen(source.families) if isinstance(source, Bank) else held(recipe)
            _refuse_unreadable(named, source.skin)
            if isinstance(source, Bank) and source.absent:
                _refuse_presence(named, source.absent)
    for name in filter(None, (recipe.evaluate.suite, recipe.evaluate.final)):
        if name not in recipe.sources:
            suite(name)


def refuse_short_context(recipe: Recipe) -> None:
    """A caption may be as long as it is read: one that found no room would stop the sampler with everybody's answers."""
    context = recipe.sampler.context
    for index, phase in enumerate(recipe.schedule.phases):
        for level in chain.levels(recipe, phase):
            wanted = coder.MOST_PROMPT + level.says.max_tokens
            if level.role == "coder" and context is not None and context < wanted:
                raise mistake(
                    f"sampler.context is {context} tokens, but a coder of schedule.phases.{index} may be asked in"
                    f" {coder.MOST_PROMPT} and answer in {level.says.max_tokens}; raise it to {wanted} or more"
                )


def _refuse_unreadable(named: Sequence[str], look: str) -> None:
    small = [name for name in named if skin(look).size < families.family(name).SMALLEST]
    if small:
        raise mistake(
            f"the skin '{look}' is {skin(look).size} pixels, too few to read {len(small)} of the families of its source,"
            f" such as {small[0]}; choose the skin plain, or families: primer"
        )


def _refuse_presence(named: Sequence[str], absent: float) -> None:
    if not any(map(families.can_ask_absent, named)):
        can = " or ".join(filter(families.can_ask_absent, families.names()))
        raise mistake(
            f"a bank's absent is {absent:g}, but none of its families asks for what is not there; add {can} to them, or set"
            " absent to 0"
        )


def refuse_missing_anchor(recipe: Recipe) -> None:
    for index, phase in enumerate(recipe.schedule.phases):
        to = phase.learning.kl.to
        if to not in ("base", "phase_start") and not machine.exists(Path(to)):
            near = nearest(to, ("base", "phase_start"))
            remedy = f"did you mean '{near}'?" if near else "write base, phase_start or a model's folder"
            raise mistake(f"schedule.phases.{index}.learning.kl.to is {show(to)}, which does not exist; {remedy}")


def refuse_uneven_heads(recipe: Recipe, model: ModelFacts | None) -> None:
    """vLLM gives each worker of a replica as many heads as the next; one of keys and values may be several workers'."""
    workers = recipe.sampler.tensor_parallel
    if model is None or workers == 1 or not model.text.heads:
        return
    heads, kv_heads, seeing = model.text.heads, model.text.kv_heads, model.vision.heads

    def shares(workers: int) -> bool:
        return not (heads % workers or seeing % workers or (kv_heads % workers and workers % kv_heads))

    if not shares(workers):
        fitting = [str(width) for width in range(1, heads + 1) if shares(width)]
        raise mistake(
            f"sampler.tensor_parallel is {workers}, but {recipe.model.path} has {heads} attention heads, {kv_heads} of keys"
            f" and values and {seeing} in its vision tower, which {workers} GPUs cannot share out evenly; set it to"
            f" {' or '.join(fitting)}"
        )


def refuse_one_way_pictures(recipe: Recipe, model: ModelFacts | None, on_gpus: bool) -> None:
    """The sampler finds this for every model once it starts; of these it is known beforehand."""
    if model is not None and model.family in _BOTH_WAYS and recipe.sampler.engine == "vllm" and not on_gpus:
        raise mistake(
            f"sampler.engine is vllm, which on a CPU shows each token of a picture only those before it, but in"
            f" {recipe.model.path}, a {HABITS[model.family].name}, they see each other both ways; set it to transformers, or"
            " start it where GPUs are"
        )


def refuse_torn_adapters(recipe: Recipe, model: ModelFacts | None) -> None:
    """Otherwise the first publish would, or nobody: what is sampled would not be what is learned from."""
    if model is None or model.family not in _TORN or recipe.sampler.engine != "vllm":
        return
    for name, policy in recipe.policies.items():
        if policy.train == "lora":
            raise mistake(
                f"policies.{name} trains an adapter of {recipe.model.path}, a {HABITS[model.family].name}, which vLLM does not"
                " always wear as it was learned; set its train to full, or sampler.engine to transformers"
            )


def refuse_too_few_gpus(recipe: Recipe, asked: int, there: Hardware) -> None:
    if there.gpus and asked > len(there.gpus):
        sampler = recipe.sampler
        share = "" if recipe.cluster.placement == "colocated" else ", set cluster.placement to colocated"
        raise mistake(
            f"{recipe.name} asks for {spell_gpus(asked)} ({len(recipe.policies)} policies with {sampler.replicas} replicas of"
            f" {sampler.tensor_parallel} GPUs and {recipe.learner.ranks} ranks, {recipe.cluster.placement}) and there are"
            f" {len(there.gpus)}; lower sampler.replicas, sampler.tensor_parallel or learner.ranks{share}, or join a"
            " larger cluster by cluster.address"
        )


def spell_gpus(count: int) -> str:
    return "1 GPU" if count == 1 else f"{count} GPUs"


def refuse_unconfined(recipe: Recipe) -> None:
    """Of a campaign that draws on this machine, before it has a folder. A sandbox that does not even start says so later."""
    if "coder" not in recipe.roles or recipe.cluster.address != "local":
        return
    from mmzero.render import link

    with contextlib.suppress(EngineError):
        link.refuse_below(recipe.render.least)


def refuse_without_gpus(plan: Plan) -> None:
    """Of a campaign that is to start, which a plan on paper is not."""
    if plan.lacks_gpus:
        raise mistake(
            f"{plan.name} asks for {spell_gpus(plan.gpus_asked)} and this machine has none; start it where they are, or set"
            " cluster.address to a Ray cluster that has them (mmzero check --on 8x80GiB plans for hardware elsewhere)"
        )


def refuse_what_cannot_fit(plan: Plan, out: Path) -> None:
    for peak in plan.peaks:
        if peak.there is not None and peak.certain > peak.there:
            _refuse_memory(plan, peak)
    for one in plan.held:
        gpu = next((peak.there for peak in plan.peaks if peak.where == "GPU"), None)
        if plan.sampler_share and gpu and not one.learns and one.certain > plan.sampler_share * gpu:
            raise mistake(
                f"each {one.who} keeps {spell_bytes(one.certain)} of weights, but sampler.memory {plan.sampler_share:g} of a"
                f" GPU is {spell_bytes(int(plan.sampler_share * gpu))}; raise sampler.tensor_parallel or sampler.memory"
            )
    if plan.disk_free is not None and plan.campaign is not None and plan.campaign > plan.disk_free:
        what, lower = "checkpoints", "checkpoint.keep"
        if plan.exports:
            what, lower = f"checkpoints and {spell_bytes(plan.exports)} of exports", f"{lower}, export fewer versions"
        raise mistake(
            f"the {what} of {plan.name} take {spell_bytes(plan.campaign)} (a checkpoint {spell_bytes(plan.checkpoint)},"
            f" those kept and one being written), but {out} has {spell_bytes(plan.disk_free)} free; lower"
            f" {lower} or choose another --out"
        )


def _refuse_memory(plan: Plan, peak: Peak) -> None:
    if peak.where == "GPU":
        shared = " share one policy between roles," if len(plan.policies) > 1 else ""
        raise mistake(
            f"a GPU of {plan.name} must hold {spell_bytes(peak.certain)} for certain ({peak.when}), but has"
            f" {spell_bytes(peak.there)}; raise learner.zero with learner.ranks, or sampler.tensor_parallel, set"
            f" learner.offload, train lora,{shared} or choose a smaller model"
        )
    if not plan.gpus_asked:
        raise mistake(
            f"the weights, gradients, moments and anchors of {plan.name} take {spell_bytes(peak.certain)}, but"
            f" this machine has {spell_bytes(peak.there)}; choose a smaller model, share one policy between"
            " roles, or train lora"
        )
