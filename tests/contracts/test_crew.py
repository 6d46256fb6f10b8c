"""A crew of hosts: two ranks that share out their weights, two replicas of a sampler; and what happens when one dies."""

import os
import sys
from pathlib import Path

import pytest
from ray import cloudpickle
from sampler_material import LEARNING, asks, batch_of, gap
from sampler_material import learner as lone

from mmzero.engines import cluster as clusters
from mmzero.engines.cluster import Seat
from mmzero.engines.learner_ranks import LearnerRanks
from mmzero.engines.publish_check import PublishCheck
from mmzero.engines.sampler_replicas import SamplerReplicas
from mmzero.engines.turns import Turns
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.errors import EngineError, UserError
from mmzero.recipe.tree import Learner, Policy
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines

TIMEOUT = 300.0
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # hosts cannot import a test


class Mortal(VllmSampler):
    """Dies in the middle of a publish where it finds a note that says so; the note dies with it."""

    def __init__(self, note: Path, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._note = note

    def take(self, *args):
        if self._note.exists():
            self._note.unlink()
            os._exit(1)
        super().take(*args)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return random_vlm.build("qwen3_vl", tmp_path_factory.mktemp("model") / "m", seed=1, initializer_range=0.1)


@pytest.fixture(scope="module")
def note(tmp_path_factory):
    return tmp_path_factory.mktemp("note") / "die"


@pytest.fixture(scope="module")
def crew(cluster, images, model, note):
    """Both take turns, as on a GPU they share: samplers cannot sleep on a CPU, but the learner's memory is given up."""
    hosts = cluster.seat([Seat(f"replica {i}") for i in range(2)] + [Seat(f"rank {i}") for i in range(2)])
    replicas, ranks = list(hosts.values())[:2], list(hosts.values())[2:]
    cluster.open(replicas, Mortal, note, model, images.path, rows=8, context=512, threads=1)
    turns = Turns(shared=True)
    sampler = SamplerReplicas(replicas, workers=1, local=True, timeout=TIMEOUT, turns=turns)
    turns.begin([sampler])
    config = Learner(ranks=2, zero=3, timeout=TIMEOUT)
    learner = LearnerRanks(
        ranks, turns, "127.0.0.1", TIMEOUT, model, Policy(), config, LEARNING.optimizer, images.path, 0, 1
    )
    sampler.publish_again = lambda: learner.feed(sampler)
    return sampler, learner


def versions(groups):
    return {rollout.version for group in groups for rollout in group}


def test_two_ranks_feed_two_replicas_and_agree_with_them(crew, images, model):
    sampler, learner = crew
    groups = list(sampler.play(asks(images)))
    assert gap(groups, learner) < 1e-4
    alone = lone(model, images)
    expected = alone.learn(batch_of(groups), LEARNING)
    figures = learner.learn(batch_of(groups), LEARNING)
    assert figures["gap_max"] < 1e-4 and figures["loss"] == pytest.approx(expected["loss"], rel=1e-5, abs=1e-6)
    learner.publish([sampler], 1)
    again = list(sampler.play(asks(images)))
    assert versions(again) == {1} and gap(again, learner) < 1e-4
    assert gap(again, alone) < 1e-3, "a rank alone has made the same step"
    assert gap(groups, learner) > 1e-2, "the learner moved, so the old log-probs must no longer be its own"


def test_a_replica_that_died_between_steps_is_replaced_and_has_the_newest_weights(crew, images):
    sampler, learner = crew
    learner.publish([sampler], 2)
    clusters.ray.kill(sampler.route.hosts[1]._actor, no_restart=True)
    groups = list(sampler.play(asks(images)))
    assert len(groups) == len(asks(images)) and versions(groups) == {2} and gap(groups, learner) < 1e-4


def test_a_replica_that_dies_in_the_middle_of_a_publish_is_replaced(crew, images, note):
    sampler, learner = crew
    note.touch()
    learner.publish([sampler], 3)
    assert not note.exists(), "nobody died: the test proves nothing"
    groups = list(sampler.play(asks(images)))
    assert versions(groups) == {3} and gap(groups, learner) < 1e-4


def test_a_replica_that_dies_while_it_answers_is_named_and_the_next_answers_are_whole(crew, images):
    sampler, learner = crew
    playing = sampler.play(asks(images, max_tokens=200))
    next(playing)
    clusters.ray.kill(sampler.route.hosts[0]._actor, no_restart=True)
    with pytest.raises(EngineError, match="replica 0 died"):
        list(playing)
    groups = list(sampler.play(asks(images)))
    assert versions(groups) == {3} and gap(groups, learner) < 1e-4


def test_a_sampler_that_speaks_otherwise_than_was_learned_is_found_out(crew, images, model):
    sampler, learner = crew
    check = PublishCheck(rate=1.0, dtype="float32")
    list(sampler.play(asks(images)))
    assert sampler.last_ask.images
    check.refuse_a_stranger(sampler, learner, sampler.last_ask)
    bent = (
        (name, tensor * 1.1 if "visual.merger" in name else tensor) for name, tensor in lone(model, images).weights()
    )
    sampler.receive(bent, 9)
    with pytest.raises(EngineError, match="version 9 is spoken otherwise than it was learned"):
        check.refuse_a_stranger(sampler, learner, sampler.last_ask)
    learner.publish([sampler], 10)


def test_checkpoints_of_ranks_are_those_of_one(crew, images, model, tmp_path):
    sampler, learner = crew
    groups = list(sampler.play(asks(images)))
    learner.anchor()
    learner.save(tmp_path / "saved")
    alone = lone(model, images)
    alone.load(tmp_path / "saved")
    assert gap(groups, alone) < 1e-4
    learner.load(tmp_path / "saved")
    assert gap(groups, learner) < 1e-4


def test_what_a_rank_refuses_comes_back_as_its_own_words(crew, tmp_path):
    with pytest.raises(UserError, match="is no learner's checkpoint"):
        crew[1].load(tmp_path / "nowhere")


def test_more_gpus_than_there_are_are_refused_with_the_remedy(cluster):
    with pytest.raises(UserError, match=r"asks for 3 GPUs .*a: 2, b: 1.* the cluster has 0; lower sampler.replicas"):
        cluster.seat([Seat("a", 2, 0), Seat("b", 1, 1)])


def test_a_folder_that_a_node_does_not_see_is_refused(cluster, tmp_path, monkeypatch):
    cluster.refuse_unseen(tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(clusters, "_sees", clusters.ray.remote(num_cpus=0)(lambda token: False))
    with pytest.raises(UserError, match=r"is not seen from 1 of 1 nodes .*choose an --out on a file system"):
        cluster.refuse_unseen(tmp_path)


def test_lora_is_published_as_an_adapter_with_a_new_id_each_time(cluster, images, model):
    """Both towers wear one; the ranks share out their weights; the sampler's base weights never move."""
    hosts = cluster.seat([Seat("lora's replica")] + [Seat(f"lora's rank {i}") for i in range(2)])
    replica, *ranks = hosts.values()
    policy = Policy(train="lora", rank=4)
    cluster.open([replica], VllmSampler, model, images.path, rows=8, context=512, threads=1, lora=policy)
    sampler = SamplerReplicas([replica], workers=1, local=True, timeout=TIMEOUT)
    config = Learner(ranks=2, zero=3, timeout=TIMEOUT)
    learner = LearnerRanks(
        ranks, Turns(shared=False), "127.0.0.1", TIMEOUT, model, policy, config, LEARNING.optimizer, images.path, 0, 1
    )
    before = list(sampler.play(asks(images)))
    assert gap(before, learner) < 1e-4
    for version in (1, 2):
        learner.learn(batch_of(list(sampler.play(asks(images)))), LEARNING)
        learner.publish([sampler], version)
        groups = list(sampler.play(asks(images)))
        assert versions(groups) == {version} and gap(groups, learner) < 1e-4
    assert gap(before, learner) > 1e-2, "the adapter moved, so the old log-probs must no longer be its own"
    for host in hosts.values():
        host.kill()
