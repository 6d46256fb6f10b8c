"""The tree a YAML recipe becomes: frozen, unknown keys refused, every default declared here once. Imports no engine."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mmzero.recipe.units import read_count, read_duration, read_size
from mmzero.types import AnswerKind

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0), BeforeValidator(read_count, json_schema_input_type=int | str)]
Bytes = Annotated[int, Field(ge=0), BeforeValidator(read_size, json_schema_input_type=int | str)]
Seconds = Annotated[float, Field(gt=0), BeforeValidator(read_duration, json_schema_input_type=float | str)]
RoleName = Literal["proposer", "coder", "solver"]


class Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=False, hide_input_in_errors=False
    )


def _is_path_to_function(use: str) -> str:
    where, colon, function = use.rpartition(":")
    if not colon or not where or not function.isidentifier():
        raise ValueError(f"'{use}' names no function; write FILE.py:FUNCTION or package.module:FUNCTION")
    return use


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

    @model_validator(mode="after")
    def _is_one_of_two(self):
        if (self.address is None) == (self.policy is None):
            both = "both address and policy" if self.address else "neither address nor policy"
            raise ValueError(f"a judge has {both}; name exactly one: who answers behind an address, or a policy")
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
        description="A folder or hub name that AutoModelForImageTextToText loads; 'tiny' is the shipped one"
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
        " {topic}, {contents}. A coder's: how it is to draw",
    )
    topics: tuple[str, ...] = Field(
        default=(),
        description="Of an open proposer: what it is asked to invent pictures about; empty: the shipped eight",
    )
    draws: Literal["svg", "python"] = Field(default="svg", description="Of a coder: what it writes")
    hard_answer: Literal["hidden", "shown"] = Field(
        default="hidden", description="Whether a coder is told the answer to the hard question, which it may then print"
    )
    system: str = Field(
        default="", description="The system message, where the model needs to be told the answer's form"
    )
    rewards: tuple[Plugin, ...] = Field(min_length=1)


Families = Literal["all", "primer"] | Annotated[tuple[str, ...], Field(min_length=1)]


class Bank(Part):
    kind: Literal["bank"]
    families: Families = "all"
    levels: Literal["auto"] | Annotated[tuple[Annotated[int, Field(ge=0, le=9)], ...], Field(min_length=1)] = "auto"
    skin: str = "plain"
    band: tuple[Share, Share] = Field(
        default=(0.25, 0.75), description="Least and most share of right answers at which a cell is drawn most"
    )
    promote: Share = Field(
        default=0.8, description="A cell surely solved more often is hardly drawn; the next level opens"
    )

    @model_validator(mode="after")
    def _promotes_what_lies_above_the_band(self):
        if not self.band[0] <= self.band[1] <= self.promote:
            raise ValueError(
                f"a bank's band {list(self.band)} and promote {self.promote:g} do not combine; write band as [least, most]"
                " and set promote to no less than its most"
            )
        return self


class Gate(Part):
    """What a task that a model made must pass before anything trains on it."""

    instances: Annotated[int, Field(ge=4, le=64)] = Field(
        default=8, description="Scenes of a generator that are drawn and looked at before it is admitted"
    )
    counterfactuals: Annotated[int, Field(ge=0, le=64)] = Field(
        default=8,
        description="Scenes with one thing changed that are drawn to see whether the picture follows the answer",
    )
    blind: Share = Field(
        default=0.35,
        description="Most share of the way from chance to certainty that answers without the picture may get",
    )
    blind_votes: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Answers without the picture to each instance; 0: blind solvers are not asked"
    )
    near_duplicate: Share = Field(
        default=0.9, description="Wording and picture that are so much alike count as the same; 1: only the very same"
    )
    decontaminate: str | None = Field(
        default=None,
        description="Questions and pictures to keep out of training: a file or folder as datasets reads it",
    )
    audit: Annotated[int, Field(ge=0)] = Field(
        default=4, description="Answers with the picture to each instance, to hear of drawings that contradict; 0: none"
    )
    confident: Annotated[float, Field(gt=0.5, le=1)] = Field(
        default=0.75, description="Share of those answers that must agree before a disagreement counts"
    )
    disagree: Share = Field(
        default=0.5,
        description="Share of audited instances with a confident disagreement above which a generator stops",
    )
    enough: Share = Field(
        default=0.0,
        description="Share of labelled questions within the source's bands, below which the bands widen so that no phase"
        " starves, such as 0.4; 0: they stay",
    )

    @model_validator(mode="after")
    def _hears_enough(self):
        if 0 < self.audit < 3:
            raise ValueError(
                f"a gate's audit is {self.audit}, too few answers to be confident of anything; set it to 0 or to 3 and more"
            )
        return self


class Proposed(Part):
    """New tasks from earlier proposals: with computed labels, of those that some votes solved and some did not; with
    labels by majority, the hard questions about proposed pictures within the bands."""

    kind: Literal["proposer"]
    skin: str = "plain"
    labels: Literal["computed", "majority"] = "computed"
    easy: Share = Field(default=0.5, description="Least share of votes that agree about a picture's easy question")
    hard: tuple[Share, Share] = Field(
        default=(0.25, 0.75), description="Least and most share of votes that agree about its hard question"
    )
    since: Literal["start", "iteration"] = Field(
        default="start", description="How far back labels are taken: all there are, or those of this iteration"
    )
    labelled: Literal["anywhere", "nobody"] = Field(
        default="anywhere", description="Votes of any phase make labels, or only those of phases that train nobody"
    )
    gate: Gate = Gate()

    @model_validator(mode="after")
    def _band_has_a_width(self):
        if self.hard[0] > self.hard[1]:
            raise ValueError(f"a proposer source's hard is {list(self.hard)}; write it as [least, most]")
        return self


class Replay(Part):
    """Tasks asked before that some siblings solved and some did not; a phase that forgets gives it a share of 0.2 to 0.3."""

    kind: Literal["replay"]


class Columns(Part):
    """Where a dataset's rows say what; a dot leads into a column of mappings, such as reward_model.ground_truth."""

    question: str = Field(default="question", description="Text, or messages with one turn of the user's")
    images: str | None = Field(default="image", description="A picture or a list of them; empty: rows have none")
    answer: str = "answer"
    answer_kind: str | None = Field(default=None, description="The kind of each row's answer, where they differ")
    choices: str | None = Field(default=None, description="A list of what may be answered, one of which is the answer")
    family: str | None = Field(default=None, description="By default the source's name")
    kind: str | None = None
    level: str | None = None
    response: str | None = Field(
        default=None, description="A response written out in full, for phases that imitate written answers"
    )


