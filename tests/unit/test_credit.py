"""Advantages against numbers worked out by hand, and what they promise for any rewards."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmzero.credit import ADVANTAGES, credit
from mmzero.recipe.tree import Learning
from mmzero.types import Rollout, Scored, Task


def scored(task: str, sibling: int, reward: float | None, family: str = "f") -> Scored:
    asked = Task(
        id=task, family=family, kind="k", level=0, question="?", images=(), answer=None, scene="{}", source="s", seed=0
    )
    rollout = Rollout(
        task=asked,
        role="solver",
        policy="main",
        version=0,
        sibling=sibling,
        prompt_ids=(1,),
        output_ids=(2,),
        logprobs=(-1.0,),
        mask=(True,),
        text="",
        finish="stop",
        temperature=1.0,
        seed=0,
    )
    missing = "" if reward is not None else "timeout"
    return Scored(rollout=rollout, reward=reward, parts={}, missing=missing)


def group_of(*rewards: float | None, task: str = "a") -> list[Scored]:
    return [scored(task, sibling, reward) for sibling, reward in enumerate(rewards)]


def advantages(scored: list[Scored], advantage: str) -> list[float]:
    return [sample.advantage for sample in credit(scored, advantage)]


def test_group_is_trls_formula():
    # mean 0.5, squares 4 * 0.25 over 3, std sqrt(1/3) = 0.5773503
    expected = 0.5 / (math.sqrt(1 / 3) + 1e-4)
    assert advantages(group_of(1, 0, 0, 1), "group") == pytest.approx([expected, -expected, -expected, expected])


def test_group_centered_only_subtracts_the_mean():
    assert advantages(group_of(1, 0, 0, 3), "group_centered") == pytest.approx([0, -1, -1, 2])


def test_leave_one_out_compares_with_the_others():
    # 1 - (0+0+3)/3, 0 - (1+0+3)/3, the same, 3 - (1+0+0)/3
    assert advantages(group_of(1, 0, 0, 3), "leave_one_out") == pytest.approx([0, -4 / 3, -4 / 3, 8 / 3])


def test_batch_keeps_a_penalty_that_siblings_share():
    two = group_of(-1, -1, task="a") + group_of(1, 0, task="b")
    assert advantages(two, "batch") == pytest.approx([-0.75, -0.75, 1.25, 0.25])
    assert advantages(two, "group_centered")[:2] == [0, 0]


def test_reinforce_pp_is_standardised_over_the_batch():
    # mean 0.25; 1.25^2 + 1.25^2 + 0.75^2 + 1.75^2 = 6.75, over 3
    two = group_of(-1, -1, task="a") + group_of(1, 2, task="b")
    scale = math.sqrt(6.75 / 3) + 1e-4
    assert advantages(two, "reinforce_pp") == pytest.approx([value / scale for value in (-1.25, -1.25, 0.75, 1.75)])


def test_reinforce_pp_baseline_takes_out_the_group_and_then_the_spread_of_the_batch():
    # centred: 2 -2, 0.5 -0.5, 0 0; squares 8.5 over 5. The second group is not blown up to the size of the first
    three = group_of(4, 0, task="a") + group_of(1, 0, task="b") + group_of(7, 7, task="c")
    scale = math.sqrt(8.5 / 5) + 1e-4
    assert advantages(three, "reinforce_pp_baseline") == pytest.approx(
        [2 / scale, -2 / scale, 0.5 / scale, -0.5 / scale, 0, 0]
    )


def test_family_compares_with_the_same_family_wherever_it_was_asked():
    mixed = [scored("a", 0, 1.0, "x"), scored("b", 0, 0.0, "x"), scored("c", 0, 5.0, "y"), scored("d", 0, 2.0, "x")]
    assert advantages(mixed, "family") == pytest.approx([0, -1, 0, 1])


def test_groups_do_not_see_each_other_and_order_is_kept():
    mixed = [scored("a", 0, 1.0), scored("b", 0, 10.0), scored("a", 1, 0.0), scored("b", 1, 20.0)]
    samples = credit(mixed, "group_centered")
    assert [sample.scored for sample in samples] == mixed
    assert [sample.advantage for sample in samples] == pytest.approx([0.5, -5, -0.5, 5])


COMPARING = [name for name in ADVANTAGES if name != "reward"]


def test_the_reward_itself_is_compared_with_nothing():
    assert advantages(group_of(1, 0.5, -2), "reward") == [1, 0.5, -2]
    assert advantages(group_of(1, 1), "reward") == [1, 1]


@pytest.mark.parametrize("advantage", list(ADVANTAGES))
def test_a_missing_reward_is_no_zero(advantage):
    with_missing = group_of(1, None, 0.5)
    samples = credit(with_missing, advantage)
    assert [sample.scored for sample in samples] == [with_missing[0], with_missing[2]]
    assert [sample.advantage for sample in samples] == advantages(group_of(1, 0.5), advantage)


@pytest.mark.parametrize("advantage", COMPARING)
def test_one_present_sibling_has_nothing_to_be_compared_with(advantage):
    assert advantages(group_of(None, 5.0), advantage) == [0]


@pytest.mark.parametrize("advantage", COMPARING)
@pytest.mark.parametrize("rewards", [(0.1, 0.1, 0.1), (0.1 + 0.2, 0.3, 0.3)])
def test_equal_rewards_give_exactly_zero(advantage, rewards):
    assert np.mean([0.1, 0.1, 0.1]) != 0.1  # what makes this worth asking
    assert advantages(group_of(*rewards), advantage) == [0, 0, 0]


@pytest.mark.parametrize("advantage", list(ADVANTAGES))
def test_nothing_played_is_nothing_to_learn(advantage):
    assert credit([], advantage) == () == credit(group_of(None), advantage)


def test_every_advantage_of_the_recipe_has_its_function():
    names = Learning.model_fields["advantage"].annotation.__args__
    assert set(names) == set(ADVANTAGES)


rewards = st.lists(st.integers(-1000, 1000).map(lambda thousandth: thousandth / 1000), min_size=2, max_size=9)


@settings(deadline=None)
@given(rewards, rewards)
def test_advantages_of_a_group_add_up_to_nothing_and_keep_its_order(a, b):
    for advantage in ("group", "group_centered", "leave_one_out"):
        found = advantages(group_of(*a, task="a") + group_of(*b, task="b"), advantage)
        for part, given_rewards in ((found[: len(a)], a), (found[len(a) :], b)):
            assert sum(part) == pytest.approx(0, abs=1e-9)
            for left, right in zip(np.argsort(given_rewards)[:-1], np.argsort(given_rewards)[1:], strict=True):
                assert part[left] <= part[right] + 1e-9


@settings(deadline=None)
@given(rewards, st.integers(-100, 100))
def test_a_shift_of_all_rewards_changes_no_advantage(a, shift):
    for advantage in COMPARING:
        shifted = advantages(group_of(*(reward + shift for reward in a)), advantage)
        assert shifted == pytest.approx(advantages(group_of(*a), advantage), abs=1e-6)


@settings(deadline=None)
@given(rewards)
def test_group_is_the_formula_for_any_rewards(a):
    mean, spread = statistics.mean(a), statistics.stdev(a)
    expected = [(reward - mean) / (spread + 1e-4) for reward in a]
    assert advantages(group_of(*a), "group") == pytest.approx(expected, abs=1e-9)
