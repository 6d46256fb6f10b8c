"""Contract 1 and 2: the sampler's log-probs are the learner's, with images, before and after every publish."""

from dataclasses import replace

import pytest
from sampler_material import LEARNING, asks, batch_of, gap, learner

from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.journal.images import ImageStore
from mmzero.zoo import random_vlm


@pytest.fixture(scope="module", params=["qwen3_vl", "qwen2_5_vl"])
def model(request, tmp_path_factory):
    return random_vlm.build(
        request.param, tmp_path_factory.mktemp("model") / request.param, seed=1, initializer_range=0.1
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return ImageStore(tmp_path_factory.mktemp("images"))


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_probs_are_the_learners_after_every_publish(model, images, temperature):
    sampler, trained = TransformersSampler(model, images.path, rows=7), learner(model, images)
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
def test_a_perturbed_canary_in_each_tower_is_seen(model, images, tower):
    sampler, honest = TransformersSampler(model, images.path), learner(model, images)

    def perturbed():
        bent = False
        for name, tensor in honest.weights():
            if tower in name and tensor.ndim == 2 and not bent:
                tensor, bent = tensor * 1.5, True
            yield name, tensor

    sampler.receive(perturbed(), 1)
    assert gap(list(sampler.play(asks(images))), honest) > 1e-3


def test_draws_are_seeded_and_company_does_not_matter(model, images):
    sampler = TransformersSampler(model, images.path, rows=64)
    wanted = asks(images)
    together = list(sampler.play(wanted))
    assert together == list(sampler.play(wanted))
    alone = [next(iter(sampler.play([ask]))) for ask in wanted]
    assert [[one.output_ids for one in group] for group in alone] == [
        [one.output_ids for one in group] for group in together
    ]
    moved = replace(wanted[0], seeds_G=(7, 8, 9))
    assert [one.output_ids for one in next(iter(sampler.play([moved])))] != [one.output_ids for one in together[0]]


def test_greedy_siblings_are_alike_and_no_placeholder_is_said(model, images):
    sampler = TransformersSampler(model, images.path)
    for group in sampler.play(asks(images, temperature=0.0)):
        assert len({one.output_ids for one in group}) == 1
    hot = [one for group in sampler.play(asks(images, temperature=5.0, n=8)) for one in group]
    assert not {token for one in hot for token in one.output_ids} & set(sampler._banned.tolist())
    assert all(one.finish == "length" or one.output_ids[-1] == sampler._stop for one in hot)
    assert max(len(one.output_ids) for one in hot) <= 12


def test_prompt_ids_are_the_processors(model, images):
    from PIL import Image

    sampler = TransformersSampler(model, images.path)
    for ask in asks(images):
        content = [{"type": "image"} for _ in ask.images] + [{"type": "text", "text": ask.text}]
        text = sampler._prompts.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        pictures = [Image.open(images.path(image)) for image in ask.images] or None
        right = sampler._prompts.processor(text=[text], images=pictures).input_ids[0]
        assert list(next(iter(sampler.play([ask])))[0].prompt_ids) == list(right)


def test_a_publish_that_leaves_out_a_weight_is_refused(model, images):
    sampler, trained = TransformersSampler(model, images.path), learner(model, images)
    with pytest.raises(RuntimeError, match="left out"):
        sampler.receive(list(trained.weights())[:-1], 5)
    assert sampler.version == 0