class Boxes(Part):
    """How a dataset writes boxes and points; they become thousandths of the picture once, when a row is read."""

    form: Literal["xyxy", "xywh"] = Field(default="xyxy", description="Two corners, or a corner, width and height")
    frame: Literal["thousandths", "unit", "original"] = Field(
        default="thousandths",
        description="unit: 0 to 1 along either side; original: pixels of the picture as it is given",
    )


class Dataset(Part):
    """Rows of somebody's dataset, each asked once in an epoch; its answers are taken as given."""

    kind: Literal["dataset"]
    path: str = Field(
        description="A parquet, JSONL, JSON or CSV file, a folder that datasets reads, or a hub dataset's name"
    )
    subset: str | None = Field(default=None, description="Of a hub dataset that has several")
    split: str = "train"
    folder: str | None = Field(
        default=None, description="Where the paths of pictures start; by default the file's own folder"
    )
    columns: Columns = Columns()
    answer: AnswerKind = Field(default="text", description="The kind of every answer, where no column says it")
    ask: str = Field(default="{question}", description="What is asked; {column} stands for what a row holds there")
    boxes: Boxes = Boxes()
    most_images: Positive = Field(default=1, description="A row with more pictures is a bad one")
    shuffle: bool = Field(default=True, description="Another order in every epoch, by the recipe's seed")
    bad_rows: Literal["stop", "skip"] = Field(
        default="stop", description="What to do with a row that cannot be asked; each is named by its number"
    )
    apart_from: str | None = Field(
        default=None, description="Another dataset of the recipe: rows that it has too are left out, and counted"
    )
    apart_by: Annotated[tuple[Literal["image", "question"], ...], Field(min_length=1)] = Field(
        default=("image", "question"), description="What makes a row the same: its pixels, its question, or either"
    )


class Coco(Dataset):
    """Detection annotations in COCO's or LVIS's JSON: a row for each picture and category that is there."""

    kind: Literal["coco"]
    path: str = Field(description="The annotations, such as instances_train2017.json; `folder` holds the pictures")
    columns: Columns = Columns(question="category", answer="boxes", family="category")
    answer: AnswerKind = "boxes"
    ask: str = (
        "Give the bounding boxes of all objects of the category '{category}' as x1, y1, x2, y2 in thousandths of the"
        " picture's width and height, boxes parted by semicolons; answer none where there is none."
    )
    boxes: Boxes = Boxes(form="xywh", frame="original")
    categories: tuple[str, ...] = Field(default=(), description="By name; by default all")
    shots: Positive | None = Field(default=None, description="Most pictures of each category; by default all")
    absent: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="Share of rows that ask for what is not in the picture"
    )


Source = Annotated[Bank | Proposed | Replay | Dataset | Coco, Field(discriminator="kind")]


class Says(Part):
    """How a role speaks. Top-p, top-k and penalties are not here: they would change the distribution behind the
    learner's back."""

    max_tokens: Positive = 256
    temperature: Annotated[float, Field(ge=0, le=10)] = 1.0


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


