"""Our losses equal TRL's on the same batch, values, gradients and figures: TRL's private `_compute_loss` is called
outside a Trainer, on a stub that carries what it reads and hands it our log-probs."""

from collections import defaultdict
from types import SimpleNamespace

import pytest
import torch

from mmzero.losses import Inputs, compute
from mmzero.recipe.tree import PRESETS, Loss, Mismatch

pytestmark = pytest.mark.engines

LENGTHS = (5, 1, 8, 3, 7, 2)
ROWS, WIDTH, LONGEST = len(LENGTHS), max(LENGTHS), 12
UNCORRECTED, TRUNCATED = Mismatch(correct="none"), Mismatch(cap=1.2)
MISMATCHES = {
    "masked": Mismatch(correct="masked", cap=1.2),
    "masked both ways": Mismatch(correct="masked", cap=1.2, floor=0.9),
    "truncated both ways": Mismatch(cap=1.2, floor=0.9),
    "sequence truncated": Mismatch(correct="sequence_truncated", cap=1.2, floor=0.5),
    "sequence masked": Mismatch(correct="sequence_masked", cap=1.5, floor=0.4),
    "far ones dropped": Mismatch(correct="none", drop_above=0.0),
    "far ones dropped, the rest truncated": Mismatch(cap=1.2, drop_above=0.1),
}
CASES = {
    "grpo": (PRESETS["grpo"], "grpo"),
    "grpo clip-higher": (Loss(clip=(0.15, 0.3)), "grpo"),
    "dapo": (PRESETS["dapo"], "dapo"),
    "dr_grpo": (PRESETS["dr_grpo"], "dr_grpo"),
    "bnpo": (PRESETS["bnpo"], "bnpo"),
    "gspo": (PRESETS["gspo"], "grpo"),
    "gspo with a wide clip": (Loss(ratio="sequence", clip=(0.1, 0.1)), "grpo"),
    "cispo": (PRESETS["cispo"], "cispo"),
    "cispo with a low cap": (Loss(surrogate="cispo", clip=(1.0, 0.2), aggregate="tokens"), "cispo"),
    "sapo": (PRESETS["sapo"], "sapo"),
    "sapo of sequences": (Loss(surrogate="sapo", ratio="sequence", temperatures=(0.7, 2.0)), "sapo"),
    "grpo with a ceiling": (Loss(ceiling=1.3), "grpo"),
    "grpo with k3 by the ratio": (Loss(estimator="k3_ratio"), "grpo"),
    "gspo with k3 by the ratio": (Loss(ratio="sequence", estimator="k3_ratio"), "grpo"),
    "dapo with entropy": (Loss(aggregate="tokens", entropy=0.05), "dapo"),
    "dapo with entropy below a floor": (Loss(aggregate="tokens", entropy=0.05, entropy_floor=2.0), "dapo"),
    "dapo with entropy above a floor": (Loss(aggregate="tokens", entropy=0.05, entropy_floor=0.5), "dapo"),
    "dr_grpo with entropy": (Loss(aggregate="constant", entropy=0.05), "dr_grpo"),
}


@pytest.fixture(scope="module")
def trainer():
    from trl.trainer.grpo_trainer import GRPOTrainer

    return GRPOTrainer


class Batch:
    """Unequal lengths, a forced token in the middle of an answer, and policies that have all drifted apart."""

    def __init__(self, seed: int):
        generator = torch.Generator().manual_seed(seed)

        def drift(scale):
            return scale * torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)

        self.logp_BT = (-1.5 + drift(0.5)).requires_grad_()
        self.old_BT = self.logp_BT.detach() + drift(0.3)
        self.behaviour_BT = self.old_BT + drift(0.4)
        self.anchor_BT = self.logp_BT.detach() + drift(0.3)
        self.entropy_BT = (1 + drift(0.1)).requires_grad_()
        self.advantages_B = torch.randn(ROWS, generator=generator, dtype=torch.float64)
        self.real_BT = torch.arange(WIDTH) < torch.tensor(LENGTHS)[:, None]
        self.chosen_BT = torch.ones(ROWS, WIDTH, dtype=torch.bool)
        self.chosen_BT[2, 3] = False
        self.mask_BT = self.real_BT & self.chosen_BT
        self.mean_entropy = float(self.entropy_BT.detach()[self.mask_BT].mean())

    def of_rows(self, rows: list[int], tokens: int, sequences: int) -> Inputs:
        width = self.logp_BT.shape[1]
        owner_T = torch.arange(len(rows)).repeat_interleave(width)
        flat = {
            "logp_T": self.logp_BT,
            "old_logp_T": self.old_BT,
            "behaviour_logp_T": self.behaviour_BT,
            "anchor_logp_T": self.anchor_BT,
            "entropy_T": self.entropy_BT,
            "advantages_T": self.advantages_B[:, None].expand(-1, width),
            "mask_T": self.mask_BT,
        }
        return Inputs(
            **{name: tensor[rows].flatten() for name, tensor in flat.items()},
            owner_T=owner_T,
            tokens=tokens,
            sequences=sequences,
            max_tokens=LONGEST,
            mean_entropy=self.mean_entropy,
        )

    def gradients(self, total):
        return [
            torch.zeros_like(leaf) if gradient is None else gradient
            for leaf, gradient in (
                (leaf, torch.autograd.grad(total, leaf, retain_graph=True, allow_unused=True)[0])
                for leaf in (self.logp_BT, self.entropy_BT)
            )
        ]


