"""Drawing in the sandbox beside a cold process a drawing, an unprotected pool of processes, and what it may cost at most.

Seconds are of the clock and a drawing; ours and the peer run in turn on one slot, so that others on the machine slow both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from mmzero.render import Job, RenderPolicy, RenderPool

ROUNDS, DRAWINGS, COLD = 5, 20, 2
START, PROTECTION = 1.5, 0.002  # seconds that the first drawing, and the layers around each, may take

CHART = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(5.12, 5.12), dpi=100)
ax.bar(["a", "b", "c", "d"], [3, 5, 2, 7], label="count")
ax.set_title("Things")
ax.set_xlabel("kind")
ax.set_ylabel("number")
ax.legend()
plt.savefig(output_path)
plt.close(fig)
"""
DRAWING = """
from PIL import Image, ImageDraw
image = Image.new("RGB", (512, 512), "white")
draw = ImageDraw.Draw(image)
for i in range(40):
    draw.ellipse((i * 12, i * 9, i * 12 + 60, i * 9 + 40), fill=(i * 6, 80, 160), outline="black")
draw.text((20, 20), "forty things", fill="black")
image.save(output_path)
"""


def measure() -> dict[str, dict[str, float]]:
    """Name to seconds of ours, of the peer, and how many times longer the peer takes."""
    with RenderPool(RenderPolicy(), slots=1) as ours, _process_pool() as pool:
        sandboxed = {code: lambda code=code: _sandboxed(ours, code) for code in (CHART, DRAWING)}
        pooled = {code: lambda code=code: list(pool.map(_unprotected, [code] * DRAWINGS)) for code in (CHART, DRAWING)}
        found = {}
        for name, code in (("chart", CHART), ("drawing", DRAWING)):
            found[f"render_vs_process_pool/{name}"] = _paired(sandboxed[code], pooled[code])
            found[f"render_vs_cold_process/{name}"] = _paired(sandboxed[code], lambda code=code: _cold(code))
    with_all, with_none = protection_s()
    before, after = memory_drift()
    return found | {
        "render_start": _at_most(START, started_s()),
        "render_protection": _at_most(PROTECTION, with_all - with_none) | {"fork_s": with_none},
        "render_memory": {"mib_after_100": before / 2**20, "mib_after_10000": after / 2**20},
    }


def _at_most(allowed_s: float, took_s: float) -> dict[str, float]:
    return {
        "ours_s": took_s,
        "peer_s": allowed_s,
        "ratio": allowed_s / max(took_s, 1e-6),
    }  # layers can seem to cost nothing


def started_s() -> float:
    """From nothing to the first drawing, by the clock."""
    began = time.perf_counter()
    with RenderPool(RenderPolicy(), slots=1) as pool:
        pool.map([Job("python", DRAWING)])
        return time.perf_counter() - began


def protection_s() -> tuple[float, float]:
    """Processor seconds of an empty program with every layer, and with none but the limits."""
    job = Job("python", "from PIL import Image\nImage.new('RGB', (9, 9)).save('a.png')")
    bare = RenderPolicy(min_level="L0", without=("namespaces", "landlock", "seccomp"))
    costs = []
    with RenderPool(RenderPolicy(), slots=1) as all_on, RenderPool(bare, slots=1) as all_off:
        for _ in range(ROUNDS):
            costs.append([median(result.cpu_s for result in pool.map([job] * 50)) for pool in (all_on, all_off)])
    return tuple(median(column) for column in zip(*costs, strict=True))


def memory_drift(drawings: int = 10_000) -> tuple[int, int]:
    """Bytes of the zygote after the first hundred of many small drawings and after all."""
    job = Job("python", "from PIL import Image\nImage.new('RGB', (9, 9)).save('a.png')")
    with RenderPool(RenderPolicy(without=("namespaces",)), slots=2) as pool:
        pool.map([job] * 100)
        before = _resident(pool)
        pool.map([job] * drawings)
        return before, _resident(pool)


def _resident(pool: RenderPool) -> int:
    return int(Path(f"/proc/{pool._link._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _paired(ours: Callable[[], list], peer: Callable[[], list]) -> dict[str, float]:
    """In turn, so that both meet the machine's moods; a drawing's cost is the median of the rounds."""
    ours(), peer()
    pairs = [(_clock(ours), _clock(peer)) for _ in range(ROUNDS)]
    ours_s, peer_s = (median(column) for column in zip(*pairs, strict=True))
    return {"ours_s": ours_s, "peer_s": peer_s, "ratio": median(peer / our for our, peer in pairs)}


def _clock(work: Callable[[], list]) -> float:
    began = time.perf_counter()
    done = work()
    return (time.perf_counter() - began) / len(done)


def _sandboxed(pool: RenderPool, code: str) -> list:
    results = pool.map([Job("python", code)] * DRAWINGS)
    assert all(result.status == "ok" for result in results), results[0].log
    return results


def _process_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _unprotected(code: str) -> bytes:
    """As most projects do it: `exec` in a process that lives on, a PNG file written and read again."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "output.png")
        exec(compile(code, "<drawing>", "exec"), {"__name__": "__main__", "output_path": path})
        return Image.open(path).convert("RGB").tobytes()


def _cold(code: str) -> list[None]:
    with tempfile.TemporaryDirectory() as folder:
        program = f"output_path = {os.path.join(folder, 'output.png')!r}\n{code}"
        return [subprocess.run([sys.executable, "-c", program], check=True).returncode for _ in range(COLD)]
