"""DeepSpeed started quietly in this process, one rank, on whatever machine this is; must not know what is learned.

Every environment variable and global switch that DeepSpeed insists on is set here and nowhere else.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from mmzero.recipe.tree import Learner


def initialize(module: nn.Module, optimizer: torch.optim.Optimizer, config: Learner, dtype: str):
    """A DeepSpeed engine around `module` that scales and clips nothing: several backward() add up until step()."""
    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    os.environ.setdefault("LOCAL_RANK", "0")
    import deepspeed

    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    # A shared-memory all-reduce between CPU ranks, compiled on first use: one rank needs neither it nor a compiler.
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group(
            backend="nccl" if torch.cuda.is_available() else "gloo",
            store=torch.distributed.HashStore(),  # one rank meets nobody: no port and no file to collide on
            rank=0,
            world_size=config.ranks,
            timeout=timedelta(seconds=config.timeout),
        )
    deepspeed.init_distributed(auto_mpi_discovery=False, verbose=False)
    settings = {
        "train_micro_batch_size_per_gpu": 1,
        "managed_gradient_accumulation": False,
        "zero_optimization": {"stage": config.zero},
        "torch_autocast": {"enabled": dtype == "bfloat16", "dtype": "bfloat16"},
    }
    return deepspeed.initialize(model=module, optimizer=optimizer, config=settings, dist_init_required=False)[0]
