"""The values that flow, each frozen and complete when made; standard library only, and nothing here knows an engine.

    Task -> Rollout -> Episode -> Scored -> Sample -> Batch

Each stage contains the one before it: nothing is filled in later and no field means two things.
Shapes stand in names: P proposals, G siblings of one prompt, B rows, T tokens, V vocabulary, I images, S segments.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np

AnswerKind = Literal[
    "number", "text", "choice", "expression", "boxes", "points", "mask", "sequence", "set", "interval", "action"
]
Content = Literal["data_chart", "diagram", "geometry", "timeline", "map", "table", "other"]
Finish = Literal["stop", "length", "written"]
THOUSANDTHS = (1000.0, 1000.0)  # how far places reach that are counted in them, across and down, as every truth's are
TOO_LONG = "its prompt is too long"  # the failure of an episode that was not asked: no engine's, and no reward


def seed_of(*counters: int | str) -> int:
    """A 63-bit seed that is a pure function of its counters: every random draw in a campaign comes from one of these."""
    digest = hashlib.blake2b("/".join(map(str, counters)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def training_seed(*counters: int | str) -> int:
    """Even, as every scene's that is trained on; a suite's are odd, so no held-out draw is trained on."""
    return seed_of(*counters) & ~1


def heldout_seed(*counters: int | str) -> int:
    return seed_of(*counters) | 1


@dataclass(frozen=True, slots=True)
class Warrant:
    """Why an answer may be believed: computed from the scene, given by a dataset, or voted by a model."""

    kind: Literal["computed", "given", "voted"]
    confidence: float = 1.0

    def __post_init__(self):
        if self.kind != "voted" and self.confidence != 1.0:
            raise ValueError(
                f"a {self.kind} answer is certain, got confidence {self.confidence}; use Warrant('voted', …)"
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} is outside [0, 1]")


COMPUTED = Warrant("computed")
GIVEN = Warrant("given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A typed truth. `text` is how a right response writes it: Answer(kind='number', value=4, warrant=COMPUTED).text == '4'."""

    kind: AnswerKind
    value: Any
    warrant: Warrant
    choices: tuple[str, ...] = ()
    tolerance: float = 0.0

    def __post_init__(self):
        if self.kind not in get_args(AnswerKind):
            raise ValueError(f"answer kind {self.kind!r} is none of {', '.join(get_args(AnswerKind))}")
        if not _SHAPES[self.kind](self.value):
            raise ValueError(f"{self.value!r} is no {self.kind}")
        if self.kind == "choice" and self.value not in self.choices:
            raise ValueError(f"the answer {self.value!r} is not among its choices {self.choices}")

    @property
    def text(self) -> str:
        if self.kind == "number":
            return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        if self.kind in ("sequence", "interval"):
            return ", ".join(map(str, self.value))
        if self.kind == "set":
            return ", ".join(sorted(map(str, self.value)))
        if self.kind in ("boxes", "points"):
            return "; ".join(", ".join(f"{number:g}" for number in item) for item in self.value)
        return self.value


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rows(width: int):
    return lambda value: (
        isinstance(value, tuple)
        and all(isinstance(row, tuple) and len(row) == width and all(map(_finite, row)) for row in value)
    )


def _string(value: object) -> bool:
    return isinstance(value, str)


