"""A Ray cluster that does not come up: tried once more on this machine, and then one sentence, with the exit code of an
engine that did not start."""

import signal
from pathlib import Path

import pytest

from mmzero.engines import cluster as clusters
from mmzero.engines.cluster import Cluster
from mmzero.errors import EngineError, UserError

SLOW = "The current node timed out during startup.\nThis could happen because some of the raylet failed to startup."


@pytest.fixture
def starts(monkeypatch):
    """How often Ray was started; it fails the first `failing` times."""

    def install(failing):
        made = []

        def init(**where):
            made.append(where["address"])
            if len(made) - made.count("ended") <= failing:
                raise Exception(SLOW)

        monkeypatch.setattr(clusters.ray, "is_initialized", lambda: False)
        monkeypatch.setattr(clusters.ray, "init", init)
        monkeypatch.setattr(clusters.ray, "shutdown", lambda: made.append("ended"))
        return made

    return install


def test_a_machine_that_is_slow_for_a_moment_is_asked_once_more(starts, caplog):
    made = starts(failing=1)
    Cluster("local", 1.0)
    assert made == ["local", "ended", "local"]
    assert "Ray did not come up on this machine" in caplog.text and "trying once more" in caplog.text


def test_one_that_stays_slow_is_an_engine_that_did_not_start(starts):
    made = starts(failing=2)
    with pytest.raises(EngineError, match=r"which may be overloaded or full \(The current node timed out") as failed:
        Cluster("local", 1.0)
    assert made == ["local", "ended"] * 2 and "\n" not in str(failed.value)


def test_another_cluster_that_does_not_answer_is_the_users_to_mend(starts):
    made = starts(failing=1)
    with pytest.raises(
        UserError, match=r"the Ray cluster at 'auto' does not answer \(The current .*set cluster.address"
    ):
        Cluster("auto", 1.0)
    assert made == ["auto", "ended"]


def test_a_signal_is_still_the_campaigns_to_hear(starts, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    starts(failing=0)
    started = clusters.ray.init
    monkeypatch.setattr(clusters.ray, "init", lambda **how: (signal.signal(signal.SIGTERM, print), started(**how)))
    Cluster("local", 1.0)
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_command_says_so_in_one_sentence_and_the_campaign_can_be_resumed(starts, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    starts(failing=2)
    code, out, err = call("run", "tiny", "--out", "run", "--set", "log.terminal=quiet")
    assert (code, out) == (3, "")
    assert err == (
        "stopped: the engines did not start: Ray did not come up on this machine, which may be overloaded or full"
        " (The current node timed out during startup. This could happen because some of the raylet failed to startup);"
        " mend that, then resume\n"
    )
    assert Path("run", "about.json").is_file()
