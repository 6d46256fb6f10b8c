"""The gate's smaller parts by hand: changed scenes, votes, what is remembered, bands."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmzero.alike import difference_hash, template, wording
from mmzero.gate import counterfactual
from mmzero.gate.audit import Audit, audit, blind_rate, consensus, guessable, luck
from mmzero.gate.memory import Memory, Print, prints_of
from mmzero.recipe.tree import Proposed
from mmzero.sources.posterior import ENOUGH, Posterior, widen
from mmzero.sources.stock import Labelled, bands
from mmzero.types import COMPUTED, Answer, Cursor, Task, Warrant

# --- changed scenes


def changed(scene, *others, most=99):
    found = counterfactual.variants(json.dumps(scene), [json.dumps(other) for other in others], most)
    return [json.loads(one) for one in found]


def test_first_what_the_generator_chose_elsewhere_in_turn_with_next_values():
    assert changed({"n": 3, "at": 1}, {"n": 8, "at": 1}, {"n": 3, "at": 5}) == [
        {"n": 8, "at": 1}, {"n": 4, "at": 1}, {"n": 3, "at": 5}, {"n": 3, "at": 2},
    ]  # fmt: skip
    assert changed({"n": 3, "at": 1}, {"n": 8, "at": 1}, most=1) == [{"n": 8, "at": 1}]


@pytest.mark.parametrize(
    ("scene", "found"),
    [
        (3, [4]),
        ([1, [2.0]], [[2, [2.0]], [1, [2.5]]]),
        ({"a": 0.0}, [{"a": 1.0}]),
        ({"on": True}, [{"on": False}]),
        (["a", ["b", "a"]], [["b", ["b", "a"]], ["a", ["a", "a"]], ["a", ["b", "b"]]]),
        ({"a": "only"}, []),
        ({"a": None, "b": {}}, []),
    ],
)  # fmt: skip
def test_leaves_are_changed_one_by_one(scene, found):
    assert changed(scene) == found


scenes = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.floats(-9, 9, allow_subnormal=False)
    | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
)


@given(scenes, scenes, st.integers(0, 5))
def test_every_variant_is_another_scene_and_none_comes_twice(scene, other, most):
    spelt = json.dumps(scene, sort_keys=True, separators=(",", ":"))
    found = counterfactual.variants(spelt, [json.dumps(other)], most)
    assert len(found) == len(set(found)) <= most and spelt not in found


# --- votes


def number(value, tolerance=0):
    return Answer(kind="number", value=value, warrant=COMPUTED, tolerance=tolerance)


def choice(value, *choices):
    return Answer(kind="choice", value=value, warrant=COMPUTED, choices=choices)


@pytest.mark.parametrize(
    ("said", "truth", "found"),
    [
        (("4", "4.0", "5", None), number(9), ("4", 0.5)),
        (("4", "5", "6", "7"), number(9), ("4", 0.25)),
        (("3.9", "4.0", "4.1", "9"), number(9, tolerance=0.11), ("4.0", 0.75)),
        (("Left", "left.", "right"), choice("right", "left", "right"), ("Left", 2 / 3)),
        ((None, "", None), number(9), (None, 0.0)),
    ],
)
def test_the_consensus_of_votes(said, truth, found):
    answer, share = consensus(said, truth)
    assert (answer, share) == (found[0], pytest.approx(found[1]))


def test_an_audit_counts_whom_it_heard():
    truths = [number(i) for i in range(5)]
    said = [("0",) * 4, ("8",) * 4, (), ("9", "9", "9", "3"), ("4", "4", "1", "2")]
    assert audit(truths, said, 0.75) == Audit(audited=4, flagged=(1, 3))
    assert not Audit(4, (1, 3)).stops(0.5) and Audit(4, (1, 3)).stops(0.4)
    assert not Audit(2, (0, 1)).stops(0.5)  # two are too few to stop anything
    assert audit(truths, (), 0.75) == Audit(0, ()) and Audit(0, ()).rate == 0.0


def test_luck_is_one_of_the_choices_or_one_of_the_answers():
    assert luck([choice("a", "a", "b"), choice("b", "a", "b", "c", "d")]) == pytest.approx(0.375)
    assert luck([number(1), number(2), number(2), number(5)]) == pytest.approx(1 / 3)


def test_the_blind_rate_and_how_likely_it_is_by_luck():
    """Two of three are solved by most votes: by luck, at 1/2, in (3 + 1) / 8 of all cases."""
    truths = [choice("a", "a", "b")] * 3
    rate, chance, odds = blind_rate(truths, [("a", "a"), ("a", "a"), ("a", "b")])
    assert (rate, chance, odds) == pytest.approx((5 / 6, 0.5, 0.5))
    assert blind_rate(truths, [("b",)] * 3) == pytest.approx((0, 0.5, 1.0))


def test_yes_and_no_are_guessable_only_where_luck_would_not_do():
    truths = [choice("a", "a", "b")] * 6
    assert "100% of answers" in guessable(truths, [("a", "a")] * 6, 0.35)  # 1.6 % by luck
    assert guessable(truths, [("a", "a")] * 5 + [("b", "b")], 0.35) == ""  # 10.9 %
    assert guessable(truths[:4], [("a", "a")] * 4, 0.35) == ""  # 6.3 %
    assert (
        guessable(truths, [("a", "a")] * 6, 1.0) == "" == guessable(truths, (), 0.0) == guessable(truths, [()] * 6, 0.0)
    )


# --- what is remembered


def test_a_template_forgets_numbers_and_marks():
    assert template("How many of the 12 dots (left) weigh -3.5 kg?") == "how many of the # dots left weigh # kg"
    assert wording("a b c", "a b d") == 0.5 and wording("", "") == 0.0 and wording("a #", "# a") == 1.0


def look(seed):
    return difference_hash(
        Image.fromarray(np.random.default_rng(seed).integers(0, 255, (48, 48, 3), np.uint8))
    ).tobytes()


def test_the_newest_prints_are_kept_each_once():
    memory = (
        Memory()
        .after([Print("a"), Print("b", "1")], keep=3)
        .after([Print("b", "1"), Print("b", "2"), Print("c")], keep=3)
    )
    assert [one.question for one in memory.prints] == ["b", "b", "c"]
    assert memory.templates() == {"b": 2, "c": 1}


def test_a_copy_needs_the_picture_and_one_thing_more():
    memory = Memory((Print("how many dots", "4", "s", look(1)),))
    told = {
        ("how many dots", "9", "t", look(1)): "the same question about a picture that looks the same",
        ("count them", "4", "t", look(1)): "the same picture and answer, asked in other words",
        ("how many dots", "9", "s", look(2)): "the same question about the same scene",
        ("how many dots", "4", "t", look(2)): "",
        ("count them", "9", "t", look(1)): "",
        ("count them", "4", "s", look(2)): "",
    }
    for print, why in told.items():
        assert memory.copied(Print(*print), 0.9) == why
        assert Memory().copied(Print(*print), 0.9) == ""


def test_a_sheet_with_hardly_anything_on_it_is_not_every_other():
    """Two bits apart, as copies may be, and yet with nothing in common."""
    blank, spotted = Print("a", look=bytes(32)), Print("b", look=b"\x03" + bytes(31))
    assert Memory((blank,)).holds(spotted, 0.9) == "" and Memory((blank,)).holds(blank, 0.9) == "its picture"


def test_prints_come_from_committed_tasks_alone():
    scene = json.dumps({"code": "c", "look": look(1).hex(), "scene": {"n": 4}})
    made = Task(
        id="generated/c/2", family="generated", kind="diagram", level=0, question="How many?", images=("x",), answer=number(4),
        scene=scene, source="proposed", seed=2, parent="r",
    )  # fmt: skip
    other = Task(**{name: getattr(made, name) for name in made.__slots__} | {"family": "count", "scene": "{}"})
    (found,) = prints_of([other, made])
    assert (found.question, found.answer, found.look) == ("how many", "4", look(1)) and len(found.scene) == 32


# --- bands


def test_a_band_widens_as_its_yield_falls():
    band = (0.25, 0.75)
    assert widen(band, 0.4, 0.4) == band == widen(band, 0.9, 0.4)
    assert widen(band, 0.2, 0.4) == pytest.approx((0.125, 0.875))
    assert widen(band, 0.0, 0.4) == (0.0, 1.0)
    assert Posterior(mixed=(2.0, 10.0)).widened(band) == widen(band, 0.2, ENOUGH)  # the curriculum's rule is the same
    assert Posterior().widened(band) == band  # nothing is known yet


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 1))
def test_a_band_never_narrows_and_never_leaves_the_scale(low, high, share, enough):
    low, high = sorted((low, high))
    wide = widen((low, high), share, enough)
    assert 0 <= wide[0] <= low <= high <= wide[1] <= 1


def labelled(name, hard, easy):
    answer = Answer(kind="text", value="a", warrant=Warrant("voted", hard))
    task = Task(
        id=name, family="picture", kind="hard", level=0, question="Which?", images=("x",), answer=answer, scene="{}",
        source="proposed", seed=2, parent="r",
    )  # fmt: skip
    return Labelled(task, easy, 0, 0)


def drawn(enough):
    """Of four labels the bands as written let one through, half of what is enough at 0.5: they widen by half."""
    stock = {one.task.id: one for one in (
        labelled("fits", 0.5, 0.5), labelled("nearly", 0.875, 0.25), labelled("too sure", 0.9, 1.0), labelled("vague", 0.5, 0.2),
    )}  # fmt: skip
    source = Proposed(kind="proposer", labels="majority", gate={"enough": enough})
    recipe = SimpleNamespace(seed=7, schedule=SimpleNamespace(phases=()))
    return {task.id for task in bands(stock, source, recipe, Cursor(0, 0, 0, 0)).within}


@pytest.mark.parametrize(
    ("enough", "found"),
    [(0, {"fits"}), (0.25, {"fits"}), (0.5, {"fits", "nearly"}), (1, {"fits", "nearly", "too sure", "vague"})],
)
def test_labels_are_let_through_more_freely_where_few_are(enough, found):
    assert drawn(enough) == found
