"""Contracts 1 and 2, one suite over every sampler, the shipped fake included: its log-probs are the learner's, with images,
before and after every publish, and it answers what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from sampler_material import LEARNING, asks, batch_of, behind_noise, ended, gap, going_on, learner

from mmzero.engines import buckets
from mmzero.engines.cluster import Seat
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.engines.sampler_replicas import SamplerReplicas
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.errors import EngineError
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines

TIMEOUT = 300.0
ARCHITECTURES = ("qwen3_vl", "qwen2_5_vl")
TRANSFORMERS = [f"transformers {name}" for name in ARCHITECTURES]
VLLM = [f"vllm {name}" for name in ARCHITECTURES]


@dataclass(frozen=True)
class Engine:
    """One sampler, and learners that start where its model's folder stands."""

    sampler: FakeSampler | TransformersSampler | SamplerReplicas
    learner: Callable[[], FakeLearner]
    model: Path | None


@pytest.fixture(scope="module", params=["fake", *TRANSFORMERS, *VLLM])
def engine(request, images, tmp_path_factory):
    """Started once for all tests of a model; vLLM as two replicas."""
    kind, _, architecture = request.param.partition(" ")
    if kind == "fake":
        yield Engine(FakeSampler(), lambda: FakeLearner(lr=1.0), None)
        return
    model = random_vlm.build(
        architecture, tmp_path_factory.mktemp("model") / architecture, seed=1, initializer_range=0.1
    )
    if kind == "transformers":
        yield Engine(TransformersSampler(model, images.path, rows=7), lambda: learner(model, images), model)
        return
    cluster = request.getfixturevalue("cluster")
    hosts = list(cluster.seat([Seat(f"sampler {architecture} {i}") for i in range(2)]).values())
    cluster.open(hosts, VllmSampler, model, images.path, rows=8, context=512, threads=1)
    sampler = SamplerReplicas(hosts, workers=1, local=True, timeout=TIMEOUT)
    yield Engine(sampler, lambda: learner(model, images), model)
    for host in hosts:
        host.kill()


@pytest.fixture
def sampler(engine):
    return engine.sampler


@pytest.fixture
def trained(engine):
    trained = engine.learner()
    trained.publish([engine.sampler], 0)
    return trained


real = pytest.mark.parametrize("engine", [*TRANSFORMERS, *VLLM], indirect=True)
on_vllm = pytest.mark.parametrize("engine", VLLM, indirect=True)


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


def test_groups_are_whole_and_siblings_in_the_order_of_their_seeds(images, sampler, trained):
    wanted = {ask.task.id: ask for ask in asks(images)}
    found = {group[0].task.id: group for group in sampler.play(wanted.values())}
    assert found.keys() == wanted.keys()
    for id, group in found.items():
        assert [one.sibling for one in group] == [0, 1, 2]
        assert tuple(one.seed for one in group) == wanted[id].seeds_G
        assert {one.task for one in group} == {wanted[id].task} and len({one.prompt_ids for one in group}) == 1


def test_draws_are_seeded(images, sampler, trained):
    def said(wanted):
        return {(one.task.id, one.seed): one.output_ids for group in sampler.play(wanted) for one in group}

    wanted = asks(images)
    assert said(wanted) == said(wanted)
    moved = [replace(ask, seeds_G=tuple(seed + 1000 for seed in ask.seeds_G)) for ask in wanted]
    assert list(said(moved).values()) != list(said(wanted).values())


def test_greedy_siblings_are_alike(images, sampler, trained):
    for group in sampler.play(asks(images, temperature=0.0)):
        assert len({one.output_ids for one in group}) == 1


def test_only_the_likeliest_words_are_said_where_that_is_asked(images, sampler, trained):
    """They have half of the mass or more, so what is said is at most twice as likely as to the learner, and never less."""

    def said(wanted):
        return {(one.task.id, one.seed): one.output_ids for group in sampler.play(wanted) for one in group}

    narrow = [replace(ask, top_p=1e-6) for ask in asks(images)]
    assert said(narrow) == said(asks(images, temperature=0.0))
    half = [one for group in sampler.play(replace(ask, top_p=0.5) for ask in asks(images)) for one in group]
    more = np.concatenate([one.logprobs - logp for one, logp in zip(half, trained.logprobs(half), strict=True)])
    assert more.min() > -1e-4 and 1e-2 < more.max() < np.log(2) + 1e-4


def test_a_publish_that_leaves_out_a_weight_is_refused_and_the_next_one_heals(images, sampler, trained):
    with pytest.raises(EngineError, match=r"1 weights? too few"):
        sampler.receive(list(trained.weights())[:-1], 7)
    assert sampler.version == 0
    trained.publish([sampler], 8)
    assert sampler.version == 8 and gap(list(sampler.play(asks(images))), trained) < 1e-4


@real
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


@real
def test_noise_is_over_the_pictures_that_are_shown_and_no_others(engine, images, sampler, trained, tmp_path):
    shown, clean = behind_noise(sampler, engine.model, images, tmp_path)
    assert shown < 1e-4 and clean > 1e-2
    assert gap(list(sampler.play(asks(images))), trained) < 1e-4, "clean pictures and noisy ones share no cache"


FORCED = "\nWait, <|image_pad|> look again."


