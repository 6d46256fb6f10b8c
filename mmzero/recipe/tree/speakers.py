"""Who speaks: models, the policies that train, the roles and the functions that pay them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from mmzero.recipe.tree.parts import Count, Part, Positive, Seconds, Share


def _is_path_to_function(use: str) -> str:
    where, colon, function = use.rpartition(":")
    if not colon or not where or not function.isidentifier():
        raise ValueError(f"'{use}' names no function; write FILE.py:FUNCTION or package.module:FUNCTION")
    return use


def _leads_somewhere(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        return False


class Judge(Part):
    """A model that is asked about answers: behind an OpenAI-compatible address, or a sampler of the campaign."""

    address: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] | None = Field(
        default=None, description="Such as http://localhost:8000/v1"
    )
    policy: str | None = Field(default=None, description="Instead of an address: a policy's sampler judges")
    model: str = Field(default="", description="The model's name at that address")
    key_file: str | None = Field(default=None, description="A file that holds nothing but the key of that address")
    concurrency: Annotated[int, Field(ge=1, le=256)] = Field(default=8, description="Most questions under way at once")
    per_minute: Positive | None = Field(default=None, description="Most questions sent within a minute")
    timeout: Seconds = 60.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    max_tokens: Positive = 256
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0

    @property
    def patience(self) -> float:
        """Seconds that one question may take, its turn and its retries included."""
        turn = self.concurrency * 60 / self.per_minute if self.per_minute else 0.0
        return turn + (1 + self.retries) * self.timeout + sum(map(self.pause, range(self.retries)))

    def pause(self, attempt: int) -> float:
        """Seconds before it is asked again."""
        return 0.25 * 2**attempt

    @model_validator(mode="after")
    def _is_one_of_two(self):
        if (self.address is None) == (self.policy is None):
            both = "both address and policy" if self.address else "neither address nor policy"
            raise ValueError(f"a judge has {both}; name exactly one: who answers behind an address, or a policy")
        if self.address and not _leads_somewhere(self.address):
            raise ValueError(f"the judge's address {self.address} names no host or no port; write http://HOST:PORT/v1")
        if self.address and not self.model:
            raise ValueError(f"the judge at {self.address} has no model; name the model that is to be asked there")
        return self


class Plugin(Part):
    """A function by path, with keyword arguments, and how it is called."""

    use: Annotated[str, AfterValidator(_is_path_to_function)]
    weight: float = 1.0
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    per: Literal["answer", "group", "batch"] | None = Field(
        default=None,
        description="What one call is shown; by default an answer, or what a foreign function's shape says",
    )
    timeout: Seconds = Field(default=60.0, description="How long one call may take, besides what its judge may take")
    isolate: bool = Field(default=False, description="Call it in a process of its own, which a timeout can end")
    retries: Annotated[int, Field(ge=0, le=10)] = Field(
        default=0, description="How often a call that raised, timed out or returned nonsense is made again"
    )
    errors: Share | None = Field(
        default=None, description="The share of answers it may leave without a number; by default budgets.reward_errors"
    )
    cache: bool = Field(default=False, description="Remember results by what the function was shown")
    judge: Judge | None = Field(default=None, description="Who answers a function that asks for `judge`")


class Model(Part):
    path: str = Field(
        description="A folder or hub name that AutoModelForImageTextToText loads; 'tiny' and 'maker' are shipped"
    )
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    pixels: tuple[Count, Count] | None = Field(
        default=None, description="Least and most pixels of an image as the model sees it"
    )


class Policy(Part):
    """A set of weights that trains."""

    train: Literal["full", "lora"] = "full"
    rank: Positive = 64
    vision: Literal["train", "frozen"] = "train"


class Role(Part):
    """Who speaks: with which weights, asked how, paid by what."""

    policy: str
    mode: Literal["spec", "open", "picture", "generator"] | None = Field(
        default=None,
        description="A proposer's: spec names a family of the bank, open invents a picture; a coder's: picture draws"
        " one, generator writes a program that makes many tasks and answers them. By default spec and picture",
    )
    asks: str = Field(
        default="",
        description="A proposer's request, where the default will not do; may hold {domain}, {families}, in mode open"
        " {topic}, {contents}. A coder's: how it is to draw; in mode picture, where it holds {caption}, all that it is"
        " asked, with whatever else of the idea it names",
    )
    topics: tuple[str, ...] = Field(
        default=(),
        description="Of an open proposer: what it is asked to invent pictures about; empty: the shipped eight",
    )
    draws: Literal["svg", "python", "dialect"] = Field(
        default="svg", description="Of a coder: what it writes; dialect is one shape a line, for the smallest of models"
    )
    hard_answer: Literal["hidden", "shown"] = Field(
        default="hidden", description="Whether a coder is told the answer to the hard question, which it may then print"
    )
    system: str = Field(
        default="", description="The system message, where the model needs to be told the answer's form"
    )
    says_boxes_in: Literal["thousandths", "unit", "original", "processed"] = Field(
        default="thousandths",
        description="Of a solver: what its boxes and points count, whatever it is asked; unit: 0 to 1 along either side,"
        " original: pixels of the picture as it is given, processed: pixels of the picture as the model sees it",
    )
    rewards: tuple[Plugin, ...] = Field(min_length=1)
