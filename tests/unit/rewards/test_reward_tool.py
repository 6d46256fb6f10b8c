"""The bonus for tools: right and used, and neither alone."""

import pytest
from shipped_material import load, truth

CALL = '<tool_call>{"name": "zoom", "bbox_2d": [0, 0, 10, 10]}</tool_call>'


@pytest.mark.parametrize(
    ("before", "answer", "earned", "used", "right"),
    [
        (f"<think>{CALL}</think>", "4", 1.0, 1.0, 1.0),
        (f"<think>{CALL}{CALL}</think>", "5", 0.0, 1.0, 0.0),
        ("<think>just so</think>", "4", 0.0, 0.0, 1.0),
        ("<think><tool_call></tool_call></think>", "4", 0.0, 0.0, 1.0),  # nothing was called
        ("<think><tool_call>{}</think>", "4", 0.0, 0.0, 1.0),  # and nothing was finished
        ("", None, 0.0, 0.0, 0.0),
    ],
)
def test_a_tool_pays_where_the_answer_is_right(before, answer, earned, used, right):
    paid = load("tool.py:bonus")
    response = f"{before}<answer>{answer}</answer>"
    assert paid(response, answer, truth("number", 4)) == earned
    assert paid.parts(response, answer, truth("number", 4)) == {"used": used, "right": right}


def test_a_call_after_the_answer_came_too_late():
    assert load("tool.py:bonus")(f"<answer>4</answer>{CALL}", "4", truth("number", 4)) == 0.0


def test_the_tag_is_the_recipes_and_is_no_pattern():
    assert load("tool.py:bonus", tag="search")("<search>a</search><answer>4</answer>", "4", truth("number", 4)) == 1.0
    assert load("tool.py:bonus", tag=".*")("<search>a</search><answer>4</answer>", "4", truth("number", 4)) == 0.0
