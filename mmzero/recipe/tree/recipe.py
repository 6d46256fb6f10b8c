"""The whole recipe, and which of its parts do not fit together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmzero.recipe.tree import fitting
from mmzero.recipe.tree.bridge import Bridge
from mmzero.recipe.tree.keeping import Budgets, Checkpoint, Evaluate, Log, Watchdogs
from mmzero.recipe.tree.learning import Learning
from mmzero.recipe.tree.parts import Part, RoleName
from mmzero.recipe.tree.places import Cluster, Learner, Render, Sampler
from mmzero.recipe.tree.schedule import Phase, Schedule
from mmzero.recipe.tree.speakers import Model, Policy, Role
from mmzero.recipe.tree.tasks import Bank, Dataset, Proposed, Source

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
    bridge: Bridge | None = Field(default=None, description="What `mmzero bridge` does; no campaign looks at it")

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
            fitting.check(self, f"schedule.phases[{i}]", phase)
        self._holds_out_what_is_not_trained_on()
        self._bridge_fits()
        self._engines_fit()
        self._exports_what_there_will_be()
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

    def judged(self, version: int) -> bool:
        """Whether so many steps end a phase that moved the solver's weights, after which the suite is to be answered."""
        schedule = self.schedule
        if not (self.evaluate.phases and version and "solver" in self.roles and schedule.ends_phase(version)):
            return False
        return self.policy_of(schedule.phase_at(version - 1)) == self.roles["solver"].policy

    @property
    def kept(self) -> Checkpoint:
        """As checkpoint says, and the best version besides where the suite may lead back to it."""
        if self.evaluate.roll_back == "never" or self.checkpoint.keep_best:
            return self.checkpoint
        return self.checkpoint.model_copy(update={"keep_best": 1})

    def _roles_have_their_modes(self) -> None:
        for name, role in self.roles.items():
            if role.mode is not None and role.mode not in _MODES[name]:
                can = " or ".join(_MODES[name]) or "none, so leave it out"
                raise ValueError(f"roles.{name}.mode is {role.mode}, but a {name}'s mode is {can}")
            if role.says_boxes_in != "thousandths" and name != "solver":
                raise ValueError(
                    f"roles.{name}.says_boxes_in is {role.says_boxes_in}, but only a solver is asked where things are; leave"
                    " it out"
                )
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
            if self.draws == "programs" and source.gate is None:
                raise ValueError(
                    f"sources.{name}.gate is null, but the coder's mode is generator, whose programs a gate has to run; leave"
                    " gate out, or write what it is to let through"
                )

    def _holds_out_what_is_not_trained_on(self) -> None:
        for field, name in (("suite", self.evaluate.suite), ("final", self.evaluate.final)):
            if name in self.sources:
                self._is_held_out(f"evaluate.{field}", name)

    def _is_held_out(self, field: str, name: str) -> None:
        if not isinstance(self.sources[name], Dataset):
            raise ValueError(
                f"{field} is '{name}', a source of kind {self.sources[name].kind}, which makes new tasks as it goes; name"
                " a suite or a dataset"
            )
        for i, phase in enumerate(self.schedule.phases):
            if name in phase.tasks:
                raise ValueError(
                    f"schedule.phases[{i}].tasks trains on '{name}', which {field} holds out; take another source, or a"
                    " second dataset with another split"
                )

    def _bridge_fits(self) -> None:
        if self.bridge is None:
            return
        source = self.sources.get(self.bridge.of)
        if not isinstance(source, Bank | Dataset):
            there = [name for name, one in self.sources.items() if isinstance(one, Bank | Dataset)]
            raise ValueError(
                f"bridge.of is '{self.bridge.of}', which is no bank or dataset of this recipe (it has"
                f" {', '.join(there) or 'none'}); name the source whose tasks are to be answered"
            )
        for name in ("sees", "reasons"):
            policy = getattr(self.bridge, name).policy
            if policy is not None and policy not in self.policies:
                raise ValueError(
                    f"bridge.{name}.policy is '{policy}', which policies does not define (it has"
                    f" {', '.join(self.policies)}); name one of those, or an address"
                )

    def _exports_what_there_will_be(self) -> None:
        steps = self.schedule.steps
        if beyond := [version for version in self.checkpoint.export_at if version > steps]:
            raise ValueError(
                f"checkpoint.export_at names version {beyond[0]}, but the schedule ends after {steps} steps; name a version"
                f" from 1 to {steps}"
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
