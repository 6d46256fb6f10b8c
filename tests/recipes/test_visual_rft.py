"""The recipes of boxes pay what their papers do, worked out by hand, and run on somebody's data by --set alone."""

import json

import pytest
from PIL import Image

from mmzero import sources
from mmzero.errors import UserError
from mmzero.plan import data
from mmzero.recipe import plugins
from mmzero.recipe.read import read
from mmzero.sources import dataset
from mmzero.sources.state import State
from mmzero.types import GIVEN, Answer, Cursor

EIGHT = ["bus", "train", "fire hydrant", "stop sign", "cat", "dog", "bed", "toilet"]
RAISED = "<think>two</think><answer>{}</answer>"


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    for cached in (dataset.opened, dataset._marks):
        cached.cache_clear()


def paid(name, answer, truth, step=0):
    """What the solver of a shipped recipe earns by each of its rewards."""
    recipe, path = read(name)
    known = {"answer": answer, "response": RAISED.format(answer), "step": step}
    known["truth"] = Answer(kind="boxes", value=truth, warrant=GIVEN)
    earned = []
    for plugin in recipe.roles["solver"].rewards:
        function = plugins.load(plugin, path.parent)
        code = getattr(function, "func", function).__code__
        wanted = code.co_varnames[: code.co_argcount]
        found = function(**{key: value for key, value in known.items() if key in wanted})
        earned.append(plugin.weight * (found[0] if isinstance(found, tuple) else found))
    return earned


TWO = ((0, 0, 100, 100), (500, 500, 600, 600))


@pytest.mark.parametrize(
    ("answer", "truth", "earned"),
    [
        # IoU .8, sure of it by .9: .8 / 2, .9, the form
        ("[{'Position': [0, 0, 100, 80], 'Confidence': 0.90}]", TWO, [0.4, 0.9, 1.0]),
        # and one that is nowhere, of which it is sure by .3: .8 / 2, (.9 + .7) / 2
        (
            "[{'Position': [0, 0, 100, 80], 'Confidence': 0.9}, {'Position': [800, 0, 900, 90], 'Confidence': 0.3}]",
            TWO, [0.4, 0.8, 1.0],
        ),
        ("[{'Position': [0, 0, 100, 100]}, {'Position': [500, 500, 600, 600]}]", TWO, [1.0, 0.0, 1.0]),  # no confidence
        ("No Objects", TWO, [0.0, 0.0, 1.0]),
        ("No Objects", (), [1.0, 1.0, 1.0]),
        ("[{'Position': [0, 0, 100, 80], 'Confidence': 0.9}]", (), [0.0, 0.0, 1.0]),
    ],
)  # fmt: skip
def test_visual_rft_pays_overlap_confidence_and_form(answer, truth, earned):
    assert paid("visual_rft", answer, truth) == pytest.approx(earned)
    assert paid("visual_rft_coco", answer, truth) == pytest.approx(earned)


@pytest.mark.parametrize(
    ("answer", "earned"),
    [
        (
            '[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}, {"bbox_2d": [500, 500, 600, 600], "label": "cat"}]',
            [1, 1, 1],
        ),
        (
            '[{"bbox_2d": [0, 0, 100, 70], "label": "cat"}]',
            [1, 0.5, 0.7],
        ),  # half is found, and differentiated .5 is itself
        ('[{"bbox_2d": [0, 0, 100, 100]}, {"bbox_2d": [500, 500, 600, 600]}]', [0, 1, 1]),  # right, and without labels
        ('[{"bbox_2d": [100, 100, 0, 0], "label": "cat"}]', [0, 0, 0]),  # its corners the wrong way round
        ("0, 0, 100, 100; 500, 500, 600, 600", [0, 1, 1]),
    ],
)
def test_the_criteria_pay_the_dual_format_recall_and_precision(answer, earned):
    assert paid("vision_r1_criteria", answer, TWO) == pytest.approx(earned)


def annotations(folder, names):
    """A picture for each category, with one thing on it."""
    (folder / "pictures").mkdir(parents=True)
    for i in range(len(names)):
        Image.new("RGB", (200, 100), (i, 0, 0)).save(folder / "pictures" / f"{i}.png")
    held = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(len(names))],
        "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
        "annotations": [{"image_id": i, "category_id": i, "bbox": [20, 20, 40, 40]} for i in range(len(names))],
    }
    (folder / "boxes.json").write_text(json.dumps(held))


def tasks(recipe, n=16):
    (phase,) = recipe.schedule.phases
    return sources.tasks(
        recipe, phase.model_copy(update={"prompts": n}), Cursor(0, 0, 0, 0), State(), lambda png: "hash"
    )


