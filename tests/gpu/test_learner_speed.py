"""Speed, memory and MFU at 3B dimensions in bf16, and how far bf16 lies from fp32: on a GPU, with torch and transformers
alone. The same code runs at toy dimensions without one."""

import sys
from functools import partial
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
import speed
import three_b
import tree_rows

from mmzero.engines import padded_rows, prefix_rows, rows

on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
DENSE = partial(tree_rows.states, mask="dense")
BLOCKS = partial(tree_rows.states, mask="blocks")


def gradient(policy, made, states):
    policy.zero_grad()
    speed.loss(policy, made, states).backward()
    return torch.cat([one.grad.flatten() for one in policy.parameters() if one.grad is not None])


@pytest.fixture(scope="module")
def toy():
    model = three_b.build(three_b.TOY, "cpu", torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():  # logits far from uniform, or agreement proves nothing
            if parameter.ndim > 1:
                parameter.mul_(5)
    return three_b.policy(model, three_b.TOY)


@pytest.fixture(scope="module")
def groups():
    return three_b.group(three_b.TOY, "cpu", prompts=2, siblings=3)


@pytest.mark.parametrize("states", [prefix_rows.states, DENSE], ids=["prefix", "one row"])
def test_the_forms_agree_at_toy_dimensions(toy, groups, states):
    assert rows.gap(toy, groups, states, padded_rows.states) < 1e-4
    wanted = gradient(toy, groups, padded_rows.states)
    assert (gradient(toy, groups, states) - wanted).norm() < 1e-4 * wanted.norm()


def test_a_sibling_that_is_seen_by_another_is_noticed(toy, groups, monkeypatch):
    monkeypatch.setattr(tree_rows, "_sees", lambda owner_ST, s, query, key: (key <= query) & (owner_ST[s, query] >= -1))
    assert rows.gap(toy, groups, DENSE, padded_rows.states) > 1e-2


def test_empty_blocks_are_skipped_and_change_nothing(toy, groups):
    """Forward only: a CPU has no backward of flex attention."""
    three_b.attend(toy.model, tree_rows.BLOCKS)
    try:
        with torch.no_grad():
            found = toy(groups, BLOCKS)[0]
    finally:
        three_b.attend(toy.model, "sdpa")
    with torch.no_grad():
        torch.testing.assert_close(found, toy(groups, padded_rows.states)[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "form", [form for form in speed.FORMS if form.attention != tree_rows.BLOCKS], ids=lambda f: f.name
)
def test_a_dry_run_without_a_gpu(form):
    found = speed.measure(three_b.TOY, "cpu", form, times=1)
    assert found.tokens_per_second > 0 and found.mfu is None
    assert speed.told(found).startswith(form.name)


def test_the_work_counted_is_worked_out_by_hand():
    model = three_b.build(three_b.TOY, "cpu", torch.float32)
    made = three_b.group(three_b.TOY, "cpu", prompts=1, siblings=2)
    layer = (
        64 * 64 + 64 + 2 * (32 * 64 + 32) + 64 * 64 + 3 * 96 * 64 + 2 * 64
    )  # q, k and v with biases, o, mlp, two norms
    tower = sum(parameter.numel() for parameter in model.base_model.visual.parameters())
    prompt, (short, long) = 24 + 9, map(len, made.answers)
    pairs = prompt**2 / 2 + sum(prompt * one + one**2 / 2 for one in (short, long))
    tokens = prompt + short + long
    expected = 6 * (2 * layer * tokens + tower * 96 + 64 * 300 * (short + long) + 2 * 64 * 2 * pairs)
    assert speed.work(model, made) == pytest.approx(expected)


@on_a_gpu
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-3), (torch.bfloat16, 0.25)], ids=str)
@pytest.mark.parametrize("form", speed.FORMS, ids=lambda form: form.name)
def test_the_forms_agree_on_a_gpu(form, dtype, bound):
    """Log-probs and gradients; in bf16 as the learner runs, with fp32 weights under autocast."""
    policy = three_b.policy(three_b.build(three_b.TOY, "cuda", torch.float32), three_b.TOY)
    made = three_b.group(three_b.TOY, "cuda", prompts=2, siblings=3)
    found = {}
    for states, attention in ((form.states, form.attention), (padded_rows.states, "sdpa")):
        three_b.attend(policy.model, attention)
        with torch.autocast("cuda", dtype, enabled=dtype is torch.bfloat16):
            found[attention, states] = policy(made, states)[0].detach(), gradient(policy, made, states)
    (logp, ours), (wanted_logp, wanted) = found[form.attention, form.states], found["sdpa", padded_rows.states]
    assert (logp - wanted_logp).abs().max() < bound
    assert (ours - wanted).norm() < bound * wanted.norm()


@on_a_gpu
def test_every_form_at_3b_dimensions(capsys):
    with capsys.disabled():
        print()
        for one in speed.measured(three_b.THREE_B, "cuda"):
            print(speed.told(one), flush=True)


@on_a_gpu
@pytest.mark.parametrize("states", [prefix_rows.states, padded_rows.states], ids=["prefix", "padded"])
def test_bf16_lies_near_fp32_at_3b_dimensions(states, capsys):
    """As the learner runs: fp32 weights under autocast, against the same weights in fp32 throughout."""
    policy = three_b.policy(three_b.build(three_b.THREE_B, "cuda", torch.float32), three_b.THREE_B)
    made = three_b.group(three_b.THREE_B, "cuda")
    with torch.no_grad():
        exact_T = policy(made, states)[0]
        with torch.autocast("cuda", torch.bfloat16):
            gap_T = (policy(made, states)[0] - exact_T).abs()
    with capsys.disabled():
        print(f"\nbf16 against fp32 log-probs: {gap_T.max():.2g} at most, {gap_T.mean():.2g} on average")
    assert gap_T.mean() < 0.05 and gap_T.max() < 1.0
