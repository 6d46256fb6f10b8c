"""Terms that ask the whole batch, and terms that ask what the picture was worth: numbers and slopes worked out by hand."""

import math

import pytest
import torch
from losses_material import LOG2, LOG3, doubles, inputs_of, loss_and_gradient

from mmzero.losses import compute, covariance, surprise
from mmzero.recipe.tree import PRESETS, Blind, Covariance, Learning, Loss, Mismatch

SILENCE, HOLD = Covariance(act="silence"), Covariance(act="hold", weight=0.5)
TOKENS = Loss(surrogate="plain", aggregate="tokens")


def test_covariance_is_against_the_means_of_the_whole_batch():
    # means -2 and 1: (1)(1), (0)(2), (-1)(-3)
    found = covariance.covariance(doubles(-1, -2, -3), doubles(2, 3, -2), -2.0, 1.0)
    assert found.tolist() == [1, 0, 3]


def test_silenced_is_whoever_is_drawn_first_within_the_band():
    keys_T = covariance.key(doubles(0.5, 2, 3, 7, 4), doubles(0.0, 0.9, 0.2, 0.1, 0.4), SILENCE)
    assert keys_T.tolist() == [math.inf, 0.9, 0.2, math.inf, 0.4]
    assert covariance.bound(keys_T, 2) == 0.4 and (keys_T <= covariance.bound(keys_T, 2)).tolist() == [0, 0, 1, 0, 1]


def test_held_is_whoever_has_most():
    keys_T = covariance.key(doubles(0.5, 2, -3, 7), doubles(0, 0, 0, 0), HOLD)
    assert (keys_T <= covariance.bound(keys_T, 2)).tolist() == [False, True, False, True]


def test_fewer_than_asked_for_are_all_and_none_is_none():
    assert covariance.bound(doubles(0.3, math.inf), 5) == 0.3
    assert covariance.bound(doubles(math.inf), 5) == covariance.bound(doubles(), 5) == -math.inf


@pytest.mark.parametrize(("share", "tokens", "most"), [(2e-4, 100, 1), (2e-3, 1999, 3), (2e-3, 2000, 4), (1.0, 7, 7)])
def test_the_share_of_the_tokens_is_rounded_down_to_one_at_least(share, tokens, most):
    assert covariance.count(Covariance(act="hold", share=share), tokens) == most


def test_a_bound_of_parts_is_the_bound_of_the_whole():
    """Each part need only bring as many keys as may be chosen."""
    keys_N = torch.randperm(50, generator=torch.Generator().manual_seed(2)).double()
    parts = [part.sort().values[:7] for part in keys_N.split([3, 20, 1, 26])]
    assert covariance.bound(torch.cat(parts), 7) == covariance.bound(keys_N, 7) == 6


def test_a_silenced_token_has_its_value_and_no_gradient():
    inputs = inputs_of([-1, -2], advantages=[3, -4], chosen=[True, False])
    total, gradient, figures = loss_and_gradient(inputs, Loss(aggregate="tokens", covariance=SILENCE))
    assert total == pytest.approx(0.5) and gradient == pytest.approx([0, 2]) and figures["singled_out"] == 1


def test_what_is_silenced_still_keeps_to_its_anchor():
    inputs = inputs_of([-1, -2], advantages=[3, -4], anchor=[-1 + LOG2, -2], chosen=[True, False])
    _, gradient, _ = loss_and_gradient(inputs, Loss(aggregate="tokens", covariance=SILENCE), 0.1)
    assert gradient == pytest.approx([-0.1 / 2, 2])  # 1 - e^log 2 = -1


def test_a_held_token_pays_for_leaving_the_old_policy_either_way():
    # ratios 2, 1/3, 2 under a plain surrogate: its slope is -r A, and a held token adds 0.5 in the direction it moved
    inputs = inputs_of(
        [-1, -1, -1], old=[-1 - LOG2, -1 + LOG3, -1 - LOG2], advantages=[1, 1, 1], chosen=[True, True, False]
    )
    total, gradient, _ = loss_and_gradient(inputs, TOKENS.model_copy(update={"covariance": HOLD}))
    assert total == pytest.approx((-2 - 1 / 3 - 2 + 0.5 * (LOG2 + LOG3)) / 3)
    assert gradient == pytest.approx([(-2 + 0.5) / 3, (-1 / 3 - 0.5) / 3, -2 / 3])


def test_the_plain_surrogate_has_no_bound():
    inputs = inputs_of([0.0, 0.0], old=[-math.log(50), math.log(50)], advantages=[1, -1])
    total, gradient, _ = loss_and_gradient(inputs, TOKENS, mismatch=Mismatch(correct="none"))
    assert total == pytest.approx((-50 + 0.02) / 2) and gradient == pytest.approx([-25, 0.01])


@pytest.mark.parametrize(("mean", "bonus"), [(0.29, -0.5 * 1.5), (0.3, -0.5 * 1.5), (0.31, 0.0), (None, -0.5 * 1.5)])
def test_the_bonus_comes_only_below_the_floor(mean, bonus):
    entropy_T = doubles(1, 2).requires_grad_()
    loss = Loss(aggregate="tokens", entropy=0.5, entropy_floor=None if mean is None else 0.3)
    inputs = inputs_of([-1, -1], advantages=[0, 0], entropy=entropy_T, mean_entropy=mean)
    total, figures = compute(inputs, loss, 0.0, Mismatch(correct="none"))
    assert total.item() == pytest.approx(bonus) and figures["entropy"] == 3
    slope = torch.autograd.grad(total, entropy_T, allow_unused=True)[0]
    assert (slope is None) == (bonus == 0.0) and (slope is None or slope.tolist() == pytest.approx([-0.25, -0.25]))


