"""What each process of a campaign keeps where, in bytes, and the most that any place must hold; must not import torch.

What is certain follows from counts: a model in fp32, its gradients, AdamW's two moments, anchors, and how DeepSpeed shares
them out among ranks. What a pass needs for a while is an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mmzero.families.skin import skin
from mmzero.model_files import ModelFacts, Tower
from mmzero.recipe.tree import Bank, Dataset, Phase, Policy, Proposed, Recipe
from mmzero.roles import chain

_FP32 = 4
CHECKPOINT = 3 * _FP32  # a master and two moments of every trained weight
MODEL = _FP32  # of a weight in a model's folder that a learner writes
_PROMPT_TEXT = 256  # tokens of a question and its instructions: a guess, and a generous one
_REQUEST = {"proposer": 512, "coder": 2560}  # tokens of a request, which may name every family or hold a caption
# Bytes that autograd keeps of one token in one layer, by unit of hidden width and of the feed-forward's: counted on the
# layers of Qwen2.5-VL and Qwen3-VL, of which the larger is taken (tests/recipes/test_activations.py counts them again).
# The attention matrix is not among them, which no kernel here keeps. A layer that is computed again keeps its input.
_TEXT = {"bfloat16": (39, 8), "float32": (44, 16)}
_VISION = {"bfloat16": (32, 8), "float32": (52, 16)}
_HEAD = 1024 * 6 * _FP32  # a chunk of tokens whose logits exist at one time (engines/rows.py), in so many copies
_LIVE = 1_000_000_000  # weights that DeepSpeed makes whole at a time at stage 3: its own default
_BUCKET = 500_000_000  # gradients that it reduces at a time, for each dtype they travel in: its own default
_CPU_CACHE = 2**30  # what engines/vllm_sampler.py asks for on a CPU

Place = Literal["GPU", "main memory"]
KINDS = ("weights", "masters", "gradients", "moments", "anchors")
_OFFLOADED = {"none": (), "optimizer": ("masters", "gradients", "moments"), "weights": KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What each of `many` processes keeps in one place; `about` is what it takes besides while it works, an estimate."""

    who: str  # whose rank, whose replica, or whose worker where several make one replica
    many: int
    learns: bool
    where: Place
    keeps: Mapping[str, int]
    about: int = 0

    @property
    def certain(self) -> int:
        return sum(self.keeps.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The most that a place holds at one time; `there` is what it has, where that is known."""

    when: str
    where: Place
    certain: int
    about: int  # what is certain included
    there: int | None


def prompt_tokens(recipe: Recipe, model: ModelFacts) -> int:
    pixels = _pixels(recipe, model)
    return _PROMPT_TEXT + (pixels // model.pixels_per_token if model.pixels_per_token else 0)


def longest(recipe: Recipe) -> int:
    spoken = (level for phase in recipe.schedule.phases for level in chain.levels(recipe, phase))
    return max(level.says.max_tokens for level in spoken)


def cache_wanted(recipe: Recipe, model: ModelFacts) -> int:
    """Bytes in each worker of a replica, so that none of its rows ever waits for room."""
    tokens = recipe.sampler.rows * (prompt_tokens(recipe, model) + longest(recipe))
    kv_heads = model.text.kv_heads or 1
    shared_by = min(recipe.sampler.tensor_parallel, kv_heads)  # a worker has at least one head's
    return _part(tokens * model.cache_per_token * _width(recipe), shared_by)


def laid_out(recipe: Recipe, model: ModelFacts, on_gpus: bool, gpu: int | None) -> tuple[Held, ...]:
    """Everything that stays; `gpu` is the memory of each GPU, where there are any and it is known."""
    found = []
    for name in recipe.policies:
        found.append(_sampler(recipe, name, model, on_gpus, gpu))
        found += _learner(recipe, name, model, on_gpus)
    return tuple(one for one in found if one.certain or one.about)


def peaks(
    recipe: Recipe, model: ModelFacts, held: Iterable[Held], gpu: int | None, memory: int | None
) -> tuple[Peak, ...]:
    """`gpu` and `memory` are what there is of either, where that is known."""
    held = tuple(held)
    on_gpu = tuple(one for one in held if one.where == "GPU")
    if not on_gpu:
        certain = sum(one.many * one.certain for one in held)
        about = certain + sum(one.many * one.about for one in held)
        return (Peak(when="at work", where="main memory", certain=certain, about=about, there=memory),)
    if recipe.sampler.engine != "vllm":
        rows = [("at work", sum(one.certain for one in on_gpu), sum(one.about for one in on_gpu))]
    elif recipe.cluster.placement == "separate":
        rows = [(_doing(one), one.certain, one.about) for one in on_gpu]
    else:
        rows = list(_turns(on_gpu))
    on_gpus = [Peak(when=when, where="GPU", certain=sure, about=sure + about, there=gpu) for when, sure, about in rows]
    return *on_gpus, _main_memory(recipe, model, held, memory)


def _doing(held: Held) -> str:
    return f"{held.who} {'learning' if held.learns else 'playing'}"


def _turns(on_gpu: Iterable[Held]) -> Iterable[tuple[str, int, int]]:
    """What one shared GPU holds in each turn: samplers sleep while learners learn, and learners leave while they play."""
    samplers, learners = ([one for one in on_gpu if one.learns == learns] for learns in (False, True))
    learned = sum(one.certain for one in learners)
    asleep = sum(one.certain for one in samplers)
    yield "playing", asleep, sum(one.about for one in samplers)
    yield "learning", learned, max(one.about for one in learners)
    yield "publishing", learned + asleep, 0


def _main_memory(recipe: Recipe, model: ModelFacts, held: Iterable[Held], memory: int | None) -> Peak:
    """Of all nodes together. Every rank reads the whole model before it is shared out or sent to its GPU, whoever leaves
    a shared GPU leaves for here, and a checkpoint is gathered on one rank."""
    held = tuple(held)
    stays = sum(one.many * one.certain for one in held if one.where == "main memory")
    away = {True: 0, False: 0}
    for one in held:
        if one.where == "GPU" and recipe.cluster.placement == "colocated":
            away[one.learns] += one.many * one.certain
    policies = recipe.policies.values()
    rows = {
        "starting": away[False] + recipe.learner.ranks * max(_FP32 * _held(policy, model) for policy in policies),
        "playing": stays + away[True],
        "learning": stays + away[False],
        "saving": stays + max(CHECKPOINT * trained(policy, model) for policy in policies),
    }
    when = max(rows, key=rows.get)
    return Peak(when=when, where="main memory", certain=rows[when], about=rows[when], there=memory)


# --- the sampler


def _sampler(recipe: Recipe, name: str, model: ModelFacts, on_gpus: bool, gpu: int | None) -> Held:
    sampler = recipe.sampler
    weights = _part(_width(recipe) * model.parameters, sampler.tensor_parallel)
    cache = cache_wanted(recipe, model)
    if sampler.engine == "vllm" and not on_gpus:
        cache = _CPU_CACHE
    elif sampler.engine == "vllm" and gpu:  # it takes its share, wanted or not
        cache = max(0, int(sampler.memory * gpu) - weights)
    many = sampler.replicas * sampler.tensor_parallel
    return Held(
        who=f"{name}'s {'worker' if sampler.tensor_parallel > 1 else 'replica'}",
        many=many,
        learns=False,
        where="GPU" if on_gpus else "main memory",
        keeps={"weights": weights},
        about=cache,
    )


# --- the learner


def _learner(recipe: Recipe, name: str, model: ModelFacts, on_gpus: bool) -> Iterable[Held]:
    """What one rank keeps on its device, and what it moved to main memory."""
    config, keeps = recipe.learner, _keeps(recipe, name, model)
    away = _OFFLOADED[config.offload]
    rank = Held(
        who=f"{name}'s rank",
        many=config.ranks,
        learns=True,
        where="GPU" if on_gpus else "main memory",
        keeps={what: size for what, size in keeps.items() if what not in away},
        about=_working(recipe, name, model, on_gpus),
    )
    moved = {what: keeps[what] for what in away}
    if not on_gpus:
        return (replace(rank, keeps=rank.keeps | moved),)
    return rank, replace(rank, where="main memory", keeps=moved, about=0)


def _keeps(recipe: Recipe, name: str, model: ModelFacts) -> dict[str, int]:
    config, policy = recipe.learner, recipe.policies[name]
    zero, ranks = config.zero, config.ranks
    moved = _FP32 * trained(policy, model)
    # What lies in main memory is sent to and fro: at stage 3 gradients have a second copy there, and below it masters do.
    copies = 1 if config.offload == "none" else 2
    return {
        "weights": _part(_FP32 * _held(policy, model), ranks if zero == 3 else 1),
        "masters": _part(moved, ranks) if zero else 0,  # beside the weights, even where those are fp32 too
        "gradients": copies * _part(moved, ranks if zero >= 2 or copies > 1 else 1),
        "moments": _part(2 * moved, ranks if zero >= 1 else 1),
        "anchors": _part(moved, ranks if zero == 3 else 1) * len(_anchors(recipe, name)),
    }


def _anchors(recipe: Recipe, name: str) -> set[str]:
    phases = [phase for phase in recipe.schedule.phases if recipe.policy_of(phase) == name]
    return {phase.learning.kl.to for phase in phases if phase.learning.kl.weight}


def _held(policy: Policy, model: ModelFacts) -> int:
    """The weights a learner has, adapters beside their base included."""
    return model.parameters + (trained(policy, model) if policy.train == "lora" else 0)


def trained(policy: Policy, model: ModelFacts) -> int:
    return model.trained(policy.rank if policy.train == "lora" else None, vision=policy.vision == "train")


def _working(recipe: Recipe, name: str, model: ModelFacts, on_gpus: bool) -> int:
    """What a rank takes for a while: in a pass, or in AdamW's step, whichever is more."""
    config, policy = recipe.learner, recipe.policies[name]
    phases = [phase for phase in recipe.schedule.phases if recipe.policy_of(phase) == name]
    most = max((_activations(recipe, model, phase) for phase in phases), default=0)
    passing = most + _HEAD * model.vocabulary + _whole_for_a_while(recipe, name, model)
    if config.zero and on_gpus:  # on a CPU they are never touched, and so never there
        passing += _BUCKET * (_FP32 if recipe.model.dtype == "float32" else 2 * _FP32)
    stepping = _part(_FP32 * trained(policy, model), config.ranks if config.zero else 1)  # a square root of the moments
    return max(passing, stepping if config.offload == "none" else 0)


def _whole_for_a_while(recipe: Recipe, name: str, model: ModelFacts) -> int:
    """Stage 3 gathers the weights it is about to use. Elsewhere autocast makes a bfloat16 copy of each weight, and keeps
    it to the end of the pass unless the weight is frozen and its layer is computed again."""
    if recipe.learner.zero == 3:
        return _FP32 * min(_LIVE, model.parameters)
    frozen = recipe.policies[name].train == "lora"
    copies = recipe.model.dtype == "bfloat16" and not (frozen and recipe.learner.recompute)
    return 2 * model.parameters if copies else 0


def _activations(recipe: Recipe, model: ModelFacts, phase: Phase) -> int:
    """Of one microbatch, which holds the token budget or at least one answer; answers are taken to be half as long as they
    may be."""
    config, dtype = recipe.learner, recipe.model.dtype
    asks_for_tasks = phase.train != "solver"  # and shows no picture
    prompt = _REQUEST[phase.train] if asks_for_tasks else prompt_tokens(recipe, model)
    answer = max(1, phase.says.max_tokens // 2)
    tokens = max(config.tokens_per_segment, prompt + phase.says.max_tokens)
    prompts = max(1, tokens // (prompt + phase.group * answer))
    rows = min(phase.group, max(1, (tokens - prompt) // answer)) * prompts
    held = rows * (prompt + answer)
    patches = 0
    if not asks_for_tasks and model.pixels_per_patch:
        patches = prompts * _pixels(recipe, model) // model.pixels_per_patch
    seen = _layers(model.vision, patches, _VISION[dtype], config.recompute)
    if config.rows == "padded":
        return seen + _layers(model.text, held, _TEXT[dtype], config.recompute)
    # Each sibling has the keys and values of its prompt before its own.
    cache = held * model.cache_per_token * _width(recipe)
    return seen + cache + _layers(model.text, tokens, _TEXT[dtype], config.recompute)


def _layers(tower: Tower, tokens: int, per: tuple[int, int], again: bool) -> int:
    width = max(tower.hidden, tower.heads * tower.head_width)
    layer = tokens * (per[0] * width + per[1] * tower.intermediate)
    return layer + tower.layers * tokens * _FP32 * tower.hidden if again else tower.layers * layer


# --- both


def _pixels(recipe: Recipe, model: ModelFacts) -> int:
    """Of a prompt's pictures, as the model's processor would scale them; a dataset's may be as large as the model takes."""
    least, most = recipe.model.pixels or (0, model.most_pixels)
    found = [0]
    for source in recipe.sources.values():
        if isinstance(source, Dataset):
            found.append(source.most_images * most)
        elif isinstance(source, Bank | Proposed):
            drawn = isinstance(source, Proposed) and recipe.draws != "nothing"  # as large as a coder may draw
            whole = recipe.render.pixels if drawn else math.prod(skin(source.skin).pixels)
            found.append(max(least, min(whole, most) if most else whole))
    return max(found)


def _width(recipe: Recipe) -> int:
    return 2 if recipe.model.dtype == "bfloat16" else _FP32


def _part(whole: int, among: int) -> int:
    return -(-whole // among)
