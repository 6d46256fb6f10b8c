"""Contract 3, the rows: prefix-KV equals padded rows in log-probs and gradients, and padded rows equal the model's own
forward, for either family, full or LoRA, with and without images, whatever the lengths."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learner_material import BANNED, END, IMAGE, START, pictures, segment, vlm
from PIL import Image

from mmzero.engines import padded_rows, policy_model, prefix_rows, rows
from mmzero.engines.vision import Vision, banned_ids, load_processor
from mmzero.errors import EngineError
from mmzero.recipe.tree import Policy

pytestmark = pytest.mark.engines

CPU = torch.device("cpu")
MIXED = (segment(1, "a", 9, [5, 1, 9]), segment(2, "ba", 21, [2, 2], 0.7), segment(3, "", 14, [4]))


class Setting:
    """One family's model and the pictures beside it."""

    def __init__(self, folder):
        self.folder = folder
        self.processor = load_processor(folder)
        self.vision = Vision(self.processor, lambda name: folder / f"{name}.png")

    def policy(self, train="full"):
        model = policy_model.load_model(self.folder, Policy(train=train, rank=4), seed=0)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if ".lora_B." in name:  # they begin at 0, and then no gradient reaches lora_A
                    parameter.copy_(torch.linspace(-0.1, 0.1, parameter.numel()).view_as(parameter))
        return rows.Policy(model, banned_ids(model.config))

    def rows(self, microbatch, banned=BANNED):
        return rows.rows_of(microbatch, self.vision, banned, CPU)


@pytest.fixture(scope="module", params=["qwen3_vl", "qwen2_5_vl"])
def setting(request, tmp_path_factory):
    return Setting(pictures(vlm(request.param, tmp_path_factory.mktemp(request.param))))


def spoken_and_gradient(policy, microbatch_rows, states):
    policy.zero_grad()
    logp_T, entropy_T = policy(microbatch_rows, states, True)
    slopes_T = torch.linspace(-1, 2, len(logp_T))  # each token pulls differently, so no error cancels in the sum
    ((slopes_T * logp_T).sum() + 0.3 * (slopes_T * entropy_T).sum()).backward()
    gradients = [p.grad.flatten() for p in policy.parameters() if p.requires_grad and p.grad is not None]
    return logp_T.detach(), entropy_T.detach(), torch.cat(gradients)


def assert_forms_agree(policy, microbatch_rows):
    logp_T, entropy_T, gradient = spoken_and_gradient(policy, microbatch_rows, prefix_rows.states)
    expected_T, expected_entropy_T, expected = spoken_and_gradient(policy, microbatch_rows, padded_rows.states)
    assert (logp_T - expected_T).abs().max() <= 1e-4
    assert (entropy_T - expected_entropy_T).abs().max() <= 1e-4
    assert (gradient - expected).norm() <= 1e-4 * expected.norm()
    assert expected.norm() > 0.1


@pytest.mark.parametrize("train", ["full", "lora"])
def test_prefix_equals_padded(setting, train):
    assert_forms_agree(setting.policy(train), setting.rows(MIXED))


