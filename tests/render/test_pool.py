"""The public face: jobs in, results out in their order, whatever happens to the processes behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sandbox_material import LEVELS, POLICY, WITHOUT, family, gone, zygote_of

from mmzero.errors import UserError
from mmzero.render import Job, RenderPolicy, RenderPool, Result
from mmzero.render import pool as pool_room
from mmzero.render.policy import STATUSES

ROOT = Path(__file__).parents[2]


def square(number: int) -> Job:
    return Job("python", f"from PIL import Image\nImage.new('RGB', ({number + 1}, 2), (0, 0, {number})).save('a.png')")


def is_square(result: Result, number: int) -> bool:
    return result.status == "ok" and np.array_equal(result.image, np.full((2, number + 1, 3), (0, 0, number)))


@pytest.mark.parametrize("level", LEVELS)
def test_results_come_in_the_order_of_the_jobs(level, pool_at):
    slow = Job("python", "import time\ntime.sleep(0.3)\n" + square(0).code)
    results = pool_at(level).map([slow, *map(square, range(1, 20))])
    assert all(is_square(result, number) for number, result in enumerate(results))
    assert {result.level for result in results} == {level}
    assert results[0].wall_s > 0.3 > results[0].cpu_s > 0


def test_an_image_is_numpy_rgb_of_its_own(pool):
    (first,) = pool.map([square(3)])
    assert (first.image.dtype, first.image.shape) == (np.uint8, (2, 4, 3))
    first.image[:] = 0
    assert is_square(pool.map([square(3)])[0], 3)


def test_no_jobs_no_results(pool):
    assert pool.map([]) == []


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("x = 1\ny = 1 / 0", "code_error", "ZeroDivisionError at line 2"),
        ("x = (", "code_error", "SyntaxError at line 1"),
        ("\n\nimport no_such_module", "code_error", "ModuleNotFoundError at line 3: No module named 'no_such_module'"),
        ("x = 1\nopen('missing.csv')", "code_error", "FileNotFoundError at line 2"),
        ("from PIL import ImageFont\nImageFont.truetype('NoSuchFont.ttf', 9)", "code_error", "at line 2: cannot open"),
        ("def f():\n    raise KeyError('k')\nf()", "code_error", "KeyError at line 2: 'k'"),
        ("print('hello')", "no_image", "hello\nNoImage: the program ended without a picture"),
        ("from PIL import Image\nImage.new('L', (3000, 3000)).save('x.png')", "too_big", "3000 x 3000 pixels"),
        ("import ctypes\nctypes.string_at(0)", "crash", ""),
        ("import ctypes\nctypes.CDLL(None).syscall(101, 0, 0, 0, 0)", "violation", ""),
        ("x = 'a' * (1 << 40)", "memory", "MemoryError at line 1"),
        ("a\0b", "code_error", "null bytes"),
        ("x = '\ud800'", "no_image", ""),
    ],
)  # fmt: skip
def test_each_way_to_end(code, status, said, pool):
    (result,) = pool.map([Job("python", code)])
    assert (result.status, result.image) == (status, None)
    assert said in result.log


@pytest.fixture(scope="module")
def odd_pool():
    """One with unusual limits, for what needs them."""
    policy = RenderPolicy(
        wall_s=3, code_bytes=10_000, kinds=("python",), packages=("networkx",), without={"namespaces"}
    )
    with RenderPool(policy, slots=2) as pool:
        yield pool


def test_time_runs_out_by_the_clock_and_by_the_processor(odd_pool, pool):
    slept, done = odd_pool.map([Job("python", "import time\ntime.sleep(60)"), square(1)])
    assert (slept.status, done.status) == ("timeout", "ok")
    assert slept.cpu_s < 0.5
    assert 3 < slept.wall_s < 60
    (span,) = pool.map([Job("python", "while True: pass")])
    assert (span.status, span.cpu_s) == ("cpu_limit", pytest.approx(POLICY["cpu_s"], abs=0.3))


def test_a_program_over_the_limit_is_not_run(odd_pool):
    long, short = odd_pool.map([Job("python", "#" * 10_001), square(1)])
    assert (long.status, long.log) == ("code_error", "the program is 10001 bytes, over the limit of 10000")
    assert is_square(short, 1)


def test_a_package_is_importable_where_the_policy_says_so(odd_pool, pool):
    code = "import networkx\n" + square(2).code
    (without,) = pool.map([Job("python", code)])
    assert without.log == "ModuleNotFoundError at line 1: No module named 'networkx'"
    assert is_square(odd_pool.map([Job("python", code)])[0], 2)


def test_a_kind_the_policy_leaves_out_is_refused(odd_pool):
    with pytest.raises(UserError, match="'svg'"):
        odd_pool.map([square(1), Job("svg", "<svg/>")])


def test_a_drawing_killed_from_outside_is_tried_again(odd_pool):
    """As where memory runs out: the program could not have done it."""
    zygote = zygote_of(odd_pool)

    def kill_first() -> None:
        while not (drawings := family(zygote) - {zygote}):
            time.sleep(0.005)
        os.kill(drawings.pop(), signal.SIGKILL)

    killer = threading.Thread(target=kill_first)
    killer.start()
    (result,) = odd_pool.map([Job("python", "import time\ntime.sleep(0.7)\n" + square(5).code)])
    killer.join()
    assert is_square(result, 5)


def test_a_package_that_is_missing_is_said_before_anything_runs():
    with pytest.raises(UserError, match=r"cannot import no_such_package .*: install it, or leave it out"):
        RenderPool(RenderPolicy(packages=("no_such_package",)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Job("gif", ""), "no drawing is of kind 'gif'; the kinds are python, svg, generator"),
        (lambda: Job("python", "", scene_json="{}"), "only a generator"),
        (lambda: RenderPolicy(wall_s=0), "wall_s is 0; it must be at least 0.1"),
        (lambda: RenderPolicy(wall_s=float("nan")), "wall_s is nan"),
        (lambda: RenderPolicy(memory=10), "memory is 10"),
        (lambda: RenderPolicy(min_level="L9"), "min_level is 'L9'; it knows L0, L1, L2, L3"),
        (lambda: RenderPolicy(without={"walls"}), "without is 'walls'; it knows namespaces, landlock, seccomp"),
        (lambda: RenderPolicy(kinds=("png",)), "kinds is 'png'"),
        (lambda: RenderPolicy(packages=("os; print(1)",)), "names to import"),
        (lambda: RenderPool(slots=0), "0 slots; it needs at least 1"),
    ],
)
def test_mistakes_are_one_sentence(make, said):
    with pytest.raises(UserError) as refused:
        make()
    assert said in str(refused.value)


# --- failures of ours


@pytest.mark.parametrize("level", LEVELS)
def test_a_zygote_that_dies_takes_its_drawings_along_and_they_are_tried_again(level):
    sleeper = Job("python", "import time\ntime.sleep(100)")
    with RenderPool(RenderPolicy(wall_s=3, without=WITHOUT[level]), slots=2) as pool:
        zygote = zygote_of(pool)
        alone, killed = family(zygote), set()

        def kill_it_at_work() -> None:
            while not family(zygote) - alone:
                time.sleep(0.005)
            killed.update(family(zygote))
            os.kill(zygote, signal.SIGKILL)

        killer = threading.Thread(target=kill_it_at_work)
        killer.start()
        slept, *results = pool.map([sleeper, *map(square, range(1, 4))])
        killer.join()
        assert slept.status == "timeout"
        assert all(is_square(result, n + 1) for n, result in enumerate(results))
        assert gone(killed)
        after = family(zygote_of(pool))
    assert gone(after), "and a closed pool leaves no process"


def test_what_fails_twice_is_an_infra_error(monkeypatch):
    made, sent = [], []

    class Silent:
        """A zygote that draws odd jobs and dies of even ones."""

        def __init__(self, policy):
            self.level = "L2"
            made.append(self)

        def send(self, number, job):
            sent.append(number)

        def receive(self, wait_s):
            if sent[-1] % 2 == 0:
                raise ConnectionError("the zygote is silent")
            return sent[-1], Result("ok", "L2")

        def kill(self):
            pass

        close = kill

    monkeypatch.setattr(pool_room, "Link", Silent)
    with RenderPool(slots=1) as pool:
        results = pool.map([square(n) for n in range(3)])
    assert [result.status for result in results] == ["infra_error", "ok", "infra_error"]
    assert sent == [0, 1, 2, 0, 2]
    assert len(made) == 1 + 4
    assert results[0].log == "the zygote is silent"


# --- nothing is left


OWNER = """
import os, sys, time
from mmzero.render import Job, RenderPolicy, RenderPool
if __name__ == "__main__":
    pool = RenderPool(RenderPolicy(wall_s=300, cpu_s=300, without={without}), slots=3)
    {extra}
    print(pool._link._process.pid, flush=True)
    pool.map([Job("python", "import time; time.sleep(200)"), Job("python", "while True: pass"), Job("python", "open('x', 'w')")])
    pool.map([Job("python", "import time; time.sleep(200)")] * 3)
