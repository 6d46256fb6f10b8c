"""`make learn`: the tiny campaign against a random reward and a format reward over three seeds; resumable, about an hour.

All runs of one seed answer the same held-out tasks, so they are compared task by task.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from mmzero import statistics
from mmzero.journal import Journal

SEEDS = (1, 2, 3)
RECIPES = ("tiny", "tiny_random", "tiny_format")
RUNS = Path("runs/learn")


def run(recipe: str, seed: int) -> Path:
    """A finished run stays, a begun one goes on."""
    folder = RUNS / f"{recipe}-{seed}"
    if not (folder / "report.json").is_file():
        begin = ["run", recipe, "--out", str(folder), "--set", f"seed={seed}", "--set", "evaluate.majority=0"]
        done = subprocess.run(
            [sys.executable, "-m", "mmzero", *(["resume", str(folder)] if folder.is_dir() else begin)], check=False
        )
        if done.returncode:
            sys.exit(done.returncode)
    return folder


def right(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Before and after, task by task."""
    with Journal.open(folder, write=False) as journal:
        rows = [journal.evaluation("heldout", version) for version in (0, journal.recipe.schedule.steps)]
    return tuple(np.array([row["correct"] for row in one], dtype=float) for one in rows)


def interval(differences_T: np.ndarray) -> tuple[float, float, float]:
    """Mean and 95 % interval over tasks of a difference already averaged over seeds."""
    mean, error = differences_T.mean(), differences_T.std(ddof=1) / len(differences_T) ** 0.5
    return mean, mean - 1.96 * error, mean + 1.96 * error


def main() -> None:
    found = {(recipe, seed): right(run(recipe, seed)) for seed in SEEDS for recipe in RECIPES}
    table = {}
    print(f"\n{'recipe':12} {'seed':>4} {'before':>7} {'after':>7} {'gain':>6}   95 % interval")
    for (recipe, seed), (before_T, after_T) in found.items():
        gain = statistics.paired(before_T, after_T)
        moved = f"{gain.mean:+6.1%}   {gain.low:+.1%} to {gain.high:+.1%}"
        print(f"{recipe:12} {seed:4} {before_T.mean():7.1%} {after_T.mean():7.1%} {moved}")
    for control in RECIPES[1:]:
        lead_T = np.mean([found["tiny", seed][1] - found[control, seed][1] for seed in SEEDS], axis=0)
        moved_T = np.mean([found[control, seed][1] - found[control, seed][0] for seed in SEEDS], axis=0)
        table[control] = {"lead": interval(lead_T), "moved": interval(moved_T)}
        for what, (mean, low, high) in table[control].items():
            sentence = f"campaign minus {control}" if what == "lead" else f"{control} after minus before"
            print(f"{sentence}: {mean:+.1%} ({low:+.1%} to {high:+.1%})")
    (RUNS / "learn.json").write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
