"""What the tests of the sandbox share: limits, levels, the den that attacks try to reach, and watching processes."""

from __future__ import annotations

import os
import socket
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from mmzero.render import RenderPool
from mmzero.render.link import survey
from mmzero.render.mechanisms import level_of

TOKEN = "b7f1c0-not-to-be-read"
# Hard limits, so that attacks end soon; a slot more than cores, since sleepers take no time.
POLICY = {"wall_s": 10.0, "cpu_s": 1, "memory": 640 * 2**20, "max_pixels": 2**20}
SLOTS = 6
WITHOUT = {"L3": frozenset(), "L2": frozenset({"namespaces"})}
LEVELS = [level for level in WITHOUT if level <= level_of(survey())]


@dataclass
class Den:
    """A folder with secrets, and listeners that count their guests."""

    folder: Path
    ports: dict[str, int | str] = field(default_factory=dict)
    guests: list[str] = field(default_factory=list)

    def fill(self, code: str) -> str:
        code = code.replace("SECRET", str(self.folder / "secret.txt")).replace("DEN", str(self.folder))
        for name, value in self.ports.items():
            code = code.replace(name, str(value))
        return code

    def state(self) -> dict[str, tuple[int, int, bytes]]:
        """What a breach would change."""
        files = {path.name: path for path in [self.folder, *sorted(self.folder.iterdir())]}
        return {
            name: (path.stat().st_mode, path.stat().st_uid, path.read_bytes() if path.is_file() else b"")
            for name, path in files.items()
        }


def furnish(folder: Path) -> tuple[Den, list[socket.socket]]:
    """The den and its listeners, to be closed."""
    made = Den(folder)
    (made.folder / "secret.txt").write_text(TOKEN)
    (made.folder / "secret.mplstyle").write_text("figure.figsize: 1, 1")
    (made.folder / "planted.py").write_text("print('ESCAPED planted')")
    (made.folder / "other.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><rect id='a' width='9' height='9'/></svg>"
    )
    (made.folder / "empty").mkdir()
    for name in ("secret.ttf", "planted.so"):
        (made.folder / name).write_bytes(b"\x7fELF")
    Image.new("RGB", (64, 64), (255, 0, 255)).save(made.folder / "secret.png")
    with zipfile.ZipFile(made.folder / "planted.zip", "w") as planted:
        planted.writestr("m.py", "print('ESCAPED planted')")
    return made, _listen(made)


def _listen(den: Den) -> list[socket.socket]:
    abstract = f"mmzero-{den.folder.name}-{id(den)}"
    tcp, udp, named, hidden = (
        socket.socket(family, kind)
        for family, kind in (
            (socket.AF_INET, socket.SOCK_STREAM),
            (socket.AF_INET, socket.SOCK_DGRAM),
            (socket.AF_UNIX, socket.SOCK_STREAM),
            (socket.AF_UNIX, socket.SOCK_STREAM),
        )
    )
    tcp.bind(("127.0.0.1", 0))
    udp.bind(("127.0.0.1", 0))
    named.bind(str(den.folder / "socket"))
    hidden.bind(b"\0" + abstract.encode())
    den.ports = {"TCP": tcp.getsockname()[1], "UDP": udp.getsockname()[1], "ABSTRACT": abstract}

    def count(name: str, listener: socket.socket) -> None:
        try:
            while True:
                den.guests.append(f"{name}: {listener.accept() if name != 'udp' else listener.recv(10)}")
        except OSError:  # closed
            return

    for name, listener in (("tcp", tcp), ("udp", udp), ("unix", named), ("abstract", hidden)):
        if name != "udp":
            listener.listen()
        threading.Thread(target=count, args=(name, listener), daemon=True).start()
    return [tcp, udp, named, hidden]


# --- processes


def zygote_of(pool: RenderPool) -> int:
    return pool._link._process.pid


def family(root: int) -> set[int]:
    """A process and all its descendants."""
    parents = {}
    for folder in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(folder)] = int(Path(f"/proc/{folder}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(processes: set[int], within_s: float = 1.0) -> bool:
    until = time.monotonic() + within_s + 4  # the machine may be busy; a leak lasts for ever
    while any(map(alive, processes)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, processes))
