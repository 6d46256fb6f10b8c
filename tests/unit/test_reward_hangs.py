"""A reward that hangs, dies or lives elsewhere: a call costs its timeout and nothing else, and what a process of its own
started ends with it."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from play_material import answers
from reward_material import CURSOR, FOUR, from_file, own, paid, pictured, scored

from mmzero.errors import CampaignStopped, UserError
from mmzero.scoring import deadline, score
from mmzero.types import Episode

# --- time


def forever():
    while True:
        pass


def swallowing():
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)


def searching():
    """Keeps the interpreter to itself. The alarm is for a clock that cannot end it: without one this takes years."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.alarm(30)
    try:
        re.match(r"(a+)+$", "a" * 60 + "b")
    finally:
        left = signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        if not left:
            raise RuntimeError("only the alarm ended it")


HANGS = {"busy": forever, "asleep": lambda: time.sleep(60), "swallowing": swallowing, "searching": searching}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
def test_a_call_that_hangs_costs_its_timeout_and_nothing_else(hang):
    assert paid(own(lambda answer: hang() if answer == "1" else 1.0, timeout=0.2)) == [
        1.0, "own.own took longer than its timeout of 0.2 s", 1.0, 1.0,
    ]  # fmt: skip


def shrugs(answer):
    try:
        time.sleep(60 * (answer == "1"))
        return 1.0
    except:  # noqa: E722 - as rewards are often written
        return 0.0


async def shrugs_while_it_waits(answer):
    try:
        await asyncio.sleep(60 * (answer == "1"))
        return 1.0
    except:  # noqa: E722
        return 0.0


@pytest.mark.parametrize("function", [shrugs, shrugs_while_it_waits])
def test_pitfall_14_catching_what_was_to_end_it_is_no_zero(function):
    assert paid(own(function, timeout=0.2)) == [1.0, "own.own took longer than its timeout of 0.2 s", 1.0, 1.0]


def test_a_call_that_cannot_be_ended_is_named_while_it_lasts(monkeypatch, caplog):
    monkeypatch.setattr(deadline, "_STUBBORN", 0.1)

    def stubborn(answer):
        ended = time.monotonic() + 0.6
        while time.monotonic() < ended:
            with contextlib.suppress(BaseException):
                time.sleep(1)
        return 1.0

    assert set(paid(own(stubborn, timeout=0.1))) == {"own.own took longer than its timeout of 0.1 s"}
    assert caplog.text.count("a call of own.py:own still runs 0.1 s after its timeout of 0.1 s") == 4
    assert "set isolate: true, which ends its process" in caplog.text


def test_a_reward_may_set_an_alarm_of_its_own():
    def alarmed(answer):
        def ring(*_):
            raise ValueError("rang")

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        try:
            time.sleep(60)
        except ValueError:
            return 1.0
        finally:
            signal.signal(signal.SIGALRM, before)

    assert paid(own(alarmed, timeout=20)) == [1.0] * 4


def test_nothing_more_is_called_once_the_step_is_lost():
    called = []

    def hang(answer):
        called.append(answer)
        time.sleep(60)

    with pytest.raises(CampaignStopped, match=r"4 of 4 rewards of step 5 .* took longer than its timeout of 0.1 s"):
        score([Episode(task=FOUR[0].task, rollouts=FOUR)], [own(hang, timeout=0.1)], CURSOR, {}, 0.25)
    assert called == ["4", "1"]  # one of four may be missing


def test_outside_the_main_thread_a_call_is_no_longer_waited_for():
    found = []
    one = own(lambda answer: time.sleep(2) if answer == "1" else 1.0, timeout=0.2)
    thread = threading.Thread(target=lambda: found.extend(paid(one)))
    thread.start()
    thread.join()
    assert found == [1.0, "own.own took longer than its timeout of 0.2 s", 1.0, 1.0]


# --- a process of its own


