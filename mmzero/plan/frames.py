"""Rewards that read boxes in another frame than the model writes them in; must not know how a box is read."""

from __future__ import annotations

import re

from mmzero.habits import HABITS
from mmzero.recipe.tree import Recipe

_BOXES = re.compile(
    r"rewards/(box|detection_\w+|dual_format|point|track|gui_action)\.py:"
)  # the shipped ones that take a frame
_DEFAULT = "thousandths"  # theirs


def frame_notes(recipe: Recipe, family: str) -> list[str]:
    """One sentence for each; none where the family was taught no frame."""
    habit = HABITS.get(family)
    if habit is None or not habit.frame:
        return []
    read = {
        plugin.use: str(plugin.with_.get("frame", _DEFAULT))
        for role in recipe.roles.values()
        for plugin in role.rewards
        if _BOXES.match(plugin.use)
    }
    return [
        f"{use} reads coordinates in the frame {frame}, and {habit.name} writes boxes in {habit.frame} unless it is told; say"
        f" the frame in the question, or set its with to {{frame: {habit.frame}}}"
        for use, frame in read.items()
        if frame != habit.frame
    ]
