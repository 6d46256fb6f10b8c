"""The ways in which visual rewards are known to go wrong, each a test by its number. Those that are about prompts,
sampling, stages and checkpoints are tried where those live."""

import inspect
import json
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from shipped_material import SIZES, boxes, load, rollout, said, truth

from mmzero import shipped
from mmzero.credit import credit
from mmzero.recipe.plugins import REWARD_PARAMETERS
from mmzero.scoring import reward, score
from mmzero.types import Cursor, Episode, Scored

# Those that are no matter of a reward are tried where they live; the number stands in the name wherever it fits.
ELSEWHERE = {
    8: ("unit/test_segment.py", "test_pitfall_08_a_prompt_is_whole_in_every_cut_or_refused"),
    9: ("contracts/test_sampler.py", "test_no_placeholder_is_said_and_answers_end_where_they_must"),
    10: ("unit/test_refill.py", "test_pitfall_10_refilling_ends_with_a_message"),
    11: ("campaign/test_stages.py", "test_killed_around_a_boundary_and_resumed_is_as_never_touched"),
    12: ("unit/test_rehearse.py", "test_pitfall_12_a_rehearsed_answer_is_weighed_by_the_log_probs_it_was_drawn_with"),
    13: ("unit/test_noisy.py", "test_pitfall_13_at_the_end_noise_has_no_influence_at_all"),
    16: ("unit/test_evaluate.py", "test_pitfall_16_nothing_is_asked_again_however_it_was_answered"),
    17: ("contracts/test_ranks.py", "test_one_rank_goes_on_where_two_stopped"),
}
NAMES = ("Persian cat", "the other one", "a", "Boeing 737-300")
TEXT_REWARDS = ("answer.py:correct", "label.py:strict", "words.py:exact", "ocr.py:edit", "ocr.py:words", "words.py:f1")
FOUR = rollout("<think></think><answer>4</answer>", truth("number", 4))
A, B = (0, 0, 100, 100), (500, 500, 600, 600)
DETECTION = (
    "detection_greedy.py:iou",
    "detection_greedy.py:confidence",
    "detection_optimal.py:iou",
    "detection_optimal.py:f1",
    "detection_map.py:mean_average_precision",
    "detection_map.py:odlength",
    "detection_weighted.py:places_and_errors",
)


@pytest.mark.parametrize("number", ELSEWHERE)
def test_what_is_tried_elsewhere_is_there(number):
    file, name = ELSEWHERE[number]
    assert f"def {name}(" in (Path(__file__).parents[2] / file).read_text()


def every_function():
    for path in sorted((shipped.root() / "rewards").glob("*.py")):
        module = {}
        exec(compile(path.read_text(), str(path), "exec"), module)
        for name, function in module.items():
            if inspect.isfunction(function) and function.__code__.co_filename == str(path) and name[0] != "_":
                yield path.name, name, function


def test_every_shipped_reward_asks_for_what_is_given():
    """What only a recipe can say is listed here; everything else has a default."""
    own = {"shape", "most", "ramp"}
    found = 0
    for file, name, function in every_function():
        needs = {one.name for one in inspect.signature(function).parameters.values() if one.default is one.empty}
        assert needs <= REWARD_PARAMETERS.keys() | own, f"{file}:{name} needs {needs}"
        found += 1
    assert found > 40


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("written", [None, "", " ", "t", "e", "o", "the", "cat", "one", "-", "."])
def test_pitfall_01_a_part_of_a_name_is_not_the_name(name, written):
    there = truth("text", name)
    for use in TEXT_REWARDS[:3]:
        assert load(use)(written, there) == 0.0
    for use in TEXT_REWARDS[3:]:  # these pay for a part by how much of it there is, and for nothing nothing
        assert load(use)(written, there) < 0.75 and not (load(use)(written, there) and not (written or "").strip())


def test_pitfall_01_what_a_class_name_is_inside_of_is_not_the_class_name():
    assert load("label.py:strict")("not a Persian cat", truth("text", "Persian cat")) == 0.0
    assert load("choice.py:letter")("A B C D", truth("text", "B")) == 0.0


