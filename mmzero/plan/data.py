"""What a recipe's datasets hold and how often it goes through them, found by opening them. Must not know a model."""

from __future__ import annotations

from mmzero import sources
from mmzero.recipe.tree import Dataset, Recipe
from mmzero.sources import dataset


def notes(recipe: Recipe, opens: bool) -> list[str]:
    """A sentence for each dataset; raises where one cannot be opened or holds nothing to ask. For hardware elsewhere,
    where the data may lie elsewhere too, nothing is opened."""
    theirs = {name: source for name, source in recipe.sources.items() if isinstance(source, Dataset)}
    if theirs and not opens:
        return [f"datasets are not opened for hardware elsewhere: {', '.join(theirs)}"]
    drawn = sources.draws(recipe)
    return [_note(recipe, name, source, drawn[name]) for name, source in theirs.items()]


def _note(recipe: Recipe, name: str, source: Dataset, drawn: int) -> str:
    apart = recipe.sources[source.apart_from] if source.apart_from else None
    rows = dataset.opened(source, apart)
    said = f"{name}: {len(rows.fit):,} rows can be asked"
    said += f", {rows.bad:,} cannot" if rows.bad else ""
    said += f", {rows.shared:,} are also in {source.apart_from} and left out" if rows.shared else ""
    if name == recipe.evaluate.suite:
        return f"{said}; it is held out, and {min(len(rows.fit), recipe.evaluate.tasks):,} are measured by"
    return f"{said}; {drawn:,} are drawn, which is {drawn / len(rows.fit):.1f} epochs"
