"""Which layers of protection hold here, found by using each in a throw-away process, and the level they add up to.

Runs in the zygote, before it has loaded anything: what a parent with threads or other rights can do says little.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterable
from typing import Literal

from mmzero.errors import UserError
from mmzero.render import kernel, landlock, namespaces, seccomp
from mmzero.render.policy import LEVELS, Layer, Level

Identity = Literal["private uid", "no capabilities"]
PRIVATE_UID = 64321  # no other process has it, so none can be signalled or read by right of ownership

_ABSENT = "left out by the policy"
_CURES: dict[Layer, str] = {
    "namespaces": "install bubblewrap, or allow user namespaces (sysctl user.max_user_namespaces, and on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0)",
    "landlock": "use a kernel of 5.13 or newer with landlock among its security modules (boot option lsm=landlock,...)",
    "seccomp": "let the container make seccomp filters, on x86_64 or aarch64",
}


def survey(walled: bool, shown: list[str], without: Iterable[Layer]) -> dict[Layer, str]:
    """What is wrong with each layer; empty where it holds. `walled` is whether namespaces ought to be around us already."""
    tried: dict[Layer, Callable[[], str]] = {
        "namespaces": namespaces.hold if walled else lambda: in_a_child(lambda: walls_trouble(shown)),
        "landlock": lambda: in_a_child(landlock_trouble),
        "seccomp": lambda: in_a_child(seccomp_trouble),
    }
    return {layer: _ABSENT if layer in without else trial() for layer, trial in tried.items()}


def walls_trouble(shown: list[str], enter: Callable[[list[str]], None] = namespaces.enter) -> str:
    enter(shown)
    return namespaces.hold()


def landlock_trouble(restrict: Callable[[int], None] = landlock.restrict) -> str:
    """Of this process, which cannot open a file afterwards."""
    made = landlock.rules()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    restrict(made)
    return "" if _refuses(errno.EACCES, _open_own_source) else "set, and yet a file could be opened"


def seccomp_trouble(install: Callable[[seccomp.Filter], None] = lambda made: made.install(os.getpid())) -> str:
    made = seccomp.Filter(opens=False)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    install(made)
    if not _refuses(errno.EACCES, _open_own_source):
        return "set, and yet a file could be opened"
    return "" if _refuses(errno.EPERM, os.pipe) else "set, and yet a forbidden system call was made"


def _open_own_source() -> None:
    os.close(os.open(__file__, os.O_RDONLY))


def _refuses(number: int, act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError as error:
        return error.errno == number
    return False


def in_a_child(trial: Callable[[], str]) -> str:
    """What `trial` says in a process of its own, which it may confine or break."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "it did not end"
        try:
            said = trial()
        except BaseException as error:
            said = str(error) or type(error).__name__
        finally:
            os.write(writing, said.encode("utf8", "replace")[:2000])
            os._exit(0)
    os.close(writing)
    said = b""
    while piece := os.read(reading, 4096):
        said += piece
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    return f"the trial was ended by {signal.Signals(status).name}" if os.WIFSIGNALED(status) else said.decode()


def identity(read: list[str]) -> Identity:
    """A uid of its own where root may take one and Python stays readable: in root's home it does not."""

    def trial() -> str:
        kernel.drop_ids(PRIVATE_UID)
        for path in read:
            os.listdir(path) if os.path.isdir(path) else os.close(os.open(path, os.O_RDONLY))
        return ""

    return "no capabilities" if os.geteuid() or in_a_child(trial) else "private uid"


def level_of(troubles: dict[Layer, str]) -> Level:
    holds = {layer for layer, trouble in troubles.items() if not trouble}
    if "seccomp" not in holds:
        return "L0"  # the others leave signals, sockets and the kernel's whole surface open
    return "L3" if "namespaces" in holds else "L2" if "landlock" in holds else "L1"


def refuse_below(least: Level, troubles: dict[Layer, str]) -> Level:
    level = level_of(troubles)
    if LEVELS.index(level) >= LEVELS.index(least):
        return level
    wanted = {"L3": ("seccomp", "namespaces"), "L2": ("seccomp", "landlock", "namespaces")}.get(least, ("seccomp",))
    missing = [layer for layer in wanted if troubles[layer]]
    said = ", ".join(f"{layer}: {troubles[layer]}" for layer in missing)
    cures = "; or ".join(cure(layer) for layer in missing)
    raise UserError(
        f"this machine confines a drawing to {level} and the render policy asks for {least} ({said}), so nothing was "
        f"run: {cures}; or set min_level to {level}, in a recipe render.weaker to allow, if you trust the programs that much"
    )


def cure(layer: Layer) -> str:
    return _CURES[layer]
