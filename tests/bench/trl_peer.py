"""TRL's GRPOTrainer as the peer, its own training loop step by step; must not know what stands beside it.

What is timed is a step as its loop runs it: loss, backward, clipping and AdamW of every micro-batch, from the moment it
tells its callbacks that a step begins to the moment it tells them that one has ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import datasets
import torch
from accelerate.utils import DistributedType
from transformers import PrinterCallback, TrainerCallback
from transformers.utils import logging
from trl import GRPOConfig, GRPOTrainer
from trl.trainer.utils import pad

from .material import MODEL, SIBLINGS, Material, ask

logging.disable_progress_bar()  # of weights being loaded, for every trainer anew


class Between(TrainerCallback):
    """How long each step took; `work` is done after each and not counted."""

    def __init__(self, work: Callable[[], object] = lambda: None):
        self.seconds: list[float] = []
        self._work = work

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._began = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.seconds.append(time.perf_counter() - self._began)
        self._work()


def config(folder: Path, rows: int, micro: int, steps: int, longest: int, **more: Any) -> GRPOConfig:
    """`rows` answers a step, `micro` at a time; the loss is DAPO's, one update a step."""
    return GRPOConfig(
        output_dir=str(folder / "trl"),
        max_steps=steps,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=rows // micro,
        steps_per_generation=rows // micro,
        num_generations=SIBLINGS,
        max_completion_length=longest,
        loss_type="dapo",
        epsilon=0.2,
        epsilon_high=0.28,
        temperature=1.0,
        lr_scheduler_type="constant",
        optim="adamw_torch",
        gradient_checkpointing=False,
        use_cpu=True,
        bf16=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        log_level="error",
        **more,
    )


class Ready(GRPOTrainer):
    """Trains on answers that are there already."""

    def __init__(self, batch: dict[str, Any], **arguments: Any):
        super().__init__(reward_funcs=_nothing, **arguments)
        self._batch = batch

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        return dict(self._batch)


def _nothing(completions: Sequence[Any], **_: Any) -> list[float]:
    return [0.0] * len(completions)


def alone(make: Callable[[], GRPOTrainer]) -> GRPOTrainer:
    """A trainer of one process that prints nothing. Where a learner of ours was made, DeepSpeed has left what accelerate
    takes for ranks, and it would wrap the model for them: TRL must not pay for that."""
    with mock.patch.dict(os.environ):
        for name in ("LOCAL_RANK", "RANK", "WORLD_SIZE"):
            os.environ.pop(name, None)
        made = make()
    if made.accelerator.distributed_type != DistributedType.NO:
        raise AssertionError(f"TRL was started as {made.accelerator.distributed_type}, and not alone")
    made.remove_callback(PrinterCallback)
    return made


def trainer(material: Material, micro: int, steps: int, lr: float, between: Between) -> GRPOTrainer:
    rows = len(material.samples)
    prompt = [{"role": "user", "content": "not read"}]
    return alone(
        lambda: Ready(
            batch(material),
            model=str(MODEL),
            args=config(material.folder, rows, micro, steps, material.longest, learning_rate=lr, beta=0.0),
            train_dataset=datasets.Dataset.from_list([{"prompt": prompt}] * rows),
            processing_class=material.prompts.processor,
            callbacks=[between],
        )
    )


def batch(material: Material) -> dict[str, Any]:
    """The samples as its own `_generate_and_score_completions` would leave them: every answer padded to the longest."""
    rollouts = [sample.scored.rollout for sample in material.samples]
    processor = material.prompts.processor
    prompt_ids, prompt_mask = _padded([one.prompt_ids for one in rollouts], processor.tokenizer.pad_token_id, "left")
    ids, mask = _padded([one.output_ids for one in rollouts], processor.tokenizer.pad_token_id, "right")
    pixels = [material.prompts.pixels(ask(one.task, material.longest), list(one.prompt_ids)) for one in rollouts]
    return {
        "prompt_ids": prompt_ids,
        "prompt_mask": prompt_mask,
        "completion_ids": ids,
        "completion_mask": mask,
        "advantages": torch.tensor([sample.advantage for sample in material.samples]),
        "num_items_in_batch": mask.sum(),
        "num_images": [len(one.task.images) for one in rollouts],
        "mm_token_type_ids": torch.cat([(prompt_ids == processor.image_token_id).long(), torch.zeros_like(ids)], 1),
        **{name: torch.cat([one[name] for one in pixels]) for name in ("pixel_values", "image_grid_thw")},
    }


def _padded(rows: Sequence[Sequence[int]], fill: int, side: str) -> tuple[torch.Tensor, torch.Tensor]:
    ids = pad([torch.tensor(row) for row in rows], padding_value=fill, padding_side=side)
    return ids, pad([torch.ones(len(row), dtype=torch.long) for row in rows], padding_value=0, padding_side=side)


def fastest(material: Material, lr: float, micros: Sequence[int]) -> int:
    """TRL's best micro-batch for these answers, each tried for a step after one that starts the threads."""
    taken = {}
    for micro in micros:
        steps = Between()
        trainer(material, micro, 1 if taken else 2, lr, steps).train()
        taken[micro] = steps.seconds[-1]
    return min(taken, key=taken.__getitem__)
