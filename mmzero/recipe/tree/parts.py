"""What every part of a recipe is made of: numbers with units, and a frozen model that refuses unknown keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mmzero.recipe.units import read_count, read_duration, read_size

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0), BeforeValidator(read_count, json_schema_input_type=int | str)]
Bytes = Annotated[int, Field(ge=0), BeforeValidator(read_size, json_schema_input_type=int | str)]
Seconds = Annotated[float, Field(gt=0), BeforeValidator(read_duration, json_schema_input_type=float | str)]
RoleName = Literal["proposer", "coder", "solver"]


class Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=False, hide_input_in_errors=False
    )