def test_an_isolated_reward_is_another_process_that_is_kept(tmp_path, capfd):
    text = """
import os
print("loaded")
def own(answer, truth, scene, images, archive, posterior, weight):
    print("called")
    scene["things"] += archive["none"] + (posterior is not None)
    return os.getpid() if answer == "4" else weight * images[0].width
"""
    one = from_file(tmp_path, text, isolate=True, **{"with": {"weight": 2}})
    episode, around = pictured(tmp_path, "good")
    try:
        found = [
            score([episode], [one], CURSOR, Counter(), 1.0, around=around, posterior=extra) for extra in (None, None, 1)
        ]
        pid = found[0][0].reward
        assert pid != os.getpid() and found[1][0].reward == pid and found[1][1].reward == 60.0
        assert found[2][1].missing == "own.own wrote to 'scene', which it may only read"
    finally:
        one.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    assert capfd.readouterr().out == ""  # what it prints does not mix with our own answer


def test_an_isolated_reward_is_ended_and_begun_again(tmp_path):
    text = """
import ctypes, os, signal
def own(answer):
    if answer == "1":
        ctypes.PyDLL(None).sleep(600)  # never comes back to the interpreter
    if answer == "5":
        os.kill(os.getpid(), signal.SIGSEGV)
    if answer == "3":
        os._exit(7)
    return os.getpid()
"""
    one = from_file(tmp_path, text, isolate=True, timeout=1)
    again = Episode(task=FOUR[0].task, rollouts=(*FOUR, answers("4", sibling=4)))
    found = paid(one, [again])
    one.close()
    assert found[1] == "own.own took longer than its timeout of 1 s"
    assert found[2] == "own.own its process of its own ended with signal SIGSEGV"
    assert found[3] == "own.own its process of its own ended with exit code 7"
    assert found[0] != found[4] and isinstance(found[4], float)


def test_an_isolated_reward_that_is_killed_from_outside_is_called_once_more(tmp_path):
    text = """
import os, signal
from pathlib import Path
def own(answer, folder):
    mark = Path(folder) / answer
    deaths = {"3": 1, "4": 9}.get(answer, 0)
    if (died := len(mark.read_text()) if mark.exists() else 0) < deaths:
        mark.write_text("x" * (died + 1))
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel would
    return float(answer)
"""
    one = from_file(tmp_path, text, isolate=True, **{"with": {"folder": str(tmp_path)}})
    found = paid(one)
    one.close()
    assert found == ["own.own its process of its own ended with signal SIGKILL", 1.0, 5.0, 3.0]
    assert (tmp_path / "4").read_text() == "xx", "called twice, and no more"


def test_an_isolated_reward_may_be_async_and_return_anything(tmp_path):
    text = """
class Odd:
    def __repr__(self): return "odd"
async def own(answer):
    return {"4": 1.0, "1": Odd(), "5": (0.5, {"part": 2, "read": "ok"}), "3": None}[answer]
"""
    one = from_file(tmp_path, text, isolate=True)
    found = scored(one)
    one.close()
    assert [each.missing or each.reward for each in found] == [
        1.0,
        "own.own returned odd, no number",
        0.5,
        "no reward applies",
    ]
    assert found[2].parts == {"own.own": 0.5, "own.own/part": 2.0}


def test_an_isolated_reward_that_does_not_load_is_the_users_to_mend(tmp_path):
    with pytest.raises(UserError, match="fails when it is loaded"):
        from_file(tmp_path, "import no_such_thing\ndef own(answer): ...", isolate=True)
    # Here it loads and there it does not.
    text = "import sys\nif sys.argv[0].endswith('isolated.py'): raise ValueError('not here')\ndef own(answer): ..."
    with pytest.raises(UserError, match="ValueError: not here"):
        from_file(tmp_path, text, isolate=True)


def test_an_isolated_reward_ends_when_its_campaign_is_killed(tmp_path):
    (tmp_path / "own.py").write_text("import os, time\ndef own(answer):\n print(os.getpid())\n time.sleep(600)")
    program = f"""if True:
        import sys
        from pathlib import Path
        from mmzero.recipe.tree import Plugin
        from mmzero.scoring import load
        from mmzero.scoring.arguments import Arguments
        one = load(Plugin(use="own.py:own", isolate=True), Path({json.dumps(str(tmp_path / "own.py"))}))
        print(one.isolated._process.pid, flush=True)
        one.isolated.call(Arguments((0,), (), {{"answer": "x"}}), 600)
    """
    campaign = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(campaign.stdout.readline())
    campaign.kill()
    campaign.wait()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
            return
        time.sleep(0.1)
    os.kill(pid, 9)
    pytest.fail("the reward's process outlived its campaign")
