"""What each iteration came to, one row of a table: what was usable and why the rest was not, how hard and how varied what
was made is, what is answered without looking, and how the probe fared. Figures of steps and evaluations in, rows out; must
not know what made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a look at a campaign must not wait for the rooms that made it
    from mmzero.journal import Journal
    from mmzero.recipe.tree import Schedule
    from mmzero.rooms import Rooms
    from mmzero.statistics import Interval
    from mmzero.types import Cursor

COLUMNS = {  # a step's figure -> its head, and how its mean over the iteration's steps is shown
    "proposals_valid": ("usable", "{:.0%}"),
    "rendered": ("rendered", "{:.0%}"),
    "ideas_kept": ("ideas taught by", "{:.0%}"),
    "ran": ("seeds that ran", "{:.0%}"),
    "majority_right": ("votes right", "{:.0%}"),
    "difficulty": ("difficulty", "{:.2f}"),
    "easy_hard_gap": ("easy - hard", "{:+.2f}"),
    "content_entropy": ("content entropy", "{:.2f}"),
    "distinct_pictures": ("distinct pictures", "{:.0%}"),
    "blind_right": ("right blindly", "{:.0%}"),
    "blind_luck": ("luck", "{:.0%}"),
    "printed": ("answer printed", "{:.0%}"),
    "yield": ("within bands", "{:.0%}"),
}
_REJECTED = "rejected/"
MEANING = (
    "Means over the steps of an iteration that have the figure. Usable: what the first role wrote that something came of;"
    " rendered: what the coder wrote that was let through; ideas taught by: those that its"
    " filter finds neither too easy nor too hard; votes right: what most votes say, where the truth is known;"
    " difficulty: 1 where half of the votes are right or agree, 0 where all or none; right blindly: answers without the"
    " picture, beside what luck gets; answer printed: pictures that say in words what the hard question asks; within bands:"
    " labels that the bands let through as they are written."
)


@dataclass(frozen=True, slots=True)
class Iteration:
    """`number` counts from 1; `probe` is of the newest version evaluated in it."""

    number: int
    steps: int
    means: Mapping[str, float]
    rejected: Mapping[str, int]
    probe: Interval | None

    def to_json(self) -> dict[str, Any]:
        probe = (
            None if self.probe is None else {name: getattr(self.probe, name) for name in ("mean", "low", "high", "n")}
        )
        return {"iteration": self.number, "steps": self.steps, **self.means} | {
            "rejected": dict(self.rejected), "probe": probe,
        }  # fmt: skip


def iterations(
    lines: Sequence[Mapping[str, Any]], probes: Mapping[int, Interval], schedule: Schedule
) -> list[Iteration]:
    """`lines` are figures of steps, `probes` held-out accuracy by version."""
    whole = schedule.steps // schedule.iterations
    found = []
    for number in sorted({line["iteration"] for line in lines}):
        mine = [line for line in lines if line["iteration"] == number]
        means = {
            name: sum(told) / len(told) for name in COLUMNS if (told := [one[name] for one in mine if name in one])
        }
        newest = max((version for version in probes if number * whole < version <= (number + 1) * whole), default=None)
        found.append(Iteration(number + 1, len(mine), means, _rejected(mine), probes.get(newest)))
    return found


def _rejected(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update({name.removeprefix(_REJECTED): int(line[name]) for name in line if name.startswith(_REJECTED)})
    return dict(counts.most_common())


def newest(journal: Journal, steps: int = 1000) -> list[Iteration]:
    """Those within the last so many steps, so that a look at a long campaign is as short as one at a short one."""
    learned, last = journal.last_figures()
    if not learned:
        return []
    lines = journal.recent_figures(last["index"], steps)
    cut = lines[0]["index"] > 0 and lines[0]["iteration"] < lines[-1]["iteration"]  # the first of them may not be whole
    lines = [line for line in lines if not cut or line["iteration"] > lines[0]["iteration"]]
    shown = [version for version in journal.evaluated_versions("heldout") if version > lines[0]["index"]]
    return iterations(lines, {version: _probe(journal, version) for version in shown}, journal.recipe.schedule)


def _probe(journal: Journal, version: int) -> Interval:
    from mmzero.evaluate import shares
    from mmzero.statistics import average

    return average(list(shares(journal.evaluation("heldout", version) or ()).values()))


def table(rows: Sequence[Iteration]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and cells; of the columns those that any row has. Nothing where nobody proposed anything."""
    there = [name for name in COLUMNS if any(name in row.means for row in rows)]
    if not there:
        return (), []
    heads = ("iteration", *(COLUMNS[name][0] for name in there), "probe", "95 % interval", "rejected")
    return heads, [(str(row.number), *(_cell(row, name) for name in there), *_probed(row), _why(row)) for row in rows]


def _cell(row: Iteration, name: str) -> str:
    return COLUMNS[name][1].format(row.means[name]) if name in row.means else ""


def _probed(row: Iteration) -> tuple[str, str]:
    if row.probe is None:
        return "", ""
    return f"{row.probe.mean:.1%}", f"{row.probe.low:.1%} to {row.probe.high:.1%}"


def _why(row: Iteration) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in row.rejected.items())


def sentence(row: Iteration) -> str:
    """One line for a screen."""
    told = [f"{COLUMNS[name][0]} {_cell(row, name)}" for name in COLUMNS if name in row.means]
    mean, interval = _probed(row)
    told += [f"probe {mean} (95 %: {interval})"] if mean else []
    told += [f"rejected {_why(row)}"] if row.rejected else []
    return f"iteration {row.number}: " + ", ".join(told)


def tell(rooms: Rooms, journal: Journal, cursor: Cursor) -> None:
    """Where an iteration ends, and anybody proposed anything in it."""
    schedule = rooms.recipe.schedule
    whole = schedule.steps // schedule.iterations
    if cursor.version % whole:
        return
    newest = max((at for at in journal.evaluated_versions("heldout") if at <= cursor.version), default=None)
    fared = {} if newest is None else {newest: _probe(journal, newest)}
    (row,) = iterations(journal.recent_figures(cursor.index, whole), fared, schedule)
    if row.means:
        rooms.watch.note(sentence(row))
