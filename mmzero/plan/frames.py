"""Where a recipe reads boxes in another frame than its model writes them in; must not know how a box is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmzero import families
from mmzero.evaluate import Suite, suites
from mmzero.habits import HABITS
from mmzero.recipe.plugins import DEFAULT_FRAME, reads_places
from mmzero.recipe.tree import Bank, Dataset, Plugin, Recipe, Role

_HOME = "detection"  # the bank's domain that asks for places, always in thousandths and saying so
_SAYS_SO = ("thousandth", "pixel")  # in a question that names its own frame
_FOR_ITSELF = re.compile(
    r"rewards/(track|gui_action)\.py:"
)  # their answers are no plain boxes, which a role could count


def frame_notes(recipe: Recipe, family: str) -> list[str]:
    """One sentence for each; of the model's own habit only where its family was taught one."""
    solver = recipe.roles.get("solver")
    if solver is None:
        return []
    notes = (_paid_alone(solver), _against_habit(recipe, solver, family), _against_the_question(recipe, solver))
    return [note for some in notes for note in some]


def _paid_alone(solver: Role) -> Iterator[str]:
    """A reward that converts for itself leaves everybody else without."""
    for plugin in solver.rewards:
        if reads_places(plugin) and _frame(plugin) != DEFAULT_FRAME:
            yield (
                f"{plugin.use} reads boxes in {_frame(plugin)}, and accuracy, votes, held-out answers and the report in"
                f" {solver.says_boxes_in}; write roles.solver.says_boxes_in: {_frame(plugin)} in place of its frame"
            )


def _against_habit(recipe: Recipe, solver: Role, family: str) -> Iterator[str]:
    """A question that names its frame is taken to be heard, so the bank's are; of somebody's own nobody knows."""
    habit = HABITS.get(family)
    unsaid = [name for name, source in _datasets(recipe) if not any(word in source.asks for word in _SAYS_SO)]
    if habit is None or not habit.frame or not unsaid:
        return
    name, places = unsaid[0], [one for one in solver.rewards if reads_places(one)]
    known = {_frame(one) for one in places} - {DEFAULT_FRAME} or {solver.says_boxes_in}
    if habit.frame not in known and (
        places or any(recipe.sources[one].answer in ("boxes", "points") for one in unsaid)
    ):
        yield (
            f"roles.solver.says_boxes_in is {solver.says_boxes_in}, and {habit.name} writes boxes in {habit.frame} unless it"
            f" is told; name the frame in what sources.{name} asks, or write says_boxes_in: {habit.frame}"
        )
    for plugin in solver.rewards:
        if _FOR_ITSELF.match(plugin.use) and _frame(plugin) != habit.frame:
            yield (
                f"{plugin.use} reads coordinates in {_frame(plugin)}, and {habit.name} writes them in {habit.frame} unless it"
                f" is told; name the frame in what sources.{name} asks, or set its with to {{frame: {habit.frame}}}"
            )


def _against_the_question(recipe: Recipe, solver: Role) -> Iterator[str]:
    if solver.says_boxes_in == DEFAULT_FRAME:
        return
    for name in _asked(recipe):
        source = recipe.sources.get(name) or suites().get(name)
        drawn = families.chosen(source.families) if isinstance(source, Bank | Suite) else ()
        if any(families.names().get(one) == _HOME for one in drawn) or _says_thousandths(source):
            yield (
                f"roles.solver.says_boxes_in is {solver.says_boxes_in}, and {name} asks for boxes in {DEFAULT_FRAME}: a model"
                " that does as it is asked is then read wrong, one that keeps to its habit right"
            )


def _says_thousandths(source: object) -> bool:
    return isinstance(source, Dataset) and _SAYS_SO[0] in source.asks


def _frame(plugin: Plugin) -> str:
    return str(plugin.with_.get("frame", DEFAULT_FRAME))


def _datasets(recipe: Recipe) -> list[tuple[str, Dataset]]:
    there = ((name, recipe.sources.get(name)) for name in _asked(recipe))
    return [(name, source) for name, source in there if isinstance(source, Dataset)]


def _asked(recipe: Recipe) -> list[str]:
    """The sources and suites that a solver is asked from, each once."""
    phases = (name for phase in recipe.schedule.phases for name in phase.tasks)
    return list(dict.fromkeys((*phases, *filter(None, (recipe.evaluate.suite, recipe.evaluate.final)))))
