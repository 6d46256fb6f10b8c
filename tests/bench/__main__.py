"""`make bench`: speed as ratios within one run, written to bench.json as name -> {"ours_s", "peer_s", "ratio"}.

`python -m tests.bench` measures everything anew; with names, or the part of a name before its slash, only those, and what
else bench.json holds is kept. Ours and the peer run in turn on the same threads. Nothing is measured beside anything else.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

FILE = Path("bench.json")
GRID = ((300, 64), (300, 256), (1000, 256))  # prompt tokens, longest answer

Found = Mapping[str, Mapping[str, float]]


def _call(module: str, function: str, *args: object) -> Found:
    """Imported when its turn comes: to measure the bank, no engine is needed."""
    return getattr(importlib.import_module(f".{module}", __package__), function)(*args)


def measures() -> dict[str, partial]:
    """By what they measure; some measure several things in one go, and two names may share one."""
    learners = {
        f"{prompt}x{longest}": partial(_call, "learner", "measure", prompt, longest) for prompt, longest in GRID
    }
    return {
        **{f"learner_vs_trl/{at}": measure for at, measure in learners.items()},
        **{f"learner_vs_padded/{at}": measure for at, measure in learners.items()},
        "step_vs_trl": partial(_call, "step", "measure"),
        "overlap_vs_plain": partial(_call, "overlap", "measure"),
        "publish_tiny": partial(_call, "publish", "tiny"),
        "publish_vs_per_tensor": partial(_call, "publish", "many"),
        **{name: partial(_call, name, "measure") for name in ("bank", "render", "restart", "rewards")},
        **{name: partial(_call, "survive", name) for name in ("commit", "resume", "status")},
    }


def chosen(names: Sequence[str]) -> list[partial]:
    known = measures()
    for name in names:
        if not any(_means(name, at) for at in known):
            sys.exit(f"there is no benchmark '{name}'; there are {', '.join(known)}")
    wanted = [measure for at, measure in known.items() if not names or any(_means(name, at) for name in names)]
    return list({measure.args: measure for measure in wanted}.values())


def _means(name: str, at: str) -> bool:
    return name in (at, at.partition("/")[0])


def table(found: Found) -> Table:
    shown = Table("what", "ours", "peer", "ratio", "also")
    for name, figures in found.items():
        seconds = [_spell(figures.get(key)) for key in ("ours_s", "peer_s")]
        ratio = f"{figures['ratio']:.2f}" if "ratio" in figures else ""
        rest = {key: value for key, value in figures.items() if key not in ("ours_s", "peer_s", "ratio")}
        shown.add_row(name, *seconds, ratio, ", ".join(f"{key} {_plain(value)}" for key, value in rest.items()))
    return shown


def _spell(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main(names: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    console, began = Console(), time.perf_counter()
    work = chosen(names)
    if not names:
        FILE.unlink(missing_ok=True)
    found = json.loads(FILE.read_text()) if FILE.is_file() else {}
    for measure in work:
        fresh = measure()
        found |= fresh
        FILE.write_text(json.dumps(found, indent=2) + "\n")  # what is measured stays, whatever comes next
        console.print(table(fresh))
    console.print(table(found))
    console.print(f"{len(found)} figures in {FILE} after {time.perf_counter() - began:.0f} seconds")


if __name__ == "__main__":
    main(sys.argv[1:])
