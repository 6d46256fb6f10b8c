"""New weights to a sampler in another process: many tensors in a bucket against one broadcast for each.

`publish_tiny` is a whole publish of the tiny model into a live vLLM engine, hashes and the version's check included; its
peer sends each tensor in a bucket of its own. `publish_vs_per_tensor` is the road alone, over one gloo group between two
processes: as many tensors as a large model has, and together as large as the tiny one. The peer names every tensor to the
receiver, broadcasts it and waits for a word; ours does so for a bucket, hashes it at both ends and takes it apart.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

import torch
from torch import Tensor

from mmzero.engines import buckets

from . import pairs
from .material import MODEL

PAIRS = 7
TENSORS = 500
WEIGHTS = 2_500_000
TIMEOUT = 300.0

Weights = list[tuple[str, Tensor]]


def tiny() -> dict[str, pairs.Figures]:
    from mmzero.engines.cluster import Cluster, Seat
    from mmzero.engines.policy_model import load_model, weights
    from mmzero.engines.sampler_replicas import SamplerReplicas
    from mmzero.engines.vllm_sampler import VllmSampler
    from mmzero.recipe.tree import Policy

    held = list(weights(load_model(MODEL, Policy(), 0)))
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as closing:
        cluster = Cluster("local", TIMEOUT)
        closing.callback(cluster.close)
        host = cluster.seat([Seat("the sampler")])["the sampler"]
        cluster.open([host], VllmSampler, MODEL, partial(_picture, Path(scratch)), context=512)
        sampler = SamplerReplicas([host], workers=1, local=True, timeout=TIMEOUT)
        return {"publish_tiny": pairs.in_turn(lambda: sampler.receive(held, 1), lambda: _each(sampler, held), PAIRS)}


def _picture(folder: Path, image: str) -> Path:
    return folder / f"{image}.png"


def _each(sampler, held: Weights) -> None:
    with mock.patch.object(buckets, "cut", partial(buckets.cut, most=1)):
        sampler.receive(held, 1)


def many() -> dict[str, pairs.Figures]:
    held = [(f"layers.{i}.weight", torch.randn(WEIGHTS // TENSORS)) for i in range(TENSORS)]
    with _receiver() as (road, group):
        found = pairs.in_turn(lambda: _in_buckets(held, road, group), lambda: _one_by_one(held, road, group), PAIRS)
    return {"publish_vs_per_tensor": found}


def _in_buckets(held: Weights, road: Connection, group: buckets.Group) -> None:
    for manifest, flat in buckets.cut(held):
        road.send((manifest, buckets.digest(flat)))
        group.broadcast(flat)
        road.recv()


def _one_by_one(held: Weights, road: Connection, group: buckets.Group) -> None:
    for name, tensor in held:
        road.send((name, tuple(tensor.shape)))
        group.broadcast(tensor)
        road.recv()


@contextmanager
def _receiver() -> Iterator[tuple[Connection, buckets.Group]]:
    """A process that takes weights in either way, the line to it, and the group in which both are."""
    here, there = multiprocessing.Pipe()
    group = buckets.Group("127.0.0.1", 0, 0, 2, 0, TIMEOUT)
    process = multiprocessing.get_context("spawn").Process(target=_receive, args=(there, group.port), daemon=True)
    process.start()
    group.meet()
    try:
        yield here, group
    finally:
        here.send(None)
        process.join()


def _receive(road: Connection, port: int) -> None:
    group = buckets.Group("127.0.0.1", port, 1, 2, 0, TIMEOUT)
    group.meet()
    while told := road.recv():
        match told:
            case (buckets.Manifest() as manifest, digest):
                flat = torch.empty(manifest.bytes, dtype=torch.uint8)
                group.broadcast(flat)
                if buckets.digest(flat) != digest:
                    raise AssertionError("a bucket did not arrive as it was sent")
                dict(buckets.unpacked(manifest, flat))
            case (_, shape):
                group.broadcast(torch.empty(shape))
        road.send("taken")
