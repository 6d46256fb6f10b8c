"""How long and how safely: checkpoints, evaluations, logs, budgets and watchdogs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmzero.answers.asking import Grammar
from mmzero.recipe.tree.parts import Bytes, Part, Positive, Seconds, Share
from mmzero.recipe.tree.schedule import Recites


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
    export_every: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="Versions that this number divides are also laid out for others to load, for good; 0: none",
    )
    export_at: tuple[Positive, ...] = Field(default=(), description="So are these versions")
    grace: Seconds = Field(default=30.0, description="How long a step may still take once SIGTERM asked for the end")

    @property
    def exporting(self) -> bool:
        return bool(self.export_every or self.export_at)

    def exports(self, version: int) -> bool:
        """Whether its weights are laid out for others: exports/VERSION/POLICY, a model's folder with its processor."""
        return version in self.export_at or bool(self.export_every and version % self.export_every == 0)


class Evaluate(Part):
    suite: str = Field(default="probe-tiny", description="A suite's name, or that of a dataset of this recipe")
    tasks: Positive = 1000
    grammar: Grammar = Field(default="rows", description="How a suite asks for boxes, as a bank's grammar has it")
    every: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Steps between evaluations; 0: at start and end only"
    )
    phases: bool = Field(default=False, description="Also at the end of each phase that trains the solver's weights")
    final: str | None = Field(
        default=None,
        description="Another suite, or dataset of this recipe, answered by the base model and by the last one alone: the report"
        " shows it and nothing is decided by it",
    )
    samples: Positive = Field(default=1, description="Answers to each task, of which the mean counts (avg@k)")
    majority: Annotated[int, Field(ge=0)] = Field(default=8, description="Votes of the base model to beat; 0: none")
    says: Recites = Recites()
    roll_back: Literal["never", "upper_bound_below_zero"] = Field(
        default="never",
        description="What to do where held-out answers are surely worse than at the best version before: go back to it",
    )

    @model_validator(mode="after")
    def _final_drives_nothing(self):
        if self.final == self.suite:
            raise ValueError(
                f"evaluate.final is '{self.final}', which is evaluate.suite too, by which checkpoints are kept and undone;"
                " name another, such as final beside probe"
            )
        return self

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
        description="roll_back: play and learn again, with other draws, what follows the last checkpoint before the first"
        " of them",
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
