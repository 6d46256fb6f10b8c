"""Suites are the same for everyone and held out; one row per answer, in the order of the tasks."""

import json
import sys
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from play_material import recipe

from mmzero import evaluate, families, sources
from mmzero.engines.fake import SIZE, FakeSampler
from mmzero.errors import EngineError, UserError
from mmzero.recipe.tree import Recites
from mmzero.sources.state import State
from mmzero.types import Cursor


def held_out(n, name="probe-tiny"):
    return evaluate.suite(name).tasks(n, lambda png: "hash")


def answered(tasks, sampler=None, temperature=0.0, samples=1):
    return evaluate.answer(
        tasks, sampler or FakeSampler(), Recites(temperature=temperature), policy="main", samples=samples
    )


def test_each_domain_has_a_suite_of_its_own():
    for domain in set(families.names().values()):
        held = {name for name, home in families.names().items() if home == domain}
        assert set(evaluate.suite(f"probe-{domain}").families) == held
    assert {one.family for one in held_out(30, "probe-logic")} <= {"odd"}


def test_a_suite_goes_over_every_family_and_level_and_is_the_same_each_time():
    every = len(families.PRIMER) * len(families.LEVELS)
    tasks = held_out(every)
    assert {(one.family, one.level) for one in tasks} == set(product(families.PRIMER, families.LEVELS))
    assert tasks == held_out(every) and tasks[:10] == held_out(10)
    assert not {one.id for one in tasks} & {one.id for one in held_out(every, "final-tiny")}


def test_no_seed_of_a_suite_is_one_that_is_trained_on():
    wanted = recipe()
    trained = sources.tasks(wanted, wanted.schedule.phases[1], Cursor(1, 0, 1, 0), State(), lambda png: "hash")
    assert {one.seed % 2 for one in held_out(20)} == {1} and {one.seed % 2 for one in trained} == {0}


def test_a_suite_that_does_not_exist_is_answered_with_one_that_does():
    with pytest.raises(UserError, match="did you mean 'probe-tiny'"):
        evaluate.suite("probetiny")
    with pytest.raises(UserError, match="the suites are probe, final"):
        evaluate.suite("zzzzz")


def test_pitfall_16_nothing_is_asked_again_however_it_was_answered():
    """A retry until an answer is well formed would raise the score of whoever rambles: there is none to switch on."""
    asked = []

    class Rambles(FakeSampler):
        def play(self, asks):
            for ask in asks:
                asked.append((ask.task.id, len(ask.seeds_G)))
                for group in super().play([ask]):
                    yield tuple(replace(one, text="let me think, and think again") for one in group)

    tasks = held_out(10)
    rows = answered(tasks, Rambles())
    assert asked == [(task.id, 1) for task in tasks]
    assert len(rows) == 10 and not any(row["formed"] or row["correct"] for row in rows)


def test_rows_come_in_the_order_of_the_tasks_however_the_groups_finish():
    class Backwards(FakeSampler):
        def play(self, asks):
            return reversed(list(super().play(asks)))

    tasks = held_out(10)
    rows = answered(tasks, Backwards(), temperature=1.0, samples=3)
    assert [(row["task_id"], row["sample"]) for row in rows] == [(one.id, i) for one in tasks for i in range(3)]
    assert rows == answered(tasks, temperature=1.0, samples=3)
    assert {row["correct"] for row in rows} == {True, False} and all(row["formed"] for row in rows)
    assert all((row["said"] == row["answer"]) == row["correct"] for row in rows)


def test_a_policy_that_knows_one_family_is_right_there_alone():
    weights, first = [0.0] * SIZE, 2 * list(families.names()).index("count")
    weights[first + 1] = 1.0
    sampler = FakeSampler()
    sampler.receive([("policy", np.array(weights))], 1)
    rows = answered(held_out(16), sampler)
    assert [row["correct"] for row in rows] == [row["family"] == "count" for row in rows]
    assert evaluate._share(rows, "family", "count") == 1.0 and evaluate._share(rows, "family", "bars") == 0.0
    assert evaluate._share(rows, "level", 10) is None
    assert len({row["level"] for row in rows}) > 5, "a small suite must not be one of low levels"


def test_a_held_out_task_that_is_lost_is_never_left_out_of_the_count():
    class Loses(FakeSampler):
        def play(self, asks):
            return list(super().play(asks))[1:]

    with pytest.raises(EngineError, match="1 of 5 held-out tasks"):
        answered(held_out(5), Loses())


def test_eval_tells_of_boxes_what_a_report_tells():
    """Right half of the time: the boxes of the others cannot be read."""
    tasks = held_out(40, "probe-hue-tiny")
    rows = answered(tasks, temperature=1.0)
    found = evaluate.measured(rows, ["hue"], range(2))
    right = sum(row["correct"] for row in rows)
    assert 0 < right < 40 and found["accuracy"] == right / 40
    assert found["boxes"]["n"] == 40 and found["boxes"]["unreadable"] == 40 - right
    assert found["boxes"]["miou"] == pytest.approx(right / 40) and 0 < found["boxes"]["map"] <= 1
    assert "masks" not in found and "boxes" not in evaluate.measured(answered(held_out(8)), ["count"], [1])


def test_eval_counts_responses_that_hold_no_answer():
    class Rambles(FakeSampler):
        def play(self, asks):
            for group in super().play(asks):
                yield tuple(replace(one, text="hm") if one.task.level % 2 else one for one in group)

    rows = answered(held_out(40), Rambles())
    assert evaluate.measured(rows, ["count"], [1])["unanswered"] == sum(row["level"] % 2 for row in rows) > 0


def test_a_recipe_says_what_is_held_out_and_how_it_is_asked(tmp_path, monkeypatch):
    """Four rows of somebody's own, three samples each; the mean of a task's samples is the task's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    rows = [{"question": "?", "answer": i, "family": "count", "level": i % 2} for i in range(4)]
    (tmp_path / "exam.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = []

    class Listens(FakeSampler):
        def play(self, asks):
            asks = list(asks)
            asked.extend(asks)
            return super().play(asks)

    engine = SimpleNamespace(TransformersSampler=lambda found, image_path, pixels: Listens())
    monkeypatch.setitem(sys.modules, "mmzero.engines.transformers_sampler", engine)
    columns = {"images": None, "family": "family", "level": "level"}
    exam = {"kind": "dataset", "path": "exam.jsonl", "answer": "number", "columns": columns}
    wanted = recipe(
        sources={"bank": {"kind": "bank", "families": "primer", "skin": "tiny"}, "exam": exam},
        roles={"solver": {"policy": "main", "system": "Look.", "rewards": [{"use": "rewards/answer.py:correct"}]}},
        schedule={"phases": [{"train": "solver", "steps": 1, "tasks": {"bank": 1.0}}]},
        evaluate={"suite": "exam", "samples": 3, "says": {"temperature": 0.7, "max_tokens": 9}},
    )
    found = evaluate.evaluate_by("tiny", wanted, 1000)
    assert {(one.system, one.temperature, one.max_tokens, len(one.seeds_G)) for one in asked} == {("Look.", 0.7, 9, 3)}
    assert (found["suite"], found["n"], found["samples"]) == ("exam", 4, 3) and len(asked) == 4
    assert 0 < found["accuracy"] < 1 and found["low"] <= found["accuracy"] <= found["high"]
    assert found["family/count"] == pytest.approx(found["accuracy"]) and {"level/0", "level/1"} <= found.keys()
    assert evaluate.evaluate_by("tiny", wanted, 2)["n"] == 2
