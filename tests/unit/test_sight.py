"""A role counts its boxes in a frame of its own, and everybody who reads an answer sees thousandths.

A picture of 1920 by 1080 pixels is seen as one of 832 by 464. Thousandths (250, 500, 750, 1000) are there
(208, 232, 624, 464), and (480, 540, 1440, 1080) in the picture as it is given; its middle is (416, 232) there."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import get_args

import pytest
from PIL import Image
from play_material import recipe

from mmzero import evaluate, shipped
from mmzero.answers.frames import FRAMES
from mmzero.engines.fake import FakeSampler
from mmzero.errors import UserError
from mmzero.gate import Known
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play
from mmzero.recipe.tree import Gate, Recites, Role
from mmzero.report.places import places
from mmzero.roles import generator, reply, second_look, votes
from mmzero.scoring import Surroundings, figures, load, score, solved
from mmzero.sight import Sight, refuse_unseen
from mmzero.sources.state import State, fold
from mmzero.types import COMPUTED, THOUSANDTHS, Answer, Cursor, Played, Task

THERE = ((250.0, 500.0, 750.0, 1000.0),)
SAID = {
    "thousandths": "250, 500, 750, 1000",
    "unit": "[0.25, 0.5, 0.75, 1]",
    "original": '[{"bbox_2d": [480, 540, 1440, 1080], "label": "cat"}]',
    "processed": "<|box_start|>(208,232),(624,464)<|box_end|>",
}
REACHES = {"thousandths": THOUSANDTHS, "unit": (1, 1), "original": (1920, 1080), "processed": (832, 464)}
AT = Cursor(0, 0, 0, 0)


class Writes(FakeSampler):
    """Whatever it is asked."""

    def __init__(self, text):
        super().__init__()
        self.text = text

    def play(self, asks):
        for group in super().play(asks):
            yield tuple(replace(one, text=reply.write("", self.text)) for one in group)


@pytest.fixture
def sight(tmp_path):
    Image.new("1", (1920, 1080)).save(tmp_path / "picture.png")
    return Sight(lambda name: tmp_path / f"{name}.png", {(1920, 1080): (832, 464)}.get)


def task(kind="boxes", value=THERE, images=("picture",), id="t"):
    truth = None if value is None else Answer(kind=kind, value=value, warrant=COMPUTED)
    return Task(
        id=id, family="hue", kind="place", level=0, question="Where?", images=images, answer=truth, scene="{}",
        source="own", seed=2,
    )  # fmt: skip


def spelt(frame, **role):
    solver = {"policy": "main", "says_boxes_in": frame, "rewards": [{"use": "rewards/box.py:iou"}], **role}
    phases = [{"train": "solver", "steps": 1, "prompts": 1, "group": 2, "tasks": {"bank": 1.0}}]
    return recipe(roles={"solver": solver}, schedule={"phases": phases})


def played(frame, text, sight, *tasks):
    wanted = spelt(frame)
    players = Players(wanted, {"main": Writes(text)}, lambda png: "hash", sight=sight)
    return wanted, play(tasks or (task(),), wanted.schedule.phases[0], AT, players)


def paid(wanted, episodes, sight, use="rewards/box.py:iou"):
    plugin = wanted.roles["solver"].rewards[0].model_copy(update={"use": use})
    around = Surroundings(image=sight.image, processed=sight.processed)
    return score(episodes, [load(plugin, shipped.root() / use.partition(":")[0])], AT, {}, 0.0, around=around)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_perfect_answer_in_its_roles_frame_is_right_and_paid_whole_everywhere(frame, sight):
    wanted, episodes = played(frame, SAID[frame], sight)
    assert {one.extent for one in episodes[0].rollouts} == {REACHES[frame]}
    scored = paid(wanted, episodes, sight)
    assert [one.reward for one in scored] == [1.0, 1.0] and figures(episodes, scored)["accuracy"] == 1.0
    assert votes.answers(episodes[0].rollouts)[0] == reply.said(episodes[0].rollouts[0])
    believed = fold(State(), AT, Played(episodes=episodes, scored=scored)).posterior
    assert believed.seen["hue", "place", 0] == (2.0, 0.0)


@pytest.mark.parametrize("frame", ["unit", "original", "processed"])
def test_without_the_setting_the_same_answer_is_wrong(frame, sight):
    wanted, episodes = played("thousandths", SAID[frame], sight)
    scored = paid(wanted, episodes, sight)
    assert figures(episodes, scored)["accuracy"] == 0.0 and scored[0].reward < 0.5


@pytest.mark.parametrize(("frame", "right"), [("processed", 1.0), ("thousandths", 0.0)])
def test_held_out_answers_and_the_report_read_them_alike(frame, right, sight):
    tasks = [task(id=f"t{i}") for i in range(3)]
    rows = evaluate.answer(
        tasks, Writes(SAID["processed"]), Recites(temperature=0.0), policy="main", frame=frame, sight=sight
    )
    found = evaluate.measured(rows, ["hue"], [0])
    assert found["accuracy"] == right and rows[0]["response"] == reply.write("", SAID["processed"])
    assert (found["boxes"]["miou"] == found["boxes"]["map"] == pytest.approx(1.0)) == bool(right)
    assert (rows[0]["said"] == "<|box_start|>(250, 500),(750, 1000)<|box_end|>") == bool(right)
    assert places(rows)["unreadable"] == 0


def test_a_campaigns_evaluation_asks_in_the_solvers_frame(sight, monkeypatch):
    """By the settings alone, as `evaluate.if_due` finds them."""
    kept = {}
    journal = SimpleNamespace(
        images=SimpleNamespace(path=sight.image, put=lambda png: "hash"), cursors=lambda: [AT],
        evaluation=lambda name, version: None, evaluated=lambda name, version, rows: kept.update({name: rows}),
    )  # fmt: skip
    watch = SimpleNamespace(stage=lambda *_: None, note=lambda *_: None, progress=lambda *_: None)
    monkeypatch.setattr(evaluate, "held_out", lambda *_: [task()])
    for frame, right in (("processed", True), ("thousandths", False)):
        rooms = SimpleNamespace(
            recipe=spelt(frame), samplers={"main": Writes(SAID["processed"])}, watch=watch, prompt_tokens=None,
            processed=sight.processed,
        )  # fmt: skip
        evaluate.if_due(rooms, journal, 0)
        assert [row["correct"] for row in kept["heldout"]] == [right]


def test_eval_by_a_recipe_counts_as_its_solver_does(sight, monkeypatch):
    shown = sight.image("picture").read_bytes()
    monkeypatch.setattr(evaluate, "held_out", lambda recipe, put, name: [task(images=(put(shown),))])
    engines = {
        "transformers_sampler": {"TransformersSampler": lambda found, path, pixels: Writes(SAID["processed"])},
        "processed": {"Processed": lambda found, pixels: sight.processed},
    }
    for name, held in engines.items():
        monkeypatch.setitem(sys.modules, f"mmzero.engines.{name}", SimpleNamespace(**held))
    assert evaluate.evaluate_by("tiny", spelt("processed"), 1)["accuracy"] == 1.0
    assert evaluate.evaluate_by("tiny", spelt("thousandths"), 1)["accuracy"] == 0.0


def test_points_are_counted_alike(sight):
    wanted, episodes = played("processed", "(416, 232)", sight, task("points", ((500.0, 500.0),)))
    assert solved(episodes[0].rollouts[0]) and paid(wanted, episodes, sight, "rewards/point.py:gauss")[0].reward == 1.0


def test_what_the_ledger_keeps_reads_the_same(sight):
    wanted, episodes = played("processed", SAID["processed"], sight, task(), task("number", 4, id="u"))
    kept = Played(episodes=episodes, scored=paid(wanted, episodes, sight, "rewards/answer.py:correct"))
    rows = encode(kept, 0)
    assert [row["extent"] for row in rows.rollouts] == [(832.0, 464.0)] * 2 + [None] * 2
    assert decode(rows, {}) == kept and solved(decode(rows, {}).episodes[0].rollouts[0])
    for row in rows.rollouts:  # a ledger from before the column
        row.pop("extent")
    assert {one.extent for one in decode(rows, {}).episodes[0].rollouts} == {THOUSANDTHS}


def test_a_place_outside_its_picture_is_outside_still(sight):
    """(780, 232, 840, 464) are 937.5 and 1009.6 thousandths across: beyond 832, though not beyond 1000."""
    wanted, episodes = played("processed", "780, 232, 840, 464", sight)
    assert reply.said(episodes[0].rollouts[0]) == "937.5, 500, 1009.615, 1000"
    scored = paid(wanted, episodes, sight)
    assert scored[0].reward == 0.0 and not solved(episodes[0].rollouts[0])
    assert episodes[0].rollouts[0].text == reply.write("", "780, 232, 840, 464")


@pytest.mark.parametrize(
    "asked", [task("number", 4), task("sequence", ("1", "2", "3", "4")), task(value=None), task(images=())]
)
def test_what_asks_for_no_place_or_shows_no_picture_is_read_as_it_is_written(asked, sight):
    _, episodes = played("processed", "1, 2, 3, 4", sight, asked)
    assert {reply.said(one) for one in episodes[0].rollouts} == {"1, 2, 3, 4"}


def test_a_guess_without_the_picture_counts_as_answers_with_it_do(sight):
    """Else whoever counts in pixels could never be found to guess a program's boxes."""
    shown = replace(task(id="i"), family=generator.FAMILY, parent="p#0")
    _, (seen,) = played("processed", SAID["processed"], sight, shown)
    _, (blind,) = played("processed", SAID["processed"], sight, *second_look.unseen([shown]))
    assert blind.rollouts[0].extent == THOUSANDTHS and not blind.task.images
    _, children = second_look.looked_again({}, [seen, blind], Gate(), Known())
    assert children[1].facts[second_look.RIGHT] == 1.0
    _, (unset,) = played("thousandths", SAID["processed"], sight, shown)
    _, children = second_look.looked_again({}, [unset, blind], Gate(), Known())
    assert children[1].facts[second_look.RIGHT] == 0.0


