"""Who may write: a lock on one machine, a beat between machines, an epoch for each owner."""

import os
import threading
import time

import pytest

from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal, lease
from mmzero.journal.lease import Lease, read_owner


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.05)
    monkeypatch.setattr(lease, "SILENCE", 0.6)


def elsewhere(path, **changed):
    """What an owner on another machine would have written, with this very process's id: ids do not decide."""
    owner = {
        "host": "far",
        "pid": os.getpid(),
        "boot": "another",
        "epoch": 7,
        "owner": "theirs",
        "beat": 0,
        "released": False,
    }
    path.write_bytes(lease._line(owner | changed))


def test_each_owner_has_the_next_epoch(tmp_path):
    epochs = []
    for _ in range(3):
        held = Lease(tmp_path / "lease")
        epochs.append(held.epoch)
        held.drop()
        held.drop()
    assert epochs == [1, 2, 3] and read_owner(tmp_path / "lease")["released"]


def test_what_beats_on_another_machine_lives_and_is_named(tmp_path):
    path, stop = tmp_path / "lease", threading.Event()

    def beat():
        count = 0
        while not stop.wait(0.05):
            elsewhere(path, beat=(count := count + 1))

    elsewhere(path)
    beating = threading.Thread(target=beat)
    beating.start()
    try:
        with pytest.raises(UserError, match=f"belongs to a live run, process {os.getpid()} on host far"):
            Lease(path)
    finally:
        stop.set()
        beating.join()
    held = Lease(path)  # silent by now: it is replaced
    assert held.epoch == 8 and read_owner(path)["host"] != "far"
    held.drop()


def test_a_lease_that_was_given_back_or_is_of_this_machine_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(Lease, "_watch", lambda *_: pytest.fail("it waited"))
    elsewhere(tmp_path / "lease", released=True)
    Lease(tmp_path / "lease").drop()
    elsewhere(tmp_path / "lease", boot=lease._boot())  # the lock is free: whoever held it is gone
    assert Lease(tmp_path / "lease").epoch == 8


def test_a_lease_that_cannot_be_read_is_watched_and_replaced(tmp_path):
    (tmp_path / "lease").write_bytes(b'{"host": "far", "pi')
    assert Lease(tmp_path / "lease").epoch == 1


def test_an_owner_beats(tmp_path):
    held = Lease(tmp_path / "lease")
    first, ends = read_owner(tmp_path / "lease")["beat"], time.monotonic() + 30
    while read_owner(tmp_path / "lease")["beat"] == first:
        assert time.monotonic() < ends
        time.sleep(0.02)
    held.drop()


def test_who_was_replaced_writes_no_more(tmp_path, recipe, play, at):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        journal.played(at(0), lambda: play(0))
        before = (tmp_path / "run" / "manifest.jsonl").read_bytes()

        def replaced():
            elsewhere(tmp_path / "run" / "lease", epoch=9)
            return play(1)

        with pytest.raises(CampaignStopped, match=f"now belongs to process {os.getpid()} on host far"):
            journal.played(at(1), replaced)
        with pytest.raises(CampaignStopped, match="writes no more"):
            journal.learned(at(0), {"loss": 1.0})
        assert (tmp_path / "run" / "manifest.jsonl").read_bytes() == before
        time.sleep(0.2)  # nor does it beat in the other's name
    assert read_owner(tmp_path / "run" / "lease")["owner"] == "theirs"


def test_an_unfinished_name_says_whose_it_is(tmp_path, recipe, at):
    Journal.create(tmp_path / "run", recipe, {}).close()
    with Journal.open(tmp_path / "run") as journal:
        seen = []
        journal.checkpoint(at(0), lambda where: seen.append(where.name) or (where / "w").write_bytes(b"w"))
    assert seen[0].startswith(".000001.2-") and seen[0].endswith(".unfinished")
