"""How accuracy, length and thinking went: at each evaluation between start and end, and by level. Pure: rows in, plain values
out; must not know what they were measured with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmzero.answers import form
from mmzero.evaluate import shares
from mmzero.recipe.tree import Schedule
from mmzero.report.places import places
from mmzero.statistics import average, paired

Row = Mapping[str, Any]


def course(heldout: Mapping[int, Sequence[Row]], schedule: Schedule) -> list[dict[str, Any]]:
    """One entry for each evaluated version, with the change since the entry before it, paired by task: a dip after a cold
    start is one below zero."""
    entries, before = [], None
    for version in sorted(heldout):
        rows = heldout[version]
        right = average(list(shares(rows).values()))
        entry = {"version": version, "after": _after(version, schedule), "accuracy": right.mean}
        entry |= {"low": right.low, "high": right.high, "n": right.n, "tokens": _mean(row["tokens"] for row in rows)}
        placed = places(rows)
        entry |= {"thinks": _thinks(rows), "change": _change(before, rows) if before else None}
        entry |= {"miou": placed["miou"] if placed else None}
        entries.append(entry)
        before = rows
    return entries


def _after(version: int, schedule: Schedule) -> str:
    """What has just ended, in words; empty in the middle of a phase."""
    if version == 0:
        return "base model"
    if not schedule.ends_phase(version):
        return ""
    phase = schedule.phase_at(version - 1)
    if phase.answers == "written":
        return "written answers"
    return f"{phase.train}, answers of at most {phase.says.max_tokens}"


def _change(before: Sequence[Row], after: Sequence[Row]) -> dict[str, float] | None:
    was, is_now = shares(before), shares(after)
    pairs = [(was[id], share) for id, share in is_now.items() if id in was]
    if not pairs:
        return None
    found = paired(*zip(*pairs, strict=True))
    return {"mean": found.mean, "low": found.low, "high": found.high}


def thinking(before: Sequence[Row], after: Sequence[Row]) -> dict[str, Any]:
    """How often it is thought about, of all and of each level, beside how often it is right."""
    levels = sorted({row["level"] for row in before})
    return {"before": _thinks(before), "after": _thinks(after) if after else None} | {
        "levels": {str(level): _level(before, after, level) for level in levels}
    }


def _level(before: Sequence[Row], after: Sequence[Row], level: int) -> dict[str, float | None]:
    first, last = ([row for row in rows if row["level"] == level] for rows in (before, after))
    return {
        "before": _thinks(first),
        "after": _thinks(last) if last else None,
        "right_before": _mean(bool(row["correct"]) for row in first),
        "right_after": _mean(bool(row["correct"]) for row in last) if last else None,
    }


def _thinks(rows: Sequence[Row]) -> float:
    return _mean(form.thinks(row["response"] or "") for row in rows)


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)
