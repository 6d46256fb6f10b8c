"""Well-known models by their shapes alone: configurations that hold no weight, for plans and for random weights of a real
model's size. What is written in shapes.json are the public figures; must not know what is done with a model.
"""

from __future__ import annotations

import json
from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

FILE = Path(__file__).with_name("shapes.json")


def names() -> tuple[str, ...]:
    return tuple(json.loads(FILE.read_text()))


def config(name: str) -> PretrainedConfig:
    """As transformers would read it from the model's own folder, as far as shapes go."""
    return AutoConfig.for_model(**json.loads(FILE.read_text())[name]["config"])
