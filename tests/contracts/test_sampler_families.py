"""vLLM on families that cut pictures into squares, as tiny models of random weights: its log-probs are the learner's
before and after a publish, of answers that go on too, or it is refused."""

import pytest
from sampler_material import LEARNING, asks, batch_of, gap, going_on, learner

from mmzero.engines.cluster import Seat
from mmzero.engines.sampler_replicas import SamplerReplicas
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.errors import UserError
from mmzero.zoo import random_families

pytestmark = pytest.mark.engines

TIMEOUT = 300.0


def begin(cluster, hosts, images, model):
    cluster.open(hosts, VllmSampler, model, images.path, rows=8, context=512, threads=1)
    return SamplerReplicas(hosts, workers=1, local=True, timeout=TIMEOUT)


def agrees(sampler, model, images):
    """As both have read it, after a publish, where answers go on; and not where the tower for pictures is another."""
    trained = learner(model, images)
    groups = list(sampler.play(asks(images)))
    assert gap(groups, trained) < 1e-4 and trained.learn(batch_of(groups), LEARNING)["gap_max"] < 1e-4
    trained.publish([sampler], 1)
    groups = list(sampler.play(asks(images)))
    assert gap(groups, trained) < 1e-4
    longer = list(sampler.play(going_on(groups, "\nWait, look again.")))
    assert gap(longer, trained) < 1e-4 and all(one.forced for group in longer for one in group)

    def perturbed():
        for name, tensor in trained.weights():
            yield name, tensor * 1.5 if "vision_tower" in name and tensor.ndim == 2 else tensor

    sampler.receive(perturbed(), 2)
    assert gap(list(sampler.play(asks(images))), trained) > 1e-3


def test_internvl(cluster, images, tmp_path):
    model = random_families.build("internvl", tmp_path / "model", seed=3)
    agrees(begin(cluster, list(cluster.seat([Seat("sampler")]).values()), images, model), model, images)


def test_llava_next_on_a_host_that_refused_gemma3_whose_pictures_see_both_ways(cluster, images, tmp_path):
    hosts = list(cluster.seat([Seat("other sampler")]).values())
    refused = random_families.build("gemma3", tmp_path / "refused", seed=3)
    with pytest.raises(UserError, match=r"both ways in it, and vLLM on a CPU shows .* sampler.engine transformers"):
        begin(cluster, hosts, images, refused)
    model = random_families.build("llava_next", tmp_path / "model", seed=3)
    agrees(begin(cluster, hosts, images, model), model, images)