def trls_weights(batch, mismatch):
    """As in TRL's _generate_and_score_completions, which has no function for this."""
    mode = {"truncated": "token_truncated", "masked": "token_masked"}.get(mismatch.correct, mismatch.correct)
    difference = (batch.old_BT - batch.behaviour_BT) * batch.mask_BT
    weights = (difference.sum(-1, keepdim=True) if mode.startswith("sequence") else difference).exp()
    if mode.endswith("truncated"):
        return weights.clamp(min=mismatch.floor or None, max=mismatch.cap)
    return weights.masked_fill((weights < mismatch.floor) | (weights > mismatch.cap), 0.0)


def trls_loss(trainer, batch, loss, loss_type, *, beta, mismatch=UNCORRECTED, old=True):
    """What TRL computes for `batch`, with its metrics."""
    corrected = mismatch.correct != "none"
    stub = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (batch.logp_BT, batch.entropy_BT, None),
        model=SimpleNamespace(training=True),
        args=SimpleNamespace(
            use_bias_correction_kl=loss.estimator == "k3_ratio",
            delta=loss.ceiling,
            steps_per_generation=1,
            sapo_temperature_pos=loss.temperatures[0],
            sapo_temperature_neg=loss.temperatures[1],
            entropy_target=loss.entropy_floor,
            entropy_coef_min=loss.entropy,
            entropy_coef_max=loss.entropy,
            entropy_coef_delta=0.0,
        ),
        accelerator=SimpleNamespace(
            num_processes=1, sync_gradients=True, gather=lambda x: x, reduce=lambda x, reduction: x
        ),
        loss_type=loss_type,
        importance_sampling_level=loss.ratio,
        beta=beta,
        epsilon_low=loss.clip[0],
        epsilon_high=loss.clip[1] + (loss_type == "cispo"),  # there TRL's is the cap itself
        max_completion_length=LONGEST,
        current_gradient_accumulation_steps=1,
        use_vllm=corrected,
        vllm_importance_sampling_correction=corrected,
        entropy_coef=loss.entropy,
        use_adaptive_entropy=loss.entropy_floor is not None,
        _last_world_entropy=batch.mean_entropy,
        _entropy_window_stats=None,
        aux_loss_enabled=False,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=mismatch.drop_above,
        get_off_policy_mask=trainer.get_off_policy_mask,
        _entropy_bonus_enabled=bool(loss.entropy),
        _metrics={"train": defaultdict(list)},
    )
    ids_BT = torch.zeros(ROWS, WIDTH, dtype=torch.int64)
    inputs = {
        "prompt_ids": ids_BT[:, :1],
        "prompt_mask": torch.ones(ROWS, 1, dtype=torch.int64),
        "completion_ids": ids_BT,
        "completion_mask": batch.real_BT.long(),
        "tool_mask": batch.chosen_BT.long(),
        "advantages": batch.advantages_B,
        "ref_per_token_logps": batch.anchor_BT,
        "num_items_in_batch": batch.mask_BT.sum(),
        "sampling_per_token_logps": batch.behaviour_BT,
    }
    if old:
        inputs["old_per_token_logps"] = batch.old_BT
    if corrected:
        inputs["importance_sampling_ratio"] = trls_weights(batch, mismatch)
    total = trainer._compute_loss(stub, None, inputs)
    return total, {name: value for name, (value,) in stub._metrics["train"].items() if name != "entropy_coef"}


def assert_equal(batch, ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)
    for our_gradient, their_gradient in zip(batch.gradients(ours), batch.gradients(theirs), strict=True):
        torch.testing.assert_close(our_gradient, their_gradient, rtol=1e-10, atol=1e-14)
        assert not our_gradient[~batch.mask_BT].any()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("beta", [0.0, 0.07])
