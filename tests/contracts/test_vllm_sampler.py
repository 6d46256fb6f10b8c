"""Contracts 1 and 2 once more, for vLLM in Ray actors fed over its weight-transfer API."""

import pytest
from sampler_material import LEARNING, asks, batch_of, gap, learner

from mmzero.engines import buckets
from mmzero.engines.cluster import Cluster, Seat
from mmzero.engines.sampler_replicas import SamplerReplicas
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.errors import EngineError
from mmzero.journal.images import ImageStore
from mmzero.zoo import random_vlm

TIMEOUT = 300.0


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster("local", TIMEOUT)
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return ImageStore(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module", params=["qwen3_vl", "qwen2_5_vl"])
def model(request, tmp_path_factory):
    return random_vlm.build(
        request.param, tmp_path_factory.mktemp("model") / request.param, seed=1, initializer_range=0.1
    )


@pytest.fixture(scope="module")
def sampler(model, images, cluster):
    """Two replicas, one sampler: started once for all tests of a model."""
    hosts = cluster.seat([Seat(f"sampler {model.name} {i}") for i in range(2)]).values()
    cluster.open(list(hosts), VllmSampler, model, images.path, rows=8, context=512, threads=1)
    yield SamplerReplicas(list(hosts), workers=1, local=True, timeout=TIMEOUT)
    for host in hosts:
        host.kill()


@pytest.fixture
def trained(model, images, sampler):
    """A learner that starts where the model's folder stands, and a sampler that stands there too."""
    trained = learner(model, images)
    trained.publish([sampler], 0)
    return trained


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_probs_are_the_learners_after_every_publish(images, sampler, trained, temperature):
    groups = list(sampler.play(asks(images, temperature)))
    assert gap(groups, trained) < 1e-4
    figures = trained.learn(batch_of(groups), LEARNING)
    assert figures["gap_max"] < 1e-4
    assert gap(groups, trained) > 1e-2, "the learner moved, so the old log-probs must no longer be its own"
    trained.publish([sampler], 1)
    again = list(sampler.play(asks(images, temperature)))
    assert {rollout.version for group in again for rollout in group} == {1}
    assert gap(again, trained) < 1e-4


@pytest.mark.parametrize("tower", ["visual", "language_model"])
def test_a_perturbed_canary_in_each_tower_is_seen(images, sampler, trained, tower):
    def perturbed():
        bent = False
        for name, tensor in trained.weights():
            if tower in name and tensor.ndim == 2 and not bent:
                tensor, bent = tensor * 1.5, True
            yield name, tensor

    sampler.receive(perturbed(), 1)
    assert gap(list(sampler.play(asks(images))), trained) > 1e-3


def test_prompt_ids_are_those_of_the_other_sampler_and_groups_are_whole(model, images, sampler, trained):
    """Both come from one place, so this holds what vLLM really ran against what transformers really runs."""
    wanted = asks(images)
    ours = {group[0].task.id: group for group in sampler.play(wanted)}
    theirs = {group[0].task.id: group for group in TransformersSampler(model, images.path).play(wanted)}
    assert ours.keys() == theirs.keys()
    for id, group in ours.items():
        assert [one.prompt_ids for one in group] == [one.prompt_ids for one in theirs[id]]
        assert [one.seed for one in group] == [one.seed for one in theirs[id]]
        assert [one.sibling for one in group] == [0, 1, 2]


def test_greedy_answers_are_the_other_samplers(model, images, sampler, trained):
    wanted = asks(images, temperature=0.0, n=1)
    ours = {group[0].task.id: group[0].output_ids for group in sampler.play(wanted)}
    theirs = {group[0].task.id: group[0].output_ids for group in TransformersSampler(model, images.path).play(wanted)}
    assert ours == theirs


def test_no_placeholder_is_said_and_draws_are_seeded(model, images, sampler, trained):
    banned = set(TransformersSampler(model, images.path)._banned.tolist())
    hot = [one for group in sampler.play(asks(images, temperature=2.0, n=8)) for one in group]
    assert not {token for one in hot for token in one.output_ids} & banned
    assert max(len(one.output_ids) for one in hot) == 12
    again = {(one.task.id, one.sibling): one.output_ids for g in sampler.play(asks(images)) for one in g}
    same = {(one.task.id, one.sibling): one.output_ids for g in sampler.play(asks(images)) for one in g}
    assert again == same and len(set(again.values())) > 10


def test_pictures_beyond_the_bound_wait_and_every_group_comes(images, sampler, trained):
    """A bound of one byte: whoever has a picture in hand takes no other ask."""
    for host in sampler.route.hosts:
        host.call("__setattr__", "_picture_bound", 1)
    try:
        groups = list(sampler.play(asks(images)))
    finally:
        for host in sampler.route.hosts:
            host.call("__setattr__", "_picture_bound", 2**29)
    assert {group[0].task.id for group in groups} == {ask.task.id for ask in asks(images)}
    assert gap(groups, trained) < 1e-4


def test_a_publish_that_leaves_out_a_weight_is_refused_and_the_next_one_heals(images, sampler, trained):
    with pytest.raises(EngineError, match="1 weights too few or too many"):
        sampler.receive(list(trained.weights())[:-1], 7)
    trained.publish([sampler], 8)
    assert sampler.version == 8 and gap(list(sampler.play(asks(images))), trained) < 1e-4


def test_weights_in_small_buckets_arrive_whole(trained):
    parts = list(buckets.cut(trained.weights(), most=1000))
    assert len(parts) > 20
    back = {name: tensor for manifest, flat in parts for name, tensor in buckets.unpacked(manifest, flat)}
    for name, tensor in trained.weights():
        assert back[name].equal(tensor) and back[name].dtype == tensor.dtype
