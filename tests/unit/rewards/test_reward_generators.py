"""The rewards of coders and proposers beside MM-Zero's own, by hand."""

import pytest
from shipped_material import load, truth

from mmzero.types import Drawing, Drawn, Generator, Idea, Rejection, Task

PROGRAM = Generator(code="x")


def idea(content="diagram", hard="41"):
    return Idea(
        content=content, caption="Dots.", easy_question="How many blue dots?", easy_answer="4", hard_question="What is the sum?",
        hard_answer=hard,
    )  # fmt: skip


def asked(question, *votes):
    task = Task(
        id=question, family="generated", kind="diagram", level=0, question=question, images=("x",), answer=truth("number", 4),
        scene="{}", source="proposed", seed=2, parent="r",
    )  # fmt: skip
    return task, tuple(map(bool, votes))


@pytest.mark.parametrize(
    ("instances", "earned"),
    [
        (None, 0.0),
        ((asked("a", 1, 1, 0, 0),), 4 / 3),
        ((asked("a", 1, 1, 0, 0), asked("b", 1, 1, 1, 1)), 2 / 3),
        ((asked("a", 1, 0, 0, 0), asked("b", 0, 0), asked("c", 1, 0)), (1 + 0 + 2) / 3),
    ],
)
def test_learnability_is_the_mean_over_a_programs_instances(instances, earned):
    assert load("learnability.py:over_instances")(instances) == pytest.approx(earned)


@pytest.mark.parametrize(
    ("rejection", "ran", "earned"),
    [
        (None, 1.0, 1.0),
        (Rejection("leaked", "x"), 1.0, 0.5),
        (Rejection("code_error", "x"), 0.75, 0.375),
        (Rejection("code_error", "x"), 0.0, 0.0),
        (Rejection("no_python", "x"), None, 0.0),
    ],
)
def test_a_program_is_paid_for_running_and_more_for_being_admitted(rejection, ran, earned):
    assert load("execution.py:program")(rejection, ran) == earned
    assert load("execution.py:program", most_refused=0.2)(rejection, ran) == pytest.approx(
        earned if earned == 1 else 0.4 * earned
    )


@pytest.mark.parametrize(
    ("instances", "earned"),
    [
        (None, 0.0),
        ((asked("How many blue dots?"),), 1.0),
        ((asked("How many red dots?"),), 3 / 5),
        ((asked("What is the sum of 3 and 4?"), asked("Who?")), (4 / 7 + 0) / 2),  # # is one word, however often
    ],
)
def test_a_program_is_paid_for_asking_what_it_was_asked_for(instances, earned):
    assert load("execution.py:as_asked")(instances, idea()) == pytest.approx(earned)
    assert load("execution.py:as_asked")(instances, None) == 0.0


@pytest.mark.parametrize(
    ("known", "earned"),
    [
        ({}, 0.0),
        ({"how many # dots": 3}, 1.0),
        ({"who": 9, "how many # red dots": 1}, (4 / 5 - 0.5) / 0.5),
        ({"how many # cats sit here": 1}, 0.0),  # 3 of 7
    ],
)
def test_old_questions_cost_by_how_near_they_come(known, earned):
    paid = load("novelty.py:rewording")
    assert paid((asked("How many 7 dots?"), asked("How many 9 dots?")), known) == pytest.approx(earned)
    assert paid(None, known) == 0.0


def test_old_questions_cost_on_average_over_a_programs_own():
    paid = load("novelty.py:rewording", threshold=0.0)
    assert paid((asked("a b"), asked("c d")), {"a b": 1}) == pytest.approx((1 + 0) / 2)


@pytest.mark.parametrize(
    ("types", "earned"),
    [
        (["map"], 1.0),
        (["map", "table"], (1 / 2 - 1 / 7) / (6 / 7)),
        (["map", "map", "table", "other"], (1 / 2 - 1 / 7) / (6 / 7)),
        (["map", "table", "other", "diagram", "geometry", "timeline", "data_chart"], 0.0),
        (["map", *["table"] * 9], 0.0),
    ],
)
def test_a_content_type_costs_by_what_it_has_beyond_its_even_share(types, earned):
    batch = (*map(idea, types), PROGRAM, Rejection("no_answer", "x"))
    assert load("balance.py:content")(idea(types[0]), batch) == pytest.approx(earned)
    assert load("balance.py:content")(None, batch) == load("balance.py:content")(idea(), ()) == 0.0


