"""Commits, what remains, folds, checkpoints, evaluations, and what damage is met with."""

import json
import logging
import os

import pytest

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal
from mmzero.types import Cursor


@pytest.fixture
def journal(tmp_path, recipe):
    with Journal.create(tmp_path / "run", recipe, {}) as made:
        yield made


def reopened(journal):
    journal.close()
    return Journal.open(journal.folder)


def never():
    raise AssertionError("a committed step was played again")


def save(content):
    def fill(folder):
        (folder / "main").mkdir()
        (folder / "main" / "weights.safetensors").write_bytes(content)

    return fill


def flip(path, where=-20):
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)


def test_the_schedule_is_counted_out(journal):
    assert journal.cursors() == [
        Cursor(0, 0, 0, 0), Cursor(1, 0, 1, 0), Cursor(2, 0, 1, 1),
        Cursor(3, 1, 0, 0), Cursor(4, 1, 1, 0), Cursor(5, 1, 1, 1),
    ]  # fmt: skip
    assert list(journal.remaining()) == journal.cursors()


def test_a_step_is_played_once(journal, play, at):
    assert journal.played(at(0), lambda: play(0)) == play(0)
    assert journal.played(at(0), never) == play(0)
    with reopened(journal) as again:
        assert again.steps() == [0]
        assert again.played(at(0), never) == again.read(0) == play(0)
        with pytest.raises(UserError, match=r"step 1 is not in the ledger of .*, which has 1 played steps"):
            again.read(1)


def test_a_step_that_failed_to_play_is_not_there(journal, at):
    with pytest.raises(AssertionError):
        journal.played(at(0), never)
    assert journal.steps() == [] and os.listdir(journal.folder / "steps") == []


def test_the_files_of_a_step_open_in_datasets(journal, play, at, tmp_path):
    from datasets import load_dataset

    for index in range(2):
        journal.played(
            at(index), lambda index=index: play(index), advantages=lambda played: {played.scored[0].rollout.id: -0.5}
        )

    def loaded(name):
        files = str(journal.folder / "steps" / "*" / f"{name}.parquet")
        return load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))

    tasks, rollouts, rewards = loaded("tasks"), loaded("rollouts"), loaded("rewards")
    assert tasks["id"][:] == ["ask-0", "lost-0", "minted-0", "ask-1", "lost-1", "minted-1"]
    assert tasks["images"][0] == ["ab" * 16]
    assert rollouts["step"][:] == [0] * 4 + [1] * 4
    assert rollouts["logprobs"][0] == [-0.1, -1e-300]
    assert rollouts["task_id"][2] == "minted-0"
    assert rewards["advantage"][:] == [-0.5, None, -0.5, None]
    assert rewards["reward"][:] == [0.25, None, 1.25, None]


def test_advantages_see_what_a_resumed_campaign_would_read(journal, play, at):
    seen = []
    first = journal.played(at(0), lambda: play(0), advantages=lambda played: seen.append(played) or {})
    assert seen[0] is first


def test_figures_stand_once_per_step(journal, play, at):
    for index in range(2):
        journal.played(at(index), lambda index=index: play(index))
    journal.learned(at(1), {"loss": 0.5, "path": "prefix"})
    journal.learned(at(0), {"loss": 1 / 3})
    journal.learned(at(1), {"loss": 0.25, "path": "padded"})
    with reopened(journal) as again:
        assert again.metrics() == [
            {"index": 0, "iteration": 0, "phase": 0, "step": 0, "loss": 1 / 3},
            {"index": 1, "iteration": 0, "phase": 1, "step": 0, "loss": 0.25, "path": "padded"},
        ]
        with pytest.raises(ValueError, match="a figure is named step"):
            again.learned(at(0), {"step": 1.0})


def test_a_fold_reads_each_step_once_and_may_go_back(journal, play, at):
    for index in range(4):
        journal.played(at(index), lambda index=index: play(index))
    reads = []
    real, journal.read = journal.read, lambda index: reads.append(index) or real(index)

    def rewards(state, cursor, played):
        return (*state, (cursor.index, played.scored[0].reward))

    assert journal.fold(at(0), (), rewards) == ()
    assert journal.fold(at(3), (), rewards) == ((0, 0.25), (1, 1.25), (2, 2.25))
    assert journal.fold(at(4), (), rewards) == ((0, 0.25), (1, 1.25), (2, 2.25), (3, 3.25))
    assert reads == [0, 1, 2, 3]
    assert journal.fold(at(1), (), rewards) == ((0, 0.25),)
    assert journal.fold(at(2), 0, lambda count, *_: count + 1) == 2
    with pytest.raises(UserError, match="step 4 is not in the ledger"):
        journal.fold(at(5), (), rewards)


