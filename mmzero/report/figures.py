"""The numbers of a report, as report.json holds them. Pure: evidence in, plain values out; must not read a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mmzero.evaluate import shares
from mmzero.report.course import course, thinking
from mmzero.report.evidence import Evidence, Pair, Row
from mmzero.report.places import masked, places
from mmzero.roles import reply
from mmzero.statistics import Interval, accuracy, average, majority, paired
from mmzero.telemetry import Iteration, iterations


def figures(evidence: Evidence, wall_s: float, peak_rss_gb: float) -> dict[str, Any]:
    return {
        "name": evidence.recipe.name,
        "steps": len(evidence.metrics),
        "planned": evidence.recipe.schedule.steps,
        "finished": evidence.finished,
        "heldout": _heldout(evidence) if 0 in evidence.heldout else None,
        "final": _final(evidence) if evidence.final else None,
        "wall_s": wall_s,
        "peak_rss_gb": peak_rss_gb,
        "seconds": _seconds(evidence.metrics),
        "tokens": evidence.tokens,
        "counts": evidence.counts,
        "iterations": [row.to_json() for row in by_iteration(evidence)],
        "changes": [{"step": step, **change.to_json()} for step, change in evidence.changes],
    }


def by_iteration(evidence: Evidence) -> list[Iteration]:
    probes = {version: average(list(shares(rows).values())) for version, rows in evidence.heldout.items()}
    return iterations(evidence.metrics, probes, evidence.recipe.schedule)


def _heldout(evidence: Evidence) -> dict[str, Any]:
    pairs = evidence.pairs
    held, newest = evidence.heldout, max(evidence.heldout)
    there = {pair.before["task_id"] for pair in pairs}
    before = [row for row in held[0] if row["task_id"] in there] if pairs else held[0]
    after = [row for row in held[newest] if row["task_id"] in there] if pairs else []
    families = _groups(pairs, lambda pair: pair.before["family"])
    return {
        "suite": evidence.recipe.evaluate.suite,
        "version": newest if pairs else None,
        "samples": max(row["sample"] for row in before) + 1,
        "before": _share(before),
        "after": _share(after) if pairs else None,
        "gain": _gain(pairs) if pairs else None,
        "fates": dict(Counter(pair.fate for pair in pairs)),
        "majority": _majority(evidence.votes_T),
        "pass_at_k": _pass_at_k(evidence.votes_T),
        "families": families,
        "levels": _groups(pairs, lambda pair: str(pair.before["level"])),
        "families_up": sum(group["low"] > 0 for group in families.values()),
        "form": {"before": _formed(before), "after": _formed(after) if pairs else None},
        "course": course(evidence.heldout, evidence.recipe.schedule),
        "thinking": thinking(before, after),
        "unanswered": {"before": _unanswered(before), "after": _unanswered(after) if pairs else None},
        "places": {"before": places(before), "after": places(after)},
        "masks": {"before": masked(before), "after": masked(after)},
    }


def _final(evidence: Evidence) -> dict[str, Any]:
    """What nothing was decided by, so that no choice has flattered it."""
    before, after = map(shares, evidence.final)
    both = [(before[id], after[id]) for id in before if id in after]
    change = _named(paired(*zip(*both, strict=True)), "mean")
    first, last = map(_share, evidence.final)
    return {"suite": evidence.recipe.evaluate.final, "before": first, "after": last, "gain": change, "n": len(both)}


def _right(rows: Iterable[Row]) -> list[bool]:
    return [bool(row["correct"]) for row in rows]


def _share(rows: Sequence[Row]) -> dict[str, float]:
    found = average(list(shares(rows).values()))
    return _named(found, "accuracy") | {"n": found.n}


def _named(interval: Interval, mean: str) -> dict[str, float]:
    return {mean: interval.mean, "low": interval.low, "high": interval.high}


def _difference(pairs: Sequence[Pair]) -> Interval:
    return paired(*zip(*(pair.shares for pair in pairs), strict=True))


def _gain(pairs: Sequence[Pair]) -> dict[str, float]:
    return _named(_difference(pairs), "mean")


def _groups(pairs: Sequence[Pair], name_of: Callable[[Pair], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(name_of(pair), []).append(pair)
    return {name: _group(groups[name]) for name in sorted(groups)}


def _group(pairs: Sequence[Pair]) -> dict[str, float]:
    before, after = (average(side).mean for side in zip(*(pair.shares for pair in pairs), strict=True))
    return {"before": before, "after": after, **_named(_difference(pairs), "gain"), "n": len(pairs)}


def _majority(votes_T: Sequence[Sequence[Row]]) -> dict[str, float] | None:
    if not votes_T:
        return None
    right = [majority([_ballot(row) for row in votes]) is _RIGHT for votes in votes_T]
    return _named(accuracy(right), "accuracy") | {"votes": max(map(len, votes_T))}


_RIGHT = object()


def _ballot(row: Row) -> object:
    """All right answers are one ballot however they are written ("4", "4.0"): the majority to beat is at its best."""
    return _RIGHT if row["correct"] else " ".join((row["said"] or "").casefold().split()) or None


def _pass_at_k(votes_T: Sequence[Sequence[Row]]) -> dict[str, float] | None:
    if not votes_T:
        return None
    hit = accuracy([any(_right(votes)) for votes in votes_T])
    return {"k": max(map(len, votes_T)), "accuracy": hit.mean}


def _formed(rows: Sequence[Row]) -> float:
    return accuracy([reply.read(row["response"] or "").formed for row in rows]).mean


def _unanswered(rows: Sequence[Row]) -> int:
    """In how many no answer could be found."""
    return sum(not row["said"] for row in rows)


def _seconds(metrics: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for line in metrics:
        totals.update({name.partition("/")[2]: line[name] for name in line if name.startswith("seconds/")})
    return dict(totals)
