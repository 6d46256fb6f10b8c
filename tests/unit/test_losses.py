"""Each part of a loss against numbers worked out by hand, and what a sum of microbatches owes to the whole."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from losses_material import LOG2, LOG3, UNCORRECTED, doubles, inputs_of, loss_and_gradient

from mmzero.losses import Inputs, compute
from mmzero.losses.aggregate import AGGREGATES
from mmzero.losses.covariance import ACTS
from mmzero.losses.mismatch import WEIGHTS
from mmzero.losses.ratio import RATIOS
from mmzero.losses.surrogate import SURROGATES
from mmzero.losses.terms import ESTIMATORS, entropy_bonus
from mmzero.recipe.tree import PRESETS, Blind, Covariance, Learning, Loss, Mismatch, Preset


def test_one_update_has_ratio_one_and_the_policy_gradient():
    total, gradient, figures = loss_and_gradient(inputs_of([-1, -2], advantages=[3, -4]), PRESETS["dapo"])
    assert total == pytest.approx(0.5)  # -(3 - 4) / 2
    assert gradient == pytest.approx([-1.5, 2.0])  # -advantage / tokens
    assert (figures["ratio"], figures["clip_low"], figures["clip_high"], figures["tokens"]) == (2, 0, 0, 2)


def test_clip_bounds_are_asymmetric_and_pessimistic():
    # ratios 1.3, 1.3, 0.7, 0.7, 1.25 with bounds 0.8 and 1.28; a token moved past its bound is pushed no further
    old = [-math.log(ratio) for ratio in (1.3, 1.3, 0.7, 0.7, 1.25)]
    inputs = inputs_of([0.0] * 5, old=old, advantages=[1, -1, 1, -1, 1])
    total, gradient, figures = loss_and_gradient(inputs, Loss(clip=(0.2, 0.28), aggregate="tokens"))
    assert total == pytest.approx((-1.28 + 1.3 - 0.7 + 0.8 - 1.25) / 5)
    assert gradient == pytest.approx([0, 1.3 / 5, -0.7 / 5, 0, -1.25 / 5])
    assert (figures["clip_low"], figures["clip_high"]) == (1, 1)
    assert figures["ratio"].item() == pytest.approx(5.25)


def test_the_sequence_ratio_is_the_geometric_mean_of_its_tokens():
    inputs = inputs_of([-1, -1, -1], old=[-1 - LOG2, -1 + LOG2, -1 - LOG3], owner=[0, 0, 1])
    assert RATIOS["sequence"](inputs).tolist() == pytest.approx([1, 1, 3])
    assert RATIOS["token"](inputs).tolist() == pytest.approx([2, 0.5, 3])


def test_the_sequence_ratio_spreads_its_gradient_over_its_tokens():
    # sum over both tokens of -ratio = -2 exp(mean): each token's share is -2 * exp(mean) / 2
    inputs = inputs_of([-1, -1], old=[-1 - LOG2, -1 - LOG2])
    loss = Loss(ratio="sequence", clip=(0.9, 5), aggregate="tokens")
    assert loss_and_gradient(inputs, loss)[:2] == (pytest.approx(-2), pytest.approx([-1, -1]))


def test_a_masked_token_is_no_part_of_its_sequence_ratio():
    inputs = inputs_of([-1, -1, -1], old=[-1 - LOG2, -50, -1 - LOG2], mask=[True, False, True])
    loss = Loss(ratio="sequence", clip=(0.9, 5), aggregate="tokens")
    assert loss_and_gradient(inputs, loss)[:2] == (pytest.approx(-2), pytest.approx([-1, 0, -1]))


def test_likelihood_imitates_and_knows_no_ratio_and_no_weight():
    inputs = inputs_of([-1, -3], old=[-9, -9], behaviour=[0, 0], advantages=[1, 0.5])
    total, gradient, figures = loss_and_gradient(inputs, PRESETS["nll"], mismatch=Mismatch(cap=2.0))
    assert total == pytest.approx((1 + 0.5 * 3) / 2)
    assert gradient == pytest.approx([-0.5, -0.25])
    assert figures["nll"].item() == pytest.approx(4) and "clip_low" not in figures


def test_the_ceiling_ends_pessimism_where_the_advantage_is_negative():
    # ratios 4, 4, 2 under the clip 0.8 to 1.2 and the ceiling 3: max(-4, -1.2) stays, 4 becomes 3 and is flat, 2 is not
    inputs = inputs_of([0.0] * 3, old=[-math.log(ratio) for ratio in (4, 4, 2)], advantages=[1, -1, -1])
    total, gradient, figures = loss_and_gradient(inputs, Loss(ceiling=3.0, aggregate="tokens"))
    assert total == pytest.approx((-1.2 + 3 + 2) / 3)
    assert gradient == pytest.approx([0, 0, 2 / 3])
    assert (figures["clip_dual"], figures["clip_high"]) == (1, 1) and figures["ratio"].item() == pytest.approx(10)
    assert "clip_dual" not in loss_and_gradient(inputs, Loss())[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ceiling": 1.1}, r"ceiling 1\.1, which lies within the clip; raise it above 1\.2"),
        ({"ceiling": 3.0, "surrogate": "sapo"}, "surrogate sapo and ceiling 3, which only the clip has"),
    ],
)
def test_a_ceiling_that_bounds_nothing_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Loss(**wrong)


def test_cispo_bounds_the_weight_of_a_token_and_silences_none():
    # ratios 8, 0.5, 8 with the cap 5: each token's gradient is -min(ratio, 5) * advantage / 3, clipped or not
    old = [-1 - math.log(8), -2 + LOG2, -3 - math.log(8)]
    inputs = inputs_of([-1, -2, -3], old=old, advantages=[1, 2, -1])
    total, gradient, figures = loss_and_gradient(inputs, PRESETS["cispo"])
    assert total == pytest.approx((5 * 1 * 1 + 0.5 * 2 * 2 - 5 * 3) / 3)
    assert gradient == pytest.approx([-5 / 3, -1 / 3, 5 / 3])
    assert (figures["clip_low"], figures["clip_high"]) == (0, 2)


def test_cispo_has_a_lower_bound_where_it_is_told_one():
    inputs = inputs_of([-1], old=[-1 + LOG2])
    _, gradient, figures = loss_and_gradient(inputs, Loss(surrogate="cispo", clip=(0.2, 0.2)))
    assert gradient == pytest.approx([-0.8]) and figures["clip_low"] == 1


def test_sapo_is_a_sigmoid_with_a_temperature_for_each_sign():
    # 4 / tau * sigmoid(tau * (r - 1)) at r = 2 with advantages 1 (tau 1) and -1 (tau 1.05), its slope by r is 4 s (1 - s)
    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    inputs = inputs_of([-1, -1], old=[-1 - LOG2, -1 - LOG2], advantages=[1, -1], owner=[0, 1])
    total, gradient, _ = loss_and_gradient(inputs, PRESETS["sapo"])
    above, below = sigmoid(1.0), sigmoid(1.05)
    assert total == pytest.approx((-4 * above + 4 / 1.05 * below) / 2)
    assert gradient == pytest.approx([-4 * above * (1 - above) * 2 / 2, 4 * below * (1 - below) * 2 / 2])


def test_sapo_at_ratio_one_has_the_gradient_of_the_policy():
    assert loss_and_gradient(inputs_of([-1, -2], advantages=[3, -4]), PRESETS["sapo"])[1] == pytest.approx([-1.5, 2.0])


def test_gspo_token_has_the_value_of_the_sequence_and_the_gradient_of_the_token():
    inputs = inputs_of([-1, -1], old=[-1 - LOG2, -1 + LOG3 - LOG2], advantages=[1, 2])
    ratio = math.sqrt(2 * 2 / 3)
    loss = Loss(ratio="sequence_token", clip=(0.9, 5), aggregate="tokens")
    total, gradient, _ = loss_and_gradient(inputs, loss)
    assert total == pytest.approx(-ratio * 3 / 2)
    assert gradient == pytest.approx([-ratio / 2, -2 * ratio / 2])  # GSPO itself would give both -ratio * 3 / 4
    assert loss_and_gradient(inputs, loss.model_copy(update={"ratio": "sequence"}))[1] == pytest.approx(
        [-0.75 * ratio] * 2
    )


def test_bnpo_is_dapo_without_clip_higher():
    assert PRESETS["bnpo"] == PRESETS["dapo"].model_copy(update={"clip": (0.2, 0.2)})


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("sequence_mean", ((1 + 2 + 3) / 3 + 10 / 1) / 4),
        ("tokens", 16 / 8),
        ("constant", 16 / (4 * 10)),
    ],
)
def test_aggregates_divide_by_the_counts_of_the_whole_batch(aggregate, expected):
    inputs = inputs_of([0.0] * 4, owner=[0, 0, 0, 1], tokens=8, sequences=4)
    assert AGGREGATES[aggregate](doubles(1, 2, 3, 10), inputs).item() == pytest.approx(expected)


def test_the_mean_of_a_sequence_is_over_the_tokens_its_mask_leaves():
    inputs = inputs_of([-1, -1, -1], advantages=[2, 4, 6], mask=[True, True, False])
    total, gradient, _ = loss_and_gradient(inputs, PRESETS["grpo"])
    assert (total, gradient) == (pytest.approx(-3), pytest.approx([-1, -2, 0]))


def test_k3_is_zero_at_the_anchor_and_grows_both_ways():
    inputs = inputs_of([-1, -1, -1], anchor=[-1, -1 + LOG2, -1 - LOG2])
    assert ESTIMATORS["k3"](inputs, doubles(5, 5, 5)).tolist() == pytest.approx([0, 1 - LOG2, LOG2 - 0.5])


def test_the_kl_pulls_towards_the_anchor_with_the_gradient_of_k3():
    inputs = inputs_of([-1, -1], anchor=[-1 + LOG2, -1 - LOG2], advantages=[0, 0])
    total, gradient, figures = loss_and_gradient(inputs, PRESETS["dapo"], kl_weight=0.1)
    assert total == pytest.approx(0.1 * 0.5 / 2)
    assert gradient == pytest.approx([0.1 * -1 / 2, 0.1 * 0.5 / 2])  # 1 - e^d
    assert figures["kl"].item() == pytest.approx(0.5)


def test_k2_is_half_the_square_and_pulls_in_a_straight_line():
    inputs = inputs_of([-1, -1], anchor=[-1 + LOG2, -1 - LOG3], advantages=[0, 0])
    loss = Loss(aggregate="tokens", estimator="k2")
    total, gradient, figures = loss_and_gradient(inputs, loss, kl_weight=0.1)
    assert figures["kl"].item() == pytest.approx((LOG2**2 + LOG3**2) / 2)
    assert total == pytest.approx(0.1 * (LOG2**2 + LOG3**2) / 2 / 2)
    assert gradient == pytest.approx([-0.1 * LOG2 / 2, 0.1 * LOG3 / 2])


def test_k3_ratio_weighs_by_the_ratio_value_and_gradient():
    # ratio 3, d = log 2: 3 * (1 - log 2), and its slope 3 * (1 - log 2) + 3 * (1 - e^d) = -3 log 2
    inputs = inputs_of([-1], old=[-1 - LOG3], anchor=[-1 + LOG2], advantages=[0])
    loss = Loss(aggregate="tokens", estimator="k3_ratio")
    total, gradient, _ = loss_and_gradient(inputs, loss, kl_weight=0.1)
    assert total == pytest.approx(0.1 * 3 * (1 - LOG2)) and gradient == pytest.approx([-0.1 * 3 * LOG2])


def test_the_kl_keeps_its_precision_near_the_anchor():
    logp_T = torch.tensor([-1.0], dtype=torch.float32)
    near = replace(inputs_of([-1.0]), logp_T=logp_T, anchor_logp_T=logp_T + 2**-12)
    assert ESTIMATORS["k3"](near, torch.ones(1)).item() == pytest.approx(0.5 * 2**-24, rel=1e-3)


def test_an_anchor_without_a_weight_is_only_watched():
    watched = inputs_of([-1, -2], anchor=[-2, -2])
    total, gradient, figures = loss_and_gradient(watched, PRESETS["dapo"])
    assert (total, gradient) == loss_and_gradient(inputs_of([-1, -2]), PRESETS["dapo"])[:2]
    assert figures["kl"].item() == pytest.approx(math.exp(-1)) and not figures["kl"].requires_grad


def test_an_anchor_without_a_weight_cannot_hurt():
    total, gradient, figures = loss_and_gradient(inputs_of([-1000], anchor=[0]), PRESETS["dapo"])
    assert (total, gradient) == (-1, [-1]) and figures["kl"] == math.inf


@pytest.mark.parametrize("aggregate", list(AGGREGATES))
def test_the_entropy_bonus_is_a_mean_over_tokens_in_every_preset(aggregate):
    entropy_T = doubles(1, 2, 9).requires_grad_()
    inputs = inputs_of([-1, -1, -1], advantages=[0, 0, 0], entropy=entropy_T, mask=[True, True, False], tokens=4)
    total, figures = compute(inputs, Loss(aggregate=aggregate, entropy=0.5), 0.0, UNCORRECTED)
    assert total.item() == pytest.approx(-0.5 * 3 / 4)
    assert torch.autograd.grad(total, entropy_T)[0].tolist() == pytest.approx([-0.125, -0.125, 0])
    assert figures["entropy"].item() == 3
    assert entropy_bonus(inputs.chosen()).item() == pytest.approx(-0.75)


def test_the_importance_weight_is_truncated_and_detached():
    inputs = inputs_of([-1, -1, -1], behaviour=[-1, -1 - LOG3, -1 + LOG2], advantages=[1, 1, 1])
    total, gradient, figures = loss_and_gradient(inputs, PRESETS["dapo"], mismatch=Mismatch(cap=2.0))
    assert total == pytest.approx(-(1 + 2 + 0.5) / 3)
    assert gradient == pytest.approx([-1 / 3, -2 / 3, -0.5 / 3])
    assert figures["weight"].item() == pytest.approx(3.5) and figures["weight_squared"].item() == pytest.approx(5.25)
    assert figures["gap"].item() == pytest.approx(LOG3 + LOG2)


@pytest.mark.parametrize(
    ("correct", "weights"),
    [
        ("truncated", [3, 0.5, 0.4, 2]),
        ("masked", [3, 0.5, 0, 2]),
        ("sequence_truncated", [1.5, 1.5, 0.8, 0.8]),
        ("sequence_masked", [1.5, 1.5, 0.8, 0.8]),
        ("none", [1, 1, 1, 1]),
    ],
)
def test_weights_are_of_tokens_or_sequences_bounded_or_masked(correct, weights):
    # old / behaviour is 3, 0.5 in the first answer and 0.4, 2 in the second; their products are 1.5 and 0.8
    away = [-math.log(ratio) for ratio in (3, 0.5, 0.4, 2)]
    inputs = inputs_of([0.0] * 4, behaviour=away, owner=[0, 0, 1, 1])
    found = WEIGHTS[correct](inputs, 0.4 if correct == "truncated" else 0.45, 4.0)
    assert found.tolist() == pytest.approx(weights)


@pytest.mark.parametrize(
    ("correct", "weights"), [("sequence_truncated", [1.2, 1.2, 0.9, 0.9]), ("sequence_masked", [0, 0, 0, 0])]
)
def test_a_sequence_beyond_its_bounds_is_bounded_or_masked_whole(correct, weights):
    away = [-math.log(ratio) for ratio in (3, 0.5, 0.4, 2)]
    inputs = inputs_of([0.0] * 4, behaviour=away, owner=[0, 0, 1, 1])
    assert WEIGHTS[correct](inputs, 0.9, 1.2).tolist() == pytest.approx(weights)


def test_a_sequence_far_from_its_sampling_is_dropped_only_where_it_would_be_pushed_away():
    # behaviour - logp is 0.5 on average in every answer; the threshold between 0.4 and 0.5 drops the negative ones
    inputs = inputs_of(
        [-1, -1, -1, -2], behaviour=[-1 + 0.3, -1 + 0.7, -0.5, -1.6],
        advantages=[-1, -1, 1, -1], anchor=[-1 + LOG2] * 2 + [-1, -2], owner=[0, 0, 1, 2],
    )  # fmt: skip
    mismatch = Mismatch(correct="none", drop_above=0.45)
    total, gradient, figures = loss_and_gradient(inputs, PRESETS["dapo"], 0.1, mismatch)
    assert figures["dropped"] == 2
    assert total == pytest.approx((2 * 0.1 * (1 - LOG2) - 1 + 1) / 4)
    assert gradient == pytest.approx([-0.1 / 4, -0.1 / 4, -1 / 4, 1 / 4])  # what is dropped keeps to its anchor
    assert "dropped" not in loss_and_gradient(inputs, PRESETS["dapo"])[2]


def test_the_importance_weight_has_no_gradient_even_where_the_old_policy_has_one():
    logp_T = doubles(-1, -2).requires_grad_()
    inputs = replace(inputs_of(logp_T, behaviour=[-1, -2]), old_logp_T=logp_T)
    assert inputs.old_logp_T.requires_grad and not WEIGHTS["truncated"](inputs, 0.0, 2.0).requires_grad


def test_the_importance_weight_corrects_the_policy_and_not_the_kl():
    inputs = inputs_of([-1], behaviour=[-1 - LOG2], anchor=[-1 + LOG2])
    total, _, _ = loss_and_gradient(inputs, PRESETS["dapo"], kl_weight=1.0, mismatch=Mismatch(cap=4.0))
    assert total == pytest.approx(-2 + (1 - LOG2))


def test_behaviour_as_the_old_policy_is_the_bypass():
    inputs = inputs_of([-1], old=[-1 - 0.1], behaviour=[-1 - 0.1])
    total, _, figures = loss_and_gradient(inputs, PRESETS["dapo"], mismatch=Mismatch(cap=2.0))
    assert total == pytest.approx(-math.exp(0.1)) and figures["weight"] == 1


@pytest.mark.parametrize(
    ("field", "value"), [("logp_T", -math.inf), ("old_logp_T", -math.inf), ("logp_T", math.nan), ("old_logp_T", 500.0)]
)
@pytest.mark.parametrize("name", list(PRESETS))
def test_a_masked_token_has_no_part_whatever_it_holds(name, field, value):
    mask = [True, False, True]
    ordinary = inputs_of([-1, -2, -3], old=[-1.1, -2, -3.1], anchor=[-1, -2, -2], entropy=[1, 1, 1], mask=mask)
    held_T = getattr(ordinary, field).detach().clone()
    held_T[1] = value
    strange = replace(ordinary, **{field: held_T}, anchor_logp_T=doubles(-1, -math.inf, -2))
    strange = replace(strange, behaviour_logp_T=doubles(-1.1, -math.inf, -3.1), entropy_T=doubles(1, math.nan, 1))
    strange = replace(strange, logp_T=strange.logp_T.detach().requires_grad_())
    loss = PRESETS[name].model_copy(update={"entropy": 0.1})
    expected, found = (loss_and_gradient(one, loss, 0.1, Mismatch()) for one in (ordinary, strange))
    assert found == expected and found[1][1] == 0


def test_a_microbatch_that_is_masked_whole_adds_zero_and_still_has_a_graph():
    for loss in (*PRESETS.values(), Loss(ratio="sequence", entropy=0.1)):
        inputs = inputs_of([-1, -2], anchor=[-1, -1], entropy=[1, 1], mask=[False, False], owner=[0, 1])
        total, gradient, figures = loss_and_gradient(inputs, loss, 0.1, Mismatch())
        assert (total, gradient) == (0, [0, 0]) and not any(figures.values())


def test_figures_are_detached_sums():
    inputs = inputs_of([-1, -2], anchor=[-2, -1], entropy=doubles(1, 2).requires_grad_())
    for loss in PRESETS.values():
        _, figures = compute(inputs, loss, 0.1, Mismatch())
        assert all(figure.dim() == 0 and not figure.requires_grad for figure in figures.values())


def test_what_a_loss_needs_and_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"KL weight is 0\.1, but the inputs carry no anchor"):
        compute(inputs_of([-1]), PRESETS["dapo"], 0.1, UNCORRECTED)
    with pytest.raises(ValueError, match=r"entropy weight is 0\.5, but the inputs carry no entropy"):
        compute(inputs_of([-1]), Loss(entropy=0.5), 0.0, UNCORRECTED)
    with pytest.raises(ValueError, match="flat and of one length"):
        inputs_of([-1, -2], advantages=[1])


def test_what_is_imitated_lies_far_from_no_sampling():
    with pytest.raises(ValueError, match=r"learning.loss nll and learning.mismatch.drop_above 0\.1 do not combine"):
        Learning(loss="nll", mismatch=Mismatch(drop_above=0.1))


def test_every_part_a_recipe_can_name_is_there():
    named = {"ratio": RATIOS, "surrogate": SURROGATES, "aggregate": AGGREGATES, "estimator": ESTIMATORS}
    for field, parts in named.items():
        assert set(Loss.model_fields[field].annotation.__args__) == set(parts)
    assert set(Covariance.model_fields["act"].annotation.__args__) == set(ACTS)
    assert Preset.__args__ == tuple(PRESETS)
    assert set(Mismatch.model_fields["correct"].annotation.__args__) == set(WEIGHTS)


def spelt_out(**parts):
    imitates = parts["surrogate"] == "likelihood"  # and so knows nothing of what the policy drew
    return Loss(**parts | ({"covariance": None, "blind": None} if imitates else {}))


losses = st.builds(
    spelt_out,
    ratio=st.sampled_from(list(RATIOS)),
    surrogate=st.sampled_from(list(SURROGATES)),
    aggregate=st.sampled_from(list(AGGREGATES)),
    estimator=st.sampled_from(list(ESTIMATORS)),
    clip=st.sampled_from([(0.2, 0.2), (0.1, 0.4)]),
    entropy=st.sampled_from([0.0, 0.3]),
    covariance=st.sampled_from([None, Covariance(act="silence"), Covariance(act="hold", weight=0.2)]),
    blind=st.sampled_from([None, Blind(weight=0.2), Blind(surprise=0.1)]),
)

mismatches = st.builds(
    Mismatch,
    correct=st.sampled_from(list(WEIGHTS)),
    cap=st.just(1.5),
    floor=st.sampled_from([0.0, 0.8]),
    drop_above=st.sampled_from([None, 0.1]),
)


@st.composite
def batches(draw):
    """A batch as sequences of (logp, old, behaviour, anchor, entropy, advantage, mask), and a microbatch for each."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=7))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    rows = [torch.randn(7, length, generator=generator, dtype=torch.float64) * 0.4 for length in lengths]
    return rows, [draw(st.integers(0, 2)) for _ in lengths]