_SHAPES = {
    "number": _finite,
    **dict.fromkeys(("text", "choice", "expression", "action", "mask"), _string),  # a mask is its run lengths, in JSON
    "boxes": _rows(4),
    "points": _rows(2),
    "sequence": lambda value: isinstance(value, tuple),
    "set": lambda value: isinstance(value, frozenset),
    "interval": lambda value: isinstance(value, tuple) and len(value) == 2 and all(map(_finite, value)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question about some pictures. `images` are content hashes; `scene` is canonical JSON of what the answer was
    computed from (or the dataset row). `answer` is None where nobody knows it: a request to a proposer or a coder, a
    question that is put to the vote."""

    id: str
    family: str
    kind: str
    level: int
    question: str
    images: tuple[str, ...]
    answer: Answer | None
    scene: str
    source: str  # which entry of the recipe's `sources` it came from
    seed: int
    parent: str | None = None  # the id of the rollout that it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a proposer wrote, parsed and typed, with no answer yet: a family, a level and knobs."""

    family: str
    level: int
    knobs: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What an open proposer wrote, parsed: a picture in words and two questions about it. The answers are what its author
    believes, and no truth."""

    content: Content
    caption: str
    easy_question: str
    easy_answer: str
    hard_question: str
    hard_answer: str

    def __post_init__(self):
        if self.content not in get_args(Content):
            raise ValueError(f"content {self.content!r} is none of {', '.join(get_args(Content))}")
        _refuse_no_text(self, "caption", "easy_question", "easy_answer", "hard_question", "hard_answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a coder wrote, parsed: a program or a document that becomes one picture."""

    kind: Literal["svg", "python"]
    code: str

    def __post_init__(self):
        if self.kind not in ("svg", "python"):
            raise ValueError(f"no drawing is of kind {self.kind!r}; it is svg or python")
        _refuse_no_text(self, "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What a coder wrote: a program with scene(seed), draw(scene), question(scene) and answer(scene). `reads`: its answer is
    to be read from text in the picture, which anywhere else gives it away."""

    code: str
    reads: bool = False

    def __post_init__(self):
        if not isinstance(self.reads, bool):
            raise ValueError(f"reads is {self.reads!r}; it must be true or false")
        _refuse_no_text(self, "code")


def _refuse_no_text(made: object, *names: str) -> None:
    for name in names:
        if not isinstance(value := getattr(made, name), str) or not value:
            raise ValueError(f"{name} is {value!r}; it must be text")


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a role wrote and why nothing can be made of it. `reason` is countable, `detail` is for a person."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Noise:
    """So many of a thousand steps of Gaussian diffusion, drawn by this seed."""

    steps: int
    seed: int


Said = Proposal | Idea | Drawing | Generator | Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of one drawing of an idea, as rewards are shown it: `status` is ok or why there is no picture, and the
    answers are those of its two votes, None where a vote said none."""

    status: str
    easy: tuple[str | None, ...] = ()
    hard: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer that is to go on: what was said, then `forced`, words that nobody chose."""

    said: Rollout
    forced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a sampler is asked: one prompt, `len(seeds_G)` answers. Everything a draw depends on stands here."""

    task: Task
    role: str
    policy: str
    system: str
    text: str
    images: tuple[str, ...]
    max_tokens: int
    temperature: float  # 0 is greedy
    top_p: float = 1.0  # below 1 the likeliest words only: for answers that nobody learns from
    seeds_G: tuple[int, ...]
    noise: Noise | None = None  # over the pictures as the sampler shows them; who learns from the answers sees none
    written: str | None = None  # the answer, where it was written beforehand: it is only read, and nothing is drawn
    begun_G: tuple[Begun, ...] = ()  # where answers go on: one a seed, each with its place among its siblings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One answer of one policy: prompt ids as the sampler saw them, output ids and their behaviour log-probs.
    `mask` is 0 where the policy did not choose the token (tools, forced text), whose log-prob is 0 and means nothing.
    Of an answer that was `written` beforehand no policy chose any, and none of its log-probs means anything."""

    task: Task
    role: str
    policy: str
    version: int
    sibling: int
    prompt_ids: tuple[int, ...]
    output_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    mask: tuple[bool, ...]
    text: str
    finish: Finish
    temperature: float
    seed: int
    extent: tuple[float, float] = THOUSANDTHS  # how far the boxes and points that it tells may reach

    def __post_init__(self):
        if not len(self.output_ids) == len(self.logprobs) == len(self.mask) > 0:
            raise ValueError(
                f"{self.id}: {len(self.output_ids)} tokens, {len(self.logprobs)} log-probs and {len(self.mask)} mask"
                " entries; they must agree and be at least one"
            )

    @property
    def id(self) -> str:
        return f"{self.task.id}#{self.sibling}"

    @property
    def forced(self) -> bool:
        """Whether it was made to say something."""
        return not all(self.mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """The siblings of one task. Where a role writes what others are asked about, `proposals` stands beside `rollouts`
    one to one, and `children` are the episodes of the tasks that came of them (child.task.parent is the rollout's id): a
    proposer's are a coder's or a solver's, a coder's a solver's. `failure` is infrastructure: it is counted and shown and
    never becomes a reward."""

    task: Task
    rollouts: tuple[Rollout, ...]
    proposals: tuple[Said, ...] = ()
    children: tuple[Episode, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    failure: str | None = None


def every(episodes: Iterable[Episode]) -> Iterator[Episode]:
    """These episodes and all below them, parents first."""
    for episode in episodes:
        yield episode
        yield from every(episode.children)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A rollout and what it earned. `reward` None is missing: masked from the group and shown with `missing`."""

    rollout: Rollout
    reward: float | None
    parts: Mapping[str, float]
    missing: str = ""

    def __post_init__(self):
        if self.reward is not None and not math.isfinite(self.reward):
            raise ValueError(f"{self.rollout.id}: the reward {self.reward} is not finite")
        if (self.reward is None) != bool(self.missing):
            raise ValueError(f"{self.rollout.id}: a missing reward carries its reason, and only a missing one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one step played: the unit that is committed once and never sampled again. `scored` is what is learned from;
    `episodes` is everything that was said, votes included."""

    episodes: tuple[Episode, ...]
    scored: tuple[Scored, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    scored: Scored
    advantage: float

    def __post_init__(self):
        if not math.isfinite(self.advantage):
            raise ValueError(f"{self.scored.rollout.id}: the advantage {self.advantage} is not finite")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A prompt and some of its siblings, the unit a learner runs. Sibling g owns `lengths_G[g]` consecutive entries of
    every `_T` array: Segment(prompt_ids=[1, 2], lengths_G=[2, 1], ids_T=[7, 8, 9], …) is two answers, 7 8 and 9."""

    images: tuple[str, ...]
    prompt_ids: np.ndarray  # int64
    lengths_G: np.ndarray  # int64
    ids_T: np.ndarray  # int64
    logprobs_T: np.ndarray  # float32, behaviour
    mask_T: np.ndarray  # bool
    advantages_G: np.ndarray  # float32
    temperature: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """One step in learning order: each microbatch is some segments that run in one forward pass, within the token
    budget. The denominators `tokens`, `sequences` and `max_tokens` (the longest answer the phase allowed) are counted
    over the whole step, before constant groups were dropped."""

    microbatches: tuple[tuple[Segment, ...], ...]
    tokens: int
    sequences: int
    max_tokens: int
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """Where a campaign is. `index` counts steps from 0 over the whole campaign; version `index` plays it."""

    index: int
    iteration: int
    phase: int
    step: int

    @property
    def version(self) -> int:
        """The version that exists once this step has been learned."""
        return self.index + 1
