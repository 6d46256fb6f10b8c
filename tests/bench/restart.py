"""A dead sampler: from its death to the first verified answer of the one that replaces it, against an engine's start and
five seconds."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import ray

from mmzero import families, shipped
from mmzero.engines.cluster import Cluster, Seat
from mmzero.engines.learner_ranks import LearnerRanks
from mmzero.engines.publish_check import PublishCheck
from mmzero.engines.sampler_replicas import SamplerReplicas
from mmzero.engines.turns import Turns
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.families.skin import TINY
from mmzero.journal.images import ImageStore
from mmzero.recipe.tree import Learner, Optimizer, Policy
from mmzero.types import Ask

TIMEOUT = 300.0
MORE = 5.0  # seconds beyond an engine's start


def measure() -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="mmzero-bench-") as scratch:
        cluster = Cluster("local", TIMEOUT)
        try:
            started, restarted = _seconds(cluster, ImageStore(Path(scratch)))
        finally:
            cluster.close()
    return {"restart": {"ours_s": restarted, "peer_s": started + MORE, "ratio": (started + MORE) / restarted}}


def _seconds(cluster: Cluster, images: ImageStore) -> tuple[float, float]:
    model = shipped.model("tiny")
    replica, rank = cluster.seat([Seat("replica"), Seat("rank")]).values()
    started = _timed(lambda: cluster.open([replica], VllmSampler, model, images.path, context=1024))
    sampler = SamplerReplicas([replica], workers=1, local=True, timeout=TIMEOUT)
    learner = LearnerRanks(
        [rank], Turns(shared=False), "127.0.0.1", TIMEOUT, model, Policy(), Learner(), Optimizer(), images.path, 0,
        check=PublishCheck(1.0, "float32"),
    )  # fmt: skip
    sampler.publish_again = lambda: learner.publish([sampler], 1)
    learner.publish([sampler], 1)
    asks = [_ask(images)]
    list(sampler.play(asks))
    ray.kill(replica._actor, no_restart=True)
    return started, _timed(lambda: list(sampler.play(asks)))


def _timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ask(images: ImageStore) -> Ask:
    task = families.mint(families.PRIMER[0], 1, 0, TINY, images.put)
    return Ask(
        task=task, role="solver", policy="main", system="", text=task.question, images=task.images, max_tokens=64,
        temperature=1.0, seeds_G=(0, 1),
    )  # fmt: skip


if __name__ == "__main__":
    print(measure())
