"""Threads that share a sum come to the same last bit each time."""

import pytest
import torch

from mmzero.engines.threads import sum_in_order, take_threads


@pytest.fixture
def two():
    threads = torch.get_num_threads()
    yield 2
    torch.set_num_threads(threads)


def test_what_is_indexed_twice_has_one_gradient(two):
    """From 32768 numbers on, threads add to one place at once: of 3000 times some differed."""
    take_threads(two, 0)
    sum_in_order()
    assert torch.get_num_threads() == two
    draw = torch.Generator().manual_seed(0)
    prompts, owner = torch.randn(3, 140, 32, generator=draw, requires_grad=True), torch.arange(3).repeat_interleave(3)
    worth = torch.randn(9, 140, 32, generator=draw) * torch.tensor([1.0, 1e3, 1e-3] * 3)[:, None, None]
    found = set()
    for _ in range(3000):
        prompts.grad = None
        (prompts[owner] * worth).sum().backward()
        found.add(prompts.grad.numpy().tobytes())
    assert len(found) == 1
