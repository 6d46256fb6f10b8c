"""Where tasks come from, and what a proposed one must pass."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmzero.answers.asking import ROWS, Grammar, asked
from mmzero.recipe.tree.parts import Part, Positive, Share
from mmzero.types import AnswerKind

_GRAMMAR = (
    "How boxes are asked for: rows of four numbers; scored: Visual-RFT's Position and Confidence, and No Objects; labelled:"
    " a bbox_2d and a label"
)

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
    grammar: Grammar = Field(default="rows", description=_GRAMMAR)
    absent: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0,
        description="Share of a family's questions for boxes that ask for what is not there, where it has such",
    )

    @model_validator(mode="after")
    def _absence_can_be_said(self):
        if self.absent and self.grammar == "rows":
            raise ValueError(
                f"a bank's absent is {self.absent:g} and its grammar rows, whose questions do not say how to answer that"
                " nothing is there; set grammar to scored or labelled, or absent to 0"
            )
        return self

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
        default=5,
        description="Answers without the picture to each instance of a program, where 2 are enough, or to each idea's hard"
        " question, where 5 that agree are the fewest that luck between two answers does not explain; 0: none",
    )
    leaks: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="What to do where a picture says its answer in writing; a program whose task is reading says so itself",
    )
    near_duplicate: Share = Field(
        default=0.9, description="Wording and picture that are so much alike count as the same; 1: only the very same"
    )
    decontaminate: str | None = Field(
        default=None,
        description="Questions and pictures to keep out of training: a file or folder as datasets reads it",
    )
    audit: bool = Field(
        default=True, description="Whether votes that agree on another answer than a program's are an alarm"
    )
    confident: Annotated[float, Field(gt=0.5, le=1)] = Field(
        default=0.75, description="Share of an instance's votes that must agree before their disagreement counts"
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
    gate: Gate | None = Field(
        default=Gate(), description="null: labels by vote are taken as they come; programs need one"
    )

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

    @property
    def asks(self) -> str:
        """The template as it is filled."""
        return self.ask


class Coco(Dataset):
    """Detection annotations in COCO's or LVIS's JSON: a row for each picture and category that is there."""

    kind: Literal["coco"]
    path: str = Field(description="The annotations, such as instances_train2017.json; `folder` holds the pictures")
    columns: Columns = Columns(question="category", answer="boxes", family="category")
    answer: AnswerKind = "boxes"
    ask: str = (
        "Give the bounding boxes of all objects of the category '{category}'"
        f"{ROWS}, boxes parted by semicolons; answer none where there is none."
    )
    grammar: Grammar = Field(default="rows", description=_GRAMMAR)
    boxes: Boxes = Boxes(form="xywh", frame="original")
    categories: tuple[str, ...] = Field(default=(), description="By name; by default all")
    shots: Positive | None = Field(default=None, description="Most pictures of each category; by default all")
    absent: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="Share of rows that ask for what is not in the picture"
    )

    @property
    def asks(self) -> str:
        return asked(self.ask, self.grammar)

    @model_validator(mode="after")
    def _asks_what_a_grammar_can_be_put_to(self):
        if self.grammar != "rows" and ROWS not in self.ask:
            raise ValueError(
                f"a coco source's grammar is {self.grammar}, but its ask does not hold '{ROWS.strip()}', which that replaces;"
                " leave ask or grammar out"
            )
        return self


Source = Annotated[Bank | Proposed | Replay | Dataset | Coco, Field(discriminator="kind")]
