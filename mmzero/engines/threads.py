"""How many threads a process of its own works with: Ray gives each one, whatever the node has; and that they come to the
same sums each time. Must not know what the process does."""

from __future__ import annotations

import torch

from mmzero import machine


def take_threads(threads: int | None, beside: int) -> None:
    """What the recipe says, or this process's part of its node's cores where `beside` processes, itself among them, work
    at the same time; 0 leaves what torch has chosen. How sums are split over threads decides their last bits."""
    if threads or beside:
        torch.set_num_threads(threads or max(1, machine.cores() // beside))


def sum_in_order() -> None:
    """On a CPU, what is indexed twice gets its gradient from one thread; from two, in whichever order they come."""
    if not torch.cuda.is_available():
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False
