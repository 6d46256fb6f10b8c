"""What a campaign runs on, made once; must not know what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mmzero.ports import Learner, Renderer, Sampler
from mmzero.recipe.tree import Recipe
from mmzero.scoring import Reward
from mmzero.types import Ask
from mmzero.watch import Watch


@dataclass(frozen=True, slots=True)
class Rooms:
    """Engines by policy, rewards by role, and who looks on."""

    recipe: Recipe
    samplers: Mapping[str, Sampler]
    learners: Mapping[str, Learner]
    rewards: Mapping[str, Sequence[Reward]]
    watch: Watch
    renderer: Renderer | None = None  # of a coder's drawings
    processed: Callable[[tuple[int, int]], tuple[int, int] | None] | None = None  # how large the policy sees a picture
    prompt_tokens: Callable[[Ask], int] | None = None  # how many tokens the policy reads
    room: Callable[[], Mapping[str, float]] = dict  # figures of memory and disk
