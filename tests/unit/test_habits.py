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


def asked(*rewards, ask="{question}", answer="boxes", of="own", suite="probe-tiny", **solver):
    return recipe(
        roles={
            "solver": {"policy": "main", "rewards": list(rewards) or [{"use": "rewards/answer.py:correct"}], **solver}
        },
        sources={
            "own": {"kind": "dataset", "path": "own.jsonl", "answer": answer, "ask": ask},
            "coco": {"kind": "coco", "path": "instances.json"},
            "bank": {"kind": "bank", "families": ["boxes", "largest"]},
            "numbers": {"kind": "bank", "families": ["count"]},
        },
        schedule={"phases": [{"train": "solver", "steps": 1, "tasks": {of: 1.0}}]},
        evaluate={"suite": suite},
    )


IOU = {"use": "rewards/box.py:iou"}
PROCESSED = {"use": "rewards/detection_map.py:odlength", "with": {"frame": "processed"}}


def test_a_plan_names_the_setting_where_a_model_writes_boxes_in_another_frame():
    (note,) = frame_notes(asked(IOU), "qwen2_5_vl")
    assert note == (
        "roles.solver.says_boxes_in is thousandths, and Qwen2.5-VL writes boxes in processed unless it is told; name the frame"
        " in what sources.own asks, or write says_boxes_in: processed"
    )
    assert frame_notes(asked(), "qwen2_5_vl") == [note]  # accuracy reads boxes too
    assert frame_notes(asked(IOU, answer="text"), "qwen2_5_vl") == [note]
    assert frame_notes(asked(IOU, of="numbers", suite="own"), "qwen2_5_vl") == [note]
    (note,) = frame_notes(asked(IOU, says_boxes_in="processed"), "qwen3_vl")
    assert note.startswith("roles.solver.says_boxes_in is processed, and Qwen3-VL writes boxes in thousandths")


@pytest.mark.parametrize(
    ("wanted", "family"),
    [
        (asked(IOU, of="bank", suite="probe-detection"), "qwen2_5_vl"),  # the bank's questions name their frame
        (asked(IOU, of="coco"), "qwen2_5_vl"),  # as its own question does
        (asked(IOU, ask="{question} Count in thousandths."), "qwen2_5_vl"),
        (asked(answer="number"), "qwen2_5_vl"),
        (asked(IOU, says_boxes_in="processed"), "qwen2_5_vl"),
        (asked(IOU), "qwen3_vl"),
        (asked(IOU), "idefics3"),
        (asked(IOU), ""),
    ],
)
def test_a_plan_is_silent_where_what_is_asked_and_what_is_read_are_one(wanted, family):
    assert frame_notes(wanted, family) == []


def test_a_plan_says_where_a_reward_alone_knows_the_frame():
    (note,) = frame_notes(asked(PROCESSED), "qwen2_5_vl")
    assert note == (
        "rewards/detection_map.py:odlength reads boxes in processed, and accuracy, votes, held-out answers and the report in"
        " thousandths; write roles.solver.says_boxes_in: processed in place of its frame"
    )
    track = {"use": "rewards/track.py:mean_iou"}
    (note,) = frame_notes(asked(track, answer="text"), "qwen2_5_vl")
    assert note.endswith("name the frame in what sources.own asks, or set its with to {frame: processed}")
    assert frame_notes(asked(track | {"with": {"frame": "processed"}}, answer="text"), "qwen2_5_vl") == []


def test_a_plan_says_where_a_question_asks_for_another_frame_than_is_read():
    (note,) = frame_notes(asked(IOU, suite="probe-detection", says_boxes_in="processed"), "qwen2_5_vl")
    assert note.startswith("roles.solver.says_boxes_in is processed, and probe-detection asks for boxes in thousandths")
    (note,) = frame_notes(asked(IOU, of="coco", says_boxes_in="processed"), "")
    assert "coco asks for boxes in thousandths" in note
    assert len(frame_notes(asked(IOU, of="bank", suite="probe-detection", says_boxes_in="processed"), "")) == 2


def test_well_known_models_say_which_family_they_are():
    assert known_model("Qwen/Qwen2.5-VL-7B-Instruct").family == "qwen2_5_vl"