def microbatch_of(rows, logps, tokens, sequences):
    old_T, behaviour_T, anchor_T, entropy_T, advantages_T, chance_T = torch.cat(rows, 1)[1:]
    return Inputs(
        logp_T=torch.cat(logps),
        old_logp_T=old_T,
        behaviour_logp_T=behaviour_T,
        anchor_logp_T=anchor_T,
        entropy_T=entropy_T * torch.cat(logps),  # so that its gradient meets that of logp
        blind_logp_T=anchor_T * 0.5,
        chosen_T=entropy_T > 0,
        advantages_T=advantages_T,
        mask_T=chance_T > -0.3,
        owner_T=torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([row.shape[1] for row in rows])),
        tokens=tokens,
        sequences=sequences,
        max_tokens=6,
    )


@settings(deadline=None, max_examples=60)
@given(batches(), losses, mismatches, st.randoms())
def test_microbatches_add_up_to_the_batch_however_it_is_split(batch, loss, mismatch, random):
    rows, places = batch
    leaves = [row[0].clone().requires_grad_() for row in rows]
    tokens = int(sum((row[6] > -0.3).sum() for row in rows))
    order = random.sample(range(len(rows)), len(rows))
    splits = [list(range(len(rows)))], [[i for i in order if places[i] == place] for place in set(places)]
    kl_weight = 0.0 if loss.surrogate == "likelihood" else 0.1
    found = []
    for split in splits:
        parts = [microbatch_of([rows[i] for i in part], [leaves[i] for i in part], tokens, len(rows)) for part in split]
        computed = [compute(part, loss, kl_weight, mismatch) for part in parts]
        total = sum(part for part, _ in computed)
        gradients = torch.cat(torch.autograd.grad(total, leaves))
        figures = {name: sum(figures[name] for _, figures in computed) for name in computed[0][1]}
        found.append((total, gradients, torch.stack([figure.double() for figure in figures.values()])))
    for whole, parts in zip(*found, strict=True):
        torch.testing.assert_close(parts, whole, rtol=1e-10, atol=1e-12)
    assert not found[0][1][torch.cat([row[6] for row in rows]) <= -0.3].any()  # exactly zero where masked


