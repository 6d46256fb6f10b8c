"""`make learn`: a tiny campaign against its controls over three seeds, whatever it is measured by; resumable.

    python -m tests.bench.learn [CAMPAIGN] [--seeds 1 2 3]

A campaign's controls are the recipes that bear its name and what pays them instead: `tiny_random`, `tiny_format`. All runs
of one seed answer the same held-out tasks, so they are compared task by task. A recipe that begins with written answers is
compared with its own cold start too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from mmzero import shipped
from mmzero.evaluate import FINAL
from mmzero.journal import Journal
from mmzero.recipe.tree import Recipe
from mmzero.report.places import overlap
from mmzero.statistics import Interval, average, paired

RUNS = Path("runs/learn")
PAID_BY = ("random", "format")

Row = Mapping[str, Any]
Shares = dict[str, float]  # by task: the share of its answers that are right, or how far its boxes overlap


@dataclass(frozen=True, slots=True)
class Course:
    """What one run's held-out answers were worth; `cold` is None where nothing written was learned from."""

    before: Shares
    cold: Shares | None
    after: Shares


def controls(campaign: str) -> list[str]:
    return [name for paid in PAID_BY if (name := f"{campaign}_{paid}") in shipped.recipes()]


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


def course(folder: Path) -> Course:
    with Journal.open(folder, write=False) as journal:
        cold, last = cold_start(journal.recipe), journal.recipe.schedule.steps
        suite = FINAL if journal.recipe.evaluate.final else "heldout"  # the one that decided nothing
        found = {version: journal.evaluation(suite, version) for version in {0, cold, last}}
    before, after = worth(found[0]), worth(found[last])
    return Course(before, worth(found[cold]) if cold and found[cold] else None, after)


def cold_start(recipe: Recipe) -> int:
    """How many steps learn from written answers before any other does."""
    steps = 0
    for phase in recipe.schedule.phases:
        if phase.answers != "written":
            break
        steps += phase.steps
    return steps


def worth(rows: Sequence[Row]) -> Shares:
    """Boxes are measured by their overlap, all else by whether it is right."""
    found: dict[str, list[float]] = {}
    for row in rows:
        boxes = row["answer_kind"] == "boxes"
        found.setdefault(row["task_id"], []).append(overlap(row) if boxes else float(row["correct"]))
    return {task: float(np.mean(values)) for task, values in found.items()}


def gain(before: Shares, after: Shares) -> Interval:
    return paired([before[task] for task in after], list(after.values()))


def lead(ours: Sequence[Shares], theirs: Sequence[Shares]) -> Interval:
    """Of one side over the other, one of each per seed: by task, averaged over seeds, with the interval over tasks."""
    shared = [task for task in ours[0] if all(task in one for one in (*ours, *theirs))]
    means = [[float(np.mean([one[task] for one in side])) for task in shared] for side in (theirs, ours)]
    return paired(*means)


def rows(found: Mapping[tuple[str, int], Course]) -> list[tuple[str, ...]]:
    """One line for each run."""
    lines = []
    for (recipe, seed), one in found.items():
        cold = [_share(average(list(one.cold.values())).mean), *_moved(gain(one.cold, one.after))] if one.cold else []
        ends = [_share(average(list(side.values())).mean) for side in (one.before, one.after)]
        lines.append((recipe, str(seed), *ends, *_moved(gain(one.before, one.after)), *(cold or ["", "", ""])))
    return lines


def compared(campaign: str, found: Mapping[tuple[str, int], Course]) -> dict[str, dict[str, Interval]]:
    """The campaign's end beside each control's, and what each control moved by itself."""
    recipes = list(dict.fromkeys(recipe for recipe, _ in found))
    sides = {recipe: [one for (name, _), one in found.items() if name == recipe] for recipe in recipes}
    own = sides.pop(campaign)
    table = {
        control: {
            "lead": lead([one.after for one in own], [one.after for one in theirs]),
            "moved": lead([one.after for one in theirs], [one.before for one in theirs]),
        }
        for control, theirs in sides.items()
    }
    if all(one.cold for one in own):
        table["its cold start"] = {"lead": lead([one.after for one in own], [one.cold for one in own])}
    return table


def _share(value: float) -> str:
    return f"{100 * value:.1f}"


def _moved(found: Interval) -> tuple[str, str]:
    return f"{100 * found.mean:+.1f}", f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.learn", description=(__doc__ or "").splitlines()[0])
    asked.add_argument("campaign", nargs="?", default="tiny", help="a shipped recipe that has controls [tiny]")
    asked.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="[1 2 3]")
    given = asked.parse_args(arguments)
    against = controls(given.campaign)
    if not against:
        sys.exit(f"there is no recipe '{given.campaign}' with a control; a control is named {given.campaign}_random")
    wanted = [(recipe, seed) for seed in given.seeds for recipe in (given.campaign, *against)]
    found = {(recipe, seed): course(run(recipe, seed)) for recipe, seed in wanted}
    console = Console()
    shown = Table("recipe", "seed", "before", "after", "moved", "95 %", "cold start", "since then", "95 %")
    for line in rows(found):
        shown.add_row(*line)
    console.print(shown)
    table = compared(given.campaign, found)
    for control, parts in table.items():
        for what, interval in parts.items():
            said = f"{given.campaign} minus {control}" if what == "lead" else f"{control} after minus before"
            console.print("{}: {} ({})".format(said, *_moved(interval)))
    told = {control: {what: asdict(one) for what, one in parts.items()} for control, parts in table.items()}
    (RUNS / f"{given.campaign}.json").write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
