"""What of a recipe may change while its campaign goes on, from when, and why the rest may not; must not know the folder
a campaign is kept in.

RULES is the whole answer, field by field. What decides how and where a campaign runs changes at once. What decides what
is asked and learned changes from the first step that has not been played: a step that was played is learned, also after
a kill, as it was meant when it was played. Where the model and the datasets lie may change, and not what they are: who
calls these rules compares that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmzero.recipe.faults import Place, dotted
from mmzero.recipe.sentences import mistake, show
from mmzero.recipe.tree import Recipe

AT_ONCE = "at once"
FROM_NEXT = "from the first step not yet played"
MOVED = "at once, where what lies there is the same"

_ROWS = "which row comes next is counted over all that were asked, and by it a row may be fit to be asked or not"
# The first that matches the beginning of a field's path; * stands for any one part. Whatever is none of AT_ONCE,
# FROM_NEXT and MOVED is the reason why the field stays.
RULES: tuple[tuple[str, str], ...] = (
    ("name", "it says which campaign this is"),
    ("seed", "every draw of the campaign comes from it"),
    ("model.path", MOVED),
    ("model", "what was played was said and seen by this model"),
    ("policies", "checkpoints hold these weights and no others"),
    ("roles.*.policy", "the weights that spoke and learned in this role are the other policy's"),
    ("roles.*.rewards.*.use", "the campaign keeps the source of the rewards it began with, and of no others"),
    ("roles", FROM_NEXT),
    ("sources.*.kind", "tasks that were asked say which source they came from"),
    ("sources.*.folder", AT_ONCE),
    ("sources.*.bad_rows", AT_ONCE),
    *((f"sources.*.{field}", MOVED) for field in ("path", "subset", "split")),
    *((f"sources.*.{field}", _ROWS) for field in ("shuffle", "columns", "most_images")),
    *((f"sources.*.{field}", _ROWS) for field in ("answer", "ask", "boxes", "apart_from", "apart_by")),
    *((f"sources.*.{field}", _ROWS) for field in ("categories", "shots", "absent", "grammar")),
    ("sources", FROM_NEXT),
    ("schedule.overlap", AT_ONCE),
    ("schedule", FROM_NEXT),
    ("learning", FROM_NEXT),
    ("sampler", AT_ONCE),
    ("learner", AT_ONCE),
    ("render", AT_ONCE),
    ("cluster", AT_ONCE),
    ("checkpoint", AT_ONCE),
    ("evaluate.every", AT_ONCE),
    ("evaluate.roll_back", AT_ONCE),
    ("evaluate.phases", AT_ONCE),
    ("evaluate", "evaluations are compared task by task with that of the first version"),
    ("log", AT_ONCE),
    ("budgets", AT_ONCE),
    ("watchdogs", AT_ONCE),
    ("bridge", AT_ONCE),
)
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One field and its value before and after, as JSON would hold them; one of the two may be absent."""

    place: Place
    was: Any
    now: Any

    @property
    def field(self) -> str:
        return dotted(self.place)

    def sentence(self) -> str:
        if self.was is _ABSENT:
            return f"{self.field} is now {show(self.now)}, which was not there"
        if self.now is _ABSENT:
            return f"{self.field}, which was {show(self.was)}, is gone"
        return f"{self.field} is now {show(self.now)}, which was {show(self.was)}"

    def to_json(self) -> dict[str, Any]:
        sides = {"was": self.was, "now": self.now}
        return {"at": list(self.place)} | {name: value for name, value in sides.items() if value is not _ABSENT}

    @classmethod
    def from_json(cls, item: Mapping[str, Any]) -> Change:
        return cls(tuple(item["at"]), item.get("was", _ABSENT), item.get("now", _ABSENT))


def rule(place: Place) -> str:
    """AT_ONCE, FROM_NEXT, MOVED, or why the field may not change."""
    parts = tuple(map(str, place))
    for pattern, found in RULES:
        wanted = pattern.split(".")
        if len(wanted) <= len(parts) and all(want in ("*", part) for want, part in zip(wanted, parts, strict=False)):
            return found
    return "nothing is known of what it would do to what was played"


def changes(was: Recipe, now: Recipe) -> tuple[Change, ...]:
    """Every field in which two recipes differ."""
    return tuple(differences(plain(was), plain(now)))


def refuse_what_stays(wanted: Sequence[Change]) -> None:
    for change in wanted:
        reason = rule(change.place)
        gone = change.now is _ABSENT and change.place[0] in ("roles", "sources") and len(change.place) == 2
        if gone:
            reason = "what was played names it"
        if gone or reason not in (AT_ONCE, FROM_NEXT, MOVED):
            raise mistake(
                f"{change.sentence()}, and may not change: {reason}; leave it, or begin another campaign with another --out"
            )


def amended(recipe: Recipe, wanted: Sequence[Change]) -> Recipe:
    """The recipe with the changes made, validated whole."""
    raw = plain(recipe)
    for change in wanted:
        at: Any = raw
        for part in change.place[:-1]:
            at = at[part]
        if change.now is _ABSENT:
            del at[change.place[-1]]
        else:
            at[change.place[-1]] = copy.deepcopy(change.now)
    return Recipe.model_validate(raw)


def plain(recipe: Recipe) -> dict[str, Any]:
    return recipe.model_dump(mode="json", by_alias=True)


def differences(was: Any, now: Any, place: Place = ()) -> Iterator[Change]:
    """Mappings key by key, lists of one length entry by entry, and everything else whole."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*was, *now]):
            yield from differences(was.get(key, _ABSENT), now.get(key, _ABSENT), (*place, key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from differences(one, other, (*place, at))
    elif was is _ABSENT or now is _ABSENT or type(was) is not type(now) or was != now:
        yield Change(place, was, now)
