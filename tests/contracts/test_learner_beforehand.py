"""What a step finds out before any weight moves, over the real engine and against torch's own: the blind policy, the
batch's entropy and covariances, each however the batch is cut."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from learner_material import BANNED, IMAGE, batch, pictures, segment, vlm
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from mmzero import spoil
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.recipe.tree import Blind, Learner, Learning, Loss, Optimizer, Policy
from mmzero.types import seed_of

pytestmark = pytest.mark.engines

FREE = Optimizer(lr=1e-9, max_grad_norm=1e9)  # the first moment tells the gradient
SEGMENTS = (segment(1, "a", 9, [5, 1, 9]), segment(2, "ba", 21, [2, 2], 0.7), segment(3, "", 14, [4, 6]))
WHOLE, CUT = batch(SEGMENTS), batch(SEGMENTS[:1], SEGMENTS[1:2], SEGMENTS[2:])
RULE = Blind(weight=0.4, share=0.5, patch=8, surprise=0.2, blind_surprise=0.3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pictures(vlm("qwen3_vl", tmp_path_factory.mktemp("vlm")))


@pytest.fixture
def new(folder):
    def make(rows="auto"):
        place = lambda name: folder / f"{name}.png"  # noqa: E731
        return DeepSpeedLearner(folder, Policy(), Learner(rows=rows), Optimizer(), place, seed=4, threads=1)

    return make


def gradient(learner):
    """Of the one update made, by parameter."""
    return {name: moment / 0.1 for name, moment in learner._engine.moments("exp_avg")}


def model_logp(model, processor, one, images):
    pixels = processor.image_processor(images=images, return_tensors="pt") if images else {}
    found = []
    for answer in np.split(one.ids_T, one.lengths_G.cumsum()[:-1]):
        ids = torch.from_numpy(np.concatenate([one.prompt_ids, answer]))[None]
        logits = model(input_ids=ids, mm_token_type_ids=(ids == IMAGE).long(), **pixels).logits[0] / one.temperature
        logits = logits.index_fill(-1, torch.tensor(BANNED), -torch.inf)
        at = torch.arange(len(one.prompt_ids) - 1, ids.shape[1] - 1)
        found.append(logits.log_softmax(-1)[at, torch.from_numpy(answer)])
    return torch.cat(found)


def blackened(folder, name):
    """As a first step of a campaign with seed 4 sees it."""
    with Image.open(folder / f"{name}.png") as picture:
        return spoil.blacken(picture, 0.5, 8, seed_of(seed_of(4, "blind", 0), "blind", name))


@pytest.mark.parametrize("rows", ["prefix", "padded"])
def test_what_the_picture_was_worth_by_hand(new, folder, rows):
    """-w k3 as the policy's loss is averaged, the surprise of what was said, and that of the blind policy with a slope
    of its own; a prompt without a picture hides nothing."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(folder)
    total, apart = 0.0, 0.0
    for one in SEGMENTS:
        mask_T = torch.from_numpy(one.mask_T)
        clean = [Image.open(folder / f"{name}.png") for name in one.images]
        seeing_T = model_logp(model, processor, one, clean)[mask_T]
        total = total - 0.2 * seeing_T.sum() / WHOLE.tokens
        if one.images:
            blind_T = model_logp(model, processor, one, [blackened(folder, name) for name in one.images])[mask_T]
            difference_T = blind_T.detach() - seeing_T
            k3_T = difference_T.exp() - difference_T - 1
            total = total - (0.4 * k3_T.sum() + 0.3 * blind_T.sum()) / WHOLE.tokens
            apart += float(k3_T.detach().sum())
    total.backward()
    learner = new(rows)
    idle = [(replace(one, advantages_G=np.zeros_like(one.advantages_G)),) for one in SEGMENTS]
    figures = learner.learn(batch(*idle), Learning(loss=Loss(aggregate="tokens", blind=RULE), optimizer=FREE))
    assert figures["blind_kl"] == pytest.approx(apart / WHOLE.tokens, rel=1e-4) and apart > 0.1
    assert figures["loss"] == pytest.approx(float(total.detach()), rel=1e-4)
    found, expected = gradient(learner), {name: one.grad for name, one in model.named_parameters()}
    far = sum((found[name] - expected[name]).square().sum() for name in found).sqrt()
    assert far <= 1e-4 * sum(one.square().sum() for one in expected.values()).sqrt()


def test_blackened_pictures_change_with_the_step_and_not_with_the_update(new):
    learner = new()
    learning = Learning(loss=Loss(blind=RULE), optimizer=Optimizer(lr=1e-12), updates=2)
    first, again = (learner.learn(WHOLE, learning)["blind_kl"] for _ in range(2))
    twin = new()
    assert twin.learn(WHOLE, learning)["blind_kl"] == first and abs(first - again) > 1e-6
    one = Learning(loss=Loss(blind=RULE), optimizer=Optimizer(lr=1e-12))
    assert new().learn(WHOLE, one)["blind_kl"] == pytest.approx(first, rel=1e-5)


@pytest.mark.parametrize("act", ["silence", "hold"])
def test_who_is_singled_out_does_not_hang_on_the_cut(new, act):
    term = {"act": act, "share": 0.2, "band": [0.05, 9.0]}
    moving = Optimizer(lr=1e-3, max_grad_norm=1e9)  # what is held shows once it has left
    learning = Learning(loss={"aggregate": "tokens", "covariance": term}, optimizer=moving, updates=2)
    whole, cut = new(), new()
    figures = [one.learn(some, learning) for one, some in ((whole, WHOLE), (cut, CUT))]
    assert figures[0]["singled_out"] == figures[1]["singled_out"] == int(0.2 * WHOLE.tokens) / WHOLE.tokens
    found, expected = gradient(cut), gradient(whole)
    far = sum((found[name] - expected[name]).square().sum() for name in found).sqrt()
    assert far <= 1e-3 * sum(one.square().sum() for one in expected.values()).sqrt()


def test_the_floor_is_held_against_the_whole_batchs_entropy(new):
    """The parts lie on both sides of it, and either all of them are given the bonus or none is."""
    plain = new().learn(CUT, Learning(loss=Loss(entropy=0.5), optimizer=FREE))
    parts = [new().learn(batch((one,)), Learning(optimizer=FREE))["entropy"] for one in SEGMENTS]
    mean = plain["entropy"]
    assert min(parts) < mean - 1e-3 < mean + 1e-3 < max(parts)
    none = new().learn(CUT, Learning(optimizer=FREE, loss=Loss()))["loss"]
    for floor, loss in ((mean + 1e-4, plain["loss"]), (mean - 1e-4, none)):
        told = new().learn(CUT, Learning(loss=Loss(entropy=0.5, entropy_floor=floor), optimizer=FREE))
        assert told["loss"] == pytest.approx(loss, abs=1e-6)
    assert abs(plain["loss"] - none) > 0.1
