"""The bank to look at and take away: lists, samples, figures, a gallery, and files that other trainers read."""

import gc
import html
import io
import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from mmzero import alike, bank, families
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
        (["export", "--out", "x.parquet", "--levels", "5-12"], "levels run from 0 to 9"),
        (["export", "--out", "x.parquet", "--levels", "7-3"], "--levels is '7-3', which is no range"),
        (["export", "--out", "x.parquet", "--levels", "9" * 5000], "--levels is '999"),
        (["stats", "--levels", "10"], "levels run from 0 to 9"),
        (["gallery", "--family", "nothing"], "there is no family"),
        (["make", "bars", "--knob", "bars=9", "--out", "x"], "knob 'bars' of 'bars' is 9; it takes 3 to 5"),
        (["make", "bars", "--knob", "level=3", "--out", "x"], "has no knob 'level'; its knobs are bars, by"),
        (["make", "bars", "--knob", "bars", "--out", "x"], "write it as NAME=VALUE"),
        *(
            ([*command, "--skin", "tiny"], "'page' cannot be read below 224; choose one of plain")
            for command in (
                ["make", "page", "--out", "x"],
                ["gallery", "--family", "page"],
                ["stats", "--family", "page"],
                ["export", "--family", "page", "--out", "x.parquet"],
            )
        ),
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


def test_a_knob_is_fixed_and_the_solution_is_that_of_its_own_scene(capsys, tmp_path):
    arguments = ["make", "bars", "--knob", "bars=5", "--n", "4", "--out", str(tmp_path / "made")]
    assert answer(capsys, *arguments)[0] == 0
    lines = [json.loads(line) for line in (tmp_path / "made" / "tasks.jsonl").read_text().splitlines()]
    assert [len(json.loads(line["scene"])["heights"]) for line in lines] == [5] * 4
    for line in lines:
        scene = families.family("bars").sample(0, line["seed"], bars=5)
        assert line["solution"] == list(families.family("bars").explain(scene))


def test_knobs_without_a_scene_together_are_the_users_mistake(monkeypatch):
    def impossible(level, seed, **knobs):
        raise ValueError("five bars in four columns")

    monkeypatch.setattr(families.family("bars"), "sample", impossible)
    with pytest.raises(UserError, match=r"no scene of level 0 with \{'bars': 5\}: five bars in four columns"):
        next(bank.make("bars", 0, 1, knobs={"bars": 5}))


def test_figures_are_those_a_hand_count_gives():
    cell, hashes = stats.measure("maze", 4, 60, 20)
    made = list(bank.make("maze", 4, 60))
    assert (cell.tasks, cell.pictures, len(hashes)) == (60, 20, 20)
    assert cell.distinct == len({one.task.scene for one in made})
    yes = sum(one.task.answer.text == "yes" for one in made)
    assert cell.blind == max(yes, 60 - yes) / 60  # one question, two answers
    share = yes / 60
    assert cell.entropy == pytest.approx(-share * np.log2(share) - (1 - share) * np.log2(1 - share))
    assert cell.bytes == sum(len(one.png) for one in made[:20]) // 20


def test_a_blind_guess_is_by_question_where_it_is_common_and_else_by_kind():
    """Of 40 askings of one question 30 are yes; ten questions asked once are of one kind, and six of them say 3."""
    asked = stats.Counter({("open?", "door", "yes"): 30, ("open?", "door", "no"): 10})
    asked |= {(f"how many {i}?", "count", "3" if i < 6 else str(i)): 1 for i in range(10)}
    assert stats._blind(asked) == (30 + 6) / 50


def test_scenes_are_counted_without_being_drawn(monkeypatch):
    drawn = []
    mechanism = families.family("maze")
    draw = mechanism.draw
    monkeypatch.setattr(mechanism, "draw", lambda scene, skin: drawn.append(scene) or draw(scene, skin))
    cell, _ = stats.measure("maze", 4, 300, 3)
    assert len(drawn) == 3 and cell.tasks == 300 and cell.distinct > 200


def test_pictures_that_only_differ_in_scene_are_near_duplicates(monkeypatch):
    monkeypatch.setattr(families.family("maze"), "draw", lambda scene, skin: Image.new("RGB", (64, 64), "white"))
    cell, _ = stats.measure("maze", 4, 20, 20)
    assert cell.near == 20 - 1 and cell.distinct == 20


def test_the_same_scene_drawn_twice_is_no_near_duplicate(monkeypatch):
    monkeypatch.setattr(bank, "seed_at", lambda seed, place: 8)
    cell, _ = stats.measure("maze", 4, 20, 20)
    assert cell.near == 0 and cell.distinct == 1


def test_two_bits_of_256_are_near_and_three_are_not():
    """Each bit says whether a cell is brighter than its left neighbour: one bright column sets 16, one bright cell 1."""

    def hashed(*cells):
        picture = Image.new("L", (17, 16), 0)
        for cell in cells:
            picture.putpixel(cell, 200)
        return alike.difference_hash(picture)

    none, one, three = hashed(), hashed((5, 5)), hashed((5, 5), (9, 2), (13, 8))
    assert alike.apart(none, np.array([none, one, three])).tolist() == [0, 1, 3]
    assert alike.likeness(one, np.array([none, one, three])) == pytest.approx([0, 1, 1 / 3])
    assert alike.likeness(none, np.array([none])).tolist() == [1]
    assert stats._alike({"a": [np.array([none])], "b": [np.array([one]), np.array([three])]}) == [("a", "b", 1)]
    assert stats._alike({"a": [np.array([none])], "b": [np.array([three])]}) == []


def test_stats_say_what_was_counted_and_what_was_drawn(capsys):
    arguments = ["stats", "--family", "bars", "--levels", "2-3", "--n", "50", "--pictures", "4"]
    code, out, err = answer(capsys, *arguments)
    assert code == 0 and not err and "counted: 100 tasks; drawn: 8, the first 4 of each line" in out
    found = json.loads(answer(capsys, *arguments, "--json")[1])
    assert [(cell["level"], cell["tasks"], cell["pictures"]) for cell in found["cells"]] == [(2, 50, 4), (3, 50, 4)]
    assert found["families"] == found["domains"] == 1 and found["alike"] == []


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


@pytest.mark.parametrize(("leak", "tasks"), [(False, 3000), (True, 800)], ids=["flat", "a planted leak is seen"])
def test_memory_is_flat_however_many_tasks_are_made(leak, tasks):
    """Of what is made nothing is kept: 800 hashes alone would be 90 kB."""
    kept = []

    def make(n, seed):
        for place in range(n):
            level = place // len(families.PRIMER) % len(families.LEVELS)
            one = next(bank.make(families.PRIMER[place % len(families.PRIMER)], level, 1, seed + place, "tiny"))
            kept.extend(one.task.images if leak else ())
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = make(400, 0)
        grown = make(tasks, 10_000) - before
    finally:
        tracemalloc.stop()
    assert (grown > 60_000) is leak, grown
