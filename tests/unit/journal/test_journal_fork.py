"""A fork shares history up to a checkpoint, changes nothing of where it came from, and is a campaign like any other."""

import hashlib
import json
import os

import pytest

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.journal import fork as forking
from mmzero.journal.fork import fork
from mmzero.journal.verify import verify


@pytest.fixture
def folder(tmp_path, recipe, play, at):
    """Five steps, a checkpoint after every one; the two newest are kept: of versions 4 and 5."""
    plugin = tmp_path / "reward.py"
    plugin.write_text("pass\n")
    with Journal.create(tmp_path / "run", recipe, {"reward.py:f": plugin}) as journal:
        journal.images.put(b"a picture")
        for index in range(5):
            journal.played(at(index), lambda index=index: play(index))
            journal.learned(at(index), {"loss": index / 7})
            journal.evaluated("heldout", index + 1, [{"task_id": "a", "correct": True}])
            journal.checkpoint(at(index), lambda where, index=index: (where / "weights").write_text(f"w{index}"))
    return tmp_path / "run"


def everything(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("links", [True, False])
def test_a_fork_has_the_history_and_the_future_of_its_checkpoint(folder, tmp_path, play, at, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "another disk")))
    before = everything(folder)
    with Journal.open(folder):  # a live run may go on beside it
        made = fork(folder, 4, tmp_path / "new")
    assert made["version"] == 4
    fresh = verify(tmp_path / "new")
    assert fresh.checked["checkpoints"] == 1 and not [one for one in fresh.findings if "image" not in one.where]
    with Journal.open(tmp_path / "new") as new:
        assert new.steps() == [0, 1, 2, 3] and [line["index"] for line in new.metrics()] == [0, 1, 2, 3]
        assert new.read(3) == play(3)
        assert new.evaluation("heldout", 4) and new.evaluation("heldout", 5) is None
        cursor, checkpoint = new.newest_checkpoint()
        assert cursor == at(3) and (checkpoint / "weights").read_text() == "w3"
        assert [cursor.index for cursor in new.remaining()] == [4, 5]
        assert new.about["origin"]["folder"] == str(folder) and new.about["origin"]["version"] == 4
        assert new.plugins["reward.py:f"].read_text() == "pass\n"
        new.played(at(4), lambda: play(0))
        new.learned(at(4), {"loss": 1.0})
        new.checkpoint(at(4), lambda where: (where / "weights").write_text("another future"))
    assert [one for one in verify(tmp_path / "new").findings if "image" not in one.where] == []
    changed = {name for name, digest in everything(folder).items() if before.get(name) != digest}
    assert changed <= {"lease"} and before.keys() == everything(folder).keys()


def test_the_newest_sound_checkpoint_before_is_taken(folder, tmp_path):
    (folder / "checkpoints" / "000005" / "weights").write_text("damaged")
    assert fork(folder, 5, tmp_path / "new")["version"] == 4


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (3, "has no sound checkpoint at 3 or before; fork at one of the steps that have one: 4, 5"),
        (6, "cannot be forked at 6: it has learned 5 steps"),
        (0, "cannot be forked at 0: it has learned 5 steps"),
    ],
)
def test_a_step_that_is_not_there_is_refused_and_nothing_is_written(folder, tmp_path, step, sentence):
    with pytest.raises(UserError, match=sentence):
        fork(folder, step, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_fork_is_refused_where_something_is_and_where_history_is_damaged(folder, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(UserError, match="holds another campaign or other files"):
        fork(folder, 4, tmp_path / "full")
    (folder / "steps" / "000001" / "tasks.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"000001/tasks\.parquet is damaged"):
        fork(folder, 4, tmp_path / "new")
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".*"))


def test_a_fork_that_is_killed_is_not_there(folder, tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(forking, "write_about", killed)
    with pytest.raises(KeyboardInterrupt):
        fork(folder, 4, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_where_about_was_changed_it_is_said(folder):
    about = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps(about | {"host": "another"}))
    with pytest.raises(UserError, match=r"about\.json was edited by hand or is damaged"):
        Journal.open(folder)
