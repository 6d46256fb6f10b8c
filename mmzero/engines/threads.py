"""How many threads a process of its own works with: Ray gives each one, whatever the node has. Must not know what the
process does."""

from __future__ import annotations

import torch

from mmzero import machine


def take_threads(threads: int | None, beside: int) -> None:
    """What the recipe says, or this process's part of its node's cores where `beside` processes, itself among them, work
    at the same time; 0 leaves what torch has chosen. How sums are split over threads decides their last bits."""
    if threads or beside:
        torch.set_num_threads(threads or max(1, machine.cores() // beside))
