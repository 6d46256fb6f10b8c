"""Whether two expressions are equal, by math-verify in a process of its own: one that never ends costs its time alone.

math-verify stops itself by a signal, which only the main thread of a program may use and which huge integers do not
heed. Here the kernel ends the process that asked for too much. Must not know what an answer is.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time

SECONDS = 2.0  # of reckoning: what takes longer is not shown to be equal

_MOST_CHARACTERS = 1_000
_PATIENCE = 60.0  # of waiting, on top: a machine that stands still for so long says nothing about an answer
_INTEGER = re.compile(r"[-+]?\d{1,15}")
_NAMED = re.compile(r"\\?[A-Za-z]\w*(\([\w, ]*\))?\s*=(?!=)")  # the "x =" of "x = 3"
_NAME = re.compile(r"(\\[A-Za-z]+|[A-Za-z])(_\w|_\{\w+\})?(\([\w, ]*\))?\s*=(?!=)")  # of one thing: "xy = 3" names none
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_PROSE = re.compile(r"\\(?:text\w*|mathrm|operatorname|[mh]box)\s*(\{[^{}]*\})?")
_UNIT = re.compile(r"\{(?!.*\b(?:or|and|not)\b)[A-Za-z\s./^*°-]*\}")


def equivalent(written: str | None, truth: str, seconds: float = SECONDS) -> bool:
    """All that was written is one expression and equal to the truth. TimeoutError only where the machine stood still."""
    if not written or max(len(written), len(truth)) > _MOST_CHARACTERS:
        return False
    sides = [_bare(one) for one in (truth, written)]
    if not all(sides) or not _single(sides[1], sides[0]):
        return False
    if sides[0] == sides[1]:
        return True
    if all(map(_INTEGER.fullmatch, sides)):
        return int(sides[0]) == int(sides[1])
    return _WORKER.ask(*sides, seconds)


def _bare(text: str) -> str:
    text = text.strip().rstrip(".").strip("$ ")
    boxed = _BOXED.fullmatch(text)
    return boxed[1].strip() if boxed else text


def _single(written: str, truth: str) -> bool:
    """Left to itself the parser finds the right one in "1, 2 or 3", in "\\boxed{3}, 4" and in "4 = 3"."""
    if "$" in written or "\\boxed" in written:
        return False
    if not all(_UNIT.fullmatch(prose) for prose in _PROSE.findall(written)):
        return False
    written = written.replace("\\approx", "=")
    said, there = written.count("="), truth.count("=")
    if not said and there == 1:  # "4" where x = 4 is asked for: any equation would do for the parser, x + y = 4 too
        return _NAME.match(truth) is not None
    return said == there or (said == 1 and _NAMED.match(written) is not None)


class _Worker:
    """One child that has math-verify loaded and forks another of itself whenever the kernel ended the last."""

    def __init__(self):
        self._lock = threading.Lock()
        self._child: subprocess.Popen | None = None

    def ask(self, truth: str, written: str, seconds: float) -> bool:
        with self._lock:
            deadline = time.monotonic() + seconds + _PATIENCE
            try:
                if self._child is None:
                    self._start(deadline)
                self._child.stdin.write(json.dumps([truth, written, seconds]).encode() + b"\n")
                said = self._hear(deadline)
            except BaseException:  # an answer that comes after an interrupt would be taken for the next question's
                self._close()
                raise
        return said == b"="  # "!" is unlike, and "?" the greeting of the next child: this question asked for too much

    def _start(self, deadline: float) -> None:
        """The child sees the modules that this program sees, wherever it was started from."""
        code = "import sys; sys.path[:] = sys.argv[1:]; from mmzero.answers.expression_worker import main; main()"
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-c", code, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # an interrupt at the keyboard is the program's, which then closes this one's input
        )
        if self._hear(deadline) != b"?":
            raise OSError("the process that compares expressions did not start; is math-verify installed?")

    def _hear(self, deadline: float) -> bytes:
        out = self._child.stdout.fileno()
        if not select.select([out], [], [], max(deadline - time.monotonic(), 0.0))[0]:
            raise TimeoutError("comparing two expressions waited for longer than a machine may stand still")
        said = os.read(out, 1)
        if not said:
            raise OSError("the process that compares expressions is gone; is math-verify installed?")
        return said

    def _close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
            child.stdin.close()
            child.stdout.close()
            child.wait()


_WORKER = _Worker()
os.register_at_fork(after_in_child=_WORKER.__init__)  # the parent's child answers the parent alone