"""


FORK = "forked = os.fork() or time.sleep(30) or os._exit(0)"


@pytest.mark.parametrize(("level", "extra"), [(level, FORK if level == LEVELS[0] else "") for level in LEVELS])
def test_an_owner_that_is_killed_leaves_no_process_and_no_folder(level, extra, tmp_path):
    code = OWNER.format(without=set(WITHOUT[level]) or "()", extra=extra)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        zygote = int(owner.stdout.readline())
        expected = 3 if level == "L2" else 4  # zygote, sleeper, spinner; our own walls add a process that waits outside
        until = time.monotonic() + 20
        while len(family(zygote)) < expected and time.monotonic() < until:
            time.sleep(0.02)
        processes = family(zygote)
        forked = family(owner.pid) - processes - {owner.pid}
        os.kill(owner.pid, signal.SIGKILL)
        assert len(processes) >= expected
        assert gone(processes)
        for pid in forked:
            os.kill(pid, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


# --- honest drawings beside hostile ones


@pytest.mark.parametrize("level", LEVELS)
def test_hostile_neighbours_change_nothing_and_nothing_drifts(level, pool_at):
    hostile = [
        "import os\nos._exit(0)", "import ctypes\nctypes.string_at(0)", "x = 'a' * (1 << 40)", "import os\nos.fork()",
        "import ctypes\nctypes.CDLL(None).syscall(272, 0)", "import PIL.Image as I\nI.new = None", "raise SystemExit(9)",
        "import os\n[os.pwrite(3, b'x' * 9999, n) for n in range(0, 99999, 9999)]",
    ]  # fmt: skip
    jobs = [square(n % 200) if n % 5 else Job("python", hostile[n // 5 % len(hostile)]) for n in range(400)]
    pool = pool_at(level)
    pool.map(jobs[:50])
    zygote = max(family(zygote_of(pool)))
    before = _memory(zygote), _descriptors(zygote, at_most=0)
    results = pool.map(jobs)
    after = _memory(zygote), _descriptors(zygote, at_most=before[1])
    assert all(is_square(result, n % 200) for n, result in enumerate(results) if n % 5)
    assert all(result.status != "ok" for result in results[::5])
    assert {result.status for result in results} <= set(STATUSES)
    assert after[1] == before[1]
    assert after[0] - before[0] < 2 * 2**20


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descriptors(pid: int, at_most: int) -> int:
    """The fewest within half a second: the zygote closes a drawing's files after it has sent its reply."""
    fewest, until = 10**6, time.monotonic() + 0.5
    while fewest > at_most and time.monotonic() < until:
        fewest = min(fewest, len(os.listdir(f"/proc/{pid}/fd")))
        time.sleep(0.01)
    return fewest
