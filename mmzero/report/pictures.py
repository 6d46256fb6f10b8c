"""The charts of a report as PNG files: curves and families. Must not compute what report.json does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmzero.report.contact_sheet import draw_tasks
from mmzero.report.evidence import Evidence
from mmzero.report.examples import choose, one_line
from mmzero.statistics import accuracy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROLES = {"solver": "#2563a8", "proposer": "#d97a1e", "coder": "#2f8f5b", "nobody": "#6b7580"}
INK, MUTED, FAINT, BEFORE = "#22272e", "#6b7580", "#e4e8ec", "#a9b4bf"
PANELS = (  # figure of a step, title, axis
    ("reward", "Reward", "mean reward"),
    ("accuracy", "Accuracy in training", "share of answers right"),
    ("learnability", "Learnability of proposals", "0 … 1, paid to the proposer"),
    ("rendered", "Drawings that were rendered", "share"),
    ("hard_consistency", "Agreement about hard questions", "share of votes"),
    ("entropy", "Entropy", "nats per token"),
    ("grad_norm", "Gradient norm", "before clipping"),
    ("mean_length", "Length of answers", "tokens"),
    ("kl", "KL to the anchor", "nats per token"),
)


def draw(evidence: Evidence, figures: Mapping[str, Any], folder: Path) -> list[str]:
    """The names of the pictures made: those there is something to show for."""
    made = []
    panels = _panels(evidence)
    if panels or len(evidence.heldout) > 1:
        _save(_curves(evidence, panels), folder / "curves.png")
        made.append("curves.png")
    if evidence.pairs:
        _save(_families(figures["heldout"]), folder / "families.png")
        draw_tasks(choose(evidence.pairs), folder / "tasks.png")
        made += ["families.png", "tasks.png"]
    return made


def _save(figure: Figure, target: Path) -> None:
    figure.savefig(target, dpi=130, facecolor="white")


def _panels(evidence: Evidence) -> list[tuple[str, str, str]]:
    return [panel for panel in PANELS if any(evidence.curve(panel[0], role)[0] for role in ROLES)]


def _curves(evidence: Evidence, panels: Sequence[tuple[str, str, str]]) -> Figure:
    from matplotlib.figure import Figure

    cells = len(panels) + (len(evidence.heldout) > 1)
    columns = min(3, cells)
    rows = -(-cells // columns)
    figure = Figure(figsize=(4.3 * columns, 2.9 * rows + 0.5), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in axes[cells:]:
        spare.set_visible(False)
    if len(evidence.heldout) > 1:
        _heldout(axes.pop(0), evidence)
    for axis, (name, title, unit) in zip(axes, panels, strict=False):
        _dress(axis, title, unit)
        axis.set_xlabel("step")
        axis.set_xlim(0, max(evidence.recipe.schedule.steps, 1) + 1)
        for role in ROLES:
            _curve(axis, *evidence.curve(name, role), ROLES[role])
    _legend(figure, [role for role in ROLES if any(evidence.role(line) == role for line in evidence.metrics)])
    return figure


def _dress(axis: Axes, title: str, unit: str) -> None:
    axis.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    axis.set_ylabel(unit, fontsize=8.5, color=MUTED)
    axis.xaxis.label.set(fontsize=8.5, color=MUTED)
    axis.grid(axis="y", color=FAINT, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.spines["bottom"].set_color(MUTED)
    axis.tick_params(colors=MUTED, labelsize=8.5, length=0)


def _curve(axis: Axes, steps: Sequence[int], values: Sequence[float], colour: str) -> None:
    few = "." if len(steps) < 40 else ""
    for run in _runs(steps):
        axis.plot(steps[run], values[run], color=colour, alpha=0.28, linewidth=1, marker=few, markersize=3)
        smooth_N = _smooth(np.asarray(values[run]), len(steps) // 12)
        axis.plot(steps[run], smooth_N, color=colour, linewidth=2, solid_capstyle="round")


def _runs(steps: Sequence[int]) -> list[slice]:
    """No line is drawn over steps in which another role learned, for nothing was measured there; but where roles take
    turns so quickly that only dots would be left, it is one line."""
    ends = [0, *(at for at in range(1, len(steps)) if steps[at] > steps[at - 1] + 1), len(steps)]
    if len(steps) < 3 * (len(ends) - 1):
        return [slice(None)] if steps else []
    return [slice(*span) for span in pairwise(ends) if span[0] < span[1]]


def _smooth(values_N: np.ndarray, reach: int) -> np.ndarray:
    """A running mean over `reach` values to either side; at the ends over what there is."""
    return np.array([values_N[max(0, at - reach) : at + reach + 1].mean() for at in range(len(values_N))])


def _heldout(axis: Axes, evidence: Evidence) -> None:
    versions = sorted(evidence.heldout)
    found = [accuracy([row["correct"] for row in evidence.heldout[version]]) for version in versions]
    means = np.array([one.mean for one in found])
    reach = [means - [one.low for one in found], [one.high for one in found] - means]
    _dress(axis, "Held-out accuracy", "share right, 95 % interval")
    axis.errorbar(
        versions, means, yerr=reach, color=INK, linewidth=2, marker="o", markersize=5, capsize=4, elinewidth=1
    )
    axis.set_xlabel("step")
    axis.set_xlim(-0.04 * versions[-1], versions[-1] * 1.04)


def _legend(figure: Figure, roles: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=ROLES[role], linewidth=2.5, label=role) for role in roles]
    lines.append(Line2D([], [], color=MUTED, alpha=0.4, linewidth=1, label="each step as measured"))
    figure.legend(
        handles=lines, loc="outside upper left", ncols=len(lines), frameon=False, fontsize=9.5, labelcolor=INK
    )


def _families(heldout: Mapping[str, Any]) -> Figure:
    """Before and after per family, the largest gain on top; the interval drawn is that of the paired difference."""
    from matplotlib.figure import Figure

    ranked = sorted(heldout["families"].items(), key=lambda entry: entry[1]["gain"])
    figure = Figure(figsize=(9, 1.6 + 0.55 * len(ranked)), layout="constrained")
    bars, gains = figure.subplots(1, 2, width_ratios=(3, 2), sharey=True)
    at_N = np.arange(len(ranked))
    before_N, after_N, gain_N, low_N, high_N = (
        np.array([group[name] for _, group in ranked]) * 100 for name in ("before", "after", "gain", "low", "high")
    )
    _dress(bars, "Held-out accuracy by family", "")
    bars.barh(at_N + 0.19, before_N, 0.34, color=BEFORE, label="before")
    bars.barh(at_N - 0.19, after_N, 0.34, color=ROLES["solver"], label="after")
    for at, before, after in zip(at_N, before_N, after_N, strict=True):
        bars.text(before + 1, at + 0.19, f"{before:.0f}", va="center", fontsize=8, color=MUTED)
        bars.text(after + 1, at - 0.19, f"{after:.0f}", va="center", fontsize=8, color=INK)
    bars.set_yticks(at_N, [one_line(name, 28) for name, _ in ranked], parse_math=False, color=INK)
    bars.set(xlim=(0, 108), xlabel="% right")
    bars.legend(loc="lower left", bbox_to_anchor=(0.62, 1.0), ncols=2, frameon=False, fontsize=9, labelcolor=INK)
    _dress(gains, "Gain", "")
    gains.axvline(0, color=MUTED, linewidth=1)
    gains.errorbar(gain_N, at_N, xerr=[gain_N - low_N, high_N - gain_N], fmt="o", color=INK, capsize=3, markersize=5)
    gains.set_xlabel("points, paired 95 % interval")
    for axis in (bars, gains):
        axis.grid(axis="x", color=FAINT, linewidth=0.8)
        axis.grid(axis="y", visible=False)
    return figure
