"""The process in which math-verify parses and compares. It ends when its input ends; must not know who asks or why."""

from __future__ import annotations

import functools
import json
import logging
import os
import resource
import signal
import sys

_MOST_BYTES = 2**30  # beyond what the libraries take: 10^(10^10) has four thousand million digits


def main() -> None:
    """Loads once and forks: the one who answers may be ended by the kernel, and the next is there in milliseconds."""
    import math_verify  # noqa: F401
    import sympy  # noqa: F401

    logging.disable(logging.CRITICAL)
    _same("2x", "x+x")  # what is built on first use is built here, once for all that are forked
    while True:
        child = os.fork()
        if not child:
            _answer()
            os._exit(0)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            return  # its input ended, or nobody was there to hear it: whoever asked is gone


def _answer() -> None:
    _limit_memory()
    sys.setrecursionlimit(2_000)
    _say("?")
    for line in iter(sys.stdin.buffer.readline, b""):
        truth, written, seconds = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # processor time; unhandled, the kernel ends this process
        try:
            same = _same(truth, written)
        except Exception:  # it cannot be parsed or is too deep or too large: it is not shown to be equal
            same = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say("=" if same else "!")


def _say(word: str) -> None:
    os.write(1, word.encode())


def _limit_memory() -> None:
    with open("/proc/self/statm") as pages:
        held = int(pages.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + _MOST_BYTES, held + _MOST_BYTES))


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> list:
    from math_verify import LatexExtractionConfig, parse

    return parse(f"${text}$", extraction_config=[LatexExtractionConfig()], parsing_timeout=None)


def _same(truth: str, written: str) -> bool:
    from math_verify import verify

    return bool(verify(_parsed(truth), _parsed(written), timeout_seconds=None))
