"""Equal expressions are equal however they are written, a hedge never is, and one that never ends costs its time alone."""

import inspect
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from shipped_material import load, truth

from mmzero.answers import expressions, matches

HANGS = "10^{10^{10}}"  # a number of ten thousand million digits: no signal stops it in Python


@pytest.mark.parametrize(
    ("right", "written"),
    [
        ("x+1", "1+x"),
        ("\\frac{1}{2}", "0.5"),
        ("2\\sqrt{2}", "\\sqrt{8}"),
        ("3", "\\boxed{3}"),
        ("\\frac{1}{2}", "\\boxed{\\frac{2}{4}}"),
        ("3", "x = 3"),
        ("x=3", "x = 3"),
        ("x=4", "4"),
        ("x = 4", "\\boxed{2+2}"),
        ("y=2x+1", "2x+1"),
        ("y=2x+1", "1+2x"),
        ("\\theta_1 = 30", "30"),
        ("f(x)=x^2", "x^2"),
        ("3", "$003$."),
        ("5", "5 \\text{ cm}"),
        ("x^2-1", "(x-1)(x+1)"),
    ],
)
def test_equal_expressions(right, written):
    assert load("expression.py:equal")(written, truth("expression", right)) == 1.0
    assert matches(written, truth("expression", right))


@pytest.mark.parametrize(
    "written",
    [
        "4", "3 or 4", "3 \\text{ or } 4", "3 \\text{, or 4}", "3 \\text{ or four}", "\\boxed{3}, 4", "\\boxed{4}, 3", "4 = 3",
        "\\boxed{4} \\boxed{3}", "3 = 4", "x = 4 = 3", "3, 4", "3; 4", "$3$ $4$", "3 \\lor 4", "3 \\pm 1", "{3", "", " ", None,
        "the answer is 3", "3" + " " * 1000, "NaN", "\\infty", "1e10000", "{" * 900, "\\frac{" * 150 + "3" + "}{1}" * 50,
        "(" * 300 + "4" + ")" * 300, "9" * 1000, "\\sqrt" * 150, "\x00", "\ud800", "3\n=\n4", "3 \\approx 4",
        "3 \\text{, {or} 4}", "3 \\operatorname{or} 4",
    ],
)  # fmt: skip
def test_what_is_not_equal_or_not_one_expression(written):
    assert load("expression.py:equal", seconds=0.5)(written, truth("expression", "3")) == 0.0


@pytest.mark.parametrize(
    ("right", "written"),
    [
        ("x=4", "x=5"), ("x=4", "y=4"), ("x=4", "5"), ("x=4", "x"), ("x=4", "4 = 5"), ("x=4", "3, 4"), ("x=4", "y"),
        ("y=2x+1", "2x+2"), ("y=2x+1", "x=2x+1"), ("y=2x+1", "y"), ("f(x)=x^2", "g(x)=x^2"),
        ("x+y=4", "4"), ("xy=4", "4"), ("2x=4", "4"), ("x=y=4", "4"), ("x<4", "4"),
    ],
)  # fmt: skip
def test_a_named_truth_is_met_bare_and_by_no_other_name_or_value(right, written):
    """The parser alone takes 4 for x + y = 4 too: what is equal to something is no equation."""
    assert load("expression.py:equal")(written, truth("expression", right)) == 0.0


def test_the_question_is_about_the_extracted_answer():
    """In the whole response the parser would find the right number somewhere."""
    assert list(inspect.signature(load("expression.py:equal")).parameters) == ["answer", "truth", "seconds"]
    whole = "<think>3 is too small</think><answer>4</answer>"
    assert load("expression.py:equal")(whole, truth("expression", "3")) == 0.0


def test_an_expression_that_never_ends_costs_its_time_and_the_next_is_answered():
    paid = load("expression.py:equal", seconds=0.3)
    three = truth("expression", "\\frac{6}{2}")
    assert [paid(one, three) for one in (HANGS, "3.0", "9^{9^{9^{9}}}", "3.0")] == [0.0, 1.0, 0.0, 1.0]


def test_the_recipe_says_how_long_an_expression_may_take(monkeypatch):
    asked = []
    monkeypatch.setattr(expressions, "equivalent", lambda *given: bool(asked.append(given)))
    load("expression.py:equal", seconds=0.3)("4", truth("expression", "3"))
    load("expression.py:equal")("4", truth("expression", "3"))
    assert asked == [("4", "3", 0.3), ("4", "3", expressions.SECONDS)]


def test_after_one_that_never_ends_nothing_is_loaded_again():
    """The process that loaded math-verify stays; only the one that reckoned is ended."""
    assert expressions.equivalent("2x", "x+x")
    before = expressions._WORKER._child.pid
    assert not expressions.equivalent(HANGS, "\\frac{6}{2}", seconds=0.2)
    assert expressions.equivalent("3.0", "\\frac{6}{2}") and expressions._WORKER._child.pid == before


def test_expressions_are_compared_from_any_thread():
    answers = {}
    right = [(f"\\frac{{{i}}}{{7}}", f"{i}/7") for i in range(1, 9)]

    def ask(i, written, there):
        answers[i] = (expressions.equivalent(written, there), expressions.equivalent(written, there + "+1"))

    threads = [threading.Thread(target=ask, args=(i, *pair)) for i, pair in enumerate(right)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == dict.fromkeys(range(8), (True, False))


def test_a_worker_that_was_killed_is_an_error_once_and_then_another_one_answers():
    """Whoever killed it, it was not the answer: the reward is missing and not zero."""
    assert expressions.equivalent("2y", "y+y")
    os.killpg(expressions._WORKER._child.pid, signal.SIGKILL)
    with pytest.raises(OSError):
        expressions.equivalent("3y", "y+y+y")
    assert expressions.equivalent("3y", "y+y+y")


def test_a_machine_that_stands_still_says_nothing_about_an_answer(monkeypatch):
    monkeypatch.setattr(expressions, "_PATIENCE", 0.0)
    assert expressions.equivalent("2z", "z+z", seconds=30)
    worker = expressions._WORKER._child.pid
    os.killpg(worker, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        expressions.equivalent("3z", "z+z+z", seconds=0.2)
    monkeypatch.undo()
    assert expressions.equivalent("3z", "z+z+z") and expressions._WORKER._child.pid != worker


def test_a_forked_child_asks_a_worker_of_its_own():
    assert expressions.equivalent("2w", "w+w")
    child = os.fork()
    if not child:
        os._exit(0 if expressions._WORKER._child is None and expressions.equivalent("3w", "w+w+w") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not expressions.equivalent("2w", "w+w+w")


def test_who_is_killed_in_the_middle_of_a_question_leaves_nobody_behind():
    """The kernel ends the one who reckons, and there is nobody whom the next one could greet."""
    code = f"""
from mmzero.answers import expressions
expressions.equivalent("2v", "v+v")
print(expressions._WORKER._child.pid, flush=True)
expressions.equivalent({HANGS!r}, "6/2", seconds=1.0)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as asking:
        worker = int(asking.stdout.readline())
        time.sleep(0.2)
        asking.kill()
    patience = time.monotonic() + 60
    while _alive(worker):
        assert time.monotonic() < patience, "the worker outlives the one it worked for"
        time.sleep(0.1)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