class Optimizer(Part):
    lr: Annotated[float, Field(gt=0, lt=1)] = 1e-6
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    betas: tuple[Share, Share] = (0.9, 0.999)
    warmup: Annotated[int, Field(ge=0)] = 0
    decay: Literal["none", "cosine"] = Field(
        default="none", description="cosine: from lr at a phase's first step along half a wave towards 0 after its last"
    )
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    fresh: bool = Field(default=False, description="Begin every phase without moments, warmup included")
    skip_above: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="Make no update from a gradient whose norm, before it is clipped, is larger; one that is not finite"
        " never makes one",
    )

    @model_validator(mode="after")
    def _skips_above_what_it_clips(self):
        if self.skip_above is not None and self.skip_above <= self.max_grad_norm:
            raise ValueError(
                f"optimizer.skip_above is {self.skip_above:g} and max_grad_norm {self.max_grad_norm:g}, so every gradient that"
                " is clipped would be skipped; raise skip_above"
            )
        return self

    def at(self, step: int, steps: int) -> Optimizer:
        if self.decay == "none":
            return self
        return self.model_copy(update={"lr": self.lr * (1 + math.cos(math.pi * step / steps)) / 2})


class Kl(Part):
    to: Literal["base", "phase_start"] | str = "base"
    weight: Annotated[float, Field(ge=0)] = 0.0


class Mismatch(Part):
    """What to do where sampler and learner disagree about a token's probability."""

    correct: Literal["truncated", "masked", "sequence_truncated", "sequence_masked", "none"] = Field(
        default="truncated",
        description="Weigh each token, or its whole sequence, by old / behaviour; outside floor and cap bounded or 0",
    )
    cap: Annotated[float, Field(ge=1)] = 2.0
    floor: Annotated[float, Field(ge=0, le=1)] = 0.0
    drop_above: Annotated[float, Field(ge=0)] | None = Field(
        default=None,
        description="Do not learn from a sequence of negative advantage that is so many nats a token from its sampling",
    )


class Covariance(Part):
    """What becomes of the few tokens whose log-prob and advantage both lie far above, or below, the batch's means: they
    are what ends a policy's entropy. Chosen where a step begins, of the tokens it learns from."""

    act: Literal["silence", "hold"] = Field(
        description="silence: no gradient for tokens drawn within the band (clip-Cov); hold: the highest pay for every nat"
        " that they leave the old policy (KL-Cov)"
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(default=2e-4, description="Of the tokens, one at least")
    band: tuple[float, float] = Field(default=(1.0, 5.0), description="Of silence: between which covariances it falls")
    weight: Annotated[float, Field(gt=0)] = Field(default=1.0, description="Of hold: what a nat costs")

    @model_validator(mode="after")
    def _band_has_room(self):
        if self.band[0] >= self.band[1]:
            raise ValueError(
                f"a covariance has band {list(self.band)}, in which nothing lies; write it as [low, high], such as [1, 5]"
            )
        return self


class Blind(Part):
    """An answer should owe something to the picture: the policy is kept apart from itself shown the picture blackened
    (PAPO). Costs a forward pass, and `blind_surprise` a whole second one."""

    weight: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.01, description="Of the KL from the blind policy; 0.04 was seen to collapse"
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(default=0.6, description="Of the patches that are black")
    patch: Positive = Field(default=14, description="Pixels of a patch's side, in the picture as it is stored")
    surprise: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="Weight of minus the mean log-prob of what was said, which holds the entropy down"
    )
    blind_surprise: Annotated[float, Field(ge=0)] = Field(default=0.0, description="The same of the blind policy")


class Loss(Part):
    """ratio x surrogate x aggregation + terms, spelt out; a preset's name stands for one of these."""

    ratio: Literal["token", "sequence", "sequence_token"] = "token"
    surrogate: Literal["clip", "plain", "cispo", "sapo", "likelihood"] = "clip"
    clip: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0)]] = Field(
        default=(0.2, 0.2), description="The ratio's bounds, below and above 1: [low, high] is 1 - low to 1 + high"
    )
    ceiling: Annotated[float, Field(gt=1)] | None = Field(
        default=None, description="Of the clip: most that a ratio may count where the advantage is negative (dual clip)"
    )
    temperatures: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = Field(
        default=(1.0, 1.05), description="Of sapo: for advantages above 0, and for the others"
    )
    aggregate: Literal["sequence_mean", "tokens", "constant"] = "sequence_mean"
    estimator: Literal["k2", "k3", "k3_ratio"] = Field(
        default="k3", description="How the KL to the anchor is estimated; its weight is learning.kl.weight"
    )
    entropy: Annotated[float, Field(ge=0)] = Field(default=0.0, description="Weight of an entropy bonus")
    entropy_floor: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Give the bonus only to a step that begins with no more nats of entropy a token"
    )
    covariance: Covariance | None = None
    blind: Blind | None = None

    @property
    def asks_the_whole_batch(self) -> bool:
        """Whether something must be known of all tokens before the loss of any can be computed."""
        return self.entropy_floor is not None or self.covariance is not None

    @model_validator(mode="after")
    def _terms_have_what_they_work_on(self):
        if self.entropy_floor is not None and not self.entropy:
            raise ValueError(
                f"a loss has entropy_floor {self.entropy_floor:g} and entropy 0, so no bonus would come; set entropy above 0,"
                " such as 0.001, or leave the floor out"
            )
        for term in ("covariance", "blind"):
            if self.surrogate == "likelihood" and getattr(self, term) is not None:
                raise ValueError(
                    f"a loss has surrogate likelihood and {term}, which is about what a policy drew itself; leave {term}"
                    " out or choose a policy-gradient surrogate"
                )
        return self

    @model_validator(mode="after")
    def _ceiling_lies_above_the_clip(self):
        if self.ceiling is not None and self.surrogate != "clip":
            raise ValueError(
                f"a loss has surrogate {self.surrogate} and ceiling {self.ceiling:g}, which only the clip has; leave the"
                " ceiling out or choose surrogate: clip"
            )
        if self.ceiling is not None and self.ceiling <= 1 + self.clip[1]:
            raise ValueError(
                f"a loss has clip {list(self.clip)} and ceiling {self.ceiling:g}, which lies within the clip; raise it"
                f" above {1 + self.clip[1]:g}, such as 3"
            )
        return self


