"""A user's own evaluation sets, which nothing that is proposed may repeat."""

import io
import json
from pathlib import Path

import datasets
import pytest
from PIL import Image
from play_material import recipe

from mmzero.alike import difference_hash
from mmzero.errors import UserError
from mmzero.plan import make_plan
from mmzero.recipe.tree import Gate
from mmzero.sources import kept_out


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    kept_out._read.cache_clear()


def picture(seed):
    return Image.frombytes("RGB", (24, 24), bytes((seed * i * i) % 251 for i in range(24 * 24 * 3)))


def png(seed):
    buffer = io.BytesIO()
    picture(seed).save(buffer, "PNG")
    return buffer.getvalue()


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.name


def kept(path, **sources):
    of = recipe(
        sources={"bank": {"kind": "bank"}, **sources},
        schedule={"phases": [{"train": "solver", "steps": 1, "tasks": {"bank": 1}}]},
    )
    return kept_out.memory(of, Gate(decontaminate=path)).prints


def test_nothing_is_kept_out_unless_it_is_said():
    assert kept(None) == ()


def test_questions_and_pictures_of_a_file_are_kept_and_what_is_right_is_not_asked(tmp_path):
    (tmp_path / "a.png").write_bytes(png(3))
    path = lines(tmp_path / "test.jsonl", {"question": "How many of 12 dots?", "image": "a.png"})
    (one,) = kept(path)
    assert (one.question, one.answer, one.scene) == ("how many of # dots", "", "")
    assert one.look == difference_hash(picture(3)).tobytes()


def test_questions_alone_are_kept_too(tmp_path):
    found = kept(lines(tmp_path / "test.jsonl", {"question": "What is 2 + 2?"}, {"question": "Who?"}))
    assert [(one.question, one.look) for one in found] == [("what is # #", b""), ("who", b"")]


def test_every_picture_of_a_row_is_kept(tmp_path):
    held = {
        "question": ["Which differs?"],
        "images": [[{"bytes": png(3), "path": None}, {"bytes": png(5), "path": None}]],
    }
    made = datasets.Dataset.from_dict(held).cast_column("images", datasets.List(datasets.Image()))
    made.to_parquet(str(tmp_path / "test.parquet"))
    found = kept("test.parquet")
    assert [one.question for one in found] == ["which differs"] * 2
    assert [one.look for one in found] == [difference_hash(picture(seed)).tobytes() for seed in (3, 5)]


def test_a_dataset_among_the_sources_says_where_its_columns_are(tmp_path):
    path = lines(tmp_path / "mine.jsonl", {"q": "Who is it?", "a": "Eve"})
    named = {"kind": "dataset", "path": path, "columns": {"question": "q", "answer": "a", "images": None}}
    assert [one.question for one in kept("mine", mine=named)] == ["who is it"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nowhere.jsonl", "there is no dataset nowhere.jsonl; check the path"),
        ("other.jsonl", "the dataset other.jsonl has no column 'question'"),
        ("empty.jsonl", "row 1 asks nothing"),
        ("broken.jsonl", "row 1 has its picture at"),
    ],
)
def test_what_cannot_be_kept_out_is_said_in_a_sentence(path, sentence, tmp_path):
    lines(tmp_path / "other.jsonl", {"problem": "Who?"})
    lines(tmp_path / "empty.jsonl", {"question": " "})
    lines(tmp_path / "broken.jsonl", {"question": "Who?", "image": "gone.png"})
    with pytest.raises(UserError) as error:
        kept(path)
    assert sentence in str(error.value) and "\n" not in str(error.value)


def planned(path, mode="open"):
    roles = {
        name: {"policy": "main", "rewards": [{"use": "rewards/answer.py:correct"}]} for name in ("coder", "solver")
    }
    labels = "majority" if mode == "open" else "computed"
    return make_plan(
        recipe(
            roles={**roles, "proposer": {**roles["solver"], "mode": mode}},
            sources={"proposed": {"kind": "proposer", "labels": labels, "gate": {"decontaminate": path}}},
            schedule={"phases": [{"train": "proposer", "steps": 1, "draws": {"n": 1}, "votes": {"n": 2}}]},
            model={"path": "tiny"},
        ),
        Path(), Path(),
    )  # fmt: skip


def test_what_is_kept_out_is_opened_before_anything_starts(tmp_path):
    path = lines(tmp_path / "test.jsonl", {"question": "What is 2 + 2?"}, {"question": "Who?"}, {"question": "Who?"})
    note = "sources.proposed.gate.decontaminate: 2 questions and 0 pictures are kept out of training"
    assert note in planned(path).notes
    with pytest.raises(UserError, match=r"there is no dataset nowhere\.jsonl; check the path"):
        planned("nowhere.jsonl")
    with pytest.raises(UserError, match="the proposer's mode is spec, whose tasks the bank makes and nobody compares"):
        planned(path, "spec")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"leaks": "print"}, "'refuse' or 'allow'"),
        ({"confident": 0.5}, "greater than 0.5"),
        ({"instances": 3}, "greater than or equal to 4"),
        ({"colour": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_gate_that_cannot_be_passed_is_refused(said, sentence):
    with pytest.raises(ValueError) as error:
        Gate.model_validate(said)
    assert sentence in str(error.value)