@pytest.mark.parametrize(("reason", "earned"), [("leaked", 1.0), ("blind", 1.0), ("constant", 0.0), (None, 0.0)])
def test_a_refused_leak_costs(reason, earned):
    assert load("leak.py:refused")(reason and Rejection(reason, "x")) == earned


@pytest.mark.parametrize(
    ("kind", "code", "earned"),
    [
        ("svg", "<svg><text>Total: 41</text><text>20</text></svg>", 1.0),
        ("svg", "<svg><text>20</text><text>41</text><text>60</text></svg>", 0.0),
        ("svg", "<svg><rect width='41'/></svg>", 0.0),
        ("python", "plt.title('Sum is 41')", 1.0),
        ("python", "plt.bar(range(3), [41, 2, 5])", 0.0),
        ("python", "plt.title('Sum is 41", 0.0),
    ],
)
def test_a_printed_answer_costs(kind, code, earned):
    paid = load("leak.py:printed")
    assert paid(Drawing(kind=kind, code=code), idea()) == earned
    assert paid(None, idea()) == paid(Drawing(kind=kind, code=code), None) == 0.0


def seen(status="ok", easy=(), hard=()):
    return Drawn(status=status, easy=tuple(easy), hard=tuple(hard))


@pytest.mark.parametrize(
    ("drawings", "earned"),
    [
        (None, 0.0),
        ((seen("code_error"),), 0.0),
        ((seen(hard=("41", "41", "42", None)),), 4 / 3),
        ((seen(hard=("41.0", "41", "42", "43")), seen("timeout")), 2 / 3),
        ((seen(hard=("40", "40", "39", "39")),), 0.0),  # they split, and on nothing that its author believes
        ((seen(hard=("41", "41", "41", "41")), seen(hard=("41", "3"))), (0 + 2) / 2),
    ],
)
def test_an_idea_is_paid_where_half_find_what_its_author_believes(drawings, earned):
    assert load("learnability.py:as_believed")(idea(), drawings) == pytest.approx(earned)
    assert load("learnability.py:as_believed")(None, drawings) == 0.0


def test_a_question_that_all_ask_costs_beyond_its_share_and_so_does_one_asked_before():
    ask = load("novelty.py:asked", threshold=0.1)
    other = idea()
    other = Idea(**{**{name: getattr(other, name) for name in Idea.__slots__}, "hard_question": "Which is 3rd?"})
    batch = (idea(), other, idea("map"), other, Rejection("no_block", "x"))
    assert ask(idea(), batch, {}) == pytest.approx(0.4)
    assert ask(idea(), batch, {"what is the sum": 3, "which is #rd": 1}) == pytest.approx(0.4 + 0.5 * 0.65)
    assert ask(other, batch, {"which is # rd": 4}) == pytest.approx(0.4 + 0.5 * 0.9)
    assert ask(None, batch, {}) == 0.0 and load("novelty.py:asked", threshold=0.5)(other, batch, {}) == 0.0


@pytest.mark.parametrize(
    ("drawings", "earned"),
    [
        (None, 0.0),
        ((seen("wrong_words"),), 0.0),
        ((seen(easy=("4", "4", "four", None)),), 0.5 + 0.5 * 0.5),
        ((seen(easy=("4.0", "4", "4", "5")),), 0.875),
        ((seen(easy=("5", "5")),), 0.5),
    ],
)
def test_a_picture_is_paid_for_rendering_and_for_showing_what_it_was_to_show(drawings, earned):
    assert load("execution.py:picture")(idea(), drawings) == pytest.approx(earned)
    assert load("execution.py:picture", rendered=0.2)(idea(), drawings) == pytest.approx(
        0.2 + 0.8 * (earned - 0.5) / 0.5 if earned else 0.0
    )
