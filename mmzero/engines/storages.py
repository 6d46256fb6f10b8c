"""Device memory lent to others for a while: what tensors hold goes to main memory and comes back to the same tensors.

Whoever shares memory with whom stays so: it is storages that are emptied, and no tensor is replaced. Must not know what
the tensors are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor


class Storages:
    """What these tensors hold, once each."""

    def __init__(self, tensors: Iterable[Tensor], device: torch.device):
        self._device = device
        held = (tensor.untyped_storage() for tensor in tensors if tensor.device.type == device.type)
        # What lies in a mapped file or in shared memory is not ours to empty.
        self._held = {storage.data_ptr(): storage for storage in held if storage.nbytes() and storage.resizable()}
        self._kept: list[Tensor] = []

    def leave(self) -> None:
        for storage in self._held.values():
            self._kept.append(_bytes(storage, self._device).to("cpu", copy=True))
            storage.resize_(0)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()  # what is free in this process's cache is not free for another

    def come_back(self) -> None:
        for storage, kept in zip(self._held.values(), self._kept, strict=True):
            storage.resize_(len(kept))
            _bytes(storage, self._device).copy_(kept)
        self._kept = []


def tensors_of(thing: Any, depth: int = 4) -> Iterator[Tensor]:
    """The tensors that an object's attributes, lists and dicts lead to, gradients included."""
    if isinstance(thing, Tensor):
        yield from (tensor for tensor in (thing, thing.grad, getattr(thing, "ds_tensor", None)) if tensor is not None)
    elif depth:
        parts = thing.values() if isinstance(thing, Mapping) else thing if isinstance(thing, list | tuple) else ()
        for part in parts:
            yield from tensors_of(part, depth - 1)


def _bytes(storage: torch.UntypedStorage, device: torch.device) -> Tensor:
    return torch.empty(0, dtype=torch.uint8, device=device).set_(storage)
