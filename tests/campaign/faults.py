"""`make faults`: small campaigns on their real engines, killed and starved as machines do it, and what came of it as a table.

python faults.py [--folder FOLDER] [--cases N] [NAME …], with the names of ROWS:
driver: killed, on transformers in one process, where the end must be the untouched campaign's bit for bit;
disk: one that is filled on the way; worlds: other ranks and stages on the way;
cluster: the driver killed, on Ray, vLLM and two ranks; sampler, rank, renderer, reward: one of those killed there.

Each case is written down in FOLDER/faults.jsonl as it ends, and what stands there is not done again: it may be interrupted,
or told how many cases to do, and called again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import lives
import victims
import worlds
from rich.console import Console
from rich.table import Table
from safetensors.numpy import load_file

from mmzero.journal import Journal
from mmzero.journal.verify import verify

HERE = Path(__file__).parent
QUIET = ["--set", "log.terminal=quiet"]
CLUSTER = ["sampler.engine=vllm", "sampler.context=1024", "learner.ranks=2", "learner.zero=2", "budgets.backoff=0.5"]
WORLDS = [(0, 2, 2, 2), (2, 3, 1, 0), (3, 4, 3, 3), (4, 5, 2, 2)]  # from and up to which version, ranks, ZeRO stage
CLOSE = 1e-3  # of losses
KILLS = 4  # of the driver, in one campaign
NEW = partial(lives.begun, ("-m", "mmzero"))
Life = subprocess.Popen | lives.Forked


@dataclass(frozen=True)
class Case:
    """What was done to one campaign, what came of it, and whether that is right."""

    row: str
    case: int
    what: str
    on: str
    came: str
    right: bool
    seconds: float = 0.0


class Campaign:
    """One that runs as a program, in a folder that nothing else is in."""

    def __init__(self, folder: Path, recipe: str, *sets: str, begun: Callable[[list[str]], Life] = NEW):
        self.folder, self._recipe, self._sets, self._begun = folder, recipe, sets, begun
        shutil.rmtree(folder, ignore_errors=True)  # of a case that was interrupted

    def go_on(self) -> Life:
        """From its beginning, or where it was left."""
        begun = (self.folder / "about.json").is_file()
        sets = [part for one in self._sets for part in ("--set", one)]
        arguments = ["resume", self.folder] if begun else ["run", self._recipe, "--out", self.folder, *sets, *QUIET]
        return self._begun([*map(str, arguments)])

    def committed(self) -> dict[int, Any]:
        """The files of every step that was played, with their hashes: none of it may change any more."""
        if not (self.folder / "about.json").is_file():
            return {}
        with Journal.open(self.folder, write=False) as journal:
            return {index: dict(line["files"]) for index, line in journal._ledger.commits("played").items()}

    def lines(self) -> int:
        """Commits of any kind."""
        ledger = self.folder / "manifest.jsonl"
        return ledger.read_bytes().count(b"\n") if ledger.is_file() else 0

    def ended(self, process: Life) -> None:
        said, _ = process.communicate()
        assert process.returncode == 0, said


def changed(before: Mapping[int, Any], after: Mapping[int, Any]) -> int:
    return sum(after.get(index) != files for index, files in before.items())


def weights(folder: Path) -> dict[tuple[str, str], bytes]:
    with Journal.open(folder, write=False) as journal:
        checkpoint = journal.newest_checkpoint()[1]
    return {
        (str(path.relative_to(checkpoint)), name): tensor.tobytes()
        for path in sorted(checkpoint.rglob("*.safetensors"))
        for name, tensor in load_file(path).items()
    }


def untouched(folder: Path, _: int) -> Case:
    """The campaign that all are compared with."""
    campaign = Campaign(folder, "tiny_resume")
    campaign.ended(campaign.go_on())
    steps = len(campaign.committed())
    return Case("untouched", 0, "nothing", "transformers, DeepSpeed", f"{steps} steps", verify(folder).sound)


def kill_driver(folder: Path, case: int) -> Case:
    """A random time after some commit of each life."""
    draw, campaign = random.Random(case), Campaign(folder, "tiny_resume", begun=lives.Forked)
    kills, lost, done = 0, 0, False
    while not done:
        before, process = campaign.committed(), campaign.go_on()
        if kills < KILLS and wait_for_commits(campaign, process, draw.randint(1, 4)):
            time.sleep(draw.uniform(0, 1))
        killed = kills < KILLS and process.poll() is None
        if killed:
            process.kill()
            process.communicate()
            kills += 1
        else:
            campaign.ended(process)
            done = True
        lost += changed(before, campaign.committed())
    same, sound = weights(folder) == weights(folder.parent / "untouched-0"), verify(folder).sound
    came = f"{'bit for bit the untouched one' if same else 'other weights'}; {lost} committed steps changed"
    what = f"SIGKILL of the driver, {kills} times"
    return Case("driver", case, what, "transformers, DeepSpeed", came, same and sound and not lost)


def kill_driver_of_a_cluster(folder: Path, case: int) -> Case:
    campaign = Campaign(folder, "tiny_resume", *CLUSTER)
    process = campaign.go_on()
    wait_for_a_step(campaign, process, random.Random(case))
    engines, everybody, before = victims.hosts(process.pid), victims.children(process.pid), campaign.committed()
    process.kill()
    process.communicate()
    left = [victims.gone_after(engines), victims.gone_after(everybody)]
    campaign.ended(campaign.go_on())
    lost, sound, steps = changed(before, campaign.committed()), verify(folder).sound, len(campaign.committed())
    came = (
        f"resumed, whole after {steps} steps; {lost} committed steps changed; {len(engines)} engines were gone {left[0]:.0f} s"
        f" and all {len(everybody)} processes {sum(left):.0f} s later"
    )
    right = sound and not lost and sum(left) < victims.PATIENCE
    return Case("cluster", case, "SIGKILL of the driver", "Ray, vLLM, 2 ranks", came, right)


def kill_engine(kind: str, folder: Path, case: int) -> Case:
    if kind in ("renderer", "reward"):
        prompted = partial(lives.begun, (str(HERE / "prompted.py"),))
        campaign = Campaign(folder, str(HERE / "drawing.yaml"), begun=prompted)
    else:
        campaign = Campaign(folder, "tiny_resume", *CLUSTER)
    draw, process = random.Random(f"{kind}{case}"), campaign.go_on()
    wait_for_a_step(campaign, process, draw)
    before = campaign.committed()
    os.kill(draw.choice(victims.victims(process.pid, kind)), signal.SIGKILL)
    said, _ = process.communicate()
    lost = changed(before, campaign.committed())
    came = f"exit code {process.returncode} without a resume; {lost} committed steps changed; {_failures(folder)}"
    right = process.returncode == 0 and verify(folder).sound and not lost
    return Case(kind, case, f"SIGKILL of a {kind}", "Ray, vLLM, 2 ranks", came if right else f"{came}: {said}", right)


def _failures(folder: Path) -> str:
    """What infrastructure cost: episodes and rewards that were lost to it."""
    with Journal.open(folder, write=False) as journal:
        told = journal.metrics()
    failures, missing = (sum(one.get(name, 0) for one in told) for name in ("failures", "missing"))
    history = folder / "restarts.log"
    again = history.read_text().count("was started again") if history.is_file() else 0
    return f"{failures:g} answers failed, {missing:g} rewards missing, learners started again {again} times"


def wait_for_commits(campaign: Campaign, process: Life, n: int) -> bool:
    """So many more, of any kind; whether it lives to tell them."""
    wanted = campaign.lines() + n
    while process.poll() is None and campaign.lines() < wanted:
        time.sleep(0.1)
    return process.poll() is None


def wait_for_a_step(campaign: Campaign, process: Life, draw: random.Random) -> None:
    """Held-out answers, the first step, that it was learned: and then some time into the next."""
    assert wait_for_commits(campaign, process, 3), process.communicate()[0]
    time.sleep(draw.uniform(0, 3))


FULL = """
mount -t tmpfs -o size=300m none "$1" && cd "$1" || exit 99
"${@:2}" run tiny_resume --out run --set log.terminal=quiet & campaign=$!
until [ -e run/steps/000000 ] || ! kill -0 $campaign; do sleep 0.1; done
head -c 1G /dev/zero > taken
wait $campaign; code=$?
rm taken
"${@:2}" resume run && cp -r run "$1-resumed"
exit $code
"""


def short_of_disk(folder: Path, case: int) -> Case:
    """A small disk in memory, filled by somebody else once the first step is played, and then given room."""
    folder.mkdir(exist_ok=True)
    resumed = folder.with_name(f"{folder.name}-resumed")
    shutil.rmtree(resumed, ignore_errors=True)
    program = ["unshare", "-rm", "bash", "-c", FULL, "full", str(folder), sys.executable, "-m", "mmzero"]
    ended = subprocess.run(program, capture_output=True, text=True)
    stopped = ended.returncode == 3 and "cannot be written (No space left on device)" in ended.stderr
    same = resumed.is_dir() and weights(resumed) == weights(folder.parent / "untouched-0") and verify(resumed).sound
    came = f"exit code {ended.returncode}, then resumed to {'the same bits' if same else 'other weights'}"
    return Case("disk", case, "a full disk", "transformers, DeepSpeed", came, stopped and same)


def other_world(folder: Path, case: int) -> Case:
    """Some of the untouched campaign's steps learned again from its ledger, on other ranks and at another stage than the
    checkpoint they begin from."""
    begins, ends, ranks, zero = WORLDS[case]
    scratch, origin = folder.parent / "worlds", folder.parent / "untouched-0"
    scratch.mkdir(exist_ok=True)
    shutil.rmtree(scratch / str(ends), ignore_errors=True)
    with Journal.open(origin, write=False) as journal:
        losses = {line["index"]: line["loss"] for line in journal.metrics()}
    told = worlds.learned(origin, scratch, begins, ends, ranks, zero)
    gap = max(abs(one["loss"] - losses[index]) for index, one in told.items())
    what = f"steps {begins} to {ends - 1} on {ranks} ranks at ZeRO {zero}"
    return Case("worlds", case, what, "DeepSpeed", f"losses within {gap:.1e} of the untouched one's", gap <= CLOSE)


ROWS: Mapping[str, tuple[int, Callable[[Path, int], Case]]] = {
    "untouched": (1, untouched),
    "driver": (4, kill_driver),
    "disk": (1, short_of_disk),
    "worlds": (len(WORLDS), other_world),
    "cluster": (2, kill_driver_of_a_cluster),
    **{kind: (2, partial(kill_engine, kind)) for kind in ("sampler", "rank", "renderer", "reward")},
}


COMPARED = {"driver", "disk", "worlds"}  # with the untouched campaign


def known(folder: Path) -> dict[tuple[str, int], Case]:
    """The cases that are done."""
    file = folder / "faults.jsonl"
    told = [Case(**json.loads(line)) for line in file.read_text().splitlines()] if file.is_file() else []
    return {(one.row, one.case): one for one in told}


def main(names: list[str], folder: Path, most: int) -> None:
    if strange := set(names) - ROWS.keys():
        sys.exit(f"there is no row {min(strange)}; there are {', '.join(ROWS)}")
    folder.mkdir(parents=True, exist_ok=True)
    first = ("untouched",) if not names or COMPARED & set(names) else ()
    wanted = [(name, case) for name in dict.fromkeys((*first, *(names or ROWS))) for case in range(ROWS[name][0])]
    for name, case in [one for one in wanted if one not in known(folder)][:most]:
        began = time.monotonic()
        found = ROWS[name][1](folder / f"{name}-{case}", case)
        found = Case(**asdict(found) | {"seconds": time.monotonic() - began})
        with (folder / "faults.jsonl").open("a") as file:
            file.write(json.dumps(asdict(found)) + "\n")
        print(f"{found.what} | {found.on} | {found.came} | {found.seconds:.0f} s | {found.right}", flush=True)
    shown, done = Table("what", "on", "came of it", "seconds", "holds"), known(folder)
    for one in (done[at] for at in wanted if at in done):
        shown.add_row(one.what, one.on, one.came, f"{one.seconds:.0f}", "yes" if one.right else "NO")
    Console().print(shown)
    sys.exit(0 if all(at in done and done[at].right for at in wanted) else 1)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("names", nargs="*", help=", ".join(ROWS))
    asked.add_argument("--folder", type=Path, default=Path("runs/faults"))
    asked.add_argument("--cases", type=int, default=1000, help="at most so many")
    given = asked.parse_args()
    main(given.names, given.folder.absolute(), given.cases)
