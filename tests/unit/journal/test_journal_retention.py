"""Which checkpoints stay, and when one is due."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmzero.errors import CampaignStopped
from mmzero.journal import Journal
from mmzero.journal import due as due_module
from mmzero.journal.due import Due
from mmzero.journal.retention import staying
from mmzero.journal.verify import verify
from mmzero.recipe.tree import Checkpoint
from mmzero.types import Cursor

SCORES = {10: 0.9, 20: 0.2, 30: 0.5, 40: 0.5, 50: 0.1}


@pytest.mark.parametrize(
    ("rules", "stays"),
    [
        ({"keep": 2}, {60, 50}),
        ({"keep": 1, "keep_every": 20}, {60, 40, 20}),
        ({"keep": 1, "keep_best": 1}, {60, 10}),
        ({"keep": 1, "keep_best": 2}, {60, 10, 40}),  # of two alike the newer
        ({"keep": 3, "disk": 250}, {60, 50}),
        ({"keep": 3, "disk": 1}, {60}),
        ({"keep": 2, "keep_best": 1, "keep_every": 20, "disk": 300}, {60, 10, 50}),  # best before recent before every
        ({"keep": 2, "keep_best": 1, "keep_every": 20, "disk": 200}, {60, 10}),
    ],
)
def test_what_stays_by_hand(rules, stays):
    rules = Checkpoint(**rules)
    versions = [60, 50, 40, 30, 20, 10]
    found = staying(versions[: rules.keep], versions[rules.keep :], rules, SCORES.get, lambda version: 100)
    assert found == stays


def kept(folder):
    return sorted(int(name) for name in os.listdir(folder / "checkpoints"))


def test_the_folder_follows_the_rules_and_a_dropped_one_is_no_damage(tmp_path, recipe, at):
    rules = Checkpoint(every=1, keep=1, keep_every=2, keep_best=1)
    recipe = recipe.model_copy(update={"checkpoint": rules})
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index, correct in enumerate([True, False, False, False, False]):
            journal.evaluated("heldout", index + 1, [{"task_id": "a", "correct": correct}])
            journal.checkpoint(at(index), lambda where: (where / "weights").write_bytes(b"w"))
    assert kept(tmp_path / "run") == [1, 2, 4, 5]
    with Journal.open(tmp_path / "run") as again:
        assert again.sound_checkpoints() == [1, 2, 4, 5]
        assert again.newest_checkpoint(3)[0] == at(1) and again.newest_checkpoint(0) is None
        again.checkpoint(at(2), lambda where: (where / "weights").write_bytes(b"again"))  # dropped, and due once more
        assert again.newest_checkpoint(3)[0] == at(2) or kept(tmp_path / "run") == [1, 2, 4, 5]
    assert not [one for one in verify(tmp_path / "run").findings if one.where.startswith("checkpoints")]


def test_a_kill_between_the_line_and_the_folder_is_made_good(tmp_path, recipe, at, monkeypatch):
    from mmzero.journal import checkpoints

    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index in range(2):
            journal.checkpoint(at(index), lambda where: (where / "weights").write_bytes(b"w"))
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(checkpoints, "remove_folder", raising)
            journal.checkpoint(at(2), lambda where: (where / "weights").write_bytes(b"w"))
    assert kept(tmp_path / "run") == [1, 2, 3]
    with Journal.open(tmp_path / "run") as again:
        assert again.sound_checkpoints() == [2, 3]
        again.checkpoint(at(3), lambda where: (where / "weights").write_bytes(b"w"))
    assert kept(tmp_path / "run") == [3, 4]


def raising(*_):
    raise KeyboardInterrupt


# --- when


def test_by_steps_at_the_end_and_by_minutes(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(due_module.time, "monotonic", lambda: now[0])
    due = Due(Checkpoint(every=4, every_minutes=2), steps=10)
    assert [index + 1 for index in range(10) if due(Cursor(index, 0, 0, index))] == [4, 8, 10]
    now[0] += 119
    assert not due(Cursor(0, 0, 0, 0))
    now[0] += 1
    assert due(Cursor(0, 0, 0, 0))
    due.saved(tmp_path)
    assert not due(Cursor(0, 0, 0, 0))


def test_a_signal_asks_for_one_and_sigterm_for_the_end(tmp_path):
    due, cursor = Due(Checkpoint(every=1000), steps=1000), Cursor(0, 0, 0, 0)
    before = signal.getsignal(signal.SIGTERM)
    due.begin()
    with due.listening():
        os.kill(os.getpid(), signal.SIGUSR1)
        assert due(cursor)
        due.saved(tmp_path)
        assert not due(cursor)
        os.kill(os.getpid(), signal.SIGTERM)
        assert due(cursor)
        with pytest.raises(CampaignStopped, match=f"a checkpoint is saved; go on with: mmzero resume {tmp_path}"):
            due.saved(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_step_that_outlasts_the_grace_time_is_left(tmp_path):
    due = Due(Checkpoint(grace=0.05), steps=1000)
    due.begin()
    with due.listening(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)


def test_before_there_is_anything_to_save_sigterm_ends_at_once(tmp_path):
    due = Due(Checkpoint(every=1000), steps=1000)
    with due.listening(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


def test_what_a_signal_asked_for_outlives_a_roll_back(tmp_path, recipe, play, at):
    recipe = recipe.model_copy(update={"checkpoint": Checkpoint(every=1000)})
    with Journal.create(tmp_path / "run", recipe, {}) as journal, journal.due.listening():
        journal.played(at(0), lambda: play(0))
        journal.learned(at(0), {"loss": 1.0})
        os.kill(os.getpid(), signal.SIGUSR1)
        journal.roll_back(0, "the probe fell")
        assert journal.due(at(0)), "whoever listens is not asked any more"


DEAF = """
import ctypes, os, signal
from mmzero.journal import due
from mmzero.recipe.tree import Checkpoint

due.DEAF = 0.1
asked = due.Due(Checkpoint(grace=0.1), steps=9)
asked.begin()
with asked.listening():
    os.kill(os.getpid(), signal.SIGTERM)
    mutex = ctypes.create_string_buffer(64)
    for _ in range(2):
        ctypes.CDLL(None).pthread_mutex_lock(mutex)  # the second never returns, and hears no signal
"""


def test_who_hears_no_signal_is_ended_all_the_same():
    ended = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (
        130,
        "interrupted: nothing that is committed is lost; go on with mmzero resume\n",
    )
