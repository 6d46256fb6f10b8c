"""A policy's weights, optimizer and anchor as one rank of a learner sees them; must not know what a reward or an episode is.

Tensors are born here. Every method is called on every rank at once with the same arguments; what is told is the same on
each, unless it says otherwise. The loss arrives divided by counts of the whole batch, so microbatches and ranks add up.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from mmzero import losses
from mmzero.engines import beforehand, learner_files, policy_model, recompute, rows
from mmzero.engines.anchors import Anchors
from mmzero.engines.beforehand import Beforehand
from mmzero.engines.deepspeed_engine import MOMENTS, DeepSpeedEngine
from mmzero.engines.lockstep import Tick, deal, together
from mmzero.engines.meeting import Meeting
from mmzero.engines.row_form import RowForm
from mmzero.engines.threads import sum_in_order, take_threads
from mmzero.engines.vision import Vision, banned_ids, load_processor
from mmzero.types import Batch, Rollout, Segment, seed_of

if TYPE_CHECKING:
    from mmzero.engines.publisher import Publisher, Route
    from mmzero.ports import Sampler
    from mmzero.recipe.tree import Blind, Kl, Learner, Learning, Loss, Optimizer, Policy

log = logging.getLogger(__name__)

# Figures of how well sampler and learner agree: of what no sampler said there are none.
_AGREEMENT = ("gap_max", "importance", "effective")


class DeepSpeedLearner:
    """Owns one policy, or this rank's part of it. `pixels` and `dtype` are the recipe's; masters and moments are fp32 in
    either dtype."""

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
        beside: int = 0,
        dtype: Literal["float32", "bfloat16"] = "float32",
        pixels: tuple[int, int] | None = None,
        meeting: Meeting | None = None,
    ):
        take_threads(threads, beside)
        sum_in_order()
        self._model_path, self._policy, self._config, self._seed, self._dtype = model_path, policy, config, seed, dtype
        self._meeting = meeting or Meeting()
        self._processor = load_processor(model_path, pixels)
        self._vision = Vision(self._processor, image_path)
        self._model = policy_model.load_model(model_path, policy, seed)
        if config.recompute:
            recompute.layers(self._model)
        self._banned = banned_ids(self._model.config)
        self._trained = policy_model.trained(self._model)
        self._engine = DeepSpeedEngine(
            rows.Policy(self._model, self._banned), self._trained, config, dtype, optimizer.lr, self._meeting
        )
        self._updates = 0
        self._publishers: dict[tuple[str, ...], Publisher] = {}
        self._anchors = Anchors(model_path, policy, seed, self._engine)
        self._form = RowForm(self._model, config, dtype, self._engine, self._few)

    def learn(self, batch: Batch, learning: Learning) -> Mapping[str, float]:
        started = time.perf_counter()
        ticks = deal(batch.microbatches, self._meeting.ranks)
        blind = self._blind(learning.loss.blind)
        before = self._beforehand(ticks, learning, blind)
        total, sums, gap_max, norms, moved = 0.0, Counter(), 0.0, [], []
        for _ in range(learning.updates if ticks else 0):
            for tick, known in zip(ticks, before, strict=True):
                inputs = self._inputs(tick, batch, known, learning.loss.entropy > 0)
                loss, figures = losses.compute(inputs, learning.loss, learning.kl.weight, learning.mismatch)
                self._engine.backward(loss)
                total += float(loss.detach()) + self._surprise(tick, batch, learning.loss, blind)
                sums.update({name: float(figure) for name, figure in figures.items()})
                gap_max = max(gap_max, _gap_max(inputs))
            norm, moves = self._update(learning.optimizer)
            norms.append(norm)
            moved += [norm] if moves else []
        total, *told = self._engine.sum([total, *sums.values()])
        forms = [self._form.prefix(tick) for tick in ticks]
        found = _figures(dict(zip(sums, told, strict=True)), len(norms)) | {
            "loss": total / max(len(norms), 1),
            "grad_norm": float(np.mean(moved or norms)) if norms else 0.0,
            "gap_max": self._engine.most([gap_max])[0],
            "rows_prefix": float(np.mean(forms)) if forms else 0.0,
            "updates": float(len(moved)),
            "skipped": float(len(norms) - len(moved)),
            "seconds": time.perf_counter() - started,
        }
        imitates = learning.loss.surrogate == "likelihood"
        return {name: figure for name, figure in found.items() if not (imitates and name in _AGREEMENT)}

    def logprobs(self, rollouts: Sequence[Rollout]) -> list[np.ndarray]:
        """Siblings that stand side by side share a prompt's pass. Greedy answers are asked at temperature 1."""
        cut = list(rows.microbatches(rollouts, self._config.tokens_per_segment))
        found, ranks = [], self._meeting.ranks
        for start in range(0, len(cut), ranks):
            given = cut[start : start + ranks]
            everyones = self._engine.everyones(self._quiet(together(given, ranks))[0].cpu())
            for logp_T, microbatch in zip(everyones, given, strict=False):
                lengths = [int(length) for segment in microbatch for length in segment.lengths_G]
                found += [one_T.numpy() for one_T in logp_T[: sum(lengths)].split(lengths)]
        return found

    def weights(self) -> Iterator[tuple[str, Tensor]]:
        """Every weight under its checkpoint's name, adapters merged; copy what must outlast the next one."""
        return policy_model.weights(self._model, self._engine.gathered)

    def publish(self, samplers: Iterable[Sampler], version: int) -> None:
        """To samplers of this process, which one rank alone may have."""
        for sampler in samplers:
            sampler.receive(self.weights(), version)

    def send(self, route: Route, version: int) -> None:
        """To a sampler elsewhere: the first rank sends what all of them gather. Of LoRA only the adapter travels."""
        if self._policy.train == "lora":
            return self._send_adapter(route, version)
        from mmzero.engines.publisher import Publisher

        names = tuple(host.name for host in route.hosts)
        if names not in self._publishers or self._publishers[names].route != route:
            self._publishers[names] = Publisher(route, self._meeting.rank, self._engine.everyones)
        self._publishers[names].send(self.weights(), version)

    def _send_adapter(self, route: Route, version: int) -> None:
        from mmzero.engines import adapters

        tensors = self._kept(policy_model.adapter(self._model, self._engine.gathered))
        if not self._meeting.rank:
            adapters.send(route, tensors, policy_model.adapter_config(self._model, self._policy), version)

    def offload(self) -> None:
        """Into main memory, anchors too, as long as a sampler needs the device."""
        self._engine.offload()
        self._anchors.move(torch.device("cpu"))

    def reload(self) -> None:
        self._engine.reload()
        self._anchors.move(self._engine.device)

    def anchor(self) -> None:
        self._anchors.start_phase()

    def forget(self) -> None:
        self._engine.forget()
        self._updates = 0

    def save(self, folder: Path) -> None:
        """The first rank writes. A tensor is whole on one rank after the other, and never all of them on each."""
        state = learner_files.State(
            masters=self._kept(self._engine.masters()),
            first_moments=self._kept(self._engine.moments(MOMENTS[0])),
            second_moments=self._kept(self._engine.moments(MOMENTS[1])),
            steps=dict.fromkeys(self._trained, self._updates),
            updates=self._updates,
            phase_start=self._kept(phase_start) if (phase_start := self._anchors.phase_start()) else None,
        )
        if not self._meeting.rank:
            learner_files.write(state, folder)

    def _kept(self, tensors: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
        return {name: tensor.cpu() for name, tensor in tensors if not self._meeting.rank}

    def load(self, folder: Path) -> None:
        shapes = {name: tuple(getattr(p, "ds_shape", p.shape)) for name, p in self._trained.items()}
        state = learner_files.read(folder, shapes)
        moments = dict(zip(MOMENTS, (state.first_moments, state.second_moments), strict=True))
        self._engine.restore(state.masters, moments, state.updates)
        self._updates = state.updates
        self._anchors.restore(state.phase_start)

    def alive(self) -> bool:
        return True  # or nobody here could be asked

    def restart(self) -> None:
        model = policy_model.load_model(self._model_path, self._policy, self._seed)
        masters = {name: parameter.detach() for name, parameter in policy_model.trained(model).items()}
        zeros = {name: torch.zeros_like(master) for name, master in masters.items()}
        self._engine.restore(masters, dict.fromkeys(MOMENTS, zeros), 0)
        self._updates = 0
        self._anchors.restore(None)

    def save_model(self, folder: Path) -> None:
        """A folder that AutoModelForImageTextToText, AutoProcessor and vLLM load, adapters merged."""
        policy_model.save_model(self._model, folder, self._engine.gathered, writes=not self._meeting.rank)
        if not self._meeting.rank:
            self._processor.save_pretrained(folder)

    def _beforehand(self, ticks: Sequence[Tick], learning: Learning, blind: Vision | None) -> list[Beforehand]:
        loss, mine, seed = learning.loss, [self._mine(tick) for tick in ticks], self._draws_of("covariance")
        said = [self._quiet(tick) for tick in ticks] if learning.updates > 1 or loss.asks_the_whole_batch else []
        nothing = [None] * len(ticks)
        columns = {
            "old_T": [logp_T for logp_T, _ in said] if learning.updates > 1 else nothing,
            "anchor_T": self._anchored(ticks, learning.kl),
            "blind_T": [self._quiet(tick, blind)[0] for tick in ticks] if blind else nothing,
            "chosen_T": beforehand.singled_out(said, mine, loss.covariance, seed, self._engine)
            if loss.covariance
            else nothing,
        }
        mean = beforehand.mean_entropy(said, mine, self._engine) if loss.entropy_floor is not None else None
        return [
            Beforehand(**dict(zip(columns, row, strict=True)), mean_entropy=mean)
            for row in zip(*columns.values(), strict=True)
        ]

    def _blind(self, rule: Blind | None) -> Vision | None:
        """What a step sees with its pictures blackened; the same in each of its updates, and another in the next step."""
        return self._vision.through(beforehand.blackened(rule, self._draws_of("blind"))) if rule else None

    def _draws_of(self, what: str) -> int:
        return seed_of(self._seed, what, self._updates)

    def _surprise(self, tick: Tick, batch: Batch, loss: Loss, blind: Vision | None) -> float:
        """The blind policy's own surprise, learned from in a pass of its own; on every rank, though it be worth nothing."""
        if blind is None or not loss.blind.blind_surprise:
            return 0.0
        microbatch = self._mine(tick)
        logp_T, _ = self._run(tick, blind)
        counted_T = beforehand.mask_of(microbatch) & beforehand.pictured(microbatch)
        worth = loss.blind.blind_surprise * losses.surprise(logp_T[counted_T.to(logp_T.device)], batch.tokens)
        self._engine.backward(worth)
        return float(worth.detach())

    def _inputs(self, tick: Tick, batch: Batch, known: Beforehand, entropy_graph: bool) -> losses.Inputs:
        microbatch = self._mine(tick)
        logp_T, entropy_T = self._run(tick, entropy_graph=entropy_graph)
        device, now_T, blind_T = logp_T.device, logp_T.detach(), known.blind_T
        if blind_T is not None:  # where there is no picture, nothing is hidden
            blind_T = blind_T.where(beforehand.pictured(microbatch).to(device), now_T)
        lengths_B = torch.from_numpy(np.concatenate([segment.lengths_G for segment in microbatch]))
        return losses.Inputs(
            logp_T=logp_T,
            old_logp_T=now_T if known.old_T is None else known.old_T,
            behaviour_logp_T=torch.from_numpy(np.concatenate([one.logprobs_T for one in microbatch])).to(device),
            anchor_logp_T=known.anchor_T,
            blind_logp_T=blind_T,
            entropy_T=entropy_T,
            chosen_T=known.chosen_T,
            advantages_T=beforehand.advantages_of(microbatch).to(device),
            mask_T=beforehand.mask_of(microbatch).to(device),
            owner_T=torch.repeat_interleave(lengths_B).to(device),
            tokens=batch.tokens,
            sequences=batch.sequences,
            max_tokens=batch.max_tokens,
            mean_entropy=known.mean_entropy,
        )

    def _update(self, optimizer: Optimizer) -> tuple[float, bool]:
        """One optimizer update; the gradient's norm before clipping, and whether it was made. The engine's own clipping is
        fixed when it is made and keeps its norm to itself; a phase may change the bounds."""
        warm = min(1.0, (self._updates + 1) / optimizer.warmup) if optimizer.warmup else 1.0
        norm, moved = self._engine.step(
            optimizer.max_grad_norm,
            optimizer.skip_above or math.inf,
            lr=warm * optimizer.lr,
            betas=optimizer.betas,
            weight_decay=optimizer.weight_decay,
        )
        if not moved:
            log.warning("update %d was skipped: its gradient's norm is %g", self._updates, norm)
        self._updates += moved
        return norm, moved

    def _quiet(self, tick: Tick, vision: Vision | None = None) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            return self._run(tick, vision)

    def _run(self, tick: Tick, vision: Vision | None = None, **how: bool) -> tuple[Tensor, Tensor]:
        return self._engine(self._rows(self._mine(tick), vision), self._form(tick), tick.tokens, **how)

    def _mine(self, tick: Tick) -> Sequence[Segment]:
        return tick.microbatches[self._meeting.rank]

    def _rows(self, microbatch: Sequence[Segment], vision: Vision | None = None) -> rows.Rows:
        return rows.rows_of(microbatch, vision or self._vision, self._banned, self._engine.device)

    def _few(self, tick: Tick) -> rows.Rows:
        """Two prompts, so that one of them may be padded; a rank among others keeps what it was lent."""
        mine = self._mine(tick)
        return self._rows(mine[:2] if self._meeting.ranks == 1 else mine)

    def _anchored(self, ticks: Sequence[Tick], kl: Kl) -> list[Tensor | None]:
        if not kl.weight:
            return [None] * len(ticks)
        with self._engine.wearing(self._anchors.shards(kl.to)):
            return [self._quiet(tick)[0] for tick in ticks]


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
