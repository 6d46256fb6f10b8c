"""How each family of models was taught to show pictures and to write boxes, by the model_type of its configuration: what a
prompt should ask for and a reward should expect. Must not know a model's weights, a processor or a recipe.

A model keeps to its habit long after a reward asks for another: boxes read in the wrong frame earn nothing for hundreds of
steps while everything else looks well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habit:
    name: str
    picture: str  # what a chat template writes where a picture goes
    boxes: str = ""  # how it writes one, numbers as x1 y1 x2 y2; empty where it was taught no form
    frame: str = ""  # what those count, by a name of answers/frames.py


_QWEN = "<|vision_start|><|image_pad|><|vision_end|>"
_JSON = '[{"bbox_2d": [x1, y1, x2, y2], "label": "name"}]'

HABITS: Mapping[str, Habit] = {
    "qwen2_vl": Habit("Qwen2-VL", _QWEN, "<|box_start|>(x1,y1),(x2,y2)<|box_end|>", "thousandths"),
    "qwen2_5_vl": Habit("Qwen2.5-VL", _QWEN, _JSON, "processed"),
    "qwen3_vl": Habit("Qwen3-VL", _QWEN, _JSON, "thousandths"),
    "internvl": Habit("InternVL", "<IMG_CONTEXT>", "[[x1, y1, x2, y2]]", "thousandths"),
    "llava_next": Habit("LLaVA-NeXT", "<image>", "[x1, y1, x2, y2]", "unit"),
    "idefics3": Habit("Idefics3", "<image>"),
    "gemma3": Habit("Gemma 3", "<start_of_image>"),
}
