"""One rank's DeepSpeed engine at any ZeRO stage: where its weights, moments and gradients lie; must not know what is learned.

What is asked of every rank at once says so: it waits for the others. Every environment variable and global switch that
DeepSpeed insists on is set here and nowhere else.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mmzero.engines.meeting import Meeting
from mmzero.engines.storages import Storages, tensors_of

if TYPE_CHECKING:
    from mmzero.recipe.tree import Learner

MOMENTS = ("exp_avg", "exp_avg_sq")


class DeepSpeedEngine:
    """`trained` are the parameters of `module` that learn, by name. Nothing is scaled, and nothing clipped until step()."""

    def __init__(
        self,
        module: nn.Module,
        trained: Mapping[str, nn.Parameter],
        config: Learner,
        dtype: str,
        lr: float,
        meeting: Meeting,
    ):
        self._trained, self._zero, self._offloaded = trained, config.zero, config.offload != "none"
        self._adamw = torch.optim.AdamW(trained.values(), lr=lr)
        self._engine = _initialize(module, self._adamw, config, dtype, meeting)
        if not self._zero:  # gradients are summed here instead, so that they can be clipped
            self._engine.enable_backward_allreduce = False
        self._norm, self._most = 0.0, math.inf
        if self._zero:
            self._judge_norms()
        self._start_moments()

    @property
    def device(self) -> torch.device:
        return self._engine.device

    @property
    def ranks(self) -> int:
        return dist.get_world_size()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._engine(*args, **kwargs)

    def backward(self, loss: Tensor) -> None:
        """The loss is a share of the whole batch's, so ranks add up; DeepSpeed takes their mean."""
        self._engine.backward(loss * self.ranks, scale_wrt_gas=False)

    def step(self, max_grad_norm: float, most: float = math.inf, **group: Any) -> tuple[float, bool]:
        """One update with these settings of AdamW; the gradient's norm before clipping, infinite where it is no number,
        and whether anything moved: nothing does where it is infinite or more than `most`. Of every rank at once."""
        for one in self._adamw.param_groups:
            one.update(group)
        if self._zero:
            self._engine.optimizer.clip_grad, self._most = max_grad_norm, most
            self._engine.step()
            self._forget_gradients()
            return self._norm, not self._engine.optimizer.overflow
        norm = self._clipped(max_grad_norm)
        norm = norm if math.isfinite(norm) else math.inf
        if moves := norm <= most and norm < math.inf:
            self._engine.step()
        else:
            self._engine.zero_grad()
        return norm, moves

    def _judge_norms(self) -> None:
        """DeepSpeed clips and steps in one go, but passes over a step whose norm it is told is invalid."""
        optimizer = self._engine.optimizer
        name = "_get_norm_groups" if self._zero == 3 else "scaled_global_norm"
        found = getattr(optimizer, name)
        setattr(optimizer, name, lambda: self._judged(found()))

    def _judged(self, norms: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
        """-1 is what DeepSpeed calls invalid."""
        every = torch.stack([norm.float() for norm in (norms if isinstance(norms, list) else [norms])])
        invalid = bool((~torch.isfinite(every) | (every < 0)).any())
        self._norm = math.inf if invalid else float(torch.linalg.vector_norm(every))
        if self._norm <= self._most:
            return norms
        refused = torch.full_like(every[0], -1.0)
        return [refused] if isinstance(norms, list) else refused

    def _forget_gradients(self) -> None:
        """DeepSpeed writes over old gradients in its buffers, but only where a weight was used: after a step on images, a
        step on text alone would move the vision tower once more as before."""
        if self._zero == 3:
            self._engine.optimizer.grad_partitions_flat_buffer.zero_()
        for flat in self._stepped() if self._offloaded else ():
            flat.grad.zero_()

    def _clipped(self, most: float) -> float:
        for parameter in self._trained.values():  # one that nothing used still has its moments, as at every other stage
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        if self.ranks > 1:
            self._engine.buffered_allreduce_fallback()
        return float(torch.nn.utils.clip_grad_norm_(self._trained.values(), most))

    @contextmanager
    def gathered(self, parameters: Sequence[nn.Parameter]) -> Iterator[None]:
        """These parameters whole, on every rank at once."""
        import deepspeed

        with deepspeed.zero.GatheredParameters(parameters) if self._zero == 3 else nullcontext():
            yield

    def shards(self) -> dict[str, Tensor]:
        """A copy of what this rank holds of each trained weight, to be worn later."""
        return {name: self._held(parameter).detach().clone() for name, parameter in self._trained.items()}

    def shard(self, name: str, whole: Tensor) -> Tensor:
        """What this rank would hold of the trained weight `name` if it were `whole`."""
        held = self._held(self._trained[name])
        if self._zero < 3:
            return whole.to(held.device)
        flat = torch.zeros(held.numel() * self.ranks, dtype=whole.dtype)
        flat[: whole.numel()] = whole.flatten()
        return flat.view(self.ranks, -1)[dist.get_rank()].to(held.device)

    def whole(self, shards: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
        """Shards put together. Of every rank at once."""
        for name, shard in shards.items():
            if self._zero < 3:
                yield name, shard
                continue
            parts = [torch.empty_like(shard) for _ in range(self.ranks)]
            dist.all_gather(parts, shard.contiguous())
            parameter = self._trained[name]
            yield name, torch.cat(parts)[: parameter.ds_numel].view(parameter.ds_shape)

    @contextmanager
    def wearing(self, shards: Mapping[str, Tensor]) -> Iterator[None]:
        """Forward passes with other weights. No weight is copied: names are made to point elsewhere for a while."""
        held = {name: self._held(parameter) for name, parameter in self._trained.items()}
        own = {name: tensor.data for name, tensor in held.items()}
        try:
            self._wear(held, shards)
            yield
        finally:
            self._wear(held, own)

    def _wear(self, held: Mapping[str, Tensor], shards: Mapping[str, Tensor]) -> None:
        self._engine.empty_partition_cache()  # what was made whole from other shards would be used again
        for name, tensor in held.items():
            tensor.data = shards[name]

    def masters(self) -> Iterator[tuple[str, Tensor]]:
        """The fp32 weights, whole, one at a time. Of every rank at once."""
        from deepspeed.utils import safe_get_full_fp32_param

        for name, parameter in self._trained.items():
            yield name, (safe_get_full_fp32_param(parameter) if self._zero else parameter).detach().clone()

    def moments(self, which: str) -> Iterator[tuple[str, Tensor]]:
        """One of AdamW's two, whole. Of every rank at once."""
        from deepspeed.utils import safe_get_full_optimizer_state

        for name, parameter in self._trained.items():
            found = (
                safe_get_full_optimizer_state(parameter, which) if self._zero else self._adamw.state[parameter][which]
            )
            yield name, found.clone()

    def restore(self, masters: Mapping[str, Tensor], moments: Mapping[str, Mapping[str, Tensor]], steps: int) -> None:
        """As masters() and moments() gave them, whatever stage and number of ranks did. Of every rank at once."""
        for name, parameter in self._trained.items():
            self._held(parameter).data.copy_(self.shard(name, masters[name]))
            self._set(name, masters[name])
            for which in MOMENTS:
                self._set(name, moments[which][name], which)
        for state in self._adamw.state.values():
            state["step"] = torch.tensor(float(steps))

    def forget(self) -> None:
        """AdamW as it was before its first update; the weights stay."""
        for state in self._adamw.state.values():
            for which in MOMENTS:
                state[which].zero_()
            state["step"] = torch.tensor(0.0)

    def _set(self, name: str, whole: Tensor, which: str | None = None) -> None:
        """A master, or one of its moments, where this stage keeps it."""
        from deepspeed import utils

        parameter = self._trained[name]
        if not self._zero:
            if which:
                self._adamw.state[parameter][which].copy_(whole)
            return
        value, where = (self.shard(name, whole), "local") if self._zero == 3 else (whole.to(self.device), "full")
        if which:
            getattr(utils, f"safe_set_{where}_optimizer_state")(parameter, value, which)
        else:
            getattr(utils, f"safe_set_{where}_fp32_param")(parameter, value)

    def offload(self) -> None:
        """Everything into main memory, as long as others need the device."""
        self._engine.empty_partition_cache()
        module = self._engine.module
        whole = [*module.parameters(), *module.buffers()]
        self._away = Storages(
            tensors_of([whole, vars(self._engine.optimizer), list(self._adamw.state.values())]), self.device
        )
        self._away.leave()

    def reload(self) -> None:
        self._away.come_back()

    def sum(self, figures: Sequence[float]) -> list[float]:
        return self._reduced(figures, dist.ReduceOp.SUM)

    def most(self, figures: Sequence[float]) -> list[float]:
        return self._reduced(figures, dist.ReduceOp.MAX)

    def everyones(self, mine: Any) -> list[Any]:
        """What each rank brings, by rank. Of every rank at once."""
        found = [None] * self.ranks
        dist.all_gather_object(found, mine)
        return found

    def _reduced(self, figures: Sequence[float], how: dist.ReduceOp) -> list[float]:
        told = torch.tensor(figures, dtype=torch.float64, device=self.device)
        if self.ranks > 1:
            dist.all_reduce(told, how)
        return told.tolist()

    def _held(self, parameter: nn.Parameter) -> Tensor:
        return parameter.ds_tensor if self._zero == 3 else parameter

    def _stepped(self) -> list[Tensor]:
        """What AdamW steps: the parameters, or this rank's flat parts of them."""
        if self._zero == 3:
            return self._engine.optimizer.fp32_partitioned_groups_flat
        return [parameter for group in self._adamw.param_groups for parameter in group["params"]]

    def _start_moments(self) -> None:
        """Zeros from the start, where AdamW would wait for its first step: so they can be read and set at any time."""
        for parameter in self._stepped():
            self._adamw.state[parameter] = {"step": torch.tensor(0.0)} | {
                which: torch.zeros_like(parameter) for which in MOMENTS
            }
        if self._zero in (1, 2):
            self._engine.optimizer._lazy_init_hp_params_optimizer_state()


def _initialize(
    module: nn.Module, optimizer: torch.optim.Optimizer, config: Learner, dtype: str, meeting: Meeting
) -> Any:
    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    os.environ.setdefault("LOCAL_RANK", "0")  # each rank is shown one device, which is its first
    import deepspeed

    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    # A shared-memory all-reduce between CPU ranks, compiled on first use: gloo needs no compiler.
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    if not dist.is_initialized():
        dist.init_process_group(
            backend="nccl" if torch.cuda.is_available() else "gloo",
            store=meeting.store(),
            rank=meeting.rank,
            world_size=meeting.ranks,
            timeout=timedelta(seconds=config.timeout),
        )
    deepspeed.init_distributed(auto_mpi_discovery=False, verbose=False, timeout=timedelta(seconds=config.timeout))
    settings = {
        "train_micro_batch_size_per_gpu": 1,
        "managed_gradient_accumulation": False,
        "gradient_clipping": 0.0,  # its default is 1
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,  # torch's own AdamW also where moments lie in main memory
        "zero_optimization": _zero(config),
        "torch_autocast": {"enabled": dtype == "bfloat16", "dtype": "bfloat16"},
    }
    return deepspeed.initialize(model=module, optimizer=optimizer, config=settings, dist_init_required=False)[0]


def _zero(config: Learner) -> dict[str, Any]:
    settings: dict[str, Any] = {"stage": config.zero}
    if config.offload != "none":
        settings["offload_optimizer"] = {"device": "cpu"}
    if config.offload == "weights":
        settings["offload_param"] = {"device": "cpu"}
    if config.zero == 3:
        settings["stage3_param_persistence_threshold"] = 0  # every weight is a shard, so that others can be worn
    return settings
