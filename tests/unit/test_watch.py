"""Every watch over one small campaign, with a clock and a console of the test's own."""

import io
import re
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mmzero.errors import UserError
from mmzero.recipe import Recipe
from mmzero.recipe.tree import Log
from mmzero.types import Cursor
from mmzero.watch import Many, Quiet, make_watch
from mmzero.watch.live import WAITS, Live
from mmzero.watch.plain import Plain
from mmzero.watch.sinks import TensorBoard, WandB
from mmzero.watch.words import duration, sparkline

RECIPE = Recipe.model_validate({
    "name": "small",
    "model": {"path": "tiny"},
    "roles": {
        "solver": {"policy": "main", "rewards": [{"use": "rewards/answer.py:correct"}]},
        "proposer": {"policy": "main", "rewards": [{"use": "rewards/learnability.py:unbiased"}]},
    },
    "sources": {"bank": {"kind": "bank"}},
    "schedule": {"iterations": 2, "phases": [
        {"train": "proposer", "steps": 1, "votes": {"of": "solver"}, "learning": {"advantage": "batch"}},
        {"train": "solver", "steps": 29, "tasks": {"bank": 1.0}},
    ]},
})  # fmt: skip
SOLVER = Cursor(11, 0, 1, 10)
FIGURES = {
    "role": "solver", "reward": 0.62, "accuracy": 0.58, "mean_length": 31.2, "entropy": 0.41, "kl": 0.0012,
    "grad_norm": 0.9, "part/answer.correct": 0.58, "seconds/play": 3.05, "seconds/score": 0.45, "seconds/learn": 1.5,
}  # fmt: skip
HOSTILE = "[bold red]x[/bold red] [/] \x1b[2J\x1b]0;owned\x07 \u202e :smile:\nsecond line"


def plain_lines(*tell):
    out = io.StringIO()
    watch = Plain(out)
    watch.begin(RECIPE, 0)
    for one in tell:
        one(watch)
    watch.close()
    return out.getvalue().splitlines()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def screen(live, width=110):
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False)
    console.print(live.render())
    return console.file.getvalue()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def live(clock):
    console = Console(file=io.StringIO(), width=110, force_terminal=False, markup=False, emoji=False, highlight=False)
    live = Live(console, clock)
    live.begin(RECIPE, 0)
    yield live
    live.close()


def test_a_plain_line():
    first, line = plain_lines(lambda watch: watch.step(SOLVER, FIGURES))
    assert first == "small: 60 steps"
    assert line == (
        "step  12/60  solver    reward 0.62  accuracy 0.58  length 31  entropy 0.41  kl 0.001  grad 0.90"
        "  5.0 s  (play 61 % learn 30 %)"
    )


def test_a_plain_line_shows_what_went_wrong_and_no_number_as_such():
    figures = {"reward": float("nan"), "part/learnability.unbiased": 0.25, "rejected/unparsable": 3.0, "missing": 0.0,
               "failures": 2.0}  # fmt: skip
    line = plain_lines(lambda watch: watch.step(Cursor(0, 0, 0, 0), figures))[1]
    assert line == "step   1/60  proposer  reward nan  learnability 0.25  rejected unparsable 3  failures 2"


def test_plain_says_where_it_goes_on():
    out = io.StringIO()
    Plain(out).begin(RECIPE, 12)
    assert out.getvalue() == "small: 60 steps, going on after 12\n"


def test_hostile_text_steers_no_terminal(live):
    lines = plain_lines(
        lambda watch: watch.note(HOSTILE),
        lambda watch: watch.step(SOLVER, {f"rejected/{HOSTILE}": 1.0, f"seconds/{HOSTILE}": 1.0}),
    )
    live.note(HOSTILE)
    live.stage(SOLVER, HOSTILE)
    live.progress(1, 2, HOSTILE)
    busy = screen(live, 300)
    live.step(SOLVER, {**FIGURES, f"part/{HOSTILE}": 1.0, f"rejected/{HOSTILE}": 1.0, f"seconds/{HOSTILE}": 1.0})
    noted = live._console.file.getvalue()
    assert len(lines) == 3
    for text in (*lines, noted, busy, screen(live, 300)):
        assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
        if "bold" in text:
            assert "[bold red]x[/bold red] [/]" in text and ":smile:" in text
    assert "[bold red]" in noted and "[bold red]" in screen(live, 300)


def test_the_live_view_says_where_it_is_and_what_waits(live, clock):
    live.stage(SOLVER, "play")
    live.progress(120, 1256, "answers")
    clock.now = 7.0
    text = screen(live)
    assert "iteration 1/2  solver step 11/29  play 7 s  120/1,256 answers  (the learner waits for the sampler)" in text
    live.stage(SOLVER, "learn")
    text = screen(live)
    assert "learn 0 s" in text and WAITS["learn"] in text and "1,256" not in text


def test_the_live_view_shows_figures_course_and_times(live):
    for index, reward in ((10, 0.2), (11, 0.4), (12, 0.6)):
        live.step(Cursor(index, 0, 1, index - 1), {**FIGURES, "reward": reward, "rejected/unknown_family": 2.0})
    text = screen(live)
    for part in ("13/60 steps", "reward 0.60", "answer.correct 0.58", "entropy 0.41", "rejected unknown_family 2"):
        assert part in text
    assert re.search(r"solver reward +▁▅█ +0.20 → 0.60", text)
    assert "■ play 3.0 s  ■ score 0.5 s  ■ learn 1.5 s" in text or "■ play 3.0 s  ■ score 0.4 s" in text
    assert all(len(line) <= 110 for line in text.splitlines())


