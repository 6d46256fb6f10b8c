"""`make faults`: the tiny campaign on its real engines, killed and starved as machines do it, and what came of it as a table.

python faults.py [KILLS [NAME …]], with the names of ROWS:
driver: killed so many times, on transformers in one process, where the end must be the untouched one's bit for bit;
disk: one that takes no large file; worlds: other ranks and stages on the way;
engine: a sampler or a learner's rank killed a quarter as many times, on Ray, vLLM and DeepSpeed.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import worlds
from rich.console import Console
from rich.table import Table
from safetensors.numpy import load_file

from mmzero.journal import Journal
from mmzero.journal.verify import verify

MMZERO = [sys.executable, "-m", "mmzero"]
QUIET = ["--set", "log.terminal=quiet"]
CLUSTER = ["sampler.engine=vllm", "sampler.context=1024", "learner.ranks=2", "learner.zero=2"]
WORLDS = [(0, 2, 2, 2), (2, 3, 1, 0), (3, 4, 3, 3), (4, 5, 2, 2)]  # from and up to which version, ranks, ZeRO stage
LARGEST = 1 << 20  # bytes of a file, where the disk is short
Row = tuple[str, str, str, bool]  # what was done, on which engines, what came of it, and whether that is right


def started(*arguments: str, before: Callable[[], None] | None = None) -> subprocess.Popen:
    return subprocess.Popen(
        [*MMZERO, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=before
    )


def sets(*changes: str) -> list[str]:
    return [part for change in changes for part in ("--set", change)]


def weights(folder: Path) -> dict[tuple[str, str], bytes]:
    with Journal.open(folder, write=False) as journal:
        checkpoint = journal.newest_checkpoint()[1]
    return {
        (str(path.relative_to(checkpoint)), name): tensor.tobytes()
        for path in sorted(checkpoint.rglob("*.safetensors"))
        for name, tensor in load_file(path).items()
    }


def recorded(folder: Path) -> dict[str, bytes]:
    """The rollouts of every committed step, which must not change any more."""
    if not (folder / "about.json").is_file():
        return {}
    return {str(path): path.read_bytes() for path in (folder / "steps").glob("[0-9]*/rollouts.parquet")}


def children(pid: int) -> list[int]:
    found, wave = [], [pid]
    while wave:
        here = {str(one) for one in wave}
        wave = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) in here]
        found += wave
    return found


def _parent(stat: Path) -> str:
    try:
        return stat.read_text().rpartition(")")[2].split()[1]
    except OSError:  # it has just ended
        return ""


def hosts(pid: int) -> dict[int, str]:
    """The processes of engines below a driver, and which engine each holds."""
    found = {}
    for child in children(pid):
        try:
            if "ray::_Host" in Path(f"/proc/{child}/cmdline").read_text():
                found[child] = "sampler" if "/vllm/" in Path(f"/proc/{child}/maps").read_text() else "learner's rank"
        except OSError:
            continue
    return found


def untouched(scratch: Path) -> float:
    """The campaign that all are compared with, and the seconds it takes."""
    began = time.monotonic()
    process = started("run", "tiny_resume", "--out", str(scratch / "untouched"), *QUIET)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return time.monotonic() - began


def kill_drivers(scratch: Path, whole: float, kills: int, draw: random.Random) -> Row:
    done, campaigns, same, lost = 0, 0, 0, 0
    while done < kills:
        folder, ended = scratch / f"killed-{campaigns}", False
        while not ended:
            begin = (
                ["resume", str(folder)]
                if (folder / "about.json").is_file()
                else ["run", "tiny_resume", "--out", str(folder)]
            )
            before = recorded(folder)
            process = started(*begin, *QUIET)
            try:
                said, _ = process.communicate(timeout=draw.uniform(0.2, 1.0) * whole if done < kills else None)
                assert process.returncode == 0, said
                ended = True
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                done += 1
            lost += sum(recorded(folder).get(name) != content for name, content in before.items())
        campaigns += 1
        same += weights(folder) == weights(scratch / "untouched") and verify(folder).sound
    came = f"{same} of {campaigns} campaigns end bit for bit as the untouched one; {lost} committed steps changed"
    return f"SIGKILL of the driver, {done} times", "transformers, DeepSpeed", came, same == campaigns and not lost


def kill_engines(scratch: Path, whole: float, kills: int, draw: random.Random) -> Row:
    folder, done, codes, killed = scratch / "cluster", 0, [], []
    kills = max(1, kills // 4)
    changes = sets(*CLUSTER, "schedule.phases.1.steps=12")
    while not codes or codes[-1] != 0:
        begin = ["resume", str(folder)] if codes else ["run", "tiny_resume", "--out", str(folder), *changes]
        before = recorded(folder)
        process = started(*begin, *QUIET)
        while process.poll() is None and done < kills:
            steps = len(recorded(folder))
            while process.poll() is None and len(recorded(folder)) == steps:
                time.sleep(0.2)
            time.sleep(draw.uniform(0, 3))
            if there := sorted(hosts(process.pid).items()):
                pid, what = draw.choice(there)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                killed.append(what)
                done += 1
        said, _ = process.communicate(timeout=1800)
        codes.append(process.returncode)
        assert process.returncode in (0, 3), said
        assert all(recorded(folder)[name] == content for name, content in before.items())
    came = f"exit codes {codes}, then whole; killed: {', '.join(killed)}"
    return f"SIGKILL of an engine, {done} times", "Ray, vLLM, 2 ranks at ZeRO 2", came, verify(folder).sound


def short_of_disk(scratch: Path, whole: float, kills: int, draw: random.Random) -> Row:
    """A limit on the size of a file stands for a disk: the first checkpoint does not go through."""
    folder = scratch / "short"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))

    process = started("run", "tiny_resume", "--out", str(folder), *QUIET, before=limit)
    said, _ = process.communicate()
    stopped = process.returncode == 3 and f"stopped: {folder} cannot be written" in said
    again = started("resume", str(folder))
    again.communicate()
    same = weights(folder) == weights(scratch / "untouched")
    came = f"exit code {process.returncode}, then resumed to the same bits: {same}"
    return "no file above 1 MiB", "transformers, DeepSpeed", came, stopped and same


def other_worlds(scratch: Path, whole: float, kills: int, draw: random.Random) -> Row:
    """The untouched campaign's steps learned again from its ledger, every one of them on other ranks or at another stage."""
    folder, place = scratch / "untouched", scratch / "worlds"
    place.mkdir()
    with Journal.open(folder, write=False) as journal:
        losses = {line["index"]: line["loss"] for line in journal.metrics()}
    gaps = [
        abs(told["loss"] - losses[index])
        for world in WORLDS
        for index, told in worlds.learned(folder, place, *world).items()
    ]
    came = f"losses of {len(gaps)} steps within {max(gaps):.1e} of the untouched campaign's"
    return "ranks 2, 1, 3, 2 at ZeRO 2, 0, 3, 2", "DeepSpeed", came, len(gaps) == len(losses) and max(gaps) <= 1e-3


ROWS: Mapping[str, Callable[..., Row]] = {
    "driver": kill_drivers,
    "disk": short_of_disk,
    "worlds": other_worlds,
    "engine": kill_engines,
}


def main(kills: int, names: Sequence[str]) -> None:
    shown, holds = Table("what", "on", "came of it", "holds"), True
    with tempfile.TemporaryDirectory(prefix="mmzero-faults-") as scratch:
        whole = untouched(Path(scratch))
        print(f"tiny_resume, untouched: {whole:.0f} s", flush=True)
        for name in names or ROWS:
            row = ROWS[name](Path(scratch), whole, kills, random.Random(kills))
            print(*row, sep=" | ", flush=True)
            shown.add_row(*map(str, row))
            holds = holds and row[-1]
    Console().print(shown)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2:])
