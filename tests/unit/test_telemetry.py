"""What an iteration came to, worked out by hand from figures of steps."""

from types import SimpleNamespace

import pytest

from mmzero import telemetry
from mmzero.recipe.tree import Schedule
from mmzero.statistics import Interval
from mmzero.telemetry import iterations, sentence, table

SOLVES = {"train": "solver", "steps": 2, "tasks": {"bank": 1.0}}
SCHEDULE = Schedule.model_validate({"iterations": 3, "phases": [{"train": "nobody", "steps": 1}, SOLVES]})
LINES = [
    {"index": 0, "iteration": 0, "rendered": 0.5, "blind_right": 0.25, "blind_luck": 0.2, "rejected/coder/blind": 2.0},
    {"index": 1, "iteration": 0, "reward": 1.0},
    {"index": 2, "iteration": 0, "rendered": 0.75, "rejected/coder/blind": 1.0, "rejected/label/leaked": 4.0},
    {"index": 3, "iteration": 1, "rendered": 1.0, "easy_hard_gap": 0.3},
]
PROBES = {0: Interval(0.1, 0.0, 0.2, 9), 2: Interval(0.2, 0.1, 0.3, 9), 3: Interval(0.5, 0.4, 0.6, 9)}


def test_an_iteration_is_the_mean_of_its_steps_the_sum_of_what_was_rejected_and_its_newest_probe():
    first, second = iterations(LINES, PROBES, SCHEDULE)
    assert (first.number, first.steps, first.probe.mean) == (1, 3, 0.5)
    assert first.means == {"rendered": 0.625, "blind_right": 0.25, "blind_luck": 0.2}
    assert list(first.rejected.items()) == [("label/leaked", 4), ("coder/blind", 3)]
    assert (second.number, second.steps, second.rejected, second.probe) == (2, 1, {}, None)
    assert first.to_json() == {
        "iteration": 1, "steps": 3, "rendered": 0.625, "blind_right": 0.25, "blind_luck": 0.2,
        "rejected": {"label/leaked": 4, "coder/blind": 3}, "probe": {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 9},
    }  # fmt: skip


class Long:
    """As much of a journal of three iterations as a look at the newest steps asks for."""

    recipe = SimpleNamespace(schedule=SCHEDULE)
    lines = tuple({"index": at, "iteration": at // 3, "rendered": at / 10} for at in range(9))

    def last_figures(self):
        return len(self.lines), self.lines[-1]

    def recent_figures(self, index, n):
        return list(self.lines[max(index + 1 - n, 0) : index + 1])

    def evaluated_versions(self, _):
        return [0, 3, 6, 9]

    def evaluation(self, _, version):
        return [{"task_id": "a", "correct": version > 3}]


@pytest.mark.parametrize(("steps", "told"), [(99, {1: 3, 2: 3, 3: 3}), (5, {3: 3}), (2, {3: 2})])
def test_a_look_at_the_newest_steps_leaves_out_an_iteration_that_they_cut(steps, told):
    found = telemetry.newest(Long(), steps)
    assert {one.number: one.steps for one in found} == told
    assert {one.number: one.probe.mean for one in found} == {at: float(at > 1) for at in told}
    if len(told) > 1:
        assert found[1].means == {"rendered": pytest.approx(0.4)}


def test_a_table_has_the_columns_that_any_iteration_has():
    heads, rows = table(iterations(LINES, PROBES, SCHEDULE))
    assert heads == (
        "iteration", "rendered", "easy - hard", "right blindly", "luck", "probe", "95 % interval", "rejected",
    )  # fmt: skip
    assert rows == [
        ("1", "62%", "", "25%", "20%", "50.0%", "40.0% to 60.0%", "label/leaked 4, coder/blind 3"),
        ("2", "100%", "+0.30", "", "", "", "", ""),
    ]
    assert table(iterations(LINES[1:2], PROBES, SCHEDULE)) == ((), []) == table([])


def test_a_line_says_the_same():
    first, second = iterations(LINES, PROBES, SCHEDULE)
    assert sentence(first) == (
        "iteration 1: rendered 62%, right blindly 25%, luck 20%, probe 50.0% (95 %: 40.0% to 60.0%), rejected label/leaked 4,"
        " coder/blind 3"
    )
    assert sentence(second) == "iteration 2: rendered 100%, easy - hard +0.30"


@pytest.mark.parametrize("name", telemetry.COLUMNS)
def test_every_column_can_be_shown(name):
    (row,) = iterations([{"iteration": 0, name: 0.5}], {}, SCHEDULE)
    assert telemetry.COLUMNS[name][0] in sentence(row)
