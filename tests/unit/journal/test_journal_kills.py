"""A kill before and after every write, fsync, rename and deletion: what was committed stands, the rest never was."""

import os
import shutil
from contextlib import suppress

import pytest

from mmzero.errors import UserError
from mmzero.journal import Journal

CALLS = ("write", "fsync", "rename", "ftruncate", "unlink", "rmdir")


class Killed(BaseException):
    """No `except Exception` survives it, as none survives SIGKILL."""


class Death:
    """Lets `after` calls pass, then kills at the next, before or after its effect; a dead process does nothing more."""

    def __init__(self, monkeypatch, after, effect):
        self.left, self.effect, self.dead, self.calls = after, effect, False, 0
        for name in CALLS:
            monkeypatch.setattr(os, name, self._deadly(name, getattr(os, name)))

    def _deadly(self, name, real):
        def call(*args, **kwargs):
            if self.dead:
                raise Killed
            self.calls += 1
            self.left -= 1
            if self.left >= 0:
                return real(*args, **kwargs)
            self.dead = True
            if self.effect == "after":
                real(*args, **kwargs)
            elif name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])  # torn
            raise Killed

        return call


def fill(index):
    def save(folder):
        (folder / "weights").write_bytes(bytes([index]) * 64)
        (folder / "moments").write_bytes(bytes([index]) * 32)

    return save


def run(journal, play, upto, said):
    """Every kind of commit, step by step; `said` hears of each once it returned."""

    def make(index):
        said.append(("made", index))
        return play(index)

    for cursor in journal.remaining():
        if cursor.index > upto:
            return
        journal.images.put(bytes([cursor.index]) * 9)
        journal.played(cursor, lambda cursor=cursor: make(cursor.index))
        said.append(("played", cursor.index))
        journal.learned(cursor, {"loss": cursor.index / 7})
        said.append(("learned", cursor.index))
        if journal.evaluation("probe", cursor.index) is None:
            journal.evaluated("probe", cursor.index, [{"task_id": "a", "correct": 1.0}])
        said.append(("evaluated", cursor.index))
        journal.checkpoint(cursor, fill(cursor.index))  # last: what remains begins after it
        said.append(("checkpoint", cursor.index))


def state(journal):
    newest = journal.newest_checkpoint()
    return (
        [journal.read(index) for index in journal.steps()],
        journal.metrics(),
        newest[0],
        {path.name: path.read_bytes() for path in newest[1].iterdir()},
        [journal.evaluation("probe", index) for index in journal.steps()],
    )


def check_what_stands(journal, play, said):
    steps = journal.steps()
    assert steps == list(range(len(steps)))
    assert {index for what, index in said if what == "played"} <= set(steps)
    assert set(steps) <= {index for what, index in said if what == "made"} | {0, 1}
    assert all(journal.read(index) == play(index) for index in steps)
    assert {index for what, index in said if what == "learned"} <= {line["index"] for line in journal.metrics()}
    assert journal._ledger.commits("learned").keys() <= {line["index"] for line in journal.metrics()}
    cursor, folder = journal.newest_checkpoint()
    assert cursor.index >= max((index for what, index in said if what == "checkpoint"), default=1)
    assert (folder / "weights").read_bytes() == bytes([cursor.index]) * 64
    assert all(journal.evaluation("probe", index) for what, index in said if what == "evaluated")
    assert not list(journal.folder.rglob("*.unfinished"))
    for half in (journal.folder / "checkpoints").iterdir():  # nor is anything left that was half deleted
        assert sorted(os.listdir(half)) == ["manifest.json", "moments", "weights"]


