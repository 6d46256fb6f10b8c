"""When: phases, how they speak and what each plays."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmzero.recipe.tree.learning import Learning
from mmzero.recipe.tree.parts import Part, Positive, Share


class Says(Part):
    """How a role speaks. Top-p, top-k and penalties are not here: they would change the distribution behind the
    learner's back."""

    max_tokens: Positive = 256
    temperature: Annotated[float, Field(ge=0, le=10)] = 1.0


class Recites(Says):
    """How held-out tasks are answered, from which nothing is learned."""

    temperature: Annotated[float, Field(ge=0, le=10)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="Only the likeliest words that together have this share are said"
    )


class Votes(Part):
    """Who answers what was proposed, so that those can be paid who proposed it."""

    of: Literal["solver"] = "solver"
    n: Annotated[int, Field(ge=2)] = 8
    says: Says = Says()
    policy: str | None = Field(default=None, description="Whose weights answer, if not those of the role")


class Draws(Part):
    """How often each idea is drawn where the coder is not the one who learns."""

    n: Positive = 1
    says: Says = Says(max_tokens=4096)


class Ideas(Part):
    """What a proposer is asked for where it is not the one who learns: one idea a request."""

    says: Says = Says(max_tokens=2048)
    filter: tuple[Share, Share] | None = Field(
        default=None, description="Go on only with ideas of which the coder renders at least and at most this share"
    )
    tries: Annotated[int, Field(ge=2)] = Field(default=4, description="Drawings of each idea that the filter looks at")

    @model_validator(mode="after")
    def _filter_has_a_width(self):
        if self.filter and self.filter[0] > self.filter[1]:
            raise ValueError(f"ideas.filter is {list(self.filter)}; write it as [least, most]")
        return self


class Refill(Part):
    """More tasks in place of those whose siblings were all paid alike, which teach nothing (DAPO's dynamic sampling)."""

    most: Annotated[int, Field(ge=1, le=100)] = Field(
        default=4, description="Rounds of more tasks; after them the step goes on with the groups there are"
    )


class Noisy(Part):
    """Some siblings of every group are asked with the picture made worse, and learned from as if they had seen it as it
    is (NoisyRollout, which leaves the difference uncorrected: mismatch: {correct: none}). The noise fades to nothing."""

    siblings: Positive = Field(description="So many of each group")
    steps: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=500, description="Of a thousand steps of Gaussian diffusion, to begin with"
    )
    middle: Share = Field(default=2 / 3, description="Share of the phase, over all iterations, at which half is left")
    steepness: Annotated[float, Field(gt=0)] = Field(default=30.0, description="How suddenly it fades there")

    def left(self, progress: float) -> int:
        """Whole steps after a share of the phase: less than one is none, which leaves pictures as they are."""
        return int(self.steps / (1 + math.exp(min(self.steepness * (progress - self.middle), 700.0))))

    @model_validator(mode="after")
    def _ends(self):
        if self.left(1.0):
            raise ValueError(
                f"a noise of {self.steps} steps with middle {self.middle:g} and steepness {self.steepness:g} still has"
                f" {self.left(1.0)} where its phase ends; raise steepness or lower middle until none is left"
            )
        return self


class Rethink(Part):
    """Some answers are made to go on after their end (VL-Rethinker's forced rethinking): words that the model did not
    choose follow, and what is said then belongs to the answer. Nothing is learned from those words, and rewards see the
    whole, whose last answer stands; its form is that of two answers, which rewards/format.py:last alone pays."""

    share: Annotated[float, Field(gt=0, le=1)] = Field(description="Of the answers that end by themselves")
    texts: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(
            "\nWait, let me look at the picture again and check this.",
            "\nThere may be a mistake in this. Let me find it.",
            "\nIs that really what is asked? Let me think again.",
        ),
        min_length=1,
        description="What they go on from, one drawn for each; says.max_tokens is of the whole, so an answer that leaves no"
        " room is left as it is",
    )

    @staticmethod
    def tokens(text: str) -> int:
        """The most that any tokenizer makes of a text: one a byte, and one for a space before."""
        return len(text.encode()) + 1


class Phase(Part):
    """A run of steps that trains one role, or nobody: then it only plays, so that others find what was played."""

    train: Literal["proposer", "coder", "solver", "nobody"]
    answers: Literal["sampled", "written"] = Field(
        default="sampled",
        description="written: learn from what its sources have written out: a bank's worked solutions, a dataset's responses",
    )
    steps: Positive
    prompts: Positive = 32
    group: Annotated[int, Field(ge=1)] = 8
    tasks: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict, description="Source -> share")
    says: Says = Says()
    ideas: Ideas = Ideas()
    draws: Draws | None = Field(default=None, description="Of phases with an open proposer, but a coder's own")
    votes: Votes | None = None
    refill: Refill | None = None
    noise: Noisy | None = None
    rethink: Rethink | None = None
    learning: Learning = Learning()


class Schedule(Part):
    iterations: Positive = 1
    overlap: bool = Field(
        default=False, description="Play each step while the one before it is learned: one version behind"
    )
    phases: tuple[Phase, ...] = Field(min_length=1)

    @property
    def steps(self) -> int:
        return self.iterations * sum(phase.steps for phase in self.phases)

    def ends_phase(self, version: int) -> bool:
        """Whether so many steps bring a phase to its end."""
        whole = sum(phase.steps for phase in self.phases)
        return (version % whole or whole) in accumulate(phase.steps for phase in self.phases)

    def phase_at(self, index: int) -> Phase:
        """The phase of a step counted over the whole campaign."""
        index %= sum(phase.steps for phase in self.phases)
        for phase in self.phases:
            if index < phase.steps:
                return phase
            index -= phase.steps
        raise AssertionError("a remainder lies within the sum")