def test_answers_that_go_on_are_the_policys_but_for_the_words_that_made_them(images, sampler, trained):
    groups = list(sampler.play(asks(images)))
    wanted = going_on(groups, FORCED)
    longer = list(sampler.play(wanted))
    drafts = {(one.task.id, one.sibling): one for group in groups for one in group}
    assert [len(group) for group in longer] == [len(ask.seeds_G) for ask in wanted]
    for one in (one for group in longer for one in group):
        draft = drafts[one.task.id, one.sibling]
        first, last = one.mask.index(False), len(one.mask) - one.mask[::-1].index(False)
        assert one.mask == (True,) * first + (False,) * (last - first) + (True,) * (len(one.mask) - last)
        assert one.output_ids[:first] == draft.output_ids[:first] and len(draft.output_ids) - first in (0, 1)
        assert one.logprobs[:first] == draft.logprobs[:first] and set(one.logprobs[first:last]) == {0.0}
        assert last < len(one.output_ids) <= len(FORCED) + 30 and "look again." in one.text
        assert (one.prompt_ids, one.seed, one.version) == (draft.prompt_ids, draft.seed, draft.version)
    assert gap(longer, trained) < 1e-4
    assert {(one.task.id, one.sibling): one for group in sampler.play(wanted) for one in group} == {
        (one.task.id, one.sibling): one for group in longer for one in group
    }
    batch = batch_of(longer)
    assert batch.tokens == sum(sum(one.mask) for group in longer for one in group)
    assert trained.learn(batch, LEARNING)["gap_max"] < 1e-4


@real
def test_an_answer_that_had_ended_goes_on_without_its_end(engine, images, sampler, trained):
    other = TransformersSampler(engine.model, images.path)
    groups = [tuple(ended(one, other._stop) for one in group) for group in sampler.play(asks(images))]
    asked = going_on(groups, FORCED)
    longer = {group[0].task.id: group for group in sampler.play(asked)}
    forced = other._prompts.processor.tokenizer(FORCED, add_special_tokens=False, split_special_tokens=True).input_ids
    for group in groups:
        for draft, one in zip(group, longer[group[0].task.id], strict=True):
            so_far = (*draft.output_ids[:-1], *forced)
            assert one.output_ids[: len(so_far)] == so_far and other._stop not in one.output_ids[:-1]
            assert one.finish == ("stop" if one.output_ids[-1] == other._stop else "length")
            assert not set(one.output_ids) & set(other._banned.tolist())
    assert gap(longer.values(), trained) < 1e-4


@real
def test_no_placeholder_is_said_and_answers_end_where_they_must(engine, images, sampler, trained):
    other = TransformersSampler(engine.model, images.path)
    hot = [one for group in sampler.play(asks(images, temperature=2.0, n=8)) for one in group]
    assert not {token for one in hot for token in one.output_ids} & set(other._banned.tolist())
    assert all(one.finish == "length" or one.output_ids[-1] == other._stop for one in hot)
    assert max(len(one.output_ids) for one in hot) == 12


@pytest.mark.parametrize("engine", TRANSFORMERS, indirect=True)
def test_company_does_not_matter(images, sampler, trained):
    """Of vLLM's CPU kernels this does not hold: their sums depend on the batch."""
    wanted = asks(images)
    together = [[one.output_ids for one in group] for group in sampler.play(wanted)]
    assert [[one.output_ids for one in next(iter(sampler.play([ask])))] for ask in wanted] == together


@pytest.mark.parametrize("engine", TRANSFORMERS, indirect=True)
def test_prompt_ids_are_the_processors(images, sampler):
    from PIL import Image

    for ask in asks(images):
        content = [{"type": "image"} for _ in ask.images] + [{"type": "text", "text": ask.text}]
        text = sampler._prompts.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        pictures = [Image.open(images.path(image)) for image in ask.images] or None
        right = sampler._prompts.processor(text=[text], images=pictures).input_ids[0]
        assert list(next(iter(sampler.play([ask])))[0].prompt_ids) == list(right)


@on_vllm
def test_what_it_runs_and_says_is_what_the_other_sampler_does(engine, images, sampler, trained):
    wanted = asks(images, temperature=0.0, n=1)
    ours = {group[0].task.id: group[0] for group in sampler.play(wanted)}
    theirs = {group[0].task.id: group[0] for group in TransformersSampler(engine.model, images.path).play(wanted)}
    for id, one in theirs.items():
        assert (ours[id].prompt_ids, ours[id].output_ids) == (one.prompt_ids, one.output_ids)


@on_vllm
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


@pytest.mark.parametrize("engine", TRANSFORMERS[:1], indirect=True)
def test_weights_in_small_buckets_arrive_whole(trained):
    parts = list(buckets.cut(trained.weights(), most=1000))
    assert len(parts) > 20
    back = {name: tensor for manifest, flat in parts for name, tensor in buckets.unpacked(manifest, flat)}
    for name, tensor in trained.weights():
        assert back[name].equal(tensor) and back[name].dtype == tensor.dtype


@on_vllm
def test_written_answers_are_read_as_the_other_engine_reads_them(engine, images, sampler):
    wanted = [replace(ask, written=f"{i} of <|image_pad|>" if i % 2 else None) for i, ask in enumerate(asks(images))]
    expected = {group[0].task.id: group for group in TransformersSampler(engine.model, images.path).play(wanted)}
    found = {group[0].task.id: group for group in sampler.play(wanted)}
    assert found.keys() == expected.keys()
    for ask in wanted:
        ours, theirs = found[ask.task.id], expected[ask.task.id]
        assert [one.finish == "written" for one in ours] == [ask.written is not None] * len(ours)
        assert ask.written is None or [replace(one, version=0) for one in ours] == list(theirs)