# for editors; the names are those of PRESETS
Preset = Literal[
    "grpo",
    "bnpo",
    "dapo",
    "dr_grpo",
    "gspo",
    "gspo_token",
    "cispo",
    "sapo",
    "clip_cov",
    "kl_cov",
    "papo",
    "papo_dapo",
    "nll",
]
PRESETS: dict[str, Loss] = {
    "grpo": Loss(aggregate="sequence_mean"),
    "bnpo": Loss(aggregate="tokens"),
    "dapo": Loss(clip=(0.2, 0.28), aggregate="tokens"),
    "dr_grpo": Loss(aggregate="constant"),
    "gspo": Loss(ratio="sequence", clip=(3e-4, 4e-4)),
    "gspo_token": Loss(ratio="sequence_token", clip=(3e-4, 4e-4)),
    "cispo": Loss(surrogate="cispo", clip=(1.0, 4.0), aggregate="tokens"),  # the ratio counts 5 at most
    "sapo": Loss(surrogate="sapo"),
    "clip_cov": Loss(aggregate="tokens", clip=(1.0, 1.0), covariance=Covariance(act="silence")),
    "kl_cov": Loss(surrogate="plain", aggregate="tokens", covariance=Covariance(act="hold", share=2e-3)),
    "papo": Loss(blind=Blind()),
    "papo_dapo": Loss(clip=(0.2, 0.28), aggregate="tokens", blind=Blind(surprise=0.03, blind_surprise=0.03)),
    "nll": Loss(surrogate="likelihood", aggregate="tokens"),
}


def _spell_out(loss: Any) -> Any:
    if isinstance(loss, str):
        if loss not in PRESETS:
            raise ValueError(f"there is no loss preset '{loss}'; the presets are {', '.join(PRESETS)}")
        return PRESETS[loss]
    return loss


class Rehearse(Part):
    """Answers of earlier steps that still teach are learned from again, by the log-probs they were drawn with
    (VL-Rethinker's selective sample replay)."""

    share: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.25, description="Of the answers that a step learns from"
    )
    within: Annotated[int, Field(ge=1, le=64)] = Field(
        default=8, description="How many steps old an answer may be; only the same phase's are taken"
    )
    power: Annotated[float, Field(ge=0, le=4)] = Field(
        default=1.0, description="An answer is drawn in proportion to the size of its advantage to this power"
    )


class Learning(Part):
    loss: Annotated[Loss, BeforeValidator(_spell_out, json_schema_input_type=Preset | Loss)] = PRESETS["dapo"]
    advantage: Literal[
        "group", "group_centered", "leave_one_out", "batch", "family", "reward", "reinforce_pp", "reinforce_pp_baseline"
    ] = "group"
    updates: Positive = 1
    optimizer: Optimizer = Optimizer()
    kl: Kl = Kl()
    mismatch: Mismatch = Mismatch()
    constant_groups: Literal["drop", "keep"] = "drop"
    truncated: Literal["score", "mask"] = "score"
    rehearse: Rehearse | None = None

    @property
    def every_token_counts(self) -> bool:
        """Whether a token of advantage 0 has anything to say: its KL, its entropy, what it owes to the picture."""
        return bool(self.kl.weight or self.loss.entropy or self.loss.blind)

    @model_validator(mode="after")
    def _weighs_what_is_rehearsed(self):
        if self.rehearse and (self.mismatch.correct == "none" or self.loss.surrogate == "likelihood"):
            raise ValueError(
                f"learning.rehearse learns from what older weights said, but learning.mismatch.correct is"
                f" {self.mismatch.correct} with the surrogate {self.loss.surrogate}, which weighs nothing by that; choose"
                " correct: truncated and a policy-gradient loss, or leave rehearse out"
            )
        return self

    @model_validator(mode="after")
    def _leaves_what_it_holds_to(self):
        covariance = self.loss.covariance
        if covariance is not None and covariance.act == "hold" and self.updates == 1:
            raise ValueError(
                "learning.loss has covariance hold and learning.updates is 1: what is held to is where the step began,"
                " which one update does not leave; set updates to 2 or more, or choose clip_cov"
            )
        return self

    def at(self, step: int, steps: int) -> Learning:
        """As it stands at a step of a phase: with the learning rate of then."""
        return self.model_copy(update={"optimizer": self.optimizer.at(step, steps)})

    @model_validator(mode="after")
    def _constant_groups_keep_their_kl(self):
        if self.loss.surrogate == "likelihood" and self.kl.weight:
            raise ValueError(
                f"learning.loss nll and learning.kl.weight {self.kl.weight} do not combine; set the weight to 0"
                f" or choose a policy-gradient loss"
            )
        if self.loss.surrogate == "likelihood" and self.mismatch.drop_above is not None:
            raise ValueError(
                f"learning.loss nll and learning.mismatch.drop_above {self.mismatch.drop_above:g} do not combine: what is"
                " imitated was sampled by no policy; leave drop_above out or choose a policy-gradient loss"
            )
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