@pytest.mark.parametrize("mismatch", [UNCORRECTED, TRUNCATED], ids=["uncorrected", "truncated"])
@pytest.mark.parametrize("case", list(CASES))
def test_values_gradients_and_figures_equal_trls(trainer, case, mismatch, beta, seed):
    batch, (loss, loss_type) = Batch(seed), CASES[case]
    theirs, metrics = trls_loss(trainer, batch, loss, loss_type, beta=beta, mismatch=mismatch)
    tokens = int(batch.mask_BT.sum())
    ours, figures = compute(batch.of_rows(list(range(ROWS)), tokens, ROWS), loss, beta, mismatch)
    assert_equal(batch, ours, theirs)
    assert figures["entropy"].item() / tokens == pytest.approx(metrics["entropy"])
    if beta:
        assert figures["kl"].item() / tokens == pytest.approx(metrics["kl"])
    if (
        loss.ratio == "token" and loss.surrogate == "clip"
    ):  # TRL counts a sequence ratio once per sequence, and we once per token
        assert figures["clip_low"].item() / tokens == pytest.approx(metrics["clip_ratio/low_mean"])
        assert figures["clip_high"].item() / tokens == pytest.approx(metrics["clip_ratio/high_mean"])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", ["dapo", "gspo", "cispo", "sapo"])
@pytest.mark.parametrize("mismatch", MISMATCHES.values(), ids=list(MISMATCHES))
def test_every_correction_of_the_mismatch_equals_trls(trainer, mismatch, case, seed):
    batch, (loss, loss_type) = Batch(seed), CASES[case]
    theirs, _ = trls_loss(trainer, batch, loss, loss_type, beta=0.07, mismatch=mismatch)
    ours, figures = compute(batch.of_rows(list(range(ROWS)), int(batch.mask_BT.sum()), ROWS), loss, 0.07, mismatch)
    assert_equal(batch, ours, theirs)
    assert mismatch.drop_above is None or figures["dropped"] or not (batch.advantages_B < 0).any()


@pytest.mark.parametrize("case", list(CASES))
def test_the_sum_of_our_microbatches_equals_trls_whole_batch(trainer, case):
    batch, (loss, loss_type) = Batch(7), CASES[case]
    theirs, _ = trls_loss(trainer, batch, loss, loss_type, beta=0.07, mismatch=TRUNCATED)
    tokens = int(batch.mask_BT.sum())
    parts = [batch.of_rows(rows, tokens, ROWS) for rows in ([4, 0], [5], [2, 1, 3])]
    assert_equal(batch, sum(compute(part, loss, 0.07, TRUNCATED)[0] for part in parts), theirs)


@pytest.mark.parametrize("case", list(CASES))
def test_one_update_equals_trl_without_old_log_probs(trainer, case):
    batch, (loss, loss_type) = Batch(11), CASES[case]
    theirs, _ = trls_loss(trainer, batch, loss, loss_type, beta=0.07, old=False)
    batch.old_BT = batch.logp_BT.detach()
    inputs = batch.of_rows(list(range(ROWS)), int(batch.mask_BT.sum()), ROWS)
    assert_equal(batch, compute(inputs, loss, 0.07, UNCORRECTED)[0], theirs)


@pytest.mark.parametrize("case", list(CASES))
def test_a_truncated_answer_masked_whole_equals_trls(trainer, case):
    batch, (loss, loss_type) = Batch(13), CASES[case]
    batch.real_BT[4] = False  # what mask_truncated_completions does
    batch.mask_BT = batch.real_BT & batch.chosen_BT
    theirs, _ = trls_loss(trainer, batch, loss, loss_type, beta=0.07, mismatch=TRUNCATED)
    inputs = batch.of_rows(list(range(ROWS)), int(batch.mask_BT.sum()), ROWS)
    assert_equal(batch, compute(inputs, loss, 0.07, TRUNCATED)[0], theirs)


def test_the_oracle_would_notice(trainer):
    """Clipping, the cap and the anchor all act on these batches: agreement with TRL is not agreement about nothing."""
    batch = Batch(0)
    inputs = batch.of_rows(list(range(ROWS)), int(batch.mask_BT.sum()), ROWS)
    _, figures = compute(inputs, PRESETS["dapo"], 0.07, TRUNCATED)
    weights = (inputs.old_logp_T - inputs.behaviour_logp_T)[inputs.mask_T].exp()
    assert figures["clip_low"] >= 2 and figures["clip_high"] >= 2 and (weights > 1.2).sum() >= 2 and figures["kl"] > 0.1
