"""The processes of a campaign that runs as a program, and which engine each of them holds. Knows no campaign's folder."""

from __future__ import annotations

import time
from pathlib import Path

PATIENCE = (
    120.0  # seconds within which those who were left behind must be gone; Ray's own agents take one of its minutes
)


def children(pid: int) -> list[int]:
    """Of a process, theirs too."""
    found, wave = [], [pid]
    while wave:
        here = {str(one) for one in wave}
        wave = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _stat(path)[1] in here]
        found += wave
    return found


def victims(pid: int, kind: str) -> list[int]:
    """Those below a driver that are of this kind: sampler, rank, renderer or reward."""
    return [child for child in children(pid) if _kind(child) == kind]


def hosts(pid: int) -> list[int]:
    return [child for child in children(pid) if _kind(child) in ("sampler", "rank", "renderer")]


def gone_after(pids: list[int]) -> float:
    """Seconds until the last of them had ended; infinite where one outlives all patience."""
    began = time.monotonic()
    while any(map(_lives, pids)) and time.monotonic() < began + PATIENCE:
        time.sleep(0.2)
    return float("inf") if any(map(_lives, pids)) else time.monotonic() - began


def _kind(pid: int) -> str:
    program, parent = _read(pid, "cmdline"), int(_stat(Path(f"/proc/{pid}/stat"))[1] or 0)
    if "mmzero.scoring.isolated" in program or "isolated.py" in program:
        return "reward"
    if "ray::_Host" not in program or "ray::_Host" in _read(parent, "cmdline"):  # what a host has forked is part of it
        return ""
    libraries = _read(pid, "maps")
    return "sampler" if "/vllm/" in libraries else "rank" if "libtorch" in libraries else "renderer"


def _lives(pid: int) -> bool:
    return _stat(Path(f"/proc/{pid}/stat"))[0] not in ("", "Z")


def _stat(path: Path) -> tuple[str, str]:
    """State and parent; two empty texts for one that has ended."""
    try:
        state, parent, *_ = path.read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def _read(pid: int, what: str) -> str:
    try:
        return Path(f"/proc/{pid}/{what}").read_text(errors="replace")
    except OSError:
        return ""
