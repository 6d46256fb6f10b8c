"""What a campaign was given and does not keep, its base model and its datasets: wherever they lie when it goes on, they must
be what it began with. Must not know an engine or what is learned.

Each is known by hashes that the journal keeps: a model's of its files (`model_files.fingerprint`), a dataset's of its rows
as they are read, pictures included, which whoever asks them reads anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from mmzero import model_files
from mmzero.journal import Journal
from mmzero.recipe.amend import MOVED, changes, rule
from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Dataset, Recipe
from mmzero.sources import dataset

MODEL, _SOURCES = "model", "sources."


def refuse_others(journal: Journal, recipe: Recipe, which: Collection[str] | None = None) -> None:
    """One sentence where what `recipe` names is not what the campaign began with, or nobody can say whether it is; `which`
    of it matters, by default all that is moved or still to be asked."""
    moved = {".".join(map(str, one.place[:-1])) for one in changes(journal.recipe, recipe) if rule(one.place) == MOVED}
    if journal.steps() and (unknown := sorted(moved - journal.given.keys())):
        raise mistake(
            f"{unknown[0]} lies elsewhere now, but what it was when the campaign began was not written down, so nothing can be"
            " compared; resume once with where it lay, which writes it down, and name the other place after that"
        )
    wanted = moved | _needed(journal, recipe) if which is None else set(which)
    found = fingerprints(recipe, wanted & journal.given.keys())
    if absent := sorted((moved & journal.given.keys()) - found.keys()):
        raise mistake(
            f"{absent[0]} at {_path(recipe, absent[0])} is not on this machine yet, so nobody can say whether it is what the"
            " campaign began with; fetch it first, or leave it"
        )
    for name, now in found.items():
        was = journal.given[name]
        there = was if name in moved else was.keys() & now.keys()  # a hub's folder may be here in part
        if differs := [part for part in was if part in there and now.get(part) != was[part]]:
            raise mistake(
                f"{name} at {_path(recipe, name)} differs in its {differs[0]} from what the campaign began with; put that back,"
                f" name where it lies by --set {name}.path=…, or begin another campaign with another --out"
            )


def note(journal: Journal) -> None:
    """Write down what is not known yet: at the start all of it, later what was fetched meanwhile or is new in the
    recipe."""
    missing = _needed(journal, journal.recipe) - journal.given.keys()
    if missing and (found := fingerprints(journal.recipe, missing)):
        journal.note_given(found)


def unknown(journal: Journal) -> str | None:
    """A sentence where nothing can be compared, in a campaign of a time when nothing was written down."""
    if journal.given or not journal.steps():
        return None
    lacks = ", ".join(sorted(_needed(journal, journal.recipe)))
    return f"what {lacks} held when the campaign began was not written down and could not be compared"


def fingerprints(recipe: Recipe, which: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Part -> hash of each; without a model that is still on the hub."""
    found: dict[str, Mapping[str, str]] = {}
    for name in sorted(which):
        if name == MODEL:
            folder = model_files.find_model(recipe.model.path, Path.cwd())
            parts = model_files.fingerprint(folder) if folder else {}
        else:
            source = recipe.sources[name.removeprefix(_SOURCES)]
            apart = recipe.sources[source.apart_from] if source.apart_from else None
            parts = {"rows": dataset.opened(source, apart).digest}
        if parts:
            found[name] = parts
    return found


def _needed(journal: Journal, recipe: Recipe) -> set[str]:
    """Before anything is played all of it; later what is still to be asked: nobody opens a dataset that is done with."""
    theirs = {name for name, source in recipe.sources.items() if isinstance(source, Dataset)}
    if played := len(journal.steps()):
        schedule = recipe.schedule
        last = min(schedule.steps, played + sum(phase.steps for phase in schedule.phases))
        coming = {name for at in range(played, last) for name in schedule.phase_at(at).tasks}
        theirs &= coming | {recipe.evaluate.suite, recipe.evaluate.final}
    return {MODEL} | {f"{_SOURCES}{name}" for name in theirs}


def _path(recipe: Recipe, name: str) -> str:
    return recipe.model.path if name == MODEL else recipe.sources[name.removeprefix(_SOURCES)].path
