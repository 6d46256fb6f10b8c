"""Which of the two forms of rows a microbatch takes: prefix rows where they are cheaper and were seen to agree with padded
ones, which always hold. Must not know a loss, an optimizer or what an answer is worth."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import nn

from mmzero.engines import padded_rows, prefix_rows, rows
from mmzero.errors import UserError
from mmzero.segment import cheaper

if TYPE_CHECKING:
    from mmzero.engines.deepspeed_engine import DeepSpeedEngine
    from mmzero.engines.lockstep import Tick
    from mmzero.recipe.tree import Learner

log = logging.getLogger(__name__)

# How far the two forms may lie apart before one of them is not trusted: rounding in either precision.
TOLERANCES = {"float32": 1e-3, "bfloat16": 0.25}


class RowForm:
    """`few` makes rows of a little of this rank's part, at least two prompts where there are any, so that one is padded."""

    def __init__(
        self,
        model: nn.Module,
        config: Learner,
        dtype: str,
        engine: DeepSpeedEngine,
        few: Callable[[Tick], rows.Rows],
    ):
        self._model, self._config, self._engine, self._few = model, config, engine, few
        self._tolerance = TOLERANCES[dtype]
        self._agree: bool | None = None  # known once prefix rows met padded ones

    def __call__(self, tick: Tick) -> rows.States:
        """One for all ranks: the two forms call their modules differently."""
        if self._agree is None:
            self._agree = self._config.rows != "padded" and self._forms_agree(tick)
        everything = [segment for microbatch in tick.microbatches for segment in microbatch]
        wanted = self._agree and (self._config.rows == "prefix" or cheaper(everything) == "prefix")
        return prefix_rows.states if wanted else padded_rows.states

    def prefix(self, tick: Tick) -> bool:
        return self(tick) is prefix_rows.states

    def _forms_agree(self, tick: Tick) -> bool:
        """Once per run: a model whose siblings leak into each other, or whose cache forgets, must not learn so."""
        if not prefix_rows.fits(self._model):
            trouble = f"prefix rows are not written for {self._model.config.model_type} models"
        else:
            mine = rows.gap(self._engine, self._few(tick), prefix_rows.states, padded_rows.states, tick.tokens)
            gap = self._engine.most([mine])[0]
            if gap <= self._tolerance:  # not "if gap > …": a gap that is not a number is no agreement
                return True
            trouble = f"prefix rows differ from padded rows by {gap:.2g} in log-prob (at most {self._tolerance})"
        if self._config.rows == "prefix":
            raise UserError(f"{trouble}, but learner.rows is prefix; set it to auto or padded")
        log.warning("%s; learning with padded rows, which are slower", trouble)
        return False
