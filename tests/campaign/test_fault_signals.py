"""A campaign in a process of its own that is stopped, asked to end, left no time, and has a rival."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import on_fakes
import pytest

from mmzero import cli
from mmzero.journal.verify import verify

PROGRAM = [sys.executable, str(Path(__file__).with_name("on_fakes.py"))]


@pytest.fixture
def started(tmp_path):
    """Starts a campaign, or one more owner of it; they end with the test."""
    running = []

    def start(verb, *sets):
        process = subprocess.Popen(
            [*PROGRAM, verb, str(tmp_path / "run"), *sets],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def speaking(process):
    """Once it waits inside a step."""
    assert '"step": 2' in process.stdout.readline(), process.stderr.read()


def let_go(process):
    """It answers whatever it is asked from now on; its exit code, and what it said."""
    _, said = process.communicate("\n" * 1000, timeout=120)
    return process.returncode, said


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untouched") / "run"
    with pytest.MonkeyPatch.context() as patched:
        on_fakes.install(patched)
        on_fakes.begin(folder)
    return on_fakes.state(folder)


def test_a_stopped_owner_keeps_its_campaign_and_goes_on(started, tmp_path, untouched, capsys):
    owner = started("begin")
    speaking(owner)
    owner.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, owner.pid, os.WSTOPPED | os.WNOWAIT)
    with pytest.raises(SystemExit) as left:
        cli.main(["resume", str(tmp_path / "run")])
    assert left.value.code == 2
    assert f"belongs to a live run, process {owner.pid} on host" in capsys.readouterr().err
    owner.send_signal(signal.SIGCONT)
    assert let_go(owner) == (0, "")
    assert on_fakes.state(tmp_path / "run") == untouched and verify(tmp_path / "run").sound


def test_asked_to_end_it_saves_and_says_how_to_go_on(started, tmp_path, untouched):
    owner = started("begin", "checkpoint.every=3")
    speaking(owner)
    owner.send_signal(signal.SIGTERM)
    code, said = let_go(owner)
    assert code == 3
    assert said == (
        f"stopped: SIGTERM asked for the end, and a checkpoint is saved; go on with: mmzero resume {tmp_path / 'run'}\n"
    )
    assert (tmp_path / "run" / "checkpoints" / "000003").is_dir()
    assert let_go(started("resume")) == (0, "")
    assert on_fakes.state(tmp_path / "run") == untouched


def test_left_no_time_it_ends_and_of_two_that_go_on_one_is_sent_away(started, tmp_path, untouched):
    owner = started("begin", "checkpoint.grace=0.2s")
    speaking(owner)
    owner.send_signal(signal.SIGTERM)  # and nobody lets it answer
    assert owner.wait(timeout=120) == 130  # its input stays open: at its end it would answer
    said = owner.stderr.read()
    assert said == f"interrupted: resume with: mmzero resume {tmp_path / 'run'}\n"
    rivals = [started("resume") for _ in range(2)]
    ended = [let_go(rival) for rival in rivals]
    if ended != [(0, ""), (0, "")]:  # else one had ended before the other began
        assert sorted(code for code, _ in ended) == [0, 2]
        assert any("belongs to a live run" in said for _, said in ended)
    assert on_fakes.state(tmp_path / "run") == untouched and verify(tmp_path / "run").sound