def test_a_model_that_sees_tiles_cannot_count_in_pixels_of_what_it_sees(sight):
    tiles = replace(sight, processed=lambda size: None)
    with pytest.raises(UserError, match="a picture of 1920 by 1080 pixels has no one size after the model's processor"):
        played("processed", SAID["processed"], tiles)
    with pytest.raises(UserError, match="write thousandths, unit or original"):
        refuse_unseen(spelt("processed"), tiles.processed)
    refuse_unseen(spelt("original"), tiles.processed)
    assert played("original", SAID["original"], tiles)[1][0].rollouts[0].extent == (1920, 1080)


def test_a_role_knows_the_frames_that_answers_know():
    assert set(get_args(Role.model_fields["says_boxes_in"].annotation)) == set(FRAMES)
    with pytest.raises(ValueError, match="only a solver is asked where things are; leave it out"):
        plugin = [{"use": "rewards/answer.py:correct"}]
        recipe(
            roles={
                "proposer": {"policy": "main", "rewards": plugin, "says_boxes_in": "unit"},
                "solver": {"policy": "main", "rewards": plugin},
            }
        )


def test_json_keeps_what_else_it_says(sight):
    _, episodes = played("original", SAID["original"], sight)
    assert json.loads(reply.said(episodes[0].rollouts[0])) == [{"bbox_2d": [250, 500, 750, 1000], "label": "cat"}]
