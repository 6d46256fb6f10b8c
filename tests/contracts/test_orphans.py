"""A driver that is killed leaves nobody behind: neither in its own local cluster nor in one that it shares with others."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import ray

from mmzero.engines.cluster import Cluster

pytestmark = pytest.mark.engines

PATIENCE = 120.0  # seconds until all must be gone; a moment is enough on an idle machine
DRIVER = """
import json, os, sys, time
from mmzero.engines.cluster import Cluster, Seat

cluster = Cluster(sys.argv[1], 120.0)
[host] = cluster.seat([Seat("one that waits")]).values()
cluster.open([host], type("Engine", (), {"pid": lambda self: os.getpid()}))
print(json.dumps({"host": host.call("pid")}), flush=True)
time.sleep(600)
"""


def driven(address):
    """A driver in a session of its own, which has seated a host, and that host's process."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, address], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    return driver, json.loads(driver.stdout.readline())["host"]


def descendants(root):
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    found, wave = set(), {root}
    while wave := {pid for pid, parent in parents.items() if parent in wave} - found:
        found |= wave
    return found


def _parent(path):
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return 0


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_end(pids):
    ends = time.monotonic() + PATIENCE
    while (left := {pid for pid in pids if lives(pid)}) and time.monotonic() < ends:
        time.sleep(0.2)
    return not left


def kill(driver):
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    driver.stdout.close()


def test_a_local_cluster_ends_with_its_driver():
    driver, host = driven("local")
    started = descendants(driver.pid)
    assert host in started and len(started) > 3, "a cluster is more than its host"
    kill(driver)
    assert all_end(started)


def test_in_a_cluster_of_others_only_its_own_hosts_end():
    shared = Cluster("local", 120.0)
    try:
        driver, host = driven(ray.get_runtime_context().gcs_address)
        assert lives(host)
        kill(driver)
        assert all_end({host})
        assert ray.is_initialized() and ray.nodes()[0]["Alive"]
    finally:
        shared.close()


TOLD_TO_END = DRIVER.replace("time.sleep(600)", """
import signal
from mmzero.engines.hosts import headless
from mmzero.errors import CampaignStopped
signal.signal(signal.SIGTERM, lambda *_: None)
sys.stdin.readline()
while not headless():
    time.sleep(0.1)
try:
    host.renew()
except CampaignStopped as stopped:
    print(stopped, flush=True)
cluster.close()
""")  # fmt: skip


def test_where_everybody_is_told_to_end_nothing_is_started_again():
    """As by a batch system that signals all of a job's processes, Ray's own among them."""
    driver = subprocess.Popen(
        [sys.executable, "-c", TOLD_TO_END, "local"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    driver.stdout.readline()
    for pid in descendants(driver.pid):
        with contextlib.suppress(ProcessLookupError):  # it ended with another
            os.kill(pid, signal.SIGTERM)
    said, _ = driver.communicate("\n", timeout=PATIENCE)
    assert driver.returncode == 0
    assert "one that waits cannot be started again, for Ray's head at" in said