def test_the_blind_policy_is_kept_away_from():
    # d = blind - logp = -log 3 and log 2: k3 is log 3 - 2/3 and 1 - log 2, its slope by logp 1 - e^d = 2/3 and -1
    inputs = inputs_of([-1, -1], advantages=[0, 0], blind=[-1 - LOG3, -1 + LOG2])
    loss = Loss(aggregate="tokens", blind=Blind(weight=0.1))
    total, gradient, figures = loss_and_gradient(inputs, loss)
    assert figures["blind_kl"].item() == pytest.approx(LOG3 - 2 / 3 + 1 - LOG2)
    assert total == pytest.approx(-0.1 * (LOG3 - 2 / 3 + 1 - LOG2) / 2)
    assert gradient == pytest.approx(
        [-0.1 * 2 / 3 / 2, 0.1 / 2]
    )  # descending makes likelier what the picture made likely


def test_what_is_apart_enough_pulls_no_more():
    # k3 is 10 at d = -11 or so and at d = log 13 or so; e^60 alone would drown every other token
    inputs = inputs_of([-1, -1, -1], advantages=[0, 0, 0], blind=[-61, 59, -3])
    total, gradient, figures = loss_and_gradient(inputs, Loss(aggregate="tokens", blind=Blind(weight=0.3)))
    beyond = math.expm1(-2) + 2
    assert figures["blind_kl"].item() == pytest.approx(20 + beyond) and total == pytest.approx(-0.1 * (20 + beyond))
    assert gradient == pytest.approx([0, 0, -0.1 * (1 - math.exp(-2))])


def test_the_blind_term_is_averaged_as_the_policys_loss_is():
    inputs = inputs_of([-1, -1, -1], advantages=[0, 0, 0], blind=[-1 + LOG2, -1 + LOG2, -1 - LOG3], owner=[0, 0, 1])
    total, _, _ = loss_and_gradient(inputs, PRESETS["papo"])
    assert total == pytest.approx(-0.01 * ((1 - LOG2) + (LOG3 - 2 / 3)) / 2)


def test_surprise_is_a_mean_over_the_batchs_tokens_and_is_held_down():
    inputs = inputs_of([-1, -3, -9], advantages=[0, 0, 0], mask=[True, True, False], tokens=4)
    loss = Loss(aggregate="constant", blind=Blind(weight=1e-9, surprise=0.5))
    total, gradient, _ = loss_and_gradient(inputs, loss)
    assert total == pytest.approx(0.5 * 4 / 4) and gradient == pytest.approx([-0.125, -0.125, 0])
    assert surprise(doubles(-1, -3), 4).item() == 1.0 and surprise(doubles(), 0).item() == 0.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"entropy_floor": 0.3}, r"entropy_floor 0\.3 and entropy 0, so no bonus would come; set entropy above 0"),
        ({"surrogate": "likelihood", "blind": {}}, "surrogate likelihood and blind, which is about what a policy drew"),
        ({"surrogate": "likelihood", "covariance": {"act": "hold"}}, "surrogate likelihood and covariance"),
        ({"covariance": {"act": "silence", "band": [5, 1]}}, r"band \[5\.0, 1\.0\], in which nothing lies"),
    ],
)
def test_terms_that_would_do_nothing_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Loss.model_validate(wrong)


def test_one_update_leaves_nothing_to_hold():
    with pytest.raises(
        ValueError, match=r"covariance hold and learning\.updates is 1: what is held to is where the step"
    ):
        Learning(loss="kl_cov")
    assert Learning(loss="kl_cov", updates=2).loss.covariance.act == "hold"
    assert Learning(loss="clip_cov").loss.covariance.act == "silence"


@pytest.mark.parametrize(
    ("loss", "lacking"),
    [
        (Loss(entropy=0.1, entropy_floor=0.3), "the entropy floor is 0.3, but the inputs carry no mean entropy"),
        (Loss(covariance=HOLD), "but the inputs carry no tokens singled out"),
        (Loss(blind=Blind()), "but the inputs carry no blind log-probs"),
    ],
)
def test_what_nobody_computed_is_refused(loss, lacking):
    bare = inputs_of([-1], entropy=[1], blind=None, chosen=None)
    with pytest.raises(ValueError, match=lacking):
        compute(bare, loss, 0.0, Mismatch(correct="none"))


@pytest.mark.parametrize(
    ("loss", "kl", "counts"), [("dapo", 0, 0), ("dapo", 0.1, 1), ("papo", 0, 1), ("clip_cov", 0, 0)]
)
def test_a_token_of_no_advantage_counts_where_another_term_asks_for_it(loss, kl, counts):
    assert Learning(loss=loss, kl={"weight": kl}).every_token_counts is bool(counts)
    assert Learning(loss={"entropy": 0.1}).every_token_counts
