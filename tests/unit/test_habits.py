"""The table of what families are used to: it names every family that is trained with shared prompts, rewards can read
what it says, and a plan says where a recipe's rewards expect another frame."""

import re

import pytest
from play_material import recipe

from mmzero.answers import boxes, frames
from mmzero.engines import prefix_rows
from mmzero.habits import HABITS
from mmzero.model_files import known_model
from mmzero.plan.frames import frame_notes


def test_every_family_whose_prompts_are_shared_stands_in_it():
    assert set(HABITS) == prefix_rows.BACKBONES


@pytest.mark.parametrize("family", [name for name, habit in HABITS.items() if habit.boxes])
def test_what_a_family_writes_can_be_read_and_lies_in_a_known_frame(family):
    habit = HABITS[family]
    numbers = (
        {"x1": 0.1, "y1": 0.2, "x2": 0.5, "y2": 0.75} if habit.frame == "unit" else {"x1": 1, "y1": 2, "x2": 5, "y2": 7}
    )
    written = re.sub(r"[xy][12]", lambda found: str(numbers[found[0]]), habit.boxes)
    read = boxes.read(written)
    assert read.status == "read" and read.found[0].box == tuple(numbers.values())
    assert habit.frame in frames.FRAMES


@pytest.mark.parametrize("family", [name for name, habit in HABITS.items() if not habit.boxes])
def test_where_no_form_was_taught_no_frame_is_claimed(family):
    assert HABITS[family].frame == ""


def paid(*rewards):
    return recipe(
        roles={"solver": {"policy": "main", "rewards": list(rewards)}},
        schedule={"phases": [{"train": "solver", "steps": 1, "tasks": {"bank": 1.0}}]},
    )


def test_a_plan_says_where_a_reward_expects_another_frame():
    iou, processed = (
        {"use": "rewards/box.py:iou"},
        {"use": "rewards/detection_map.py:odlength", "with": {"frame": "processed"}},
    )
    (note,) = frame_notes(paid(iou, processed, {"use": "rewards/answer.py:correct"}), "qwen2_5_vl")
    assert note == (
        "rewards/box.py:iou reads coordinates in the frame thousandths, and Qwen2.5-VL writes boxes in processed unless it is"
        " told; say the frame in the question, or set its with to {frame: processed}"
    )
    for use in ("rewards/track.py:mean_iou", "rewards/gui_action.py:step"):
        (note,) = frame_notes(paid({"use": use}), "qwen2_5_vl")
        assert note.startswith(f"{use} reads coordinates in the frame thousandths")
    (note,) = frame_notes(paid(iou, processed), "qwen3_vl")
    assert note.startswith("rewards/detection_map.py:odlength reads coordinates in the frame processed")
    assert frame_notes(paid(iou), "idefics3") == frame_notes(paid(iou), "") == []


def test_well_known_models_say_which_family_they_are():
    assert known_model("Qwen/Qwen2.5-VL-7B-Instruct").family == "qwen2_5_vl"
