"""A user's own rows over fake engines: trained on, held out, asked several times, and left out where they are too long."""

import json

import fakes
import pytest

from mmzero import report
from mmzero.errors import UserError
from mmzero.plan import data
from mmzero.sources import dataset


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Ten to learn from, of which two stand in the exam too, and four to be measured by. Fakes know families by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    dataset.opened.cache_clear()

    def row(number):
        return {"question": f"How many is {number}?", "answer": number, "family": "count", "said": f"it is {number}"}

    for name, numbers in (("own", range(10)), ("exam", range(8, 12))):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row(number)) + "\n" for number in numbers))
    return tmp_path


def recipe(*sets):
    columns = "columns: {images: null, family: family, response: said}"
    return fakes.read("tiny", [
        "schedule={phases: [{train: solver, answers: written, steps: 2, prompts: 3, tasks: {own: 1.0}, says: {max_tokens: 64}},"
        " {train: solver, steps: 3, prompts: 4, group: 2, tasks: {own: 1.0}, says: {max_tokens: 64}}]}",
        f"sources={{own: {{kind: dataset, path: own.jsonl, answer: number, {columns}, apart_from: exam}},"
        f" exam: {{kind: dataset, path: exam.jsonl, answer: number, {columns}}}}}",
        "evaluate={suite: exam, tasks: 100, samples: 3, phases: true, majority: 0, says: {temperature: 0.8}}",
        "checkpoint.every=2",
        "log.terminal=quiet",
        *sets,
    ])[0]  # fmt: skip


def test_it_is_measured_by_its_own_split_several_times_a_task(rows):
    journal = fakes.campaign(rows / "run", recipe(), lr=0.3)
    for version in (0, 2, 5):
        held = journal.evaluation("heldout", version)
        assert len(held) == 12 and {row["task_id"] for row in held} == {f"exam/{number}" for number in range(1, 5)}
        assert {row["sample"] for row in held} == {0, 1, 2}
    found = report.write(journal, 1.0, 1.0)["heldout"]
    right = [row["correct"] for row in journal.evaluation("heldout", 5)]
    assert found["after"]["accuracy"] == pytest.approx(sum(right) / 12) and found["after"]["n"] == 4
    assert found["samples"] == 3 and found["gain"]["mean"] == pytest.approx(
        found["after"]["accuracy"] - found["before"]["accuracy"]
    )
    assert [(one["version"], one["after"]) for one in found["course"]] == [
        (0, "base model"), (2, "written answers"), (5, "solver, answers of at most 64"),
    ]  # fmt: skip
    page = (rows / "run" / "report.md").read_text()
    assert "mean of 3 samples" in page and "Between start and end" in page and "written answers" in page


def test_what_is_held_out_is_never_trained_on_and_responses_are_learned_word_for_word(rows):
    journal = fakes.campaign(rows / "run", recipe(), lr=0.3)
    trained = {episode.task.question for index in journal.steps() for episode in journal.read(index).episodes}
    assert trained == {f"How many is {number}?" for number in range(8)}
    for episode in journal.read(0).episodes:
        assert [one.text for one in episode.rollouts] == [f"it is {episode.task.answer.text}"]


def test_a_plan_says_what_the_data_holds(rows):
    assert data.notes(recipe(), opens=True) == [
        "own: 8 rows can be asked, 2 are also in exam and left out; 18 are drawn, which is 2.2 epochs",
        "exam: 4 rows can be asked; it is held out, and 4 are measured by",
    ]
    assert data.notes(recipe(), opens=False) == ["datasets are not opened for hardware elsewhere: own, exam"]
    (rows / "own.jsonl").unlink()
    dataset.opened.cache_clear()
    with pytest.raises(UserError, match=r"there is no dataset own\.jsonl"):
        data.notes(recipe(), opens=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("evaluate.suite=own", r"phases\[0\].tasks trains on 'own', which evaluate.suite holds out"),
        ("evaluate.says.temperature=0", "evaluate.samples is 3 and evaluate.says.temperature 0, at which all answers"),
    ],
)
def test_a_suite_that_cannot_be_is_refused(rows, change, said):
    with pytest.raises(UserError, match=said):
        recipe(change)
    with pytest.raises(UserError, match=r"evaluate\.suite is 'bank', a source of kind bank, which makes new tasks"):
        fakes.recipe("evaluate.suite=bank")


def _with_lengths(monkeypatch, tokens):
    """Rooms that count a prompt's tokens by what `tokens` says of a question."""
    whole = fakes.rooms

    def rooms(*given):
        import dataclasses

        return dataclasses.replace(whole(*given), prompt_tokens=lambda ask: tokens(ask.text))

    monkeypatch.setattr(fakes, "rooms", rooms)


def test_prompts_that_leave_no_room_are_left_out_and_counted(rows, monkeypatch, caplog):
    """136 tokens are left beside an answer of 64 in a context of 200; of the exam as of the lessons."""
    _with_lengths(monkeypatch, lambda text: 137 if text in ("How many is 3?", "How many is 9?") else 136)
    journal = fakes.campaign(rows / "run", recipe("sampler.context=200", "evaluate.says.max_tokens=64"), lr=0.3)
    left = [row["too_long"] for row in journal.metrics()]
    asked = [
        (episode.task.question, episode.failure, len(episode.rollouts))
        for index in journal.steps()
        for episode in journal.read(index).episodes
    ]
    assert sum(left) == sum(question == "How many is 3?" for question, _, _ in asked) > 0
    for question, failure, siblings in asked:
        assert (failure == "its prompt is too long") == (question == "How many is 3?") == (siblings == 0)
    assert all(row["failures"] == 0 for row in journal.metrics())
    assert {row["question"] for row in journal.evaluation("heldout", 0)} == {f"How many is {n}?" for n in (8, 10, 11)}
    assert report.write(journal, 1.0, 1.0)["counts"]["too_long"] == sum(left)
    assert "are of more than the 136 tokens that sampler.context" in caplog.text


def test_a_step_of_nothing_but_long_prompts_ends_with_a_sentence(rows, monkeypatch):
    _with_lengths(monkeypatch, lambda text: 10**6 if text < "How many is 8?" else 1)
    with pytest.raises(UserError, match=r"all 3 prompts of a step are of more than \d+ tokens, such as own/"):
        fakes.campaign(rows / "run", recipe(), lr=0.3)