def test_pitfall_02_the_best_pairing_pays_what_taking_turns_misses():
    there = boxes((0, 0, 100, 100), (40, 0, 140, 100))
    written = said((15, 0, 115, 100, 0.9), (0, 0, 90, 100, 0.5))
    assert load("detection_greedy.py:iou")(written, there) < load("detection_optimal.py:iou")(written, there)


@pytest.mark.parametrize("use", [one for one in DETECTION if "confidence" not in one])
def test_pitfall_02_neither_a_box_twice_nor_a_wrong_box_raises_and_order_is_no_matter(use):
    """Unless it is paid for its modesty: whoever says that a wrong box is surely wrong earns by confidence."""
    paid, there = load(use), boxes(A, B)
    one, two = (*A, 0.9), (*B[:3], 580, 0.8)
    honest = paid(said(one, two), there)
    assert honest == paid(said(two, one), there) and 0 < honest <= 1
    assert paid(said(one, two, one), there) <= honest and paid(said(one, one), there) <= paid(said(one), there)
    assert paid(said(one, two, (800, 0, 900, 100, 0.1)), there) <= honest


@pytest.mark.parametrize("use", DETECTION)
def test_pitfall_03_nothing_and_something_have_stated_values(use):
    paid = load(use)
    something = said((*A, 1.0))
    assert [paid("[]", boxes()), paid(something, boxes()), paid("[]", boxes(A)), paid(something, boxes(A))] == [
        1,
        0,
        0,
        1,
    ]


def test_pitfall_03_a_true_negative_is_rewarded():
    assert load("detection_negative.py:declared")("No Objects", boxes()) == 1.0


def test_pitfall_04_a_label_that_is_not_there_costs():
    there = truth("text", '[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}]')
    honest, spam = said((*A, 0.9, "cat")), said((*A, 0.9, "cat"), (*B, 0.9, "dog"), (*B, 0.8, "cow"))
    for use in DETECTION:
        if use != "detection_greedy.py:confidence":
            assert load(use)(spam, there) < load(use)(honest, there) == 1.0


FRAMES = {"original": (640, 480), "processed": (644, 476), "thousandths": (1000, 1000), "unit": (1, 1)}
SHARES = ((0.1, 0.25, 0.5, 0.75), (0.5, 0.25, 0.75, 0.5))


def in_frame(frame, share):
    return tuple(FRAMES[frame][i % 2] * one for i, one in enumerate(share))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("truth_frame", FRAMES)
def test_pitfall_05_the_same_box_earns_the_same_in_every_frame(frame, truth_frame):
    """The size that the policy saw, rounded to whole patches, is passed to the reward: 640 x 480 became 644 x 476."""
    where = {"frame": frame, "truth_frame": truth_frame}
    shown, near = (boxes(in_frame(truth_frame, one)) for one in SHARES)
    written, spot = json.dumps(in_frame(frame, SHARES[0])), json.dumps(in_frame(frame, (0.3, 0.5)))
    for use in ("iou", "giou_shifted", "iou_squared", "l1"):
        alone = load(f"box.py:{use}")(
            json.dumps(in_frame("thousandths", SHARES[0])), boxes(in_frame("thousandths", SHARES[1])), SIZES
        )
        assert load(f"box.py:{use}", **where)(written, near, SIZES) == pytest.approx(alone)
        assert load(f"box.py:{use}", **where)(written, shown, SIZES) == pytest.approx(
            2.0 if use == "giou_shifted" else 1.0
        )
    sure = json.dumps([{"bbox": in_frame(frame, SHARES[0]), "score": 1.0}])
    for use in DETECTION:
        assert load(use, **where)(sure, shown, None, SIZES) == pytest.approx(1.0)
    assert (
        load("point.py:near", **where)(spot, shown, SIZES)
        == load("point.py:in_box", **where)(spot, shown, SIZES)
        == 1.0
    )


def test_pitfall_05_a_box_in_the_wrong_frame_is_seen_and_not_scaled():
    """Pixels of a wide picture taken for thousandths lie outside; what is a share of one lies nowhere near."""
    there = boxes((100, 250, 500, 750))
    assert (
        load("box.py:iou")("[64, 1200, 320, 3600]", there) == 0.0
        and load("box.py:iou")("[0.1, 0.25, 0.5, 0.75]", there) < 1e-5
    )
    with pytest.raises(ValueError, match="need the sizes of picture 0"):
        load("box.py:iou", frame="processed")("[64, 120, 320, 360]", there, ((((640, 480), None)),))


