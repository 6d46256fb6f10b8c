"""What has been written out for a task, to be imitated: a bank's worked solution, or the response in a dataset's row. Must
not know tokens, or who learns from it."""

from __future__ import annotations

import json

from mmzero import families
from mmzero.answers import asking
from mmzero.recipe.tree import Dataset, Recipe
from mmzero.roles import reply
from mmzero.sources.dataset.cells import response_of
from mmzero.types import Task


def written(recipe: Recipe, task: Task) -> str:
    """The whole response, word for word as it is to be said."""
    source = recipe.sources[task.source]
    if isinstance(source, Dataset):
        return response_of(source.columns, json.loads(task.scene))
    return reply.write(" ".join(families.solution(task)), asking.written(task.question, task.answer))