def detaches(loss):
    """Part of its value has no gradient, on purpose."""
    silences = loss.covariance is not None and loss.covariance.act == "silence"
    return loss.ratio == "sequence_token" or loss.surrogate == "cispo" or silences


@settings(deadline=None, max_examples=30)
@given(batches(), losses.filter(lambda loss: not detaches(loss)))
def test_gradients_are_those_of_finite_differences(batch, loss):
    rows, _ = batch

    def total(*logps):
        return compute(microbatch_of(rows, logps, 9, len(rows)), loss, 0.1, Mismatch(cap=1.5))[0]

    torch.autograd.gradcheck(total, [row[0].clone().requires_grad_() for row in rows], eps=1e-7, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(batches())
def test_gspo_token_moves_tokens_as_gspo_does_where_an_answer_has_one_advantage(batch):
    """A property of the two formulas that neither was written from."""
    rows, _ = batch
    for row in rows:
        row[5], row[6] = row[5, 0], 1.0
    leaves = [row[0].clone().requires_grad_() for row in rows]
    found = []
    for name in ("gspo", "gspo_token"):
        loss = PRESETS[name].model_copy(update={"clip": (0.2, 0.2)})
        total, _ = compute(microbatch_of(rows, leaves, 9, len(rows)), loss, 0.0, UNCORRECTED)
        found.append((total, *torch.autograd.grad(total, leaves)))
    for sequence, token in zip(*found, strict=True):
        torch.testing.assert_close(token, sequence, rtol=1e-10, atol=1e-12)