@pytest.mark.parametrize("use", ["box.py:iou", "detection_optimal.py:iou", "point.py:in_box"])
def test_pitfall_05_a_truth_in_another_frame_is_an_error_and_no_number(use):
    """Pixels of a wide picture as if they were thousandths: an answer in thousandths would always be wrong."""
    paid, wide = load(use), boxes((1100, 100, 1500, 500))
    with pytest.raises(
        ValueError, match=r"the truth's \(1100, 100, 1500, 500\) lies outside its frame, thousandths of 1000"
    ):
        paid("[100, 100, 500, 500]", wide)
    paid = load(use, truth_frame="original")
    with pytest.raises(ValueError, match="original of 640 by 480"):
        paid("[100, 100, 500, 500]", wide, sizes=(((640, 480), None),))
    assert paid("[100, 100, 500, 500]", wide, sizes=(((1920, 1080), None),)) == 0.0
    assert load("box.py:iou")("[0, 0, 1000, 1000]", boxes((-1, 0, 1001, 1000))) > 0.99  # as annotations round


@pytest.mark.parametrize("use", DETECTION)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[[100, 0, 0, 100]]", "no box"),
        ("[[NaN, 0, 100, 100]]", "no box"),
        ("[[0, 0, 100, 9000]]", "outside its frame"),
        ("[[0, 0, 100]]", "no box"),
        ("[[0, 0, 100, 100, 1]]", "no box"),
        ("[[[0, 0, 100, 100]]]", "no box"),
        ("[[0, 0, 100, 100]] there", "unreadable"),
        ("[[0, 0, 100, 1", "unreadable"),
        ("[[0, 0, 100, 100], " * 6000, "unreadable"),
        ("[" * 100_000, "unreadable"),
        ("x" * 100_000, "unreadable"),
    ],
)
def test_pitfall_06_what_is_broken_earns_nothing_and_says_how_it_was_read(use, written, read):
    assert load(use)(written, boxes(A)) == 0.0 and load(use).parts(written, boxes(A))["read"] == read


def test_pitfall_07_expressions_are_compared_after_the_answer_was_taken_out():
    """The thought names the right number; in the whole text the parser would find it."""
    said_ = rollout(
        "<think>not $\\frac{1}{2}$</think><answer>\\frac{1}{3}</answer>", truth("expression", "\\frac{1}{2}")
    )
    asked = [reward("expression.py:equal", load("expression.py:equal"), 1.0)]
    (one,) = score([Episode(task=said_.task, rollouts=(said_,))], asked, Cursor(0, 0, 0, 0), {}, 0.0)
    assert one.reward == 0.0


def test_pitfall_10_a_group_that_earned_alike_teaches_nothing_and_divides_by_nothing():
    group = [Scored(rollout=FOUR, reward=1 / 3, parts={}) for _ in range(8)]
    for advantage in ("group", "group_centered", "leave_one_out", "batch"):
        assert [one.advantage for one in credit(group, advantage)] == [0.0] * 8


def test_pitfall_14_an_exception_is_missing_by_name_and_never_a_zero():
    """A truth that the reward is not made for, as a recipe may well pair them."""
    asked = [reward("box.py:iou", load("box.py:iou"), 1.0)]
    (one,) = score([Episode(task=FOUR.task, rollouts=(FOUR,))], asked, Cursor(0, 0, 0, 0), {}, 1.0)
    assert one.reward is None and "box.iou raised ValueError" in one.missing and "no sound boxes" in one.missing


def test_pitfall_15_what_was_sampled_cannot_be_written_over():
    """A reward is of a rollout, and its words, ids and log-probs are one frozen value."""
    scored = Scored(rollout=FOUR, reward=0.0, parts={})
    with pytest.raises(FrozenInstanceError):
        scored.rollout.text = "<think></think><answer>4</answer>"
    with pytest.raises(ValueError, match="must agree"):
        replace(scored.rollout, output_ids=(1, 2, 3))
