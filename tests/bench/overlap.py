"""Play one step ahead of learning against one after the other: the same steps of the tiny campaign, by either loop.

Each loop has a campaign of its own and goes through all of its steps, so that its first and last, which overlap with nothing,
count too. What starts engines stays off the clock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from mmzero import campaign, loop, overlap
from mmzero.journal import Journal
from mmzero.recipe import plugins
from mmzero.recipe.tree import Recipe
from mmzero.rooms import Rooms
from mmzero.watch import Quiet

from . import pairs
from .step import recipe_of_steps

STEPS = 6
PAIRS = 2


def measure() -> dict[str, pairs.Figures]:
    recipe, where = recipe_of_steps(STEPS)
    ahead = recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update={"overlap": True})})
    taken = [(_seconds(ahead, where, overlap.evolve), _seconds(recipe, where, loop.evolve)) for _ in range(PAIRS)]
    return {"overlap_vs_plain": pairs.figures(*zip(*taken, strict=True))}


def _seconds(recipe: Recipe, where: Path, evolve: Callable[[Rooms, Journal], None]) -> float:
    """Of a step, on average."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as closing:
        uses = {plugin.use for role in recipe.roles.values() for plugin in role.rewards}
        found = {use: plugins.find(use, where) for use in uses}
        journal = closing.enter_context(Journal.create(Path(scratch, "campaign"), recipe, found))
        rooms, _ = campaign._rooms(journal, where, Quiet(), closing)
        return pairs.seconds(lambda: evolve(rooms, journal)) / STEPS