@pytest.fixture
def begun(tmp_path, recipe, play):
    """Two steps done and two checkpoints kept, so that the next step also deletes one."""
    with Journal.create(tmp_path / "begun", recipe, {}) as journal:
        run(journal, play, 1, [])
    return tmp_path / "begun"


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_kill_anywhere_in_a_step(begun, tmp_path, play, monkeypatch, effect):
    with Journal.open(shutil.copytree(begun, tmp_path / "untouched")) as journal:
        run(journal, play, 2, [])
        untouched = state(journal)
    for after in range(1000):
        folder = shutil.copytree(begun, tmp_path / f"killed-{after}")
        journal, said = Journal.open(folder), []
        with monkeypatch.context() as patched:
            death = Death(patched, after, effect)
            with suppress(Killed):
                run(journal, play, 2, said)
        journal.close()
        with Journal.open(folder) as again:
            check_what_stands(again, play, said)
            run(again, play, 2, said)
            assert state(again) == untouched
            again.checkpoint(again.cursors()[3], fill(3))
            assert sorted(os.listdir(folder / "checkpoints")) == ["000003", "000004"]
        played = said.index(("played", 2))  # once committed, never made again
        assert ("made", 2) not in said[played:]
        shutil.rmtree(folder)
        if not death.dead:
            break
    assert after > 30  # the step has that many instants to die at


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_kill_while_a_damaged_checkpoint_is_replaced(begun, tmp_path, play, monkeypatch, effect, at):
    (begun / "checkpoints" / "000002" / "weights").write_bytes(b"damaged")
    for after in range(1000):
        folder = shutil.copytree(begun, tmp_path / f"killed-{after}")
        journal = Journal.open(folder)
        assert journal.newest_checkpoint()[0] == at(0)
        with monkeypatch.context() as patched:
            death = Death(patched, after, effect)
            with suppress(Killed):
                journal.checkpoint(at(1), fill(1))
        journal.close()
        with Journal.open(folder) as again:
            cursor, found = again.newest_checkpoint()
            assert (found / "weights").read_bytes() == bytes([cursor.index]) * 64
            run(again, play, 1, [])
            assert again.newest_checkpoint()[0] == at(1)
        if not death.dead:
            break
    assert after > 8


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_campaign_is_there_whole_or_not_at_all(tmp_path, recipe, monkeypatch, effect):
    plugin = tmp_path / "reward.py"
    plugin.write_text("pass\n")
    for after in range(1000):
        folder = tmp_path / f"run-{after}"
        with monkeypatch.context() as patched:
            death = Death(patched, after, effect)
            with suppress(Killed):
                Journal.create(folder, recipe, {"reward.py:f": plugin}).close()
        if folder.exists():
            with pytest.raises(UserError, match="holds another campaign"):
                Journal.create(folder, recipe, {"reward.py:f": plugin})
            with Journal.open(folder) as journal:
                assert journal.recipe == recipe and journal.plugins["reward.py:f"].read_text() == "pass\n"
        else:
            Journal.create(folder, recipe, {"reward.py:f": plugin}).close()
        if not death.dead:
            break
    assert after > 8


def test_the_names_of_new_folders_above_a_campaign_are_flushed(tmp_path, recipe, monkeypatch):
    flushed, real = [], os.fsync

    def fsync(descriptor):
        flushed.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    Journal.create(tmp_path / "runs" / "today" / "one", recipe, {}).close()
    assert {str(tmp_path), str(tmp_path / "runs"), str(tmp_path / "runs" / "today")} <= set(flushed)
    assert str(tmp_path.parent) not in flushed, "that was there"


def test_bytes_are_flushed_before_their_name_and_names_before_the_line(begun, play, monkeypatch):
    """What a power cut needs and a kill cannot show: the order of flushing."""
    flushed, events = set(), []
    real_fsync, real_rename, real_write = os.fsync, os.rename, os.write

    def fsync(descriptor):
        flushed.add(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        real_fsync(descriptor)

    def rename(source, target):
        if not str(target).endswith(".unfinished"):  # a deletion only takes the name away
            assert str(source) in flushed
            assert all(str(path) in flushed for path in source.rglob("*"))
            events.append(str(target.parent))
            flushed.discard(str(target.parent))
        real_rename(source, target)

    def write(descriptor, content):
        if os.path.realpath(f"/proc/self/fd/{descriptor}").endswith("manifest.jsonl"):
            assert all(parent in flushed for parent in events)
        return real_write(descriptor, content)

    with Journal.open(begun) as journal:
        for name, fake in (("fsync", fsync), ("rename", rename), ("write", write)):
            monkeypatch.setattr(os, name, fake)
        run(journal, play, 2, [])
        assert str(begun / "manifest.jsonl") in flushed and str(begun / "metrics.jsonl") in flushed
    assert [os.path.basename(parent) for parent in events][1:] == ["steps", "evaluations", "checkpoints"]
