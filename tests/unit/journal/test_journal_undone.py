"""A range that is rolled back stays in the ledger and is in force no more; what is played anew stands beside it."""

import errno
import os

import pytest

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal
from mmzero.journal.fork import fork
from mmzero.journal.verify import verify
from mmzero.recipe.read import reread


def unpictured(played):
    """Without pictures that lie nowhere."""
    for task in (played.episodes[0].task, played.episodes[0].children[0].task, played.episodes[1].task):
        object.__setattr__(task, "images", ())
    return played


def learn(journal, play, cursor, told=1.0):
    journal.played(cursor, lambda: unpictured(play(cursor.index)))
    journal.learned(cursor, {"loss": told})


def save(journal, cursor, weights=b"w"):
    journal.checkpoint(cursor, lambda where: (where / "weights").write_bytes(weights))


@pytest.fixture
def undone(tmp_path, recipe, play, at):
    """Four steps with a checkpoint after the first and the third, then back to version 1, and step 1 played anew."""
    folder = tmp_path / "run"
    with Journal.create(folder, recipe, {}) as journal:
        for index in range(4):
            learn(journal, play, at(index))
            journal.evaluated("heldout", index + 1, [{"correct": index < 2}])
            if index in (0, 2):
                save(journal, at(index))
        journal.roll_back(1, "the probe fell")
        journal.played(at(1), lambda: unpictured(play(5)))
        journal.learned(at(1), {"loss": 2.0})
    return folder


def test_only_what_came_before_is_in_force(undone, at, play):
    with Journal.open(undone) as journal:
        assert journal.steps() == [0, 1] and journal.roll_backs == 1
        assert [journal.attempt(index) for index in range(4)] == [0, 1, 1, 1]
        assert [line["loss"] for line in journal.metrics()] == [1.0, 2.0]
        assert journal.last_figures()[0] == 2 and journal.last_figures()[1]["loss"] == 2.0
        assert [line["index"] for line in journal.recent_figures(1, 9)] == [0, 1]
        assert journal.newest_checkpoint()[0] == at(0) and next(journal.remaining()) == at(1)
        assert journal.evaluated_versions("heldout") == [1] and journal.evaluation("heldout", 2) is None
        assert journal.read(1).episodes[0].task.id == play(5).episodes[0].task.id
        with pytest.raises(UserError, match="step 2 is not in the ledger"):
            journal.read(2)


def test_what_was_undone_stays_as_it_was_and_all_of_it_is_verified(undone):
    assert (undone / "steps" / "000001").is_dir() and (undone / "steps" / "000001-1").is_dir()
    verdict = verify(undone)
    assert verdict.sound and verdict.checked["steps"] == 5, verdict.findings
    damaged = undone / "steps" / "000002" / "rollouts.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert [finding.where for finding in verify(undone).findings if finding.state == "damaged"] == [
        "steps/000002/rollouts.parquet"
    ]


def test_steps_evaluations_and_checkpoints_come_anew_and_a_second_time(undone, play, at):
    with Journal.open(undone) as journal:
        for index in (2, 3):
            learn(journal, play, at(index), told=3.0)
            journal.evaluated("heldout", index + 1, [{"correct": True}])
        save(journal, at(2), b"other")
        assert journal.newest_checkpoint()[1].joinpath("weights").read_bytes() == b"other"
        assert journal.evaluation("heldout", 4) == [{"correct": True}]
        journal.roll_back(3, "again")
        learn(journal, play, at(3), told=4.0)
        assert journal.attempt(3) == 2 and journal.attempt(2) == 1
    names = sorted(path.name for path in (undone / "steps").iterdir())
    assert names == ["000000", "000001", "000001-1", "000002", "000002-1", "000003", "000003-1", "000003-2"]
    assert (undone / "evaluations" / "000004-heldout~1.parquet").is_file()
    verdict = verify(undone)
    assert verdict.findings == [] and verdict.sound
    with Journal.open(undone, write=False) as journal:
        assert [line["loss"] for line in journal.metrics()] == [1.0, 2.0, 3.0, 4.0]


def test_what_was_remembered_of_an_undone_range_is_forgotten(undone, play, at):
    def names(state, _, played):
        return (*state, played.episodes[0].task.id)

    with Journal.open(undone) as journal:
        before = journal.fold(at(2), (), names)
        journal.read(1)
        journal.roll_back(1, "once more")
        with pytest.raises(UserError, match="step 1 is not in the ledger"):
            journal.read(1)
        learn(journal, lambda _: play(6), at(1))
        assert journal.fold(at(2), (), names) == (before[0], play(6).episodes[0].task.id) != before


def test_a_roll_back_on_a_full_disk_stops_with_a_sentence(undone, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Journal.open(undone) as journal, monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(CampaignStopped, match=r"cannot be written \(No space left on device\); what is committed"):
            journal.roll_back(1, "again")
    with Journal.open(undone) as journal:
        assert journal.roll_backs == 1


def test_a_lease_on_a_disk_that_is_gone_is_given_up_all_the_same(undone, monkeypatch):
    def gone(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal = Journal.open(undone)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", gone)
        journal.close()
    Journal.open(undone).close()


def test_a_fork_takes_along_what_was_undone_before_it(undone, play, at, tmp_path):
    with Journal.open(undone) as journal:
        save(journal, at(1))
    fork(undone, 2, tmp_path / "forked")
    assert verify(tmp_path / "forked").sound, verify(tmp_path / "forked").findings
    with Journal.open(tmp_path / "forked") as journal:
        assert journal.attempt(2) == 1 and journal.read(1).episodes[0].task.id == play(5).episodes[0].task.id
        assert journal.steps() == [0, 1] and [line["loss"] for line in journal.metrics()] == [1.0, 2.0]


@pytest.mark.parametrize(("version", "keep"), [(1, 5), (2, 5), (3, 7)])
def test_a_fork_takes_along_a_change_of_the_recipe_that_outlived_what_it_was_made_for(
    undone, recipe, play, at, tmp_path, version, keep
):
    """Made at step 2, in force from step 1 on, since what was played before it was undone; the next one from step 2 on."""
    with Journal.open(undone) as journal:
        journal.amend(reread(journal.recipe, ["checkpoint.keep=5"]))
        journal.roll_back(1, "once more")
        for index in (1, 2, 3):
            if index == 2:
                journal.amend(reread(journal.recipe, ["checkpoint.keep=7"]))
            learn(journal, play, at(index))
            save(journal, at(index))
        expected = [one for one in journal.amendments if one.index < version or one.index == 1]
    fork(undone, version, tmp_path / "forked")
    assert verify(tmp_path / "forked").sound, verify(tmp_path / "forked").findings
    with Journal.open(tmp_path / "forked") as journal:
        assert journal.recipe.checkpoint.keep == keep and journal.amendments == expected
        learn(journal, play, at(version))  # and it goes on
    assert verify(tmp_path / "forked").sound


def test_a_step_undone_before_the_one_before_it_was_played_is_no_line_of_ours(undone, at):
    with Journal.open(undone) as journal:
        journal.roll_back(4, "cannot be")
    assert any("step 4 was undone and step 3 never played" in one.what for one in verify(undone).findings)
