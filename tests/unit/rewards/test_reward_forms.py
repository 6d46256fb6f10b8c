"""Forms, lengths and what is paid beside being right: tables by hand."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_material import SIZES, load, truth

from mmzero.answers import form

FOUR = truth("number", 4)
GOOD = "<think>a</think><answer>4</answer>"


@pytest.mark.parametrize(
    ("response", "earned"),
    [
        ("<think>a</think> So \\boxed{4}", 1),
        ("\n<think></think>\\boxed{\\frac{1}{2}}.", 1),
        ("<think>\\boxed{3}</think>\\boxed{4}", 1),  # a thought may box what it likes
        ("<think>a</think>\\boxed{4}\\boxed{5}", 0),
        ("<think>a</think>4", 0),
        ("<think>\\boxed{4}</think>", 0),
        ("<think>a</think>\\boxed{4", 0),
        ("<think>a</think>\\boxed{4\\}", 0),
        ("\\boxed{4}", 0),
        ("a<think>b</think>\\boxed{4}", 0),
        ("<think>a</think></think>\\boxed{4}", 0),
        ("</think><think>\\boxed{4}", 0),
        ("", 0),
        ("<think>" + "</think>\\boxed{" * 20_000, 0),
    ],
)
def test_a_thought_and_one_boxed_answer(response, earned):
    assert load("format.py:boxed")(response) == earned


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("\\boxed{ 4 }", "4"),
        ("\\boxed{1} \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("\\boxed{\\{1\\}}", "\\{1\\}"),
        ("\\boxed{4", None),
        ("4", None),
    ],
)
def test_what_stands_in_the_last_box(text, inside):
    assert form.boxed(text) == inside


SHAPE = {
    "type": "object",
    "required": ["bbox"],
    "properties": {"bbox": {"type": "array", "minItems": 4, "maxItems": 4}},
}


@pytest.mark.parametrize(
    ("written", "earned", "read"),
    [
        ('{"bbox": [1, 2, 3, 4]}', 1, "read"),
        ('```json\n{"bbox": [1, 2, 3, 4], "label": "x"}\n```', 1, "read"),
        ('{"bbox": [1, 2, 3]}', 0, "another shape"),
        ("{}", 0, "another shape"),
        ("[]", 0, "another shape"),
        ('{"bbox": [1, 2, 3, 4]} done', 0, "unreadable"),
        ("{'bbox': [1, 2, 3, 4]}", 0, "unreadable"),
        ('{"bbox": [1, 2, 3, NaN]}', 0, "unreadable"),
        ('{"bbox": [1, 2', 0, "unreadable"),
        ("", 0, "unreadable"),
        (None, 0, "unreadable"),
        ("[" * 100_000, 0, "unreadable"),
        ("[" * 9000 + "]" * 9000, 0, "unreadable"),
        ('{"bbox": ' * 400 + "1" + "}" * 400, 0, "another shape"),
    ],
)
def test_json_of_a_shape(written, earned, read):
    paid = load("json_form.py:schema", shape=SHAPE)
    assert paid(written) == earned and paid.parts(written) == {"read": read}


def test_a_shape_that_is_no_schema_is_an_error():
    with pytest.raises(Exception, match="is not valid"):
        load("json_form.py:schema", shape={"type": "box"})("{}")


LISTED = json.dumps([{"bbox_2d": [1, 2, 3, 4], "label": "cat"}])


@pytest.mark.parametrize(
    ("answer", "template", "numbers"),
    [
        (LISTED, 1, 1),
        ("[]", 1, 1),
        (LISTED.replace("4]", "1001]"), 1, 0),  # outside
        (LISTED.replace("4]", "1]"), 1, 0),  # not ordered
        (LISTED.replace("4]", "4, 5]"), 1, 0),
        (LISTED.replace("label", "name"), 0, 1),
        ("[[1, 2, 3, 4]]", 0, 1),
        ("1, 2, 3, 4", 0, 1),
        ("", 0, 0),
        (None, 0, 0),
        (LISTED[:-2], 0, 0),
    ],
)
def test_template_and_numbers_both(answer, template, numbers):
    paid = load("dual_format.py:template_and_numbers")
    response = f"<think>a</think><answer>{answer}</answer>"
    parts = paid.parts(response, answer)
    assert paid(response, answer) == (template and numbers) and (parts["template"], parts["numbers"]) == (
        template,
        numbers,
    )
    assert paid(f"<answer>{answer}</answer>", answer) == 0.0
    assert load("dual_format.py:template_and_numbers", thinks=False)(f"{answer}", answer) == (template and numbers)


def test_numbers_lie_inside_a_picture_whose_size_is_known():
    paid = load("dual_format.py:template_and_numbers", frame="original", labelled=False, thinks=False)
    assert [paid("", json.dumps([{"bbox_2d": [1, 2, x, 480]}]), SIZES) for x in (640, 641)] == [1.0, 0.0]
    assert paid("", json.dumps([{"bbox_2d": [1, 2, 641, 480]}])) == 1.0  # nobody knows how wide it is


@pytest.mark.parametrize(
    ("response", "answer", "hard", "weighted", "eureka"),
    [(GOOD, "4", 1, 1.0, 1.5), (GOOD, "5", 0, 0.1, 0.5), ("4", "4", 0, 0.9, 1.0), ("", None, 0, 0.0, 0.0)],
)
def test_right_and_formed(response, answer, hard, weighted, eureka):
    assert load("hard_result.py:hard_format_result")(response, answer, FOUR) == hard
    assert load("weighted.py:right_and_formed")(response, answer, FOUR) == pytest.approx(weighted)
    assert load("weighted.py:right_and_formed", right=1, formed=0.5)(response, answer, FOUR) == pytest.approx(eureka)
    parts = {"formed": float(response == GOOD), "right": float(answer == "4")}
    assert load("hard_result.py:hard_format_result").parts(response, answer, FOUR) == parts


@pytest.mark.parametrize(
    ("kind", "value", "good", "bad"),
    [
        ("number", 4, "17", "four"),
        ("boxes", ((0, 0, 1, 1),), "[]", "[[1"),
        ("points", ((0, 0),), "1, 2", "1"),
        ("interval", (0, 1), "3, 9", "9, 3"),
        ("text", "cat", "dog", "  "),
        ("mask", "0" * 64, "[[1, 2, 3, 4, 5, 6]]", "it"),
    ],
)
def test_a_bonus_for_what_can_be_read(kind, value, good, bad):
    paid = load("structure.py:bonus")
    assert [paid(one, truth(kind, value)) for one in (good, bad, None, "", "x" * 300_000)] == [0.5, 0.0, 0.0, 0.0, 0.0]


def test_a_bonus_for_the_frames_of_a_track():
    there = truth("text", json.dumps({str(i): [0, 0, 1, 1] for i in (1, 2, 3, 4)}))
    said = {2: json.dumps({"1": [0, 0, 1, 1], "02": []}), 5: json.dumps({str(i): [0, 0, 1, 1] for i in range(1, 9)})}
    assert load("structure.py:keyed")(said[2], there) == pytest.approx(0.25 + 0.25 * 2 / 4)
    assert load("structure.py:keyed")(said[5], there) == pytest.approx(
        0.25 + 0.25 * 4 / 8
    )  # every frame there could be
    assert [load("structure.py:keyed")(one, there) for one in ("{}", "[1]", "", None)] == [0.0] * 4


def test_repetition():
    paid = load("repetition.py:ngrams", n=2, most=2.0)
    assert paid("a b a b a") == pytest.approx(-2 * (1 - 2 / 4))
    assert [paid(text) for text in ("a b c", "a", "", "A a a")] == [0.0, 0.0, 0.0, -1.0]


@pytest.mark.parametrize(("length", "earned"), [(0, 0), (80, 0), (85, -0.25), (100, -1), (10**9, -1)])
def test_overlong(length, earned):
    assert load("length.py:overlong", most=100, ramp=20)(length) == earned


@pytest.mark.parametrize("wrong", [{"most": 10, "ramp": 0}, {"most": 10, "ramp": 11}])
def test_a_ramp_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="ramp"):
        load("length.py:overlong", **wrong)(5)


@pytest.mark.parametrize(
    ("answer", "length", "earned"),
    [
        ("4", 0, 1.0),
        ("4", 50, 0.75),
        ("4", 100, 0.5),
        ("4", 900, 0.5),
        ("5", 0, 0.0),
        ("5", 100, -0.5),
        (None, 50, -0.25),
    ],
)
def test_length_along_a_cosine_by_its_own_correctness(answer, length, earned):
    assert load("length.py:cosine", most=100)(answer, FOUR, length) == pytest.approx(earned)


CLICK = {"action": "click", "box": [100, 100, 200, 200]}
STEPS = [
    (CLICK, {"action": "click", "point": [150, 150]}, 1),
    (CLICK, {"type": "Click", "coordinate": [150, 150]}, 1),
    (CLICK, {"action": "click", "point": [250, 150]}, 0),
    (CLICK, {"action": "click"}, 0),
    (CLICK, {"action": "scroll", "point": [150, 150]}, 0),
    ({"action": "click", "point": [100, 100]}, {"action": "click", "point": [183, 211]}, 1),  # 83, 111: 138.6
    ({"action": "click", "point": [100, 100]}, {"action": "click", "point": [184, 212]}, 0),  # 84, 112: exactly 140
    ({"action": "type", "text": "red car"}, {"action": "type", "text": "Car"}, 1),  # F1 2/3
    ({"action": "type", "text": "red car now ok"}, {"action": "type", "text": "car"}, 0),  # 2/5
    ({"action": "type", "text": "red"}, {"action": "type"}, 0),
    ({"action": "scroll", "direction": "up"}, {"action": "scroll", "direction": "Up"}, 1),
    ({"action": "scroll", "direction": "up"}, {"action": "scroll", "direction": "down"}, 0),
    ({"action": "back"}, {"action": "back", "point": "anything"}, 1),
    ({"action": "back"}, "back", 0),
    ({"action": "back"}, [1], 0),
    ({"action": "back"}, {"action": None}, 0),
]


@pytest.mark.parametrize(("right", "said", "earned"), STEPS)
def test_a_step_at_a_screen(right, said, earned):
    paid = load("gui_action.py:step")
    assert paid(json.dumps(said), truth("action", json.dumps(right))) == earned
    assert paid(json.dumps(said), truth("action", "a step"), {"action": right}) == earned
    with pytest.raises(ValueError, match="is no action"):
        paid("{}", truth("action", "a step"))


WIDE = {"action": "click", "box": [1100, 100, 1500, 500]}  # pixels of a screen of 1920 by 1080
SCREEN = (((1920, 1080), None),)


@pytest.mark.parametrize("right", [WIDE, {"action": "click", "point": [1100, 100]}])
@pytest.mark.parametrize(
    "said", [{"action": "click", "point": [600, 90]}, {"action": "back"}, "a step"], ids=["click", "back", "none"]
)
def test_a_step_whose_truth_lies_in_another_frame_is_an_error_and_no_number(right, said):
    there = truth("action", json.dumps(right))
    with pytest.raises(ValueError, match=r"the truth's \(1100, 100.*\) lies outside its frame, thousandths"):
        load("gui_action.py:step")(json.dumps(said), there)
    with pytest.raises(ValueError, match="original of 640 by 480"):
        load("gui_action.py:step", truth_frame="original")(json.dumps(said), there, sizes=(((640, 480), None),))


def test_a_step_in_thousandths_at_a_truth_in_pixels():
    """600 and 90 thousandths are 1152 and 97.2 pixels: above the box; 100 thousandths are 108: inside it."""
    paid, there = load("gui_action.py:step", truth_frame="original"), truth("action", json.dumps(WIDE))
    for y, earned in ((90, 0.0), (100, 1.0)):
        assert paid(json.dumps({"action": "click", "point": [600, y]}), there, sizes=SCREEN) == earned


@pytest.mark.parametrize(
    ("said", "read"),
    [([150, 150], "read"), ([1500, 150], "outside its frame"), ([[1, 2], [3, 4]], "no point"), ("here", "no point")],
)
def test_how_the_place_of_a_step_was_read_is_told(said, read):
    there = truth("action", json.dumps(CLICK))
    parts = load("gui_action.py:step").parts(json.dumps({"action": "click", "point": said}), there)
    assert parts == {"read": read, "type": 1.0}


@pytest.mark.parametrize(
    "place", [{"box": None}, {"box": [200, 100, 100, 200]}, {"point": [1]}, {"point": [[1, 2], [3, 4]]}]
)
def test_a_step_whose_truth_is_at_no_sound_place_is_an_error(place):
    with pytest.raises(ValueError, match="names no sound box or point; correct that row"):
        load("gui_action.py:step")('{"action": "back"}', truth("action", json.dumps({"action": "click"} | place)))


@settings(deadline=None)
@given(st.text(max_size=80) | st.text("<think>/answer \\boxed{}", max_size=120))
def test_whatever_is_said_a_form_is_kept_or_not(text):
    for use in ("format.py:boxed", "format.py:think_answer"):
        assert load(use)(text) in (0.0, 1.0)
    assert -1.0 <= load("repetition.py:ngrams", n=2)(text) <= 0.0
    assert load("gui_action.py:step")(text, truth("action", json.dumps(CLICK))) == 0.0
