"""The hardware a plan is for: this machine, a cluster elsewhere, or one that is only named. Must not know what anyone
needs of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmzero import machine
from mmzero.machine import spell_bytes
from mmzero.recipe.sentences import mistake, show
from mmzero.recipe.units import read_size

_WRITTEN = re.compile(r"\s*([0-9]{1,5})\s*x\s*(\S+)\s*")
_LEAST = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """`gpus` are the bytes of each. `known` is false for a cluster that nobody has asked; `here` where the campaign would
    run on this machine and its disk."""

    gpus: tuple[int, ...] = ()
    memory: int | None = None  # main memory, where it is known
    known: bool = True
    here: bool = True

    @property
    def gpu(self) -> int | None:
        """The memory that every GPU has."""
        return min(self.gpus, default=None)

    def spell(self) -> str:
        if self.gpus:
            return f"{len(self.gpus)} x GPU of {spell_bytes(self.gpu)}"
        return f"{machine.cores()} CPU cores" if self.known else "a cluster"


def of_recipe(address: str) -> Hardware:
    """Where a campaign with this cluster.address would run."""
    if address != "local":
        return Hardware(known=False)
    return Hardware(gpus=tuple(machine.gpu_memory()), memory=machine.memory())


def named(text: str) -> Hardware:
    """'8x80GiB': as many GPUs, each with that memory."""
    found = _WRITTEN.fullmatch(text)
    try:
        count, each = (int(found[1]), read_size(found[2])) if found else (0, 0)
    except ValueError:
        count = 0
    if not count or each < _LEAST:
        raise mistake(
            f"--on is {show(text)}, which names no GPUs; write how many there are and how much memory each has, at least"
            " 1GiB, such as 8x80GiB"
        )
    return Hardware(gpus=(int(each),) * count, here=False)
