"""Which prompts leave room for an answer beside them. A prompt that is cut may be cut inside a picture, so one that is too long
is not asked at all. Must not know how tokens are counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from mmzero.errors import UserError
from mmzero.recipe.tree import Dataset, Recipe, Says
from mmzero.types import Task

log = logging.getLogger(__name__)


def room(recipe: Recipe, says: Says) -> int:
    """Tokens that are left for a prompt, in the sampler's context and in a learner's segment."""
    most = recipe.learner.tokens_per_segment
    return min(recipe.sampler.context or most, most) - says.max_tokens


def too_long(tasks: Sequence[Task], recipe: Recipe, says: Says, tokens: Callable[[Task], int]) -> frozenset[str]:
    """Of those that somebody else wrote, counted and shown; refused where nothing else is left."""
    theirs = [task for task in tasks if isinstance(recipe.sources.get(task.source), Dataset)]
    most = room(recipe, says)
    long = [task.id for task in theirs if tokens(task) > most]
    if long:
        log.warning(
            "%d of %d prompts are of more than the %d tokens that sampler.context or learner.tokens_per_segment leaves"
            " beside says.max_tokens %d, such as %s; they are left out",
            len(long), len(tasks), most, says.max_tokens, long[0],
        )  # fmt: skip
    if long and len(long) == len(tasks):
        raise UserError(
            f"all {len(long)} prompts of a step are of more than {most} tokens, such as {long[0]}; raise sampler.context"
            " and learner.tokens_per_segment, or lower model.pixels or says.max_tokens"
        )
    return frozenset(long)