def test_time_left_goes_by_phase(live, clock):
    for index, phase, spent in ((0, 0, 100.0), (1, 1, 10.0), (2, 1, 20.0)):
        cursor = Cursor(index, 0, phase, max(0, index - 1))
        live.stage(cursor, "play")
        clock.now += spent
        live.step(cursor, {})
    # 57 steps to go: 27 + 29 solver steps of 15 s and one proposer step of 100 s
    assert live._left() == 56 * 15 + 100
    assert "3/60 steps, about 15 min 40 s left" in screen(live)


def test_the_live_view_draws_before_anything_happened_and_in_a_narrow_terminal(clock):
    live = Live(Console(file=io.StringIO()), clock)
    assert screen(live) == "\n"
    live._recipe = RECIPE
    live.progress(3, 9, "held-out answers")
    assert "starting" in screen(live) and "3/9 held-out answers" in screen(live)
    live.step(SOLVER, FIGURES)
    assert all(len(line) <= 40 for line in screen(live, 40).splitlines())


def test_close_twice_and_never_begun(live):
    live.close()
    live.close()
    Live(Console(file=io.StringIO())).close()


def test_tensorboard_gets_numbers_under_their_role(tmp_path):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    watch = TensorBoard(tmp_path)
    watch.begin(RECIPE, 0)
    watch.step(SOLVER, {**FIGURES, "grad_norm": float("nan")})
    watch.close()
    events = [event for file in tmp_path.iterdir() for event in EventFileLoader(str(file)).Load()]
    found = {value.tag: (event.step, value.tensor.float_val[0]) for event in events for value in event.summary.value}
    assert found["solver/reward"] == (12, pytest.approx(0.62))
    assert "solver/grad_norm" not in found and "solver/role" not in found
    assert found["solver/part/answer.correct"][0] == 12


class FakeRun:
    def __init__(self):
        self.logged, self.finished, self.config, self.axes = [], 0, SimpleNamespace(update=lambda *a, **k: None), []
        self.log = self.logged.append

    def define_metric(self, name, step_metric):
        self.axes.append((name, step_metric))

    def finish(self):
        self.finished += 1


def test_wandb_gets_numbers_on_an_axis_that_may_go_back(tmp_path, monkeypatch):
    run, asked = FakeRun(), []
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=lambda **how: asked.append(how) or run))
    for _ in range(2):
        watch = WandB("project", "small", tmp_path)
    watch.begin(RECIPE, 0)
    watch.step(SOLVER, {"role": "solver", "reward": 0.5, "kl": float("inf")})
    watch.close()
    assert run.logged == [{"version": 12, "solver/reward": 0.5}] and run.finished == 1
    assert run.axes[0] == ("*", "version")
    assert asked[0] == asked[1] and asked[0]["resume"] == "allow" and asked[0]["project"] == "project"


@pytest.mark.parametrize(
    ("log", "package"), [({"wandb": "mine"}, "wandb"), ({"tensorboard": True}, "tensorboard.summary.writer")]
)
def test_a_missing_sink_is_one_sentence(log, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    if package != "wandb":
        monkeypatch.setitem(sys.modules, f"{package}.event_file_writer", None)
    with pytest.raises(UserError, match=r"pip install mmzero\[sinks\]"):
        make_watch(Log(terminal="quiet", **log), tmp_path, "small")


@pytest.mark.parametrize(
    ("kind", "tty", "made"),
    [
        ("auto", True, Live),
        ("auto", False, Plain),
        ("live", False, Live),
        ("plain", True, Plain),
        ("quiet", True, Quiet),
    ],
)
def test_the_watch_a_recipe_asks_for(kind, tty, made, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: tty, write=lambda text: None, flush=lambda: None))
    assert type(make_watch(Log(terminal=kind), tmp_path, "small")) is made


def test_many_tells_every_one(tmp_path):
    outs = io.StringIO(), io.StringIO()
    both = Many(*map(Plain, outs))
    both.begin(RECIPE, 0)
    both.stage(SOLVER, "play")
    both.progress(1, 2, "answers")
    both.step(SOLVER, FIGURES)
    both.note("a note")
    both.close()
    assert outs[0].getvalue() == outs[1].getvalue() and outs[0].getvalue().count("\n") == 3
    made = make_watch(Log(terminal="quiet", tensorboard=True), tmp_path, "small")
    assert [type(one) for one in made.watches] == [Quiet, TensorBoard]
    made.close()


def test_a_sparkline_by_hand():
    assert sparkline([0, 1, 2]) == "▁▅█"
    assert sparkline([3, 3]) == "▁▁" and sparkline([]) == "" and sparkline([float("nan")]) == "·"
    assert sparkline([0, float("nan"), 7]) == "▁·█"
    assert sparkline([9, 0, 7], width=2) == "▁█"
    assert sparkline([-1.7e308, 1.7e308]) == "▁█"


@given(st.lists(st.floats(), max_size=60), st.integers(1, 50))
def test_a_sparkline_has_one_sign_per_value(values, width):
    assert len(sparkline(values, width)) == min(len(values), width)


def test_durations():
    assert [duration(seconds) for seconds in (0.4, 59.6, 200, 7500)] == [
        "0 s",
        "1 min 00 s",
        "3 min 20 s",
        "2 h 05 min",
    ]
