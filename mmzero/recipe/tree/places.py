"""Where engines live and what each may take."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmzero.recipe.tree.parts import Bytes, Count, Part, Positive, Seconds, Share


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
        default=10.0,
        description="By the clock: a program that takes longer counts as timeout, an SVG document as lost; more than cpu",
    )
    cpu: Positive = Field(default=8, description="Seconds of processor time: what takes more counts as cpu_limit")
    memory: Annotated[Bytes, Field(ge=512 * 2**20)] = 2 * 2**30
    pixels: Annotated[Count, Field(ge=1)] = Field(default=4 * 2**20, description="Most pixels of a picture")
    weaker: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="What to do on a machine that offers neither Landlock nor namespaces; allow: draw with what it has, seccomp"
        " alone (L1) or no more than limits (L0)",
    )

    @property
    def least(self) -> Literal["L0", "L2"]:
        """The level of protection without which nothing is drawn."""
        return "L2" if self.weaker == "refuse" else "L0"


class Cluster(Part):
    """Where engines live that need processes of their own."""

    address: str = Field(default="local", description="local starts Ray here; auto or host:port joins what runs")
    placement: Literal["separate", "colocated"] = Field(
        default="separate", description="colocated: replica i and rank i share a GPU and take turns"
    )
    timeout: Seconds = Field(default=600.0, description="How long an engine may be silent before it counts as dead")
