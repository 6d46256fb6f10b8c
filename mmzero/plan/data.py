"""What a recipe's datasets hold and how often it goes through them, found by opening them. Must not know a model."""

from __future__ import annotations

from pathlib import Path

from mmzero import machine, sources
from mmzero.bridge import ROWS
from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Dataset, Gate, Proposed, Recipe
from mmzero.sources import dataset, kept_out


def notes(recipe: Recipe, opens: bool) -> list[str]:
    """A sentence for each dataset, trained on or kept out; raises where one cannot be opened or holds nothing to ask. For
    hardware elsewhere, where the data may lie elsewhere too, nothing is opened."""
    theirs = {name: source for name, source in recipe.sources.items() if isinstance(source, Dataset)}
    apart = {
        f"sources.{name}.gate.decontaminate": source.gate
        for name, source in recipe.sources.items()
        if isinstance(source, Proposed) and source.gate and source.gate.decontaminate
    }
    if (theirs or apart) and not opens:
        return [f"datasets are not opened for hardware elsewhere: {', '.join([*theirs, *apart])}"]
    for name, source in theirs.items():
        _refuse_unbridged(recipe, name, source)
    drawn = sources.draws(recipe)
    return [
        *(_note(recipe, name, source, drawn[name]) for name, source in theirs.items()),
        *(_kept_out(recipe, name, gate) for name, gate in apart.items()),
    ]


def _refuse_unbridged(recipe: Recipe, name: str, source: Dataset) -> None:
    """What the recipe's own bridge is to write is no wrong path."""
    path = Path(source.path)
    if recipe.bridge and path.name == ROWS and source.columns.response and not machine.exists(path):
        raise mistake(
            f"sources.{name} is {path}, which nobody has written yet; `mmzero bridge {recipe.name} --out {path.parent}` writes"
            " it, and goes on where it was broken off"
        )


def _kept_out(recipe: Recipe, name: str, gate: Gate) -> str:
    """It is read whole, as the first step would: what cannot be looked at cannot be kept out."""
    if recipe.draws == "nothing":
        raise mistake(
            f"{name} is {gate.decontaminate}, but the proposer's mode is spec, whose tasks the bank makes and nobody compares;"
            " leave it out, or set roles.proposer.mode to open"
        )
    held = kept_out.memory(recipe, gate).prints
    pictures = len({one.look for one in held if one.look})
    return (
        f"{name}: {len({one.question for one in held}):,} questions and {pictures:,} pictures are kept out of training"
    )


def _note(recipe: Recipe, name: str, source: Dataset, drawn: int) -> str:
    apart = recipe.sources[source.apart_from] if source.apart_from else None
    rows = dataset.opened(source, apart)
    said = f"{name}: {len(rows.fit):,} rows can be asked"
    said += f", {rows.bad:,} cannot" if rows.bad else ""
    said += f", {rows.shared:,} are also in {source.apart_from} and left out" if rows.shared else ""
    if name in (recipe.evaluate.suite, recipe.evaluate.final):
        return f"{said}; it is held out, and {min(len(rows.fit), recipe.evaluate.tasks):,} are measured by"
    return f"{said}; {drawn:,} are drawn, which is {drawn / len(rows.fit):.1f} epochs"
