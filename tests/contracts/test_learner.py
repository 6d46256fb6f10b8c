"""The learner's port over the real engine: a step is the step written by hand, however it is cut, and a learner that
was saved, loaded and resumed is the learner that never stopped, bit for bit."""

import logging

import numpy as np
import pytest
import torch
from learner_material import BANNED, IMAGE, batch, pictures, segment, vlm
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from mmzero.engines import padded_rows, prefix_rows
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.lockstep import Tick
from mmzero.engines.rows import microbatches
from mmzero.errors import EngineError, UserError
from mmzero.recipe.tree import Kl, Learner, Learning, Mismatch, Optimizer, Policy
from mmzero.types import Rollout, Task

pytestmark = pytest.mark.engines

LR = 1e-3
ONE = Learning(optimizer=Optimizer(lr=LR))
SEGMENTS = (
    segment(1, "a", 9, [5, 1, 9]),
    segment(2, "ba", 21, [2, 2], 0.7),
    segment(3, "", 14, [4, 6]),
    segment(4, "b", 6, [7, 3, 5]),
)
WHOLE = batch(SEGMENTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pictures(vlm("qwen3_vl", tmp_path_factory.mktemp("vlm")))


@pytest.fixture
def new(folder):
    """A fresh learner of the same weights, at every call."""

    def image_path(name):
        return folder / f"{name}.png"

    def make(policy=None, rows="auto", dtype="float32"):
        return DeepSpeedLearner(
            folder, policy or Policy(), Learner(rows=rows), Optimizer(), image_path, seed=0, threads=1, dtype=dtype
        )

    return make


def flat(learner):
    return torch.cat([tensor.flatten().clone() for _, tensor in learner.weights()])


def moved(learner, step):
    """What `step` changed, as one vector."""
    before = flat(learner)
    step(learner)
    return flat(learner) - before


def assert_close(update, expected, share=2e-4):
    """AdamW's first step is nearly a sign, so a gradient that is all rounding may turn: a share of the whole, not a
    bound on each entry."""
    assert expected.norm() > 0
    assert (update - expected).norm() <= share * expected.norm()


def model_logp(model, folder, one):
    """One sibling at a time through the model's own forward."""
    processor = AutoProcessor.from_pretrained(folder)
    images = [Image.open(folder / f"{name}.png") for name in one.images]
    pixels = processor.image_processor(images=images, return_tensors="pt") if images else {}
    found = []
    for answer in np.split(one.ids_T, one.lengths_G.cumsum()[:-1]):
        ids = torch.from_numpy(np.concatenate([one.prompt_ids, answer]))[None]
        logits = model(input_ids=ids, mm_token_type_ids=(ids == IMAGE).long(), **pixels).logits[0] / one.temperature
        mask = torch.zeros_like(logits)
        mask[:, list(BANNED)] = -torch.inf
        at = torch.arange(len(one.prompt_ids) - 1, ids.shape[1] - 1)
        found.append((logits + mask).log_softmax(-1)[at, torch.from_numpy(answer)])
    return torch.cat(found)


def by_hand(folder, segments, decay=0.0):
    """One DAPO update on the plain model: -sum(min(w, 2) r A) / tokens, norm clipped to 1, AdamW. The change, first."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    adamw = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=decay)
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    loss = 0.0
    for one in segments:
        logp_T = model_logp(model, folder, one)
        advantages_T = torch.from_numpy(np.repeat(one.advantages_G, one.lengths_G))
        weight_T = (logp_T.detach() - torch.from_numpy(one.logprobs_T)).exp().clamp(max=2.0)
        ratio_T = (logp_T - logp_T.detach()).exp()
        loss = loss - (weight_T * ratio_T * advantages_T)[torch.from_numpy(one.mask_T)].sum() / WHOLE.tokens
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adamw.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()]) - before, float(loss.detach()), float(norm)


def test_a_step_is_the_step_written_by_hand(new, folder):
    learner, figures = new(), {}
    learning = Learning(optimizer=Optimizer(lr=LR, weight_decay=0.1))
    update = moved(learner, lambda it: figures.update(it.learn(WHOLE, learning)))
    expected, loss, norm = by_hand(folder, SEGMENTS, decay=0.1)
    assert_close(update, expected)
    assert figures["loss"] == pytest.approx(loss, rel=1e-4)
    assert figures["grad_norm"] == pytest.approx(norm, rel=1e-4)
    assert figures["tokens"] == WHOLE.tokens
    assert figures["ratio"] == 1.0 and figures["clip_low"] == figures["clip_high"] == 0.0
    assert figures["rows_prefix"] == 1.0


def test_the_cut_into_microbatches_changes_nothing(new, tmp_path):
    whole, cut = new(), new()
    update = moved(whole, lambda it: it.learn(WHOLE, ONE))
    assert_close(moved(cut, lambda it: it.learn(batch(SEGMENTS[:1], SEGMENTS[1:3], SEGMENTS[3:]), ONE)), update)
    for name, learner in (("whole", whole), ("cut", cut)):
        learner.save(tmp_path / name)
    # After one update the first moment is a tenth of the gradient, which rounding has not yet been blown up in.
    moments = [load_file(tmp_path / name / "exp_avg.safetensors") for name in ("whole", "cut")]
    gradients = [torch.cat([tensor.flatten() for _, tensor in sorted(one.items())]) for one in moments]
    assert (gradients[0] - gradients[1]).norm() <= 2e-6 * gradients[0].norm()


def test_padded_rows_learn_the_same(new):
    prefix, padded = new(rows="prefix"), new(rows="padded")
    expected = moved(prefix, lambda it: it.learn(WHOLE, ONE))
    assert_close(moved(padded, lambda it: it.learn(WHOLE, ONE)), expected)
    assert padded.learn(WHOLE, ONE)["rows_prefix"] == 0.0


def test_gradients_are_clipped_and_the_norm_before_is_told(new):
    """Under AdamW's second step a clipped gradient moves otherwise than an unclipped one."""
    small = Learning(optimizer=Optimizer(lr=LR, max_grad_norm=1e-9))
    free, clipped = new(), new()
    assert free.learn(WHOLE, ONE)["grad_norm"] == pytest.approx(clipped.learn(WHOLE, small)["grad_norm"], rel=1e-5)
    # With a gradient of 1e-9 AdamW's epsilon of 1e-8 decides: what moves is a small part of the learning rate.
    assert (flat(clipped) - flat(new())).abs().max() < 0.1 * LR < (flat(free) - flat(new())).abs().max()


def test_warmup_grows_with_the_step(new):
    warm = Learning(optimizer=Optimizer(lr=LR, warmup=4))
    learner = new()
    quarter = moved(learner, lambda it: it.learn(WHOLE, warm))
    assert_close(4 * quarter, moved(new(), lambda it: it.learn(WHOLE, ONE)))
    twin = new()
    twin.learn(WHOLE, Learning(optimizer=Optimizer(lr=LR / 4)))
    half = Learning(optimizer=Optimizer(lr=LR / 2))
    assert_close(moved(learner, lambda it: it.learn(WHOLE, warm)), moved(twin, lambda it: it.learn(WHOLE, half)))


def test_masked_tokens_have_no_effect(new):
    one, wild = segment(9, "a", 9, [5, 4, 6]), segment(9, "a", 9, [5, 4, 6])
    one.mask_T[9:] = wild.mask_T[9:] = False  # the last sibling whole
    wild.ids_T[9:] = 1 + one.ids_T[9:] % 200
    wild.logprobs_T[~wild.mask_T] = -1e30
    wild.advantages_G[2] = 100.0
    update = moved(new(), lambda it: it.learn(batch((one,)), ONE))
    assert_close(moved(new(), lambda it: it.learn(batch((wild,)), ONE)), update)


def test_more_updates_bring_pi_old(new):
    learner = new()
    figures = learner.learn(WHOLE, Learning(updates=3, optimizer=Optimizer(lr=LR)))
    assert figures["updates"] == 3 and figures["tokens"] == WHOLE.tokens
    assert figures["ratio"] != 1.0 and figures["clip_low"] + figures["clip_high"] > 0
    loose = Learning(updates=3, optimizer=Optimizer(lr=LR), loss={"clip": (0.9, 100.0), "aggregate": "tokens"})
    other = new()
    other.learn(WHOLE, loose)
    assert not torch.equal(flat(learner), flat(other))


def test_kl_to_base_by_hand(new):
    learner = new()
    base_T = np.concatenate(learner.logprobs(rollouts()))
    learner.learn(WHOLE, ONE)
    now_T = np.concatenate(learner.logprobs(rollouts()))
    figures = learner.learn(WHOLE, Learning(kl=Kl(weight=0.1), optimizer=Optimizer(lr=LR)))
    mask_T = np.concatenate([one.mask_T for one in SEGMENTS])
    difference_T = (base_T - now_T)[mask_T].astype(np.float64)
    assert figures["kl"] == pytest.approx((np.exp(difference_T) - difference_T - 1).mean(), rel=1e-3)
    assert figures["kl"] > 1e-3


@pytest.mark.parametrize("train", ["full", "lora"])
def test_phase_start_is_where_anchor_was_called(new, train):
    learner = new(Policy(train=train, rank=4))
    kl = Learning(kl=Kl(to="phase_start", weight=0.1), optimizer=Optimizer(lr=LR))
    with pytest.raises(EngineError, match="phase_start"):
        learner.learn(WHOLE, kl)
    learner.learn(WHOLE, ONE)
    learner.anchor()
    assert learner.learn(WHOLE, kl)["kl"] == pytest.approx(0, abs=1e-6)
    assert learner.learn(WHOLE, kl)["kl"] > 1e-5
    assert learner.learn(WHOLE, Learning(kl=Kl(weight=0.1), optimizer=Optimizer(lr=LR)))["kl"] > 1e-5


def test_an_anchor_may_be_a_checkpoint(new, tmp_path):
    learner = new()
    learner.learn(WHOLE, ONE)
    learner.save_model(tmp_path)
    kl = Learning(kl=Kl(to=str(tmp_path), weight=0.1), optimizer=Optimizer(lr=LR))
    assert learner.learn(WHOLE, kl)["kl"] == pytest.approx(0, abs=1e-6)
    with pytest.raises(UserError, match="set it to base or phase_start"):
        new(Policy(train="lora", rank=4)).learn(WHOLE, kl)


@pytest.mark.parametrize("policy", [Policy(), Policy(train="lora", rank=4), Policy(vision="frozen")])
def test_resumed_is_never_stopped(new, tmp_path, policy):
    """Bit for bit, with the warmup half way, moments, a phase_start anchor, and a learner that held other state."""
    learning = Learning(
        updates=2, kl=Kl(to="phase_start", weight=0.1), optimizer=Optimizer(lr=LR, warmup=9, weight_decay=0.1)
    )
    straight = new(policy)
    straight.learn(WHOLE, ONE)
    straight.anchor()
    straight.learn(WHOLE, learning)
    straight.save(tmp_path)
    resumed = new(policy)
    resumed.learn(batch(SEGMENTS[:2]), ONE)  # a fresh process would hold nothing; this must be overwritten whole
    resumed.load(tmp_path)
    assert torch.equal(flat(resumed), flat(straight))
    for learner in (straight, resumed):
        learner.figures = learner.learn(WHOLE, learning)
    assert torch.equal(flat(resumed), flat(straight))
    assert straight.figures.items() - resumed.figures.items() <= {("seconds", straight.figures["seconds"])}


def test_what_forgets_learns_on_as_one_that_was_just_given_its_weights(new, tmp_path):
    """Bit for bit, warmup included: a checkpoint whose moments are all zero is what a fresh optimizer begins with."""
    learning = Learning(optimizer=Optimizer(lr=LR, warmup=3, weight_decay=0.1))
    learner = new()
    before = moved(learner, lambda it: it.learn(WHOLE, learning))
    learner.forget()
    learner.save(tmp_path)
    for name in ("exp_avg", "exp_avg_sq"):
        assert not any(tensor.any() for tensor in load_file(tmp_path / f"{name}.safetensors").values())
    fresh = new()
    fresh.load(tmp_path)
    assert before.any() and torch.equal(flat(fresh), flat(learner))
    for one in (learner, fresh):
        one.learn(WHOLE, learning)
    assert torch.equal(flat(fresh), flat(learner))


def test_another_policys_checkpoint_is_refused(new, tmp_path):
    new().save(tmp_path / "full")
    with pytest.raises(UserError, match="resume with the model and policy that wrote it"):
        new(Policy(train="lora", rank=4)).load(tmp_path / "full")
    with pytest.raises(UserError, match="is missing"):
        new().load(tmp_path / "nowhere")


@pytest.mark.parametrize("train", ["full", "lora"])
def test_frozen_vision_does_not_move(new, train):
    learner = new(Policy(train=train, rank=4, vision="frozen"))
    before = {name: tensor.clone() for name, tensor in learner.weights()}
    learner.learn(WHOLE, ONE)
    changed = {name for name, tensor in learner.weights() if not torch.equal(tensor, before[name])}
    language = {name for name in before if "visual" not in name}
    adapted = {name for name in language if name.endswith("_proj.weight")}
    assert changed == (language if train == "full" else adapted)


@pytest.mark.parametrize("policy", [Policy(), Policy(train="lora", rank=4)])
def test_what_is_saved_as_a_model_says_the_same(new, folder, tmp_path, policy):
    learner = new(policy)
    learner.learn(WHOLE, ONE)
    learner.save_model(tmp_path)
    model = AutoModelForImageTextToText.from_pretrained(tmp_path, dtype=torch.float32)
    assert AutoProcessor.from_pretrained(tmp_path).chat_template == AutoProcessor.from_pretrained(folder).chat_template
    names = [name for name, _ in learner.weights()]
    assert names == [name for name, _ in model.named_parameters()]
    with torch.no_grad():
        expected = torch.cat([model_logp(model, pictures(tmp_path), one) for one in SEGMENTS])
    assert np.abs(np.concatenate(learner.logprobs(rollouts())) - expected.numpy()).max() <= 1e-4


def test_samplers_receive_every_weight(new):
    class Listening:
        version = -1

        def receive(self, weights, version):
            self.weights, self.version = {name: tensor.clone() for name, tensor in weights}, version

    learner, samplers = new(), [Listening(), Listening()]
    learner.learn(WHOLE, ONE)
    learner.publish(samplers, version=7)
    for sampler in samplers:
        assert sampler.version == 7
        assert all(torch.equal(sampler.weights[name], tensor) for name, tensor in learner.weights())


def rollouts():
    """SEGMENTS, as the sampler would have handed them over."""
    found = []
    for i, one in enumerate(SEGMENTS):
        task = Task(
            id=f"t{i}", family="f", kind="k", level=0, question="?", images=one.images, answer=None, scene="{}",
            source="bank", seed=i,
        )  # fmt: skip
        ends = one.lengths_G.cumsum()
        for g, (start, end) in enumerate(zip(ends - one.lengths_G, ends, strict=True)):
            found.append(
                Rollout(
                    task=task, role="solver", policy="main", version=0, sibling=g, text="", finish="stop", seed=g,
                    prompt_ids=tuple(one.prompt_ids.tolist()),
                    output_ids=tuple(one.ids_T[start:end].tolist()),
                    logprobs=tuple(one.logprobs_T[start:end].tolist()),
                    mask=tuple(one.mask_T[start:end].tolist()),
                    temperature=one.temperature,
                )
            )  # fmt: skip
    return found


def test_logprobs_line_up_with_rollouts_in_any_order(new, folder):
    learner, said = new(), rollouts()
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        expected = torch.cat([model_logp(model, folder, one) for one in SEGMENTS]).numpy()
    in_order = learner.logprobs(said)
    assert np.abs(np.concatenate(in_order) - expected).max() <= 1e-4
    backwards = learner.logprobs(said[::-1])[::-1]
    assert all(np.abs(a - b).max() <= 1e-5 and len(a) == len(b) for a, b in zip(in_order, backwards, strict=True))


def test_microbatches_of_rollouts_share_prompts_and_fit_the_budget():
    said = rollouts()
    packed = list(microbatches(said, 190))
    assert [len(one.lengths_G) for pack in packed for one in pack] == [3, 2, 2, 3]
    # Prompts of 27, 77, 14 and 44 tokens: the first two are 2 * 77 + 5 * 9 = 199, the middle two 2 * 77 + 4 * 6 = 178.
    assert [len(pack) for pack in packed] == [1, 2, 1]
    assert [len(pack) for pack in microbatches(said, 1)] == [1, 1, 1, 1]
    assert [len(pack) for pack in microbatches(said, 10**6)] == [4]


def test_prefix_rows_that_leak_are_not_used(new, monkeypatch, caplog):
    right = prefix_rows.states
    monkeypatch.setattr(prefix_rows, "states", lambda model, rows: right(model, rows) * 1.01)
    expected = moved(new(rows="padded"), lambda it: it.learn(WHOLE, ONE))
    learner, figures = new(), {}
    with caplog.at_level(logging.WARNING):
        update = moved(learner, lambda it: figures.update(it.learn(WHOLE, ONE)))
    assert torch.equal(update, expected)
    assert figures["rows_prefix"] == 0.0 and "padded rows" in caplog.text
    with pytest.raises(UserError, match="set it to auto or padded"):
        new(rows="prefix").learn(WHOLE, ONE)


def test_other_architectures_learn_padded(new, monkeypatch, caplog):
    monkeypatch.setattr(prefix_rows, "BACKBONES", frozenset())
    figures = new().learn(WHOLE, ONE)
    assert figures["rows_prefix"] == 0.0 and "not written for qwen3_vl" in caplog.text


def test_auto_asks_the_cost_model(new):
    learner = new()
    lone = segment(11, "", 20, [4])
    assert learner._form(Tick(((lone,),))) is padded_rows.states
    assert learner._form(Tick((SEGMENTS,))) is prefix_rows.states


def test_a_gradient_that_is_not_finite_changes_nothing(new):
    learner = new()
    before, broken = flat(learner), segment(12, "a", 6, [4, 4])
    broken.advantages_G[0] = np.inf
    figures = learner.learn(batch((broken,)), ONE)
    assert (figures["updates"], figures["skipped"]) == (0.0, 1.0) and not np.isfinite(figures["grad_norm"])
    assert torch.equal(flat(learner), before)
    twin = new()
    assert torch.equal(moved(learner, lambda it: it.learn(WHOLE, ONE)), moved(twin, lambda it: it.learn(WHOLE, ONE)))


def test_of_several_updates_only_those_within_the_bound_are_made(new):
    learner = new()
    norms = learner.learn(WHOLE, Learning(optimizer=Optimizer(lr=1e-9)))["grad_norm"]
    before, bound = flat(learner), Optimizer(lr=LR, max_grad_norm=norms / 4, skip_above=norms / 2)
    figures = learner.learn(WHOLE, Learning(updates=3, optimizer=bound))
    assert (figures["updates"], figures["skipped"]) == (0.0, 3.0) and figures["grad_norm"] == pytest.approx(
        norms, rel=1e-3
    )
    assert torch.equal(flat(learner), before)
    wide = bound.model_copy(update={"skip_above": norms * 4})
    assert learner.learn(WHOLE, Learning(optimizer=wide))["updates"] == 1.0


def test_begun_anew_it_is_as_it_was_before_it_learned_anything(new):
    learner, twin = new(), new()
    learner.learn(WHOLE, ONE)
    learner.anchor()
    learner.restart()
    assert learner.alive() and torch.equal(flat(learner), flat(twin))
    assert torch.equal(moved(learner, lambda it: it.learn(WHOLE, ONE)), moved(twin, lambda it: it.learn(WHOLE, ONE)))


def test_a_batch_of_nothing_is_no_update(new):
    learner = new()
    before = flat(learner)
    assert learner.learn(batch(), ONE)["updates"] == 0.0
    assert torch.equal(flat(learner), before)


def test_agreement_figures_by_hand(new):
    learner = new()
    now_T, behaviour_T = np.concatenate(learner.logprobs(rollouts())), np.concatenate([s.logprobs_T for s in SEGMENTS])
    mask_T = np.concatenate([one.mask_T for one in SEGMENTS])
    gap_T = (now_T - behaviour_T)[mask_T]
    weight_T = np.minimum(np.exp(gap_T), 1.5)
    figures = learner.learn(WHOLE, Learning(mismatch=Mismatch(cap=1.5), optimizer=Optimizer(lr=LR)))
    assert figures["gap"] == pytest.approx(np.abs(gap_T).mean(), rel=1e-4)
    assert figures["gap_max"] == pytest.approx(np.abs(gap_T).max(), rel=1e-4)
    assert figures["importance"] == pytest.approx(weight_T.mean(), rel=1e-4)
    assert figures["effective"] == pytest.approx(weight_T.sum() ** 2 / (len(gap_T) * (weight_T**2).sum()), rel=1e-4)


def test_bfloat16_keeps_fp32_masters(new):
    learner, exact = new(dtype="bfloat16"), new()
    figures, expected = learner.learn(WHOLE, ONE), exact.learn(WHOLE, ONE)
    assert figures["loss"] == pytest.approx(expected["loss"], rel=0.1)
    assert figures["loss"] != expected["loss"]
    assert {tensor.dtype for _, tensor in learner.weights()} == {torch.float32}
