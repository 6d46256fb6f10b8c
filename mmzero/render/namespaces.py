"""Walls around the zygote, by bubblewrap or by our own hand: no network, no other process, no file but Python's.

Bubblewrap is taken where it works, since distributions let it make namespaces where they forbid it to others; our own
need no package. Knows no drawing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from mmzero.render import kernel

_USER, _FLAGS = 0x10000000, 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000  # mnt uts ipc pid net
_BIND, _REC, _PRIVATE, _REMOUNT = 1 << 12, 1 << 14, 1 << 18, 1 << 5
_READ_ONLY, _NO_SUID, _NO_DEVICE = 1, 2, 4
_HOST = "sandbox"
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_DEVICE = "/dev/null"  # scientific code opens it to silence its libraries


def package_folders() -> list[str]:
    """Where this interpreter finds the packages that are installed."""
    specs = [importlib.util.find_spec(name) for name in ("numpy", "matplotlib", "PIL", "resvg_py")]
    homes = [os.path.dirname(home) for spec in specs if spec for home in spec.submodule_search_locations or ()]
    return list(dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *homes]))


def shown() -> list[str]:
    """All that the zygote sees behind walls: what Python needs to start and import, and our own source."""
    library = sysconfig.get_path("stdlib")
    ours = Path(__file__).resolve().parents[1]
    python = os.path.realpath(sys._base_executable)  # the environment's own is a link to it
    packages = [*package_folders(), *map(os.path.realpath, package_folders())]  # some packages resolve where they lie
    return _each([*_LIBRARIES, os.path.join(sys.base_prefix, "lib"), library, *packages, python, str(ours)])


def _each(paths) -> list[str]:
    """Those that are there, once, none below another: a mount inside a mount would be mounted twice."""
    there = sorted({os.path.normpath(path) for path in paths if path and os.path.exists(path)})
    return [path for path in there if not any(path.startswith(above + "/") for above in there)]


def bubblewrap() -> str | None:
    """Its path, where it is installed and a trial run works."""
    path = shutil.which("bwrap")
    return path if path and not bubblewrap_trouble(path) else None


def bubblewrap_trouble(path: str) -> str:
    trial = [path, "--unshare-all", "--ro-bind", "/", "/", "true"]
    try:
        ended = subprocess.run(trial, capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if ended.returncode == 0 else (ended.stderr.strip().splitlines() or ["it failed"])[-1]


def bubblewrap_command(path: str, paths: list[str], environment: dict[str, str]) -> list[str]:
    """What stands before the zygote's command."""
    binds = []
    for each in paths:
        binds += ["--symlink", os.readlink(each), each] if _is_link(each) else ["--ro-bind", each, each]
    sets = [word for name, value in environment.items() for word in ("--setenv", name, value)]
    walls = ["--unshare-all", "--new-session", "--clearenv", *sets, "--hostname", _HOST]
    return [path, *walls, *binds, "--dev-bind", _DEVICE, _DEVICE, "--remount-ro", "/", "--chdir", "/", "--"]


def _is_link(path: str) -> bool:
    """/lib is a link to usr/lib today, and both are shown; any other link is followed."""
    return path in _LIBRARIES and os.path.islink(path)


def enter(paths: list[str]) -> None:
    """Come back as the first process of namespaces that hold `paths` alone; the caller's own process only waits for us."""
    _unshare()
    _change_root(paths)
    socket.sethostname(_HOST)
    inside = os.fork()
    if inside:
        _wait_outside(inside)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _unshare() -> None:
    uid, gid = os.geteuid(), os.getegid()
    try:
        kernel.unshare(_USER | _FLAGS)
    except OSError:
        kernel.unshare(_FLAGS)  # root of a container that may make all but user namespaces
        return
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text)


def _change_root(paths: list[str]) -> None:
    kernel.mount("none", "/", None, _REC | _PRIVATE)
    root = next(path for path in ("/tmp", "/run", "/var", "/mnt") if os.path.isdir(path))
    # Taken hold of before the new root hides whatever lay where it is mounted.
    links = {path: os.readlink(path) for path in paths if _is_link(path)}
    held = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in [*paths, _DEVICE] if path not in links}
    kinds = {path: os.path.isdir(path) for path in held}
    kernel.mount("tmpfs", root, "tmpfs", _NO_SUID | _NO_DEVICE, "size=1m,mode=755")
    for path, at in held.items():
        _bind(at, root + path, kinds[path], read_only=path != _DEVICE)
        os.close(at)
    for path, link in links.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        os.symlink(link, root + path)
    os.chdir(root)
    kernel.pivot_root(".", ".")
    kernel.detach(".")
    os.chdir("/")
    kernel.mount("none", "/", None, _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICE)


def _bind(held: int, target: str, folder: bool, read_only: bool) -> None:
    os.makedirs(target if folder else os.path.dirname(target), exist_ok=True)
    if not folder:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(f"/proc/self/fd/{held}", target, None, _BIND | _REC)
    if read_only:
        kept = os.statvfs(target).f_flag & os.ST_NOEXEC  # a namespace may add flags to a mount and not take any away
        kernel.mount("none", target, None, _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICE | kept)


def _wait_outside(inside: int) -> None:
    os.closerange(3, 1 << 16)  # the pool's end of our socket must see that we are gone
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(inside, 0)
    os._exit(0)


def hold() -> str:
    """What is wrong with the walls around this process; empty where nothing is."""
    seen = [path for path in ("/etc/passwd", "/proc/self", "/sys/kernel", "/home") if os.path.exists(path)]
    if seen:
        return f"{seen[0]} can be seen from inside"
    nets = [name for _, name in socket.if_nameindex() if name != "lo"]
    return f"the network interface {nets[0]} can be seen from inside" if nets else ""