class Sampler(Part):
    engine: Literal["transformers", "vllm", "fake"] = "transformers"
    rows: Positive = Field(default=128, description="Most answers decoded at once, by each replica")
    threads: Positive | None = Field(
        default=None, description="Of each engine's process, learners too; by default its part of the node's cores"
    )
    replicas: Positive = Field(default=1, description="vLLM engines that share a policy's asks")
    tensor_parallel: Positive = Field(default=1, description="GPUs of each replica")
    memory: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.85, description="Share of a GPU that vLLM may take")
    verify_publish: Share = Field(
        default=0.05,
        description="Share of the publishes after which log-probs are compared; hashes and versions always are",
    )
    context: Positive | None = Field(
        default=None, description="Most tokens of a prompt and its answer; by default the model's own limit"
    )

    @model_validator(mode="after")
    def _only_vllm_is_many(self):
        for field in ("replicas", "tensor_parallel"):
            if self.engine != "vllm" and getattr(self, field) > 1:
                raise ValueError(
                    f"sampler.engine {self.engine} and sampler.{field} {getattr(self, field)} do not combine; set"
                    f" sampler.{field} to 1 or choose the engine vllm"
                )
        return self


class Learner(Part):
    engine: Literal["deepspeed", "fake"] = "deepspeed"
    ranks: Positive = 1
    zero: Literal[0, 1, 2, 3] = Field(
        default=0, description="What ranks share out: 1 moments, 2 gradients, 3 weights too"
    )
    offload: Literal["none", "optimizer", "weights"] = Field(
        default="none", description="What lies in main memory: optimizer: masters and moments; weights: all of it"
    )
    recompute: bool = Field(default=False, description="Forget activations and compute them again: memory for time")
    rows: Literal["auto", "prefix", "padded"] = Field(
        default="auto", description="prefix: each prompt runs once per group"
    )
    tokens_per_segment: Count = 16384
    timeout: Seconds = 600.0


class Render(Part):
    """What every drawing of a coder may take of the machine, in its sandbox."""

    slots: Positive | None = Field(
        default=None, description="Drawings at once on each node; by default as cores and memory allow"
    )
    seconds: Annotated[Seconds, Field(ge=0.1)] = Field(
        default=10.0, description="By the clock: what takes longer counts as timeout"
    )
    cpu: Positive = Field(default=8, description="Seconds of processor time: what takes more counts as cpu_limit")
    memory: Annotated[Bytes, Field(ge=512 * 2**20)] = 2 * 2**30
    pixels: Annotated[Count, Field(ge=1)] = Field(default=4 * 2**20, description="Most pixels of a picture")
    weaker: Literal["refuse", "allow"] = Field(
        default="refuse", description="What to do on a machine that offers neither Landlock nor namespaces"
    )


class Cluster(Part):
    """Where engines live that need processes of their own."""

    address: str = Field(default="local", description="local starts Ray here; auto or host:port joins what runs")
    placement: Literal["separate", "colocated"] = Field(
        default="separate", description="colocated: replica i and rank i share a GPU and take turns"
    )
    timeout: Seconds = Field(default=600.0, description="How long an engine may be silent before it counts as dead")


class Checkpoint(Part):
    every: Positive = 10
    every_minutes: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="Also one after so many minutes without one, at the end of a step; 0: only by steps"
    )
    keep: Positive = Field(default=2, description="How many of the newest stay")
    keep_every: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Versions that this number divides stay too; 0: none"
    )
    keep_best: Annotated[int, Field(ge=0)] = Field(
        default=0, description="So many of the best by held-out accuracy stay too, of those evaluated; 0: none"
    )
    disk: Bytes = Field(
        default=0, description="All of them together take at most this, the newest always stays; 0: any"
    )
    grace: Seconds = Field(default=30.0, description="How long a step may still take once SIGTERM asked for the end")


