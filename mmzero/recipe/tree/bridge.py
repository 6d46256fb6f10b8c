"""How answers are written out by two models, one that sees and one that only reasons."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, model_validator

from mmzero.recipe.tree.parts import Part, Positive, Share
from mmzero.recipe.tree.speakers import Judge

EXPLAINS = """\
Look at the picture and think about the question step by step: first say what is to be seen that the question is about, \
then reason towards an answer.

Question: {question}"""
DESCRIBES = """\
Describe the picture in words, so completely that somebody who cannot see it can answer the question below: every value, \
label, colour, count and position that it may need. Only describe; leave the answer to them.

Question: {question}

What somebody thought when they saw it:
{reasoning}"""
ASKS = """\
{description}

Question: {question}

Think first, between <think> and </think>; doubt your steps and check them. Then write nothing but the final answer between \
<answer> and </answer>."""
_HOLES = {
    "explains": ("question", "answer"),
    "describes": ("question", "reasoning"),
    "asks": ("question", "description"),
}


class Bridge(Part):
    """Modality bridging, for `mmzero bridge`: a model that sees reasons about a picture and describes it, a model that only
    reads answers from the description, and what is right and sound becomes the written answer to the picture."""

    of: str = Field(description="The source whose tasks are answered: a bank or a dataset")
    tasks: Positive = Field(default=1000, description="So many of them; of a dataset no more than its rows")
    sees: Judge = Field(description="Who is shown the pictures")
    reasons: Judge = Field(description="Who answers from descriptions, and is shown no picture")
    explains: str = Field(
        default=EXPLAINS,
        description="What is first asked of the one who sees; may hold {question}, and {answer} to tell it",
    )
    describes: str = Field(default=DESCRIBES, description="What it is asked then; may hold {question} and {reasoning}")
    asks: str = Field(
        default=ASKS, description="What the one who reasons is asked; may hold {question}, and must hold {description}"
    )
    words: tuple[Annotated[int, Field(ge=0)], Positive] = Field(
        default=(8, 8000), description="Least and most words of a thought that is kept"
    )
    repeats: Share = Field(
        default=0.3, description="Most of a thought's runs of six words that may have come before in it"
    )

    @model_validator(mode="after")
    def _words_have_room(self):
        if self.words[0] > self.words[1]:
            raise ValueError(f"bridge.words is {list(self.words)}; write it as [least, most]")
        return self

    @model_validator(mode="after")
    def _prompts_ask_for_what_there_is(self):
        for name, known in _HOLES.items():
            for hole in re.findall(r"\{(\w+)\}", getattr(self, name)):
                if hole not in known:
                    can = " and ".join(f"{{{one}}}" for one in known)
                    raise ValueError(f"bridge.{name} holds {{{hole}}}, which nothing fills; it may hold {can}")
        if "{description}" not in self.asks:
            raise ValueError(
                "bridge.asks does not hold {description}, so who reasons would know nothing of the picture; put it there"
            )
        return self