def over(folder, *names):
    return [
        f"sources.{name}.{at}" for name in names for at in (f"path={folder}/boxes.json", f"folder={folder}/pictures")
    ]


def test_a_few_shots_of_cocos_eight_categories(tmp_path):
    annotations(tmp_path / "coco", [*EIGHT, "person"])
    recipe, _ = read("visual_rft_coco", over("coco", "own", "held"))
    asked = tasks(recipe, 9)  # eight that are there, and one in ten that is not
    assert sorted(one.family for one in asked if one.answer.value) == sorted(EIGHT)
    assert {one.answer.value for one in asked} == {((100, 200, 300, 600),), ()}
    assert all("'Confidence'" in one.question and "No Objects" in one.question for one in asked)
    held = sources.dataset.held_out("held", recipe.sources["held"], 20, lambda png: "hash")
    assert len(held) == 8 and all("'Confidence'" in one.question and one.answer.value for one in held)
    assert any("own: 9 rows can be asked" in note for note in data.notes(recipe, opens=True))


def test_open_vocabulary_learns_65_and_is_measured_by_15_others(tmp_path):
    recipe, _ = read("visual_rft_open")
    base, novel = (set(recipe.sources[name].categories) for name in ("base", "novel"))
    assert (len(base), len(novel), len(base | novel)) == (65, 15, 80)
    rows = len(base) * recipe.sources["base"].shots / (1 - recipe.sources["base"].absent)
    assert sources.draws(recipe)["base"] == pytest.approx(2 * rows, rel=0.01) and round(rows, -2) == 6000
    annotations(tmp_path / "coco", sorted(base | novel))
    recipe, _ = read("visual_rft_open", over("coco", "base", "novel"))
    assert {one.family for one in tasks(recipe, 80)} <= base
    held = sources.dataset.held_out("novel", recipe.sources["novel"], 80, lambda png: "hash")
    assert {one.family for one in held} == novel


def test_a_few_shots_of_classes_in_folders(tmp_path):
    for part in ("train", "val"):
        for i, name in enumerate(("daisy", "rose")):
            folder = tmp_path / "mine" / part / name
            folder.mkdir(parents=True)
            Image.new("RGB", (64, 64), (i, 9, 0)).save(folder / "1.png")
    recipe, _ = read("visual_rft_flowers", ["sources.own.path=mine/train", "sources.held.path=mine/val"])
    assert sorted(one.answer.value for one in tasks(recipe, 2)) == ["daisy", "rose"]
    assert len(sources.dataset.held_out("held", recipe.sources["held"], 9, lambda png: "hash")) == 2


def test_reasoning_grounding_on_rows_in_pixels(tmp_path):
    Image.new("RGB", (200, 100)).save(tmp_path / "1.png")
    row = {"image": "1.png", "question": "Where would one sit down?", "answer": [[20, 20, 60, 60]]}
    (tmp_path / "lisa.jsonl").write_text(json.dumps(row))
    recipe, _ = read("visual_rft_lisa", ["sources.own.path=lisa.jsonl", "sources.held.path=lisa.jsonl"])
    (one,) = tasks(recipe, 1)
    assert one.answer.value == ((100, 200, 300, 600),) and one.question.startswith(
        "Where would one sit down? Answer with"
    )
    assert paid("visual_rft_lisa", "(100,200),(300,600)", one.answer.value) == pytest.approx([2.0, 1.0])


def test_rows_that_the_recipes_own_bridge_is_to_write_name_the_command(tmp_path):
    recipe, _ = read("vision_r1_bridged")
    with pytest.raises(UserError, match=r"cold/rows\.jsonl.*`mmzero bridge vision_r1_bridged --out cold` writes it"):
        data.notes(recipe, opens=True)
    other, _ = read("vision_r1_bridged", ["sources.cold.path=cold/mine.jsonl"])
    with pytest.raises(UserError, match=r"there is no dataset cold/mine\.jsonl; check the path"):
        data.notes(other, opens=True)


def test_the_cold_start_holds_what_the_bridge_may_write():
    recipe, _ = read("vision_r1_bridged")
    cold = recipe.schedule.phases[0]
    assert cold.says.max_tokens >= 16384 > recipe.bridge.reasons.max_tokens
    room = min(recipe.sampler.context, recipe.learner.tokens_per_segment) - cold.says.max_tokens
    assert room >= recipe.model.pixels[1] / 28**2 + 512  # a picture of the most tokens, and a question
    kept = 0.56 * recipe.bridge.tasks
    assert cold.steps * cold.prompts / kept == pytest.approx(2, abs=0.05)
