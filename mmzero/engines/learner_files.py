"""A learner's state as files that say nothing of ranks: one safetensors file each for fp32 masters and both moments,
by parameter name, and counters in JSON. Must not know an engine, a loss or the campaign folder around it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mmzero.errors import UserError

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Everything that decides a learner's future."""

    masters: Mapping[str, Tensor]
    first_moments: Mapping[str, Tensor]
    second_moments: Mapping[str, Tensor]
    steps: Mapping[str, int]  # AdamW's own counter of each parameter
    updates: int  # made since the campaign began; the warmup counts by it
    phase_start: Mapping[str, Tensor] | None  # the KL anchor, where a phase has set one


def write(state: State, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _save(state.masters, folder / "master.safetensors")
    _save(state.first_moments, folder / "exp_avg.safetensors")
    _save(state.second_moments, folder / "exp_avg_sq.safetensors")
    if state.phase_start is not None:
        _save(state.phase_start, folder / "phase_start.safetensors")
    counters = {
        "format": FORMAT,
        "updates": state.updates,
        "phase_start": state.phase_start is not None,
        "steps": dict(state.steps),
    }
    (folder / "learner.json").write_text(json.dumps(counters, indent=1) + "\n")


def _save(tensors: Mapping[str, Tensor], path: Path) -> None:
    with told_by_the_system(path):
        save_file(dict(tensors), path)


@contextmanager
def told_by_the_system(path: Path) -> Iterator[None]:
    """Of a full disk safetensors speaks in words of its own."""
    try:
        yield
    except SafetensorError as error:
        if not (number := re.search(r"\(os error (\d+)\)|code: (\d+)", str(error))):
            raise
        code = int(number[1] or number[2])
        raise OSError(code, os.strerror(code), str(path)) from error


def read(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> State:
    """The state in `folder`, which must be that of parameters of these names and shapes."""
    try:
        counters = json.loads((folder / "learner.json").read_text())
        masters = load_file(folder / "master.safetensors")
    except FileNotFoundError as missing:
        raise UserError(f"{missing.filename} is missing; {folder} is no learner's checkpoint: name another") from None
    found = {name: tuple(tensor.shape) for name, tensor in masters.items()}
    if counters["format"] != FORMAT or found != dict(shapes):
        differ = sorted(found.items() ^ shapes.items())
        raise UserError(
            f"{folder} (format {counters['format']}) holds {len(found)} parameters but this policy trains {len(shapes)}"
            f" of other names or shapes (first: {differ[:1]}); resume with the model and policy that wrote it"
        )
    return State(
        masters=masters,
        first_moments=load_file(folder / "exp_avg.safetensors"),
        second_moments=load_file(folder / "exp_avg_sq.safetensors"),
        steps=counters["steps"],
        updates=counters["updates"],
        phase_start=load_file(folder / "phase_start.safetensors") if counters["phase_start"] else None,
    )
