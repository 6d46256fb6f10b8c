"""The weights that a KL term compares with, as this rank's shards of them; must not know a loss, a batch or an update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmzero.engines import policy_model
from mmzero.errors import EngineError, UserError

if TYPE_CHECKING:
    from mmzero.engines.deepspeed_engine import DeepSpeedEngine
    from mmzero.recipe.tree import Policy

PHASE_START = "phase_start"


class Anchors:
    """`base`, checkpoints by their path, and what the policy was when its phase began."""

    def __init__(self, model_path: Path | str, policy: Policy, seed: int, engine: DeepSpeedEngine):
        self._model_path, self._policy, self._seed, self._engine = model_path, policy, seed, engine
        self._shards: dict[str, Mapping[str, Tensor]] = {}

    def shards(self, to: str) -> Mapping[str, Tensor]:
        """Loaded when first asked for: a run without a KL term keeps no second copy. A fresh adapter adds nothing, so
        for LoRA, too, the base is what this policy was when it was new."""
        if to not in self._shards:
            if to == PHASE_START:
                raise EngineError("learning.kl.to is phase_start but no phase has started; call anchor() when one does")
            if to != "base" and self._policy.train == "lora":
                raise UserError(
                    f"learning.kl.to is the checkpoint {to}, but the policy trains lora, whose anchors share its base;"
                    " set it to base or phase_start"
                )
            model = policy_model.load_model(self._model_path if to == "base" else to, self._policy, self._seed)
            wanted = policy_model.trained(model)
            self._shards[to] = self._cut({name: parameter.detach() for name, parameter in wanted.items()})
        return self._shards[to]

    def start_phase(self) -> None:
        self._shards[PHASE_START] = self._engine.shards()

    def phase_start(self) -> Iterator[tuple[str, Tensor]] | None:
        """Whole, one tensor after the other; of every rank at once."""
        return self._engine.whole(self._shards[PHASE_START]) if PHASE_START in self._shards else None

    def restore(self, phase_start: Mapping[str, Tensor] | None) -> None:
        self._shards.pop(PHASE_START, None)
        if phase_start is not None:
            self._shards[PHASE_START] = self._cut(phase_start)

    def move(self, where: torch.device) -> None:
        self._shards = {
            to: {name: shard.to(where) for name, shard in shards.items()} for to, shards in self._shards.items()
        }

    def _cut(self, whole: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: self._engine.shard(name, tensor) for name, tensor in whole.items()}