class Evaluate(Part):
    suite: str = Field(default="probe-tiny", description="A suite's name, or that of a dataset of this recipe")
    tasks: Positive = 1000
    every: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Steps between evaluations; 0: at start and end only"
    )
    phases: bool = Field(default=False, description="Also at the end of each phase")
    samples: Positive = Field(default=1, description="Answers to each task, of which the mean counts (avg@k)")
    majority: Annotated[int, Field(ge=0)] = Field(default=8, description="Votes of the base model to beat; 0: none")
    says: Says = Says(temperature=0.0)
    roll_back: Literal["never", "upper_bound_below_zero"] = Field(
        default="never",
        description="What to do where held-out answers are surely worse than at the best version before: go back to it",
    )

    @model_validator(mode="after")
    def _several_answers_differ(self):
        if self.samples > 1 and not self.says.temperature:
            raise ValueError(
                f"evaluate.samples is {self.samples} and evaluate.says.temperature 0, at which all answers to a task are alike;"
                " raise the temperature, or set samples to 1"
            )
        return self


class Log(Part):
    terminal: Literal["auto", "live", "plain", "quiet"] = "auto"
    tensorboard: bool = False
    wandb: str | None = Field(default=None, description="A Weights & Biases project")


class Budgets(Part):
    reward_errors: Share = 0.02
    infra_errors: Share = 0.05
    barren: Literal["stop", "go_on"] = Field(
        default="stop", description="What to do after a phase in which a proposer or a coder wrote nothing usable"
    )
    restarts: Annotated[int, Field(ge=0)] = Field(
        default=10, description="How often engines that died or hang are started again before the campaign stops"
    )
    roll_backs: Annotated[int, Field(ge=0)] = Field(
        default=3, description="How often a campaign may go back to a checkpoint and let go of what followed"
    )
    backoff: Seconds = Field(
        default=5.0, description="How long to wait first; twice as long each time nothing was learned in between"
    )


class Alarm(Part):
    """A figure of a step that should stay on one side of its bound. The first step beyond it is told."""

    bound: float
    steps: Positive = Field(default=3, description="How many steps in a row may lie beyond before `then`")
    then: Literal["warn", "roll_back", "stop"] = Field(
        default="warn",
        description="roll_back: play and learn again, with other draws, what follows the last checkpoint",
    )


class Skips(Part):
    """Updates that were not made, their gradients not finite or above learning.optimizer.skip_above."""

    bound: Annotated[int, Field(ge=0)] = Field(default=3, description="Most of them since the last checkpoint")
    then: Literal["warn", "roll_back", "stop"] = "roll_back"


class Watchdogs(Part):
    """Who barks when a campaign goes wrong, and what happens then; null for one is silence."""

    skipped: Skips | None = Skips()
    gap: Alarm | None = Field(
        default=Alarm(bound=0.5, then="stop"),
        description="Most that sampler and learner may differ on what was sampled, in nats a token on average",
    )
    entropy: Alarm | None = Field(
        default=Alarm(bound=0.01), description="Least entropy of a token, in nats, on average"
    )
    memory: Alarm | None = Field(
        default=Alarm(bound=0.97), description="Most of a machine's main memory in use, as a share of it"
    )
    growth: bool = Field(
        default=True, description="Tell where memory grows so steadily that it is full before the campaign ends"
    )
    disk: Alarm | None = Field(
        default=Alarm(bound=1, steps=1, then="stop"),
        description="How many times the next step and checkpoint, going by the last, must fit on the disk",
    )


_MODES: dict[str, tuple[str, ...]] = {"proposer": ("spec", "open"), "coder": ("picture", "generator"), "solver": ()}


