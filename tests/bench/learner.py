"""One learner step against TRL's, and prefix rows against padded ones, on the same tasks and the same answers.

Ours is the whole of DeepSpeedLearner.learn on one rank at stage 0; TRL's is a step of its own loop, at the micro-batch that
is fastest for it here. Both have their pictures prepared, the same threads, fp32, DAPO's loss and AdamW. Before anything is
timed all three must bring the optimizer the same gradients.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.recipe.tree import Learner, Learning, Mismatch, Optimizer, Policy
from mmzero.segment import cheaper, segment
from mmzero.types import Batch

from . import material, pairs, trl_peer

TASKS = {(300, 64): 2, (300, 256): 2, (1000, 256): 1}  # (prompt tokens, longest answer) -> prompts in a step
PAIRS = 3
MICROS = (2, 4, 8)
TOLERANCE = 1e-5  # of the gradient's norm
LR = 1e-6
# TRL without vLLM corrects for no mismatch, so neither do we.
LEARNING = Learning(loss="dapo", optimizer=Optimizer(lr=LR), mismatch=Mismatch(correct="none"))


def measure(prompt: int, longest: int) -> dict[str, pairs.Figures]:
    with tempfile.TemporaryDirectory() as scratch:
        made = material.make(Path(scratch), prompt, longest, TASKS[prompt, longest])
        batch = segment(
            made.samples, drop_constant=True, mask_truncated=False, tokens_per_segment=16384, max_tokens=longest
        )
        micro = trl_peer.fastest(made, LR, MICROS)
        learners = {rows: _learner(made, rows) for rows in ("prefix", "padded")}
        _refuse_unequal_gradients(made, batch, learners, micro)
        taken = _in_turn(made, batch, learners, micro)
    rows_of = {cheaper(microbatch) for microbatch in batch.microbatches}
    at = f"{prompt}x{longest}"
    padded = pairs.figures(taken["prefix"], taken["padded"])
    _refuse_slower(at, rows_of, padded["ratio"])
    return {
        f"learner_vs_trl/{at}": pairs.figures(taken["prefix"], taken["trl"]) | {"micro_batch": micro},
        f"learner_vs_padded/{at}": padded | {"token_ratio": material.token_ratio(batch)},
    }


def _learner(made: material.Material, rows: str) -> DeepSpeedLearner:
    return DeepSpeedLearner(
        material.MODEL, Policy(), Learner(rows=rows), LEARNING.optimizer, made.image_path, 0, pixels=made.pixels
    )


def _in_turn(
    made: material.Material, batch: Batch, learners: Mapping[str, DeepSpeedLearner], micro: int
) -> dict[str, list[float]]:
    """Seconds of a step, by who made it; ours between two of TRL's."""
    taken: dict[str, list[float]] = {rows: [] for rows in learners}

    def ours() -> None:
        for rows, learner in learners.items():
            taken[rows].append(pairs.seconds(lambda learner=learner: learner.learn(batch, LEARNING)))

    between = trl_peer.Between(ours)
    trl_peer.trainer(made, micro, 1 + PAIRS, LR, between).train()
    return {who: seconds[1:] for who, seconds in {**taken, "trl": between.seconds}.items()}


def _refuse_unequal_gradients(
    made: material.Material, batch: Batch, learners: Mapping[str, DeepSpeedLearner], micro: int
) -> None:
    """From one model's weights, one step each, whoever makes it: what AdamW is given after clipping."""
    peer = trl_peer.trainer(made, micro, 1, LR, trl_peer.Between())
    wanted = _gradient(peer.model.named_parameters, peer.train)
    for rows, learner in learners.items():
        with _placeholders_allowed(learner):
            found = _gradient(learner.weights, lambda learner=learner: learner.learn(batch, LEARNING))
        gap = float((found - wanted).norm() / wanted.norm())
        if not gap <= TOLERANCE:
            raise AssertionError(f"with {rows} rows the gradient is {gap:.1g} of its norm away from TRL's")


@contextmanager
def _placeholders_allowed(learner: DeepSpeedLearner) -> Iterator[None]:
    """TRL leaves the placeholders of pictures their share of the probability, which no sampler lets them have: with this
    model, and answers that mean nothing, 1.5e-5 of the gradient's norm."""
    policy = learner._engine._engine.module
    banned, policy.banned = policy.banned, policy.banned[:0]
    yield
    policy.banned = banned


def _gradient(named: Callable[[], Iterator[tuple[str, Tensor]]], step: Callable[[], object]) -> Tensor:
    """All of what the first optimizer step inside `step` was given, in the order of the weights' names."""
    with _caught() as gradients:
        step()
    places = {name: tensor.data_ptr() for name, tensor in named()}
    return torch.cat([gradients[places[name]].flatten().double() for name in sorted(places)])


@contextmanager
def _caught() -> Iterator[dict[int, Tensor]]:
    """Gradients by where their parameter lies in memory."""
    held: dict[int, Tensor] = {}

    def catch(optimizer: torch.optim.Optimizer, *_: object) -> None:
        for group in optimizer.param_groups:
            held.update({one.data_ptr(): one.grad.clone() for one in group["params"] if one.grad is not None})

    handle = register_optimizer_step_pre_hook(catch)
    try:
        yield held
    finally:
        handle.remove()


def _refuse_slower(at: str, rows_of: set[str], ratio: float) -> None:
    """learner.rows auto asks the cost model, which must not choose the slower way."""
    faster = "prefix" if ratio > 1 else "padded"
    if rows_of != {faster}:
        raise AssertionError(f"at {at} the cost model chose {', '.join(sorted(rows_of))} rows and {faster} was faster")
