"""A reward in a process of its own: started once and kept, ended with all it started when a call takes too long, and
started again for the next. Must not know what it computes.

What travels there is pickled; what comes back is JSON, so that nothing a reward made runs here.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Plugin
from mmzero.scoring.arguments import Arguments
from mmzero.scoring.invoke import late
from mmzero.scoring.outcome import Outcome, failed

_LOADING = 300.0  # seconds a plugin may take to import what it needs


class _Killed(Exception):
    """By somebody else: nothing here was late."""


class Isolated:
    """Calls of one plugin, whose source lies at `path`, elsewhere."""

    def __init__(self, plugin: Plugin, path: Path):
        self._plugin, self._path = plugin, path
        self._process: subprocess.Popen | None = None
        self._line: Connection | None = None
        if said := self._start():
            raise mistake(said)

    def call(self, given: Arguments, seconds: float) -> list[Outcome]:
        """Killed from outside, by a kernel short of memory say, it is called once more; what ends by itself is not."""
        try:
            return self._called(given, seconds)
        except _Killed:
            pass
        try:
            return self._called(given, seconds)
        except _Killed as again:
            return [failed(str(again))] * len(given.rows)

    def _called(self, given: Arguments, seconds: float) -> list[Outcome]:
        n = len(given.rows)
        if self._process is None and (said := self._start()):
            return [failed(said)] * n
        try:
            sendable = {name: _sendable(value) for name, value in given.by_name.items()}
            packed = pickle.dumps(replace(given, by_name=sendable))
        except Exception as error:  # a picture that is cut short, say
            return [failed(f"cannot be sent what it asks for ({type(error).__name__}: {error})")] * n
        try:
            self._line.send_bytes(packed)
            if not self._line.poll(seconds):
                self.close()
                return [failed(late(seconds))] * n
            return [Outcome(**one) for one in json.loads(self._line.recv_bytes())]
        except (EOFError, OSError):
            said, code = self._last_words()
            if code == -signal.SIGKILL:
                raise _Killed(said) from None
            return [failed(said)] * n
        except BaseException:  # an interrupt: an answer that came later would be taken for the next call's
            self.close()
            raise

    def close(self) -> None:
        """End it and whatever it started. It starts again when it is called."""
        process, self._process = self._process, None
        if process is None:
            return
        self._line.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _start(self) -> str:
        """Why it could not be started; nothing where it could."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mmzero.scoring.isolated", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno() if _has_descriptor(sys.stderr) else subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line = Connection(ours.detach())
        try:
            self._line.send_bytes(pickle.dumps((self._plugin.model_dump_json(by_alias=True), self._path)))
            if not self._line.poll(_LOADING):
                self.close()
                return f"{self._plugin.use} has not loaded within {_LOADING:g} s in a process of its own; look at its imports"
            said = json.loads(self._line.recv_bytes())
        except (EOFError, OSError):
            return self._last_words()[0]
        if said:
            self.close()
        return said

    def _last_words(self) -> tuple[str, int | None]:
        process = self._process
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "its process of its own no longer listens", None
        finally:
            self.close()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"its process of its own ended with {how}", code


def _has_descriptor(stream: Any) -> bool:
    try:
        return stream.fileno() >= 0
    except (OSError, ValueError, AttributeError):
        return False


def _sendable(value: Any) -> Any:
    return value.copy() if isinstance(value, MappingProxyType) else value