class Recipe(Part):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    seed: Annotated[int, Field(ge=0)] = 0
    model: Model
    policies: dict[str, Policy] = Field(default_factory=lambda: {"main": Policy()}, min_length=1)
    roles: dict[RoleName, Role] = Field(min_length=1)
    sources: dict[str, Source] = Field(min_length=1)
    schedule: Schedule
    learning: Learning = Field(
        default=Learning(), description="Defaults of every phase; a phase may override any of it"
    )
    sampler: Sampler = Sampler()
    learner: Learner = Learner()
    render: Render = Render()
    cluster: Cluster = Cluster()
    checkpoint: Checkpoint = Checkpoint()
    evaluate: Evaluate = Evaluate()
    log: Log = Log()
    budgets: Budgets = Budgets()
    watchdogs: Watchdogs = Watchdogs()

    @model_validator(mode="after")
    def _names_lead_somewhere(self):
        for name, role in self.roles.items():
            if role.policy not in self.policies:
                raise ValueError(
                    f"roles.{name}.policy is '{role.policy}', which policies does not define (it has"
                    f" {', '.join(self.policies)}); name one of those or add it"
                )
        self._roles_have_their_modes()
        for name, source in self.sources.items():
            if isinstance(source, Dataset) and source.apart_from is not None:
                self._apart_from_another(name, source.apart_from)
        for i, phase in enumerate(self.schedule.phases):
            self._phase_fits(f"schedule.phases[{i}]", phase)
            self._chain_fits(f"schedule.phases[{i}]", phase)
            self._engine_speaks_so(f"schedule.phases[{i}]", phase)
        self._holds_out_what_is_not_trained_on()
        self._engines_fit()
        return self

    def mode(self, role: str) -> str | None:
        """How a role writes what others are asked about; None of a solver."""
        return self.roles[role].mode or next(iter(_MODES[role]), None)

    @property
    def draws(self) -> Literal["nothing", "pictures", "programs"]:
        """What comes of an open proposer's ideas."""
        if "proposer" not in self.roles or self.mode("proposer") != "open":
            return "nothing"
        return "programs" if "coder" in self.roles and self.mode("coder") == "generator" else "pictures"

    def policy_of(self, phase: Phase) -> str | None:
        """Whose weights a phase trains; None where it trains nobody."""
        return self.roles[phase.train].policy if phase.train in self.roles else None

    def _roles_have_their_modes(self) -> None:
        for name, role in self.roles.items():
            if role.mode is not None and role.mode not in _MODES[name]:
                can = " or ".join(_MODES[name]) or "none, so leave it out"
                raise ValueError(f"roles.{name}.mode is {role.mode}, but a {name}'s mode is {can}")
        for name, source in self.sources.items():
            if not isinstance(source, Proposed) or "proposer" not in self.roles:
                continue
            mode, fitting = self.mode("proposer"), "majority" if self.draws == "pictures" else "computed"
            if source.labels != fitting:
                how = "put to the vote" if fitting == "majority" else "computed from the scene"
                raise ValueError(
                    f"sources.{name}.labels is {source.labels}, but the proposer's mode is {mode}, whose answers are {how};"
                    f" write labels: {fitting}"
                )

    def _holds_out_what_is_not_trained_on(self) -> None:
        name = self.evaluate.suite
        if name not in self.sources:
            return
        if not isinstance(self.sources[name], Dataset):
            raise ValueError(
                f"evaluate.suite is '{name}', a source of kind {self.sources[name].kind}, which makes new tasks as it goes; name"
                " a suite or a dataset"
            )
        for i, phase in enumerate(self.schedule.phases):
            if name in phase.tasks:
                raise ValueError(
                    f"schedule.phases[{i}].tasks trains on '{name}', which evaluate.suite holds out; take another source, or a"
                    " second dataset with another split"
                )

    def _apart_from_another(self, name: str, other: str) -> None:
        if other == name or not isinstance(self.sources.get(other), Dataset):
            there = [one for one, source in self.sources.items() if isinstance(source, Dataset) and one != name]
            raise ValueError(
                f"sources.{name}.apart_from is '{other}', which is no other dataset of this recipe (it has"
                f" {', '.join(there) or 'none'}); name the source that holds what must not be trained on"
            )

    def _engines_fit(self) -> None:
        sampler, learner = self.sampler, self.learner
        if sampler.engine == "transformers" and (learner.ranks > 1 or learner.zero or learner.offload != "none"):
            raise ValueError(
                f"sampler.engine transformers and learner ranks {learner.ranks}, zero {learner.zero}, offload"
                f" {learner.offload} do not combine: that engine shares one process with one rank; choose the engine vllm"
            )
        if self.schedule.overlap and (sampler.engine == "transformers" or self.cluster.placement == "colocated"):
            raise ValueError(
                f"schedule.overlap is true, but sampler.engine is {sampler.engine} and cluster.placement"
                f" {self.cluster.placement}: play and learning share what they run on and cannot go on at once; choose"
                " the engine vllm and the placement separate, or set overlap to false"
            )
        if learner.offload != "none" and not learner.zero:
            raise ValueError(
                f"learner.offload is {learner.offload} and learner.zero 0, which keeps everything on the device; set"
                f" learner.zero to {3 if learner.offload == 'weights' else '2 or 3'}"
            )
        if learner.offload == "weights" and learner.zero != 3:
            raise ValueError(
                f"learner.offload is weights and learner.zero {learner.zero}; only zero 3 can do without them"
            )
        if self.cluster.placement == "colocated" and (
            sampler.engine != "vllm" or sampler.tensor_parallel > 1 or sampler.replicas != learner.ranks
        ):
            raise ValueError(
                f"cluster.placement is colocated: each rank shares its GPU with one replica, but there are {learner.ranks}"
                f" ranks and {sampler.replicas} replicas of {sampler.tensor_parallel} GPUs ({sampler.engine}); make"
                " sampler.replicas equal to learner.ranks, with tensor_parallel 1 and the engine vllm"
            )

    def _engine_speaks_so(self, where: str, phase: Phase) -> None:
        others = (phase.ideas, phase.draws, phase.votes)
        hottest = max(says.temperature for says in (phase.says, *(one.says for one in others if one)))
        if self.sampler.engine == "vllm" and hottest > 2:
            raise ValueError(
                f"{where} speaks at temperature {hottest:g}, and vLLM at no more than 2; lower it or set sampler.engine to"
                " transformers"
            )

    def _chain_fits(self, where: str, phase: Phase) -> None:
        """What a proposer starts needs everybody who goes on with it."""
        if phase.train == "solver":
            return
        if "proposer" not in self.roles:
            raise ValueError(
                f"{where}.train is {phase.train}, which starts from proposals, but roles has no proposer; add one"
            )
        is_open = self.mode("proposer") == "open"
        if phase.train == "coder" and not is_open:
            raise ValueError(
                f"{where}.train is coder, but roles.proposer.mode is spec, whose pictures the bank draws; set it to open"
            )
        if is_open and "coder" not in self.roles:
            raise ValueError("roles.proposer.mode is open, but roles has no coder to draw what it invents; add one")
        if is_open and phase.train != "coder" and phase.draws is None:
            raise ValueError(f"{where}.train is {phase.train}, and nobody draws its ideas; add draws: {{n: 4}}")
        if phase.train == "proposer" and phase.ideas != Ideas():
            raise ValueError(
                f"{where} trains the proposer, whose says and group speak of its ideas, and has ideas too; leave them out"
            )
        if phase.votes.policy and phase.votes.policy not in self.policies:
            raise ValueError(
                f"{where}.votes.policy is '{phase.votes.policy}', which policies does not define (it has"
                f" {', '.join(self.policies)}); name one of those"
            )

    def _written_fits(self, where: str, phase: Phase) -> None:
        said = f"{where}.answers is written"
        learning = phase.learning
        if phase.train != "solver":
            raise ValueError(
                f"{said} and its train {phase.train}, whose requests nobody has answered; train the solver"
            )
        if learning.loss.surrogate != "likelihood" or learning.advantage != "reward":
            raise ValueError(
                f"{said}, but it learns by {learning.loss.surrogate} with the advantage {learning.advantage}, which compare"
                " answers of a policy; leave learning.loss and learning.advantage out, or write nll and reward"
            )
        for name in ("refill", "noise"):
            if getattr(phase, name) is not None:
                raise ValueError(f"{said} and it has {name}, which is for answers that are sampled; leave {name} out")
        if phase.group != 1:
            raise ValueError(
                f"{said} and its group {phase.group}, but one answer is written to each task; set group to 1"
            )
        for name in phase.tasks:
            source = self.sources[name]
            if isinstance(source, Bank) and source.levels == "auto":
                raise ValueError(
                    f"{said} and sources.{name}.levels auto, which follows what is solved; list levels, such as [0, 1, 2]"
                )
            if not (isinstance(source, Bank) or (isinstance(source, Dataset) and source.columns.response)):
                raise ValueError(
                    f"{said}, but sources.{name} has nothing written; name a bank, or a dataset with columns.response"
                )

    def _phase_fits(self, where: str, phase: Phase) -> None:
        if phase.train != "nobody" and phase.train not in self.roles:
            raise ValueError(
                f"{where}.train is '{phase.train}', but roles has only {', '.join(self.roles)}; add that role or train another"
            )
        for source in phase.tasks:
            if source not in self.sources:
                raise ValueError(
                    f"{where}.tasks names '{source}', but sources has only {', '.join(self.sources)}; rename it or add the source"
                )
        if phase.train == "solver" and abs(sum(phase.tasks.values()) - 1) > 1e-6:
            raise ValueError(
                f"{where}.tasks adds up to {sum(phase.tasks.values()):g}; the shares of a solver phase must add up to 1"
            )
        if phase.train != "solver" and (phase.votes is None or phase.votes.of not in self.roles):
            why = "labels are made" if phase.train == "nobody" else f"a {phase.train} is paid"
            raise ValueError(
                f"{where}.train is {phase.train}, but votes is {phase.votes}; {why} from votes: {{of: solver, n: 8}}"
            )
        if phase.train == "nobody":
            return
        if phase.answers == "written":
            self._written_fits(where, phase)
        among_siblings = ("group", "group_centered", "leave_one_out", "reinforce_pp_baseline")
        if phase.group == 1 and phase.learning.advantage in among_siblings:
            raise ValueError(
                f"{where}.group is 1 and its advantage is '{phase.learning.advantage}', which compares siblings;"
                f" raise group to 2 or choose advantage: batch"
            )
        if phase.refill and (phase.train == "proposer" or phase.learning.advantage not in among_siblings):
            raise ValueError(
                f"{where} has refill, trains {phase.train} and has the advantage '{phase.learning.advantage}'; refill replaces"
                f" groups whose siblings are paid alike, so train solver with one of {', '.join(among_siblings)}, or leave"
                " refill out"
            )
        if phase.noise and (phase.train == "proposer" or phase.noise.siblings >= phase.group):
            raise ValueError(
                f"{where} trains {phase.train} with group {phase.group} and noise.siblings {phase.noise.siblings}; noise is for"
                " a solver's pictures, and at least one sibling must see them as they are: lower noise.siblings or leave"
                " noise out"
            )
        if phase.says.temperature == 0:
            raise ValueError(
                f"{where}.says.temperature is 0, and greedy siblings are all alike; learning needs a temperature above 0"
            )
