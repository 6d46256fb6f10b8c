"""Intervals and votes against values computed by hand, and against simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmzero.statistics import accuracy, average, majority, paired, wilson


def test_wilson_of_8_in_10():
    # z²=3.841459: centre (0.8+0.192073)/1.384146=0.716740, half 1.959964*sqrt(0.016+0.009604)/1.384146=0.226578
    assert wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-5)


def test_wilson_at_its_ends():
    assert wilson(0, 1) == pytest.approx((0.0, 0.793451), abs=1e-5)  # z²/(1+z²)
    assert wilson(1, 1) == pytest.approx((0.206549, 1.0), abs=1e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 right of 2"):
        wilson(3, 2)


def test_accuracy_carries_its_count():
    found = accuracy([True] * 8 + [False] * 2)
    assert (found.mean, found.n) == (0.8, 10) and (found.low, found.high) == wilson(8, 10)
    assert math.isnan(accuracy([]).mean)


def test_paired_by_hand():
    # gains 1 1 0 -1: mean 0.25, variance 2.75/3, half 1.959964*0.957427/2
    found = paired([0, 0, 1, 1], [1, 1, 1, 0])
    assert (found.mean, found.n) == (0.25, 4)
    assert (found.low, found.high) == pytest.approx((-0.688262, 1.0), abs=1e-5)
    # 10 pairs, three gains: mean 0.3, variance 0.7*0.3*10/9, half 1.959964*0.483046/sqrt(10)
    found = paired([0] * 10, [1] * 3 + [0] * 7)
    assert {type(found.mean), type(found.low), type(found.high)} == {float}  # a numpy bool in report.json is an error
    assert (found.low, found.high) == pytest.approx((0.000608, 0.599392), abs=1e-5)


def test_differences_all_alike_claim_no_certainty():
    u = 3.841459 / 4.841459
    one = paired([False], [True])
    assert (one.mean, one.low, one.high) == pytest.approx((1.0, 1 - 2 * u, 1.0), abs=1e-6)
    ten = paired([True] * 10, [True] * 10)
    assert (ten.mean, ten.low, ten.high) == pytest.approx((0.0, -3.841459 / 13.841459, 3.841459 / 13.841459), abs=1e-6)
    none = paired([], [])
    assert math.isnan(none.mean) and (none.low, none.high) == (-1.0, 1.0)


def test_what_does_not_pair_is_refused():
    with pytest.raises(ValueError, match="2 before and 1 after"):
        paired([True, False], [True])


@given(st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_share_and_mirrors(counts):
    right, n = counts
    low, high = wilson(right, n)
    assert 0 <= low <= high <= 1 and (n == 0 or low <= right / n <= high)
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50))
def test_paired_holds_its_mean_and_mirrors(pairs):
    before, after = zip(*pairs, strict=True)
    found, back = paired(before, after), paired(after, before)
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_intervals_hold_the_truth_95_times_of_100():
    draw = np.random.default_rng(7)
    before_RN, after_RN = draw.random((2000, 200)) < 0.4, draw.random((2000, 200)) < 0.55
    found = [paired(before_N, after_N) for before_N, after_N in zip(before_RN, after_RN, strict=True)]
    assert 0.93 < np.mean([one.low <= 0.15 <= one.high for one in found]) < 0.97
    shares = [accuracy(before_N) for before_N in before_RN]
    assert 0.93 < np.mean([one.low <= 0.4 <= one.high for one in shares]) < 0.97


def test_majority():
    assert majority(["a", "b", "b", None]) == "b"
    assert majority(["b", "a", "a", "b"]) == "b"  # equal: heard first
    assert majority([None, None, None, "c"]) == "c"
    assert majority([None]) is None and majority([]) is None


def test_an_average_counts_items_and_not_tries():
    assert average([1.0, 0.0, 1.0, 1.0]) == accuracy([True, False, True, True])
    found = average([0.5, 0.25, 0.75])  # deviation 0.25, half 0.25 * 1.959964 / sqrt(3) = 0.282896
    assert (found.mean, found.n) == (0.5, 3)
    assert (found.low, found.high) == pytest.approx((0.217104, 0.782896), abs=1e-6)
    assert average([0.1, 0.9, 0.1]).low >= 0.0
