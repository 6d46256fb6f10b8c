"""How a phase learns: optimizer, anchor, loss and its terms. The presets' names stand for what is spelt out here."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mmzero.recipe.tree.parts import Part, Positive, Share


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
