"""Many boxes: tables by hand for each way of pairing and paying, and what holds whatever is said."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import boxes, load, said, truth

from mmzero.answers import pairing

GREEDY = "detection_greedy.py:iou"
SURE = "detection_greedy.py:confidence"
BEST = "detection_optimal.py:iou"
F1 = "detection_optimal.py:f1"
MAP = "detection_map.py:mean_average_precision"
ODLENGTH = "detection_map.py:odlength"
WEIGHTED = "detection_weighted.py:places_and_errors"
RECALL = "detection_criteria.py:recall"
PRECISION = "detection_criteria.py:precision"
ALL = (GREEDY, SURE, BEST, F1, MAP, ODLENGTH, WEIGHTED, RECALL, PRECISION)


def paid(use, written, there, **with_):
    step = {"step": 0} if "criteria" in use else {}
    return load(use, **with_)(written, there, **step)


# Two things, 100 x 100 each, far from each other.
A, B = (0, 0, 100, 100), (500, 500, 600, 600)
TWO = boxes(A, B)
A80, A60, B90 = (0, 0, 100, 80), (0, 0, 60, 100), (500, 500, 590, 600)  # IoU .8 and .6 with A, .9 with B
ELSEWHERE = (800, 0, 900, 100)

TABLE = [
    # what is said, and what it earns by: pairing greedily, its confidence, best pairing, F1, recall, precision, weighted
    ([(*A, 1.0), (*B, 1.0)], 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    ([(*A80, 0.9), (*B90, 0.7)], 0.85, 0.8, 0.85, 1.0, 1.0, 1.0, 0.7 * 0.85 + 0.3),
    ([(*A60, 0.9)], 0.3, 0.9, 0.3, 2 / 3, 0.5, 0.6, 0.7 * 0.3 + 0.3 * 0.75),
    ([(*A80, 0.9), (*ELSEWHERE, 0.2)], 0.4, (0.9 + 0.8) / 2, 0.4, 0.5, 0.5, 0.5, 0.7 * 0.4 + 0.3 * 0.5),
    # The surer of two that want A takes it, the other is left with nothing; the best pairing takes the better one.
    ([(*A60, 0.9), (*A80, 0.5)], 0.3, (0.9 + 0.5) / 2, 0.4, 0.5, 0.5, 0.5, 0.7 * 0.3 + 0.3 * 0.5),
    ([(*ELSEWHERE, 0.25)], 0.0, 0.75, 0.0, 0.0, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("found", "greedy", "sure", "best", "f1", "recall", "precision", "weighted"), TABLE)
def test_boxes_earn_what_each_way_of_paying_says(found, greedy, sure, best, f1, recall, precision, weighted):
    expected = (greedy, sure, best, f1, recall, precision, weighted)
    earned = [paid(use, said(*found), TWO) for use in (GREEDY, SURE, BEST, F1, RECALL, PRECISION, WEIGHTED)]
    assert earned == pytest.approx(expected)


def test_the_first_version_forgives_what_was_missed():
    assert paid(GREEDY, said((*A80, 0.9)), TWO, misses=False) == pytest.approx(0.8)
    assert paid(GREEDY, said((*A80, 0.9)), TWO) == pytest.approx(0.4)


def test_the_best_pairing_finds_more_than_taking_turns():
    """The surer one overlaps both, the other only the first: taking turns leaves it with nothing."""
    there = boxes((0, 0, 100, 100), (40, 0, 140, 100))
    written = said((15, 0, 115, 100, 0.9), (0, 0, 90, 100, 0.5))  # 85/115 and 75/125; 90/100 and 50/140
    assert paid(GREEDY, written, there) == pytest.approx((85 / 115) / 2)
    assert paid(BEST, written, there) == pytest.approx((75 / 125 + 90 / 100) / 2)


@pytest.mark.parametrize("use", [GREEDY, BEST, F1, WEIGHTED, RECALL, PRECISION])
def test_one_box_said_twice_does_not_find_two_things(use):
    """It overlaps both by 90/110: said once it finds one of them, and said twice no more than that."""
    there, once = boxes((0, 0, 100, 100), (20, 0, 120, 100)), (10, 0, 110, 100, 0.9)
    assert 0 < paid(use, said(once, once), there) <= paid(use, said(once), there)


def test_between_equally_sure_boxes_the_order_of_writing_does_not_decide():
    there = boxes((0, 0, 100, 100), (40, 0, 140, 100))
    both, first = (15, 0, 115, 100, 0.5), (0, 0, 90, 100, 0.5)  # taking turns, the first must not come second
    assert paid(GREEDY, said(both, first), there) == paid(GREEDY, said(first, both), there)


def test_a_pair_below_the_threshold_is_none_and_without_one_it_pays_a_little():
    touching = said((50, 0, 150, 100))  # 5000 of 15000
    assert paid(BEST, touching, TWO) == 0.0 and paid(BEST, touching, TWO, least=0.0) == pytest.approx(1 / 6)


def test_what_explains_a_detection():
    parts = load(GREEDY).parts(said((*A80, 0.9), (*ELSEWHERE, 0.2)), TWO)
    assert parts == {"said": 2.0, "there": 2.0, "paired": 1.0, "read": "read"}


@pytest.mark.parametrize(
    ("step", "recall", "precision"),
    [(0, 1.0, (1 + 0.7) / 2), (1499, 1.0, (1 + 0.7) / 2), (1500, 0.0, 0.4), (9999, 0.0, 0.4)],
)
def test_criteria_tighten_at_a_step(step, recall, precision):
    """IoU .8 and .7. First both are found, .8 counts as 1 and .7 as itself; later only .8 is found and counts as
    itself, and half of what is there is less than .75 and so nothing."""
    written = said(A80, (500, 500, 570, 600))
    for use, earned in ((RECALL, recall), (PRECISION, precision)):
        assert load(use, tighten_at=1500)(written, TWO, step) == pytest.approx(earned)


def test_criteria_stay_as_they_are_unless_told():
    written = said(A80, (500, 500, 570, 600))
    assert load(RECALL)(written, TWO, 10**6) == 1.0
    assert load(PRECISION, hard=[0.5, 0.5, 0.7], tighten_at=5)(written, TWO, 5) == 1.0


def test_a_label_must_be_right_too_where_the_truth_has_labels():
    scene = {"names": ["cat", "Dog"]}
    right, wrong = said((*A, 0.9, "Cat"), (*B, 0.8, "dog")), said((*A, 0.9, "dog"), (*B, 0.8, "cat"))
    for use in (GREEDY, BEST, F1, MAP, ODLENGTH, WEIGHTED):
        paying = load(use, labels="names")
        assert paying(right, TWO, scene) == 1.0 and paying(wrong, TWO, scene) == 0.0
        assert load(use)(wrong, TWO, scene) == 1.0  # nobody asked for names
    with pytest.raises(ValueError, match="names 1"):
        load(BEST, labels="names")(right, TWO, {"names": ["cat"]})


def test_a_truth_that_is_text_has_labels_of_its_own():
    there = truth("text", '[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}]')
    assert paid(BEST, said((*A, 0.9, "cat")), there) == 1.0 and paid(BEST, said((*A, 0.9, "dog")), there) == 0.0


NONE = boxes()
NOTHING_SAID = ("[]", "No Objects", "none.", "```json\n[]\n```")


@pytest.mark.parametrize("use", ALL)
def test_nothing_and_something(use):
    """The four: nothing said where nothing is, something where nothing is, nothing where something is, both."""
    assert [paid(use, written, NONE) for written in NOTHING_SAID] == [1.0] * 4
    assert paid(use, said((*A, 0.9)), NONE) == 0.0
    assert [paid(use, written, TWO) for written in NOTHING_SAID] == [0.0] * 4
    assert paid(use, said((*A, 1.0), (*B, 1.0)), TWO) == 1.0


@pytest.mark.parametrize("use", ALL)
@pytest.mark.parametrize(
    "written", [None, "", "[[1, 2, 3", "there are none", "nothing here", "[[" * 9000, "1" * 100_000]
)
def test_what_cannot_be_read_says_not_even_that_there_is_nothing(use, written):
    assert paid(use, written, NONE) == 0.0 and paid(use, written, TWO) == 0.0


def test_a_negative_is_declared_and_not_mumbled():
    declared = load("detection_negative.py:declared")
    assert [declared(written, NONE) for written in NOTHING_SAID] == [1.0] * 4
    assert [declared(written, NONE) for written in (None, "", "{", said(A), "[[1, 2]]")] == [0.0] * 5
    assert declared("[]", TWO) is None  # something is there: this one says nothing about it
    assert declared.parts("{", NONE) == {"read": "unreadable"}


@pytest.mark.parametrize("use", [GREEDY, SURE, BEST, F1, MAP, ODLENGTH, WEIGHTED, PRECISION])
@pytest.mark.parametrize(
    "box", [[100, 100, 0, 0], [0, 0, 1, 0], [1, 2, 3], [1, 2, 3, 4, 5], [[1, 2, 3, 4]], "box", None, 7]
)
def test_a_box_that_is_none_counts_as_said(use, box):
    """It costs what a box in the wrong place costs, and least of all is it left out."""
    import json

    good = [{"bbox_2d": [0, 0, 100, 100], "confidence": 0.9}, {"bbox_2d": [500, 500, 600, 600], "confidence": 0.9}]
    broken = json.dumps([{"bbox_2d": box, "confidence": 0.95}, *good])
    assert paid(use, broken, TWO) < paid(use, json.dumps(good), TWO)
    assert load(use).parts(broken, TWO, **({"step": 0} if "criteria" in use else {}))["said"] == 3.0


def test_a_confidence_that_is_missing_earns_nothing():
    assert paid(SURE, "[[0, 0, 100, 100]]", TWO) == 0.0 and paid(SURE, said((*A, 0.8), B), TWO) == pytest.approx(0.4)


spot = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 6), st.integers(1, 6)).map(
    lambda one: (90 * one[0], 90 * one[1], 90 * one[0] + 30 * one[2], 90 * one[1] + 30 * one[3])
)
inside = spot.filter(lambda box: max(box) <= 1000)
some = st.lists(inside, min_size=1, max_size=5)
sure = st.sampled_from([0.1, 0.5, 0.5, 0.9])


@pytest.mark.parametrize("use", ALL)
@settings(deadline=None, max_examples=40)
@given(some, st.lists(st.tuples(inside, sure), min_size=1, max_size=5, unique_by=lambda one: one[0]), st.randoms())
def test_whatever_is_said_the_reward_is_a_share_and_the_order_is_no_matter(use, there, found, random):
    written = [(*box, confidence) for box, confidence in found]
    there = boxes(*there)
    earned = paid(use, said(*written), there)
    assert 0.0 <= earned <= 1.0
    if use in (MAP, ODLENGTH):  # COCO goes by the order of writing among equally sure ones
        written = [(*box[:4], (i + 1) / 10) for i, box in enumerate(written)]
        earned = paid(use, said(*written), there)
    shuffled = random.sample(written, len(written))
    assert paid(use, said(*shuffled), there) == pytest.approx(earned)


@pytest.mark.parametrize("use", [GREEDY, BEST, F1, WEIGHTED, PRECISION, RECALL])
@settings(deadline=None, max_examples=40)
@given(some, st.lists(st.tuples(inside, sure), min_size=1, max_size=5, unique_by=lambda one: one[0]), st.data())
def test_saying_a_box_again_or_one_beside_everything_never_raises_a_reward(use, there, found, data):
    written = [(*box, confidence) for box, confidence in found]
    there = boxes(*there)
    earned = paid(use, said(*written), there)
    again = data.draw(st.sampled_from(written))
    assert paid(use, said(*written, again), there) <= earned + 1e-12
    assert paid(use, said(*written, (990, 990, 1000, 1000, data.draw(sure))), there) <= earned + 1e-12


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_best_pairing_is_the_best_of_all_pairings(rows):
    values = np.array(rows, float)
    p, g = values.shape
    small, large = sorted((p, g))
    wide = values if p <= g else values.T
    best = max(sum(wide[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(large), small))
    pairs = pairing.best(values)
    assert sum(values[i, j] for i, j in pairs) == best and all(values[i, j] > 0 for i, j in pairs)
    taken = pairing.greedy(values, range(p), 2.0)
    assert len({j for _, j in taken}) == len(taken) and all(values[i, j] > 2 for i, j in taken)
    assert sum(values[i, j] for i, j in taken) <= best