def test_what_remains_begins_after_the_newest_checkpoint(journal, play, at):
    for index in range(3):
        journal.played(at(index), lambda index=index: play(index))
    journal.checkpoint(at(1), save(b"one"))
    with reopened(journal) as again:
        cursor, folder = again.newest_checkpoint()
        assert (cursor, folder.name) == (at(1), "000002")
        assert (folder / "main" / "weights.safetensors").read_bytes() == b"one"
        assert json.loads((folder / "manifest.json").read_text())["version"] == 2
        assert [cursor.index for cursor in again.remaining()] == [2, 3, 4, 5]
        assert again.played(at(2), never) == play(2)


def test_the_newest_checkpoints_are_kept(journal, at):
    for index in range(5):
        journal.checkpoint(at(index), save(str(index).encode()))
        kept = sorted(os.listdir(journal.folder / "checkpoints"))
        assert kept == [f"{version:06}" for version in range(max(1, index), index + 2)]
    journal.checkpoint(at(4), lambda folder: never())  # sound already: not saved again
    with reopened(journal) as again:
        assert again.newest_checkpoint()[0] == at(4)


@pytest.mark.parametrize("harm", ["weights", "manifest", "file gone", "folder gone"])
def test_a_damaged_checkpoint_is_named_and_passed_over(journal, at, caplog, harm):
    for index in range(3):
        journal.checkpoint(at(index), save(str(index).encode() * 99))
    newest = journal.folder / "checkpoints" / "000003"
    if harm == "weights":
        flip(newest / "main" / "weights.safetensors")
    if harm == "manifest":
        flip(newest / "manifest.json")
    if harm == "file gone":
        (newest / "main" / "weights.safetensors").unlink()
    if harm == "folder gone":
        newest.rename(journal.folder.parent / "elsewhere")
    with reopened(journal) as again:
        assert again.newest_checkpoint()[0] == at(1)
        assert "checkpoint 000003 is passed over" in caplog.text
        again.checkpoint(at(2), save(b"anew"))
        assert again.newest_checkpoint()[0] == at(2)
    with Journal.open(journal.folder) as again:
        assert again.newest_checkpoint()[0] == at(2)


def test_a_damaged_checkpoint_does_not_push_a_sound_one_out(journal, at):
    for index in (0, 1):
        journal.checkpoint(at(index), save(b"x" * 99))
    flip(journal.folder / "checkpoints" / "000002" / "main" / "weights.safetensors")
    with reopened(journal) as again:
        again.checkpoint(at(2), save(b"y"))
        assert sorted(os.listdir(journal.folder / "checkpoints")) == ["000001", "000002", "000003"]


def test_older_checkpoints_stand_until_the_new_one_came_back_whole(journal, at, monkeypatch):
    for index in (0, 1):
        journal.checkpoint(at(index), save(b"x"))
    real = os.rename

    def onto_a_bad_disk(source, target):
        real(source, target)
        if target.name == "000003":
            flip(target / "main" / "weights.safetensors", 0)

    monkeypatch.setattr(os, "rename", onto_a_bad_disk)
    with pytest.raises(CampaignStopped, match=r"did not come back whole: .*weights\.safetensors is damaged"):
        journal.checkpoint(at(2), save(b"x"))
    assert {"000001", "000002"} <= set(os.listdir(journal.folder / "checkpoints"))
    assert journal.newest_checkpoint()[0] == at(1)


def test_a_checkpoint_that_could_not_be_filled_leaves_nothing(journal, at):
    with pytest.raises(AssertionError):
        journal.checkpoint(at(0), lambda folder: never())
    with pytest.raises(ValueError, match=r"wrote a manifest\.json"):
        journal.checkpoint(at(0), lambda folder: (folder / "manifest.json").write_text(""))
    assert journal.newest_checkpoint() is None and os.listdir(journal.folder / "checkpoints") == []


