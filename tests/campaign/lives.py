"""The `mmzero` command as a process that can be killed: begun afresh, or forked from one that has imported the engines and
started none, which saves most of the seconds of a short campaign. Knows no campaign."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ENGINES = ("torch", "transformers", "deepspeed", "mmzero.cli", "mmzero.engines.crew", "mmzero.report")
ENGINES += ("mmzero.engines.deepspeed_learner", "mmzero.engines.transformers_sampler")


def begun(program: tuple[str, ...], arguments: list[str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


class Forked:
    """What subprocess.Popen offers, as far as it is wanted here."""

    def __init__(self, arguments: list[str]):
        for name in ENGINES:
            importlib.import_module(name)
        self._said, self.returncode = tempfile.NamedTemporaryFile(), None  # noqa: SIM115 - it goes with the process
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            self._live(arguments)

    def _live(self, arguments: list[str]) -> None:
        code = 1
        try:
            for stream in (1, 2):
                os.dup2(self._said.fileno(), stream)
            sys.modules["mmzero.cli"].main(arguments)
        except SystemExit as left:
            code = left.code or 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)  # the parent's endings are not ours

    def poll(self) -> int | None:
        if self.returncode is None:
            self._ended(*os.waitpid(self.pid, os.WNOHANG))
        return self.returncode

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def communicate(self) -> tuple[str, None]:
        if self.returncode is None:
            self._ended(*os.waitpid(self.pid, 0))
        return Path(self._said.name).read_text(errors="replace"), None

    def _ended(self, pid: int, status: int) -> None:
        if pid:
            self.returncode = os.waitstatus_to_exitcode(status)
