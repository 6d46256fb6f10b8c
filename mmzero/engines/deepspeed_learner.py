"""A policy's weights, optimizer and anchor behind DeepSpeed, one rank; must not know what a reward or an episode is.

Tensors are born here. The loss arrives divided by counts of the whole batch, so microbatches add up and the engine must
scale nothing: accumulation is the caller's (`managed_gradient_accumulation: false`).
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from mmzero import losses
from mmzero.engines import deepspeed_engine, learner_files, padded_rows, policy_model, prefix_rows, rows
from mmzero.engines.vision import Vision, banned_ids, load_processor
from mmzero.errors import EngineError, UserError
from mmzero.segment import cheaper
from mmzero.types import Batch, Rollout, Segment

if TYPE_CHECKING:
    from mmzero.ports import Sampler
    from mmzero.recipe.tree import Kl, Learner, Learning, Optimizer, Policy

log = logging.getLogger(__name__)

# How far the two forms of rows may lie apart before one of them is not trusted: rounding in either precision.
TOLERANCES = {"float32": 1e-3, "bfloat16": 0.25}


class DeepSpeedLearner:
    """Owns one policy. `pixels` and `dtype` are the recipe's; masters and moments are fp32 in either dtype."""

    def __init__(
        self,
        model_path: Path | str,
        policy: Policy,
        config: Learner,
        optimizer: Optimizer,
        image_path: Callable[[str], Path],
        seed: int,
        threads: int | None = None,
        *,
        dtype: Literal["float32", "bfloat16"] = "float32",
        pixels: tuple[int, int] | None = None,
    ):
        if threads is not None:
            torch.set_num_threads(threads)  # of the process: how sums are split decides their last bits
        self._model_path, self._policy, self._config, self._seed, self._dtype = model_path, policy, config, seed, dtype
        self._processor = load_processor(model_path, pixels)
        self._vision = Vision(self._processor, image_path)
        self._model = policy_model.load_model(model_path, policy, seed)
        self._banned = banned_ids(self._model.config)
        self._trained = policy_model.trained(self._model)
        self._adamw = torch.optim.AdamW(self._trained.values(), lr=optimizer.lr)
        self._engine = deepspeed_engine.initialize(rows.Policy(self._model, self._banned), self._adamw, config, dtype)
        self._updates = 0
        self._anchors: dict[str, Mapping[str, Tensor]] = {}
        self._prefix: bool | None = None  # whether prefix rows may be used; known once they met padded ones

    def learn(self, batch: Batch, learning: Learning) -> Mapping[str, float]:
        started = time.perf_counter()
        old = [self._quiet(one) if learning.updates > 1 else None for one in batch.microbatches]
        anchor = self._anchored(batch.microbatches, learning.kl)
        total, sums, gap_max, norms = 0.0, Counter(), 0.0, []
        for _ in range(learning.updates if batch.microbatches else 0):
            for microbatch, old_T, anchor_T in zip(batch.microbatches, old, anchor, strict=True):
                inputs = self._inputs(microbatch, batch, old_T, anchor_T, learning.loss.entropy > 0)
                loss, figures = losses.compute(inputs, learning.loss, learning.kl.weight, learning.mismatch)
                self._engine.backward(loss, scale_wrt_gas=False)
                total += float(loss.detach())
                sums.update({name: float(figure) for name, figure in figures.items()})
                gap_max = max(gap_max, _gap_max(inputs))
            norms.append(self._update(learning.optimizer))
        shares = [self._form(one) is prefix_rows.states for one in batch.microbatches]
        return _figures(sums, len(norms)) | {
            "loss": total / max(len(norms), 1),
            "grad_norm": float(np.mean(norms)) if norms else 0.0,
            "gap_max": gap_max,
            "rows_prefix": float(np.mean(shares)) if shares else 0.0,
            "updates": float(len(norms)),
            "seconds": time.perf_counter() - started,
        }

    def logprobs(self, rollouts: Sequence[Rollout]) -> list[np.ndarray]:
        """Siblings that stand side by side share a prompt's pass. Greedy answers are asked at temperature 1."""
        found = []
        for microbatch in rows.microbatches(rollouts, self._config.tokens_per_segment):
            lengths = [int(length) for segment in microbatch for length in segment.lengths_G]
            found += [logp_T.cpu().numpy() for logp_T in self._quiet(microbatch).split(lengths)]
        return found

    def weights(self) -> Iterator[tuple[str, Tensor]]:
        """Every weight under its checkpoint's name, adapters merged; copy what must outlast the next update."""
        return policy_model.weights(self._model)

    def publish(self, samplers: Iterable[Sampler], version: int) -> None:
        for sampler in samplers:
            sampler.receive(self.weights(), version)

    def anchor(self) -> None:
        self._anchors["phase_start"] = self._snapshot()

    def save(self, folder: Path) -> None:
        states = {name: self._adamw.state.get(parameter, {}) for name, parameter in self._trained.items()}
        zeros = {name: torch.zeros_like(parameter) for name, parameter in self._trained.items()}
        learner_files.write(
            learner_files.State(
                masters=self._snapshot(),
                first_moments={name: state.get("exp_avg", zeros[name]) for name, state in states.items()},
                second_moments={name: state.get("exp_avg_sq", zeros[name]) for name, state in states.items()},
                steps={name: int(state.get("step", 0)) for name, state in states.items()},
                updates=self._updates,
                phase_start=self._anchors.get("phase_start"),
            ),
            folder,
        )

    def load(self, folder: Path) -> None:
        state = learner_files.read(folder, {name: tuple(p.shape) for name, p in self._trained.items()})
        with torch.no_grad():
            for name, parameter in self._trained.items():
                parameter.copy_(state.masters[name])
                self._adamw.state[parameter] = {
                    "step": torch.tensor(float(state.steps[name])),
                    "exp_avg": state.first_moments[name].to(parameter.device),
                    "exp_avg_sq": state.second_moments[name].to(parameter.device),
                }
        self._updates = state.updates
        self._anchors.pop("phase_start", None)
        if state.phase_start is not None:
            device = self._engine.device
            self._anchors["phase_start"] = {name: tensor.to(device) for name, tensor in state.phase_start.items()}

    def save_model(self, folder: Path) -> None:
        """A folder that AutoModelForImageTextToText, AutoProcessor and vLLM load, adapters merged."""
        policy_model.save_model(self._model, folder)
        self._processor.save_pretrained(folder)

    def _inputs(
        self,
        microbatch: Sequence[Segment],
        batch: Batch,
        old_T: Tensor | None,
        anchor_T: Tensor | None,
        entropy_graph: bool,
    ) -> losses.Inputs:
        logp_T, entropy_T = self._engine(self._rows(microbatch), self._form(microbatch), entropy_graph=entropy_graph)
        lengths_B = torch.from_numpy(np.concatenate([segment.lengths_G for segment in microbatch]))
        owner_T = torch.repeat_interleave(lengths_B)
        advantages_B = torch.from_numpy(np.concatenate([segment.advantages_G for segment in microbatch]))
        device = logp_T.device
        return losses.Inputs(
            logp_T=logp_T,
            old_logp_T=logp_T.detach() if old_T is None else old_T,
            behaviour_logp_T=torch.from_numpy(np.concatenate([one.logprobs_T for one in microbatch])).to(device),
            anchor_logp_T=anchor_T,
            entropy_T=entropy_T,
            advantages_T=advantages_B[owner_T].to(device),
            mask_T=torch.from_numpy(np.concatenate([one.mask_T for one in microbatch])).to(device),
            owner_T=owner_T.to(device),
            tokens=batch.tokens,
            sequences=batch.sequences,
            max_tokens=batch.max_tokens,
        )

    def _update(self, optimizer: Optimizer) -> float:
        """One optimizer update; the gradient's norm before clipping. The engine's own clipping is fixed when it is made
        and keeps its norm to itself; a phase may change the bound."""
        warm = min(1.0, (self._updates + 1) / optimizer.warmup) if optimizer.warmup else 1.0
        for group in self._adamw.param_groups:
            group.update(lr=warm * optimizer.lr, betas=optimizer.betas, weight_decay=optimizer.weight_decay)
        norm = float(torch.nn.utils.clip_grad_norm_(self._trained.values(), optimizer.max_grad_norm))
        if not math.isfinite(norm):
            self._engine.zero_grad()
            raise EngineError(
                f"the gradient's norm is {norm} at update {self._updates}; no update was made: lower the learning rate"
                " or resume from the last checkpoint"
            )
        self._engine.step()
        self._updates += 1
        return norm

    def _quiet(self, microbatch: Sequence[Segment]) -> Tensor:
        with torch.no_grad():
            return self._engine(self._rows(microbatch), self._form(microbatch))[0]

    def _rows(self, microbatch: Sequence[Segment]) -> rows.Rows:
        return rows.rows_of(microbatch, self._vision, self._banned, self._engine.device)

    def _form(self, microbatch: Sequence[Segment]) -> rows.States:
        if self._prefix is None:
            self._prefix = self._config.rows != "padded" and self._forms_agree(microbatch)
        wanted = self._prefix and (self._config.rows == "prefix" or cheaper(microbatch) == "prefix")
        return prefix_rows.states if wanted else padded_rows.states

    def _forms_agree(self, microbatch: Sequence[Segment]) -> bool:
        """Once per run: a model whose siblings leak into each other, or whose cache forgets, must not learn so."""
        if not prefix_rows.fits(self._model):
            trouble = f"prefix rows are not written for {self._model.config.model_type} models"
        else:
            few = self._rows(microbatch[:2])  # two prompts, so that one of them may be padded
            gap = rows.gap(self._engine, few, prefix_rows.states, padded_rows.states)
            if gap <= TOLERANCES[self._dtype]:  # not "if gap > …": a gap that is not a number is no agreement
                return True
            trouble = (
                f"prefix rows differ from padded rows by {gap:.2g} in log-prob (at most {TOLERANCES[self._dtype]})"
            )
        if self._config.rows == "prefix":
            raise UserError(f"{trouble}, but learner.rows is prefix; set it to auto or padded")
        log.warning("%s; learning with padded rows, which are slower", trouble)
        return False

    def _anchored(self, microbatches: Sequence[Sequence[Segment]], kl: Kl) -> list[Tensor | None]:
        if not kl.weight:
            return [None] * len(microbatches)
        with self._wearing(self._anchor_weights(kl.to)):
            return [self._quiet(microbatch) for microbatch in microbatches]

    def _anchor_weights(self, to: str) -> Mapping[str, Tensor]:
        """Loaded when first asked for: a run without a KL term keeps no second copy. A fresh adapter adds nothing, so
        for LoRA, too, the base is what this policy was when it was new."""
        if to not in self._anchors:
            if to == "phase_start":
                raise EngineError("learning.kl.to is phase_start but no phase has started; call anchor() when one does")
            if to != "base" and self._policy.train == "lora":
                raise UserError(
                    f"learning.kl.to is the checkpoint {to}, but the policy trains lora, whose anchors share its base;"
                    " set it to base or phase_start"
                )
            source = self._model_path if to == "base" else to
            model = policy_model.load_model(source, self._policy, self._seed)
            self._anchors[to] = {
                name: parameter.detach().to(self._engine.device)
                for name, parameter in policy_model.trained(model).items()
            }
        return self._anchors[to]

    @contextmanager
    def _wearing(self, weights: Mapping[str, Tensor]) -> Iterator[None]:
        own = {name: parameter.data for name, parameter in self._trained.items()}
        try:
            for name, parameter in self._trained.items():
                parameter.data = weights[name]
            yield
        finally:
            for name, parameter in self._trained.items():
                parameter.data = own[name]

    def _snapshot(self) -> dict[str, Tensor]:
        return {name: parameter.detach().clone() for name, parameter in self._trained.items()}


def _gap_max(inputs: losses.Inputs) -> float:
    gap_T = (inputs.old_logp_T - inputs.behaviour_logp_T)[inputs.mask_T].abs()
    return float(gap_T.max()) if len(gap_T) else 0.0


def _figures(sums: Mapping[str, float], updates: int) -> dict[str, float]:
    """Sums over the tokens of every update, as means per token. `effective` is the share of the tokens that is left
    once importance weights have favoured some: weight^2 / (tokens * weight_squared)."""
    tokens = sums.get("tokens", 0.0)
    means = {name: total / tokens if tokens else 0.0 for name, total in sums.items() if name != "tokens"}
    square = means.pop("weight_squared", 0.0)
    importance = means.pop("weight", 0.0)
    return means | {
        "tokens": tokens / updates if updates else 0.0,
        "importance": importance,
        "effective": importance**2 / square if square else 0.0,
    }
