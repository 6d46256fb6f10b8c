"""How plans, findings and figures look on a terminal; must not work out anything it shows.

Names and texts come from recipes, models and files, and none may steer the terminal: markup is off, controls are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmzero import telemetry
from mmzero.machine import spell_bytes
from mmzero.recipe.sentences import one_line

if TYPE_CHECKING:  # a look at a campaign's status needs no room that plans one
    from mmzero.doctor import Finding
    from mmzero.plan import PhasePlan, Plan, PolicyPlan
    from mmzero.status import Status

_STYLES = {"ok": "green", "note": "yellow", "broken": "bold red"}


def show_plan(plan: Plan) -> None:
    console = _console()
    console.print(_text(f"{plan.name}: {plan.iterations} iterations, {plan.steps} steps, on {plan.device}", "bold"))
    _table(
        console,
        ("phase", "trains", "policy", "steps", "prompts x group", "samples", "votes", "most tokens"),
        [
            (index, _trains(one), one.policy, one.steps, f"{one.prompts} x {one.group}", f"{one.samples:,}",
             f"{one.votes:,}", f"{one.tokens:,}")
            for index, one in enumerate(plan.phases)
        ],
    )  # fmt: skip
    _table(
        console,
        ("phase", "tasks", "loss", "advantage", "updates"),
        [
            (index, _shares(one.tasks), one.loss, one.advantage, one.updates)
            for index, one in enumerate(plan.phases)
        ],
    )  # fmt: skip
    _table(
        console,
        ("policy", "trains", "parameters", "training", "checkpoint"),
        [_policy(policy) for policy in plan.policies],
    )
    for actor in plan.actors:
        console.print(_text(actor))
    if plan.gpus_asked:
        console.print(_text(f"GPUs asked for: {plan.gpus_asked}"))
    if plan.held:
        _show_memory(console, plan)
    if plan.campaign is not None:
        free = f", {spell_bytes(plan.disk_free)} free" if plan.disk_free is not None else ""
        exports = f", {spell_bytes(plan.exports)} of it of exports" if plan.exports else ""
        what = f"checkpoints and exports{exports}" if exports else "checkpoints"
        console.print(_text(f"disk: {spell_bytes(plan.campaign)} of {what}{free}"))
    for note in plan.notes:
        console.print(_text(f"note: {note}", "yellow"))


def _trains(phase: PhasePlan) -> str:
    return phase.train + (" (written)" if phase.answers == "written" else "")


def _show_memory(console: Console, plan: Plan) -> None:
    """What lies where, by process, then the most that any place holds."""
    from mmzero.plan.memory import KINDS

    kinds = [kind for kind in KINDS if any(one.keeps.get(kind) for one in plan.held)]
    _table(
        console,
        ("each", "on", *kinds, "at work"),
        [
            (f"{one.many} x {one.who}", one.where.split()[0], *(_size(one.keeps.get(kind, 0)) for kind in kinds),
             _size(one.about))
            for one in plan.held
        ],
    )  # fmt: skip
    _table(
        console,
        ("peak", "of", "certain", "about", "there"),
        [
            (peak.when, "each GPU" if peak.where == "GPU" else "main memory", spell_bytes(peak.certain),
             spell_bytes(peak.about), "?" if peak.there is None else spell_bytes(peak.there))
            for peak in plan.peaks
        ],
    )  # fmt: skip


def _size(count: int) -> str:
    return spell_bytes(count) if count else "-"


def show_findings(findings: Iterable[Finding]) -> None:
    console = _console()
    for finding in findings:
        line = _text(f"{finding.state:7}", _STYLES[finding.state]) + _text(f"{finding.name}: {finding.found}")
        console.print(line + _text(f" -> {finding.remedy}" if finding.remedy else ""))


def show_status(status: Status) -> None:
    console = _console()
    console.print(_text(f"{status.name}: {status.learned} of {status.steps} steps learned, {status.played} played"))
    console.print(_text(f"newest checkpoint: {status.checkpoint or 'none yet'}"))
    for change in status.changes:
        console.print(_text(change))
    evaluation = status.evaluation
    if evaluation:
        told = ", ".join(f"{name} {_number(value)}" for name, value in evaluation["means"].items())
        console.print(
            _text(f"evaluation {evaluation['name']} of version {evaluation['version']}, {evaluation['tasks']}: {told}")
        )
    heads, rows = telemetry.table(status.iterations)
    if rows:
        _table(console, heads, rows)
    if status.figures:
        _table(console, ("last step", ""), [(name, _number(value)) for name, value in status.figures.items()])


def show_cells(found: Mapping[str, Any]) -> None:
    console = _console()
    heads = ("family", "level", "distinct", "entropy", "blind", "tasks/s", "bytes", "near")
    _table(
        console,
        heads,
        [
            (cell["family"], cell["level"], f"{cell['distinct']}/{cell['tasks']}", f"{cell['entropy']:.1f}",
             f"{cell['blind']:.0%}", f"{cell['per_second']:.0f}", cell["bytes"], cell["near"])
            for cell in found["cells"]
        ],
    )  # fmt: skip
    console.print(
        _text(
            f"{found['families']} families in {found['domains']} domains; median {found['median_per_second']:.0f} tasks/s,"
            f" slowest cell {found['slowest_per_second']:.0f}"
        )
    )
    for one, two, close in found["alike"]:
        console.print(_text(f"{one} and {two} look alike in {close} pictures"))


def show_figures(figures: Mapping[str, Any]) -> None:
    """Any nested mapping of figures, one a line under its dotted name."""
    console = _console()
    for name, value in _flat(figures):
        console.print(_text(f"{name}: {_number(value)}"))


def _console() -> Console:
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def _text(text: object, style: str = "") -> Text:
    return Text(one_line(str(text)), style)


def _table(console: Console, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    console.print(table, soft_wrap=False)


def _policy(policy: PolicyPlan) -> tuple[str, ...]:
    if policy.parameters is None:
        return (policy.name, policy.trains, *["?"] * 3)
    counts = (f"{policy.parameters:,}", f"{policy.trained:,}", spell_bytes(policy.checkpoint))
    return (policy.name, policy.trains, *counts)


def _shares(tasks: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in tasks.items()) or "-"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _flat(figures: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