def test_an_evaluation_is_made_once(journal):
    rows = [
        {
            "task_id": "a",
            "correct": True,
            "sample": 0,
            "level": 3,
            "response": "<answer>4</answer> \ud800",
            "images": ("ab",),
        },
        {"task_id": "b", "correct": False, "sample": 1, "level": None, "response": "", "images": ()},
    ]
    assert journal.evaluation("heldout", 0) is None
    journal.evaluated("heldout", 0, rows)
    journal.evaluated("heldout", 0, [])
    journal.evaluated("empty", 0, [])
    with reopened(journal) as again:
        assert again.evaluation("heldout", 0) == [rows[0] | {"response": "<answer>4</answer> ?"}, rows[1]]
        assert again.evaluation("empty", 0) == []
        assert again.evaluation("heldout", 1) is None
        with pytest.raises(ValueError, match="is no name for an evaluation"):
            again.evaluated("../escape", 0, rows)
        flip(journal.folder / "evaluations" / "000000-heldout.parquet")
        with pytest.raises(UserError, match=r"000000-heldout\.parquet is damaged"):
            again.evaluation("heldout", 0)


@pytest.mark.parametrize("name", ["tasks.parquet", "rollouts.parquet", "rewards.parquet", "step.json"])
def test_a_flipped_or_lost_byte_of_a_step_is_noticed(journal, play, at, name):
    journal.played(at(0), lambda: play(0))
    path = journal.folder / "steps" / "000000" / name
    sound = path.read_bytes()
    for where in (0, len(sound) // 2, -1):
        flip(path, where)
        with reopened(journal) as again, pytest.raises(UserError, match=f"{name} is damaged: its hash is not the one"):
            again.played(at(0), never)
        path.write_bytes(sound)
    path.write_bytes(sound[:-1])
    with Journal.open(journal.folder) as again, pytest.raises(UserError, match=f"{name} is damaged"):
        again.read(0)
    path.unlink()
    with (
        Journal.open(journal.folder) as again,
        pytest.raises(UserError, match=f"{name} is committed and cannot be read"),
    ):
        again.read(0)


@pytest.mark.parametrize(("name", "stands"), [("manifest.jsonl", 3), ("metrics.jsonl", 1)])
def test_a_torn_tail_is_dropped_at_any_byte(journal, play, at, caplog, name, stands):
    for index in range(2):
        journal.played(at(index), lambda index=index: play(index))
        journal.learned(at(index), {"loss": 1.0})
    journal.close()
    path, ledger = journal.folder / name, journal.folder / "manifest.jsonl"
    whole, lines = path.read_bytes(), ledger.read_bytes().splitlines(keepends=True)
    last = whole[:-1].rindex(b"\n") + 1
    ledger.write_bytes(b"".join(lines[:-1]))  # figures are written before the step counts as learned
    for cut in range(last + 1, len(whole)):
        caplog.clear()
        path.write_bytes(whole[:cut])
        Journal.open(journal.folder, write=False)
        assert path.stat().st_size == cut and not caplog.records  # to a reader it may be a line being written
        with Journal.open(journal.folder) as again:
            assert f"{name} ends in a line that is not whole; it is dropped" in caplog.text
            assert path.stat().st_size == last
            lines = {"manifest.jsonl": again._ledger.lines, "metrics.jsonl": again._figures._lines}[name]
            assert len(lines.items) == stands and again.steps() == [0, 1]


def test_a_changed_line_inside_a_file_is_damage_and_not_a_torn_tail(journal, at):
    for index in range(3):
        journal.learned(at(index), {"loss": 1.0})
    path = journal.folder / "manifest.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"index": 1', b'"index": 7'))
    journal.close()
    with pytest.raises(UserError, match=r"manifest\.jsonl is damaged at line 2 with sound lines after it"):
        Journal.open(journal.folder)


def test_an_append_that_failed_leaves_no_trace_in_the_next(journal, play, at, monkeypatch, caplog):
    for index in range(2):
        journal.played(at(index), lambda index=index: play(index))
    journal.learned(at(0), {"loss": 1.0})
    real = os.write

    def full(descriptor, content):
        real(descriptor, bytes(content)[:-1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(
        CampaignStopped, match=r"cannot be written \(No space left on device\); what is committed stands"
    ):
        journal.learned(at(1), {"loss": 1.0, "a line longer": 1.0, "than the one that follows": 1.0})
    monkeypatch.undo()
    journal.learned(at(1), {"loss": 2.0})
    with reopened(journal) as again:
        assert [line["loss"] for line in again.metrics()] == [1.0, 2.0] and not caplog.records


def test_nothing_is_said_about_a_sound_ledger(journal, play, at, caplog):
    with caplog.at_level(logging.WARNING):
        journal.played(at(0), lambda: play(0))
        journal.checkpoint(at(0), save(b"x"))
        reopened(journal).close()
    assert caplog.records == []
