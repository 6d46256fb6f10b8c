"""The bank to look at and take away: lists, samples, figures, a gallery, and files that other trainers read."""

import html
import io
import json

import pytest
from PIL import Image

from mmzero import bank, families
from mmzero.bank import export, gallery, stats
from mmzero.cli import main
from mmzero.errors import UserError


def answer(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["tasks", *arguments])
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


def test_tasks_are_a_pure_function_of_seed_and_place_and_carry_their_solution():
    first, again = list(bank.make("count", 3, 5)), list(bank.make("count", 3, 8))[:5]
    assert first == again and first != list(bank.make("count", 3, 5, seed=1))
    row = first[0].row()
    assert row["family"] == "count" and row["domain"] == "counting" and row["seed"] % 2 == 0
    assert row["solution"] == list(families.family("count").explain(families.family("count").sample(3, row["seed"])))
    assert Image.open(io.BytesIO(first[0].png)).size == (224, 224)


def test_list_names_every_family_and_its_domain(capsys):
    code, out, _ = answer(capsys, "list", "--json")
    assert code == 0
    assert {one["name"]: one["domain"] for one in json.loads(out)} == families.names()
    code, out, _ = answer(capsys, "list")
    assert f"{len(families.names())} families" in out and "counting" in out


def test_show_tells_levels_knobs_and_an_example_of_each_level(capsys):
    code, out, _ = answer(capsys, "show", "bars")
    assert code == 0 and "knob bars: 3 to 5" in out and out.count("->") == 10
    found = json.loads(answer(capsys, "show", "bars", "--json")[1])
    assert [one["level"] for one in found["examples"]] == list(families.LEVELS)


def test_make_writes_pictures_and_lines_that_belong_together(capsys, tmp_path):
    code, out, _ = answer(capsys, "make", "bars", "--n", "3", "--level", "2", "--out", str(tmp_path / "made"))
    assert code == 0 and "3 tasks" in out
    lines = [json.loads(line) for line in (tmp_path / "made" / "tasks.jsonl").read_text().splitlines()]
    assert [line["level"] for line in lines] == [2, 2, 2]
    assert all(Image.open(tmp_path / "made" / line["image"]).mode == "RGB" for line in lines)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "bar"], "did you mean 'bars'"),
        (["make", "bars", "--level", "12", "--out", "x"], "levels run from 0 to 9"),
        (["make", "bars", "--skin", "dark", "--out", "x"], "the skins are"),
        (["stats", "--family", "brs"], "did you mean 'bars'"),
        (["export", "--out", "x.parquet", "--form", "trlx"], "the forms are trl, verl, easyr1"),
        (["export", "--out", "x.parquet", "--levels", "low"], "write it as 0-9 or 3"),
        (["gallery", "--family", "nothing"], "there is no family"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(capsys, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    code, _, err = answer(capsys, *arguments)
    assert code == 2 and sentence in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_folder_with_files_is_not_written_into(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="already holds files"):
        bank.write(bank.make("bars", 0, 1), tmp_path)


def test_figures_are_those_a_hand_count_gives():
    cell, hashes = stats.measure("maze", 4, 60)
    made = list(bank.make("maze", 4, 60))
    assert cell.distinct == len({one.task.scene for one in made}) and len(hashes) == 60
    yes = sum(one.task.answer.text == "yes" for one in made)
    assert cell.blind == max(yes, 60 - yes) / 60  # one question, two answers
    assert 0.9 < cell.entropy <= 1.0
    assert cell.bytes == sum(len(one.png) for one in made) // 60


def test_pictures_that_only_differ_in_scene_are_near_duplicates(monkeypatch):
    monkeypatch.setattr(families.family("maze"), "draw", lambda scene, skin: Image.new("RGB", (64, 64), "white"))
    cell, _ = stats.measure("maze", 4, 20)
    assert cell.near == 20 - 1 and cell.distinct == 20


def test_families_whose_pictures_agree_are_named():
    found = stats.totals(
        [stats.measure("bars", 0, 3)[0], stats.measure("maze", 0, 3)[0]], {"bars": [0b1111, 0], "maze": [0b1101]}
    )
    assert found["alike"] == [("bars", "maze", 1)] and found["families"] == 2


def test_a_gallery_escapes_what_families_write(tmp_path, monkeypatch):
    page, sheet = gallery.write(["bars", "maze"], "plain", tmp_path)
    assert page.read_text().count("<figure>") == 20 and Image.open(sheet).width > 1000
    made = next(bank.make("bars", 0, 1))
    monkeypatch.setattr(families.family("bars"), "explain", lambda scene: ("<script>alert(1)</script>",))
    assert html.escape("<script>") in gallery._figure(made) and "<script>" not in gallery._figure(made)


@pytest.mark.parametrize("form", export.FORMS)
def test_other_trainers_find_their_columns_and_decoded_pictures(form, tmp_path):
    import datasets

    file = tmp_path / f"{form}.parquet"
    assert export.write(bank.make("count", 2, 4), form, file) == 4
    rows = datasets.load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    row, task = rows[0], next(bank.make("count", 2, 1)).task
    picture = row["image"] if form == "trl" else row["images"][0]
    assert picture.size == (224, 224)
    wanted = {
        "trl": lambda: (row["prompt"][0]["content"], row["answer"]),
        "verl": lambda: (
            row["prompt"][0]["content"].removeprefix("<image>"),
            row["reward_model"]["ground_truth"],
        ),
        "easyr1": lambda: (row["problem"].removeprefix("<image>"), row["answer"]),
    }
    assert wanted[form]() == (task.question, task.answer.text)
    with pytest.raises(UserError, match="exists"):
        export.write(bank.make("count", 2, 4), form, file)
