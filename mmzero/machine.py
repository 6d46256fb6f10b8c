"""What this machine has: memory, disk, cores, accelerators. Must not import torch or know what anyone needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_CGROUP_USE = {
    "/sys/fs/cgroup/memory.stat": ("anon", "shmem", "kernel"),
    "/sys/fs/cgroup/memory/memory.stat": ("total_rss", "total_shmem"),
}


def memory() -> int:
    """Bytes of main memory a process here may use: the machine's, or less where a container says so."""
    total = _machines_memory()
    for path in _CGROUP_LIMITS:
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):  # no such limit, or the word "max"
            continue
    return total


def memory_in_use() -> float:
    """The share of it that is. What the system would give back, such as files it remembers, is not counted."""
    for path, parts in _CGROUP_USE.items():
        try:
            stated = dict(line.split() for line in Path(path).read_text().splitlines())
            held = sum(int(stated[name]) for name in parts)
            if memory() < _machines_memory():
                return held / memory()
        except (OSError, ValueError, KeyError):  # no such group
            continue
    stated = dict(line.split()[:2] for line in Path("/proc/meminfo").read_text().splitlines())
    return 1 - int(stated["MemAvailable:"]) / int(stated["MemTotal:"])


def _machines_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def gpu_memory() -> list[int]:
    """Bytes of each NVIDIA device, as its driver tells; empty without one."""
    if not Path("/proc/driver/nvidia").exists() or not (tool := shutil.which("nvidia-smi")):
        return []
    query = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout
        return [int(line) * 2**20 for line in said.split("\n") if line.strip()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return []


def cores() -> int:
    return len(os.sched_getaffinity(0))


def exists(path: Path) -> bool:
    """Also where `path` is text nobody checked: too long for a name, say."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def free_disk(path: Path) -> int:
    """Free bytes where `path` lies or will lie."""
    path = path.absolute()
    while not exists(path):
        path = path.parent
    return shutil.disk_usage(path).free


def spell_bytes(count: int) -> str:
    """17179869184 is 16.0 GiB."""
    number = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
