"""The form of a response: who keeps it, and what is heard of one who does not."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmzero import shipped
from mmzero.roles import reply
from mmzero.roles.reply import Reply

MARKS = ("<think>", "</think>", "<answer>", "</answer>")


def think_answer(response):
    """The shipped reward, loaded by its file as every reward is."""
    spec = importlib.util.spec_from_file_location("shipped_format", Path(shipped.root(), "rewards/format.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.think_answer(response)


def test_what_is_written_is_read():
    assert reply.read(reply.write(" two\nrows ", " 4 ")) == Reply("two\nrows", "4", True)
    assert reply.read("\n<think></think>\n <answer></answer> ") == Reply("", "", True)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("", None),
        ("4", None),
        ("<answer>4", None),
        ("4</answer>", None),
        ("<answer>4</answer>", "4"),
        ("<think>a</think>so<answer>4</answer>", "4"),
        ("<think>a</think><answer>4</answer>!", "4"),
        ("<think>a</think><answer>3</answer><answer>4</answer>", "4"),
        ("<think>a</think><answer>3<answer>4</answer>", "4"),
        ("<think><answer>3</answer></think><answer>4</answer>", "4"),
        ("<think>a</think><answer>4</answer>3</answer>", "4"),
        ("<think>a</think>b</think><answer>4</answer>", "4"),
        ("<think><think>a</think><answer>4</answer>", "4"),
        ("<THINK>a</THINK><answer>4</answer>", "4"),
        ("<answer>3</answer><answer>", "3"),
    ],
)
def test_the_last_answer_is_heard_where_the_form_is_broken(response, answer):
    assert reply.read(response) == Reply("", answer, False)


def test_a_response_of_nothing_but_marks_is_read_at_once():
    """Half a million characters: a search that starts again at each mark would take hours."""
    assert reply.read("<think>" + "</think><answer>" * 30_000) == Reply("", None, False)
    assert reply.read("<think>" + "</think><answer></answer>" * 20_000) == Reply("", "", False)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*MARKS, " ", "\n", "4", "a", "<", "\N{FULLWIDTH LATIN SMALL LETTER A}"]), max_size=9).map(
        "".join
    )
    | st.text()
)
def test_the_reader_and_the_shipped_reward_agree_on_the_form(response):
    said = reply.read(response)
    assert isinstance(said, Reply) and said.formed == bool(think_answer(response))
    assert said.answer is None or not any(mark in said.answer for mark in MARKS[2:])


@settings(deadline=None)
@given(st.text(alphabet="ab 4\n", max_size=9), st.text(alphabet="ab 4\n", max_size=9))
def test_every_pair_of_texts_without_marks_comes_back(thought, answer):
    assert reply.read(reply.write(thought, answer)) == Reply(thought.strip(), answer.strip(), True)