segments = st.builds(
    segment,
    seed=st.integers(0, 10**6),
    images=st.sampled_from(["", "a", "b", "ab"]),
    words=st.integers(3, 20),
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    temperature=st.sampled_from([0.5, 1.0, 1.3]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(microbatch=st.lists(segments, min_size=1, max_size=3))
def test_prefix_equals_padded_whatever_the_shapes(setting, microbatch):
    assert_forms_agree(setting.policy(), setting.rows(microbatch))


def plain_logp(setting, model, one):
    """One sibling at a time through the model's own forward: no padding, no cache, whole logits."""
    images = [Image.open(setting.folder / f"{name}.png") for name in one.images]
    pixels = setting.processor.image_processor(images=images, return_tensors="pt") if images else {}
    found = []
    for answer in np.split(one.ids_T, one.lengths_G.cumsum()[:-1]):
        ids = torch.from_numpy(np.concatenate([one.prompt_ids, answer]))[None]
        logits = model(input_ids=ids, mm_token_type_ids=(ids == IMAGE).long(), **pixels).logits[0] / one.temperature
        logits[:, list(BANNED)] = -torch.inf
        at = torch.arange(len(one.prompt_ids) - 1, ids.shape[1] - 1)
        found.append(logits.log_softmax(-1)[at, torch.from_numpy(answer)])
    return torch.cat(found)


@torch.no_grad()
@pytest.mark.parametrize("states", [padded_rows.states, prefix_rows.states])
def test_rows_equal_the_models_own_forward(setting, states):
    policy = setting.policy()
    expected_T = torch.cat([plain_logp(setting, policy.model, one) for one in MIXED])
    assert (policy(setting.rows(MIXED), states)[0] - expected_T).abs().max() <= 1e-4


@torch.no_grad()
def test_a_token_of_one_sibling_changes_no_other(setting):
    policy, one = setting.policy(), segment(4, "a", 8, [6, 6])
    before_T = policy(setting.rows((one,)), prefix_rows.states)[0]
    one.ids_T[1] = (one.ids_T[1] + 1) % 256
    after_T = policy(setting.rows((one,)), prefix_rows.states)[0]
    assert (before_T[6:] - after_T[6:]).abs().max() <= 1e-6
    assert (before_T[1:6] - after_T[1:6]).abs().max() > 1e-3


@torch.no_grad()
def test_chunks_of_the_head_change_nothing(setting, monkeypatch):
    policy, microbatch_rows = setting.policy(), setting.rows(MIXED)
    whole = policy(microbatch_rows, padded_rows.states)
    monkeypatch.setattr(rows, "CHUNK", 5)
    parts = policy(microbatch_rows, padded_rows.states)
    assert max((a - b).abs().max() for a, b in zip(whole, parts, strict=True)) <= 1e-5


@torch.no_grad()
def test_entropy_and_bans_by_hand(setting):
    policy = setting.policy()
    states_TH, temperature_T = torch.randn(3, 64), torch.tensor([0.5, 1.0, 2.0])
    logp_T, entropy_T = policy._speak(states_TH, torch.tensor([7, 8, 9]), temperature_T, False)
    logits_TV = policy.model.lm_head(states_TH) / temperature_T[:, None]
    allowed_TV = torch.cat([logits_TV[:, :IMAGE], logits_TV[:, max(BANNED) + 1 :]], 1).softmax(
        -1
    )  # bans are the last ids
    assert torch.allclose(logp_T, allowed_TV[range(3), [7, 8, 9]].log(), atol=1e-5)
    assert torch.allclose(entropy_T, -(allowed_TV * allowed_TV.log()).sum(-1), atol=1e-5)


def test_an_answer_with_a_banned_token_is_refused(setting):
    one = segment(5, "a", 8, [3])
    one.ids_T[2] = IMAGE
    with pytest.raises(EngineError, match=f"the token {IMAGE}"):
        setting.rows((one,))


def test_image_tokens_that_are_not_the_processors_are_refused(setting):
    one = segment(6, "a", 8, [3])
    one.prompt_ids[3] = 5  # one placeholder fewer
    with pytest.raises(EngineError, match="15 image tokens but the processor makes 16"):
        setting.rows((one,))


def test_an_image_is_prepared_once_and_as_the_processor_would(setting):
    opened = []
    vision = Vision(setting.processor, lambda name: opened.append(name) or setting.folder / f"{name}.png")
    one = segment(7, "ab", 8, [3])
    for _ in range(2):
        pixels = vision.pixels(one.images, torch.from_numpy(one.prompt_ids))
    assert opened == ["a", "b"]
    text = setting.processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": "?"}]}]
    )
    images = [Image.open(setting.folder / f"{name}.png") for name in "ab"]
    whole = setting.processor(text=[text], images=images, return_tensors="pt")
    assert all(torch.equal(pixels[name], whole[name]) for name in ("pixel_values", "image_grid_thw"))
    assert text.startswith("<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>")
    assert [int(token) for token in whole["input_ids"][0] if token in (START, END)] == [START, END] * 2


def test_the_cache_of_images_forgets_the_oldest(setting):
    opened = []
    vision = Vision(setting.processor, lambda name: opened.append(name) or setting.folder / f"{name}.png", 300_000)
    for name in "abba":  # b alone fills the room
        vision.pixels((name,), torch.from_numpy(segment(8, name, 8, [3]).prompt_ids))
    assert opened == ["a", "b", "a"]
