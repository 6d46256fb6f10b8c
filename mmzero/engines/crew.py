"""The engines of a campaign by its recipe's word: a sampler and a learner for each policy, and where they sit.

With the transformers engine both live in this process. With vLLM each has hosts of its own: on a CPU beside each other, on
GPUs with a GPU for every worker and rank, or two by two on the same ones, taking turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero import machine
from mmzero.engines import renderers

if TYPE_CHECKING:
    from mmzero.engines.cluster import Cluster, Seat
    from mmzero.engines.deepspeed_learner import DeepSpeedLearner
    from mmzero.engines.hosts import Peak
    from mmzero.ports import Learner, Renderer, Sampler
    from mmzero.recipe.tree import Recipe

ImagePath = Callable[[str], Path]


def room_here() -> dict[str, float]:
    return {"room/main": machine.memory_in_use()}


@dataclass(frozen=True, slots=True)
class Crew:
    """Samplers and learners by policy, and what each host has held at most; nothing of what lives in this process."""

    samplers: Mapping[str, Sampler]
    learners: Mapping[str, Learner]
    peaks: Callable[[], Mapping[str, Peak]] = dict
    renderer: Renderer | None = None
    room: Callable[[], Mapping[str, float]] = room_here


def start(recipe: Recipe, model: Path | str, image_path: ImagePath, folder: Path, closing: ExitStack) -> Crew:
    """What they start is ended by `closing`. `folder` is the campaign's, which every node must see."""
    # Whatever renders comes first: where drawing is not safe, nothing else needs to start.
    if recipe.sampler.engine == "transformers":
        renderer = renderers.here(recipe, closing)
        return replace(_here(recipe, model, image_path), renderer=renderer)
    from mmzero.engines.cluster import Cluster

    cluster = Cluster(recipe.cluster.address, recipe.cluster.timeout)
    closing.callback(cluster.close)
    cluster.refuse_unseen(folder)
    renderer = renderers.everywhere(recipe, cluster)
    return replace(_in_hosts(recipe, model, image_path, cluster), renderer=renderer)


def lone_learner(recipe: Recipe, policy: str, model: Path | str, image_path: ImagePath) -> DeepSpeedLearner:
    """In this process, on one rank, whatever the recipe says: for whoever only wants the weights."""
    from mmzero.engines.deepspeed_learner import DeepSpeedLearner

    return DeepSpeedLearner(*_learners_arguments(recipe, policy, model, image_path, alone=True), **_alike(recipe))


def _here(recipe: Recipe, model: Path | str, image_path: ImagePath) -> Crew:
    from mmzero.engines.transformers_sampler import TransformersSampler

    how = {"rows": recipe.sampler.rows, "dtype": recipe.model.dtype, "pixels": recipe.model.pixels}
    samplers = {name: TransformersSampler(model, image_path, **how) for name in recipe.policies}
    return Crew(samplers, {name: lone_learner(recipe, name, model, image_path) for name in recipe.policies})


def _in_hosts(recipe: Recipe, model: Path | str, image_path: ImagePath, cluster: Cluster) -> Crew:
    from mmzero.engines.hosts import together
    from mmzero.engines.learner_ranks import LearnerRanks
    from mmzero.engines.publish_check import PublishCheck
    from mmzero.engines.sampler_replicas import SamplerReplicas
    from mmzero.engines.turns import Turns
    from mmzero.engines.vllm_sampler import VllmSampler

    config, timeout, shared = recipe.sampler, recipe.cluster.timeout, recipe.cluster.placement == "colocated"
    hosts = cluster.seat(seats(recipe, gpus=cluster.gpus > 0))
    turns = Turns(shared)
    at_once = 2 if recipe.schedule.overlap else 1  # whether samplers and learners work at the same time
    how = {
        "rows": config.rows,
        "context": config.context,
        "memory": config.memory,
        "tensor_parallel": config.tensor_parallel,
        "shared": shared,
        "beside": config.replicas * at_once,
        **_alike(recipe),
    }
    begun = {}
    for name, policy in recipe.policies.items():
        lora = policy if policy.train == "lora" else None
        for host in (hosts[seat] for seat in replicas(recipe, name)):
            begun[host] = host.begin_open(VllmSampler, model, image_path, lora=lora, **how)
    together(begun)
    samplers = {
        policy: SamplerReplicas(
            [hosts[name] for name in replicas(recipe, policy)],
            workers=config.tensor_parallel,
            local=cluster.local,
            timeout=timeout,
            dtype=recipe.model.dtype,
            shared=shared and cluster.gpus > 0,
            turns=turns,
        )
        for policy in recipe.policies
    }
    turns.begin(list(samplers.values()))
    learners = {
        policy: LearnerRanks(
            [hosts[name] for name in ranks(recipe, policy)],
            turns,
            cluster.address,
            timeout,
            *_learners_arguments(recipe, policy, model, image_path),
            check=PublishCheck(config.verify_publish, recipe.model.dtype),
            beside=recipe.learner.ranks * at_once,
            **_alike(recipe),
        )
        for policy in recipe.policies
    }
    for policy, sampler in samplers.items():
        sampler.publish_again = partial(learners[policy].feed, sampler)
    return Crew(samplers, learners, cluster.peaks, cluster.room)


def seats(recipe: Recipe, gpus: bool) -> list[Seat]:
    """Replica i and rank i of every policy share GPU i where they are colocated."""
    from mmzero.engines.cluster import Seat

    shared = recipe.cluster.placement == "colocated"
    wanted = [
        (i, name, width)
        for policy in recipe.policies
        for names, width in ((replicas(recipe, policy), recipe.sampler.tensor_parallel), (ranks(recipe, policy), 1))
        for i, name in enumerate(names)
    ]
    return [Seat(name, width if gpus else 0, i if shared else n) for n, (i, name, width) in enumerate(wanted)]


def replicas(recipe: Recipe, policy: str) -> list[str]:
    return [f"replica {i} of {policy}'s sampler" for i in range(recipe.sampler.replicas)]


def ranks(recipe: Recipe, policy: str) -> list[str]:
    return [f"rank {i} of {policy}'s learner" for i in range(recipe.learner.ranks)]


def _learners_arguments(
    recipe: Recipe, policy: str, model: Path | str, image_path: ImagePath, alone: bool = False
) -> tuple[Any, ...]:
    config = recipe.learner.model_copy(update={"ranks": 1, "zero": 0, "offload": "none"}) if alone else recipe.learner
    return model, recipe.policies[policy], config, recipe.learning.optimizer, image_path, recipe.seed


def _alike(recipe: Recipe) -> dict[str, Any]:
    """What a sampler and a learner must be told alike, or they are two models."""
    return {"dtype": recipe.model.dtype, "pixels": recipe.model.pixels, "threads": recipe.sampler.threads}
