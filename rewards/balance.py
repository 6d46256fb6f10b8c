"""A campaign that draws nothing but bar charts ends up knowing bar charts."""

from typing import get_args

from mmzero.types import Content, Idea, Said


def content(idea: Idea | None, batch: tuple[Said, ...]) -> float:
    """By how much an idea's content type has more than its even share of the step's ideas, 0 to 1; a penalty, to be
    weighted below zero. Of seven types an even share is 1/7: a type with half of the ideas earns (1/2 - 1/7) / (6/7)."""
    ideas = [one for one in batch if isinstance(one, Idea)]
    if idea is None or not ideas:
        return 0.0
    even = 1 / len(get_args(Content))
    share = sum(one.content == idea.content for one in ideas) / len(ideas)
    return max(share - even, 0.0) / (1 - even)
