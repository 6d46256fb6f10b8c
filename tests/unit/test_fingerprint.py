"""What tells a model and a dataset from others: files, weights and rows, and not where they lie."""

import io
import json

import pytest
from PIL import Image

from mmzero.model_files import fingerprint
from mmzero.recipe.tree import Dataset
from mmzero.sources import dataset

MIB = 2**20


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    header = json.dumps({"w": {"dtype": "F32", "shape": [MIB], "data_offsets": [0, 4 * MIB]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(4 * MIB)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    return folder


def changed(path, begin, many):
    content = bytearray(path.read_bytes())
    content[begin : begin + many] = b"\x01" * many
    path.write_bytes(content)


def test_a_model_is_known_by_its_files_and_pieces_of_its_weights(model, tmp_path):
    before = fingerprint(model)
    assert before.keys() == {"config.json", "weights"}
    (model / "README.md").write_text("says nothing")
    assert fingerprint(model.rename(tmp_path / "moved")) == before
    moved = tmp_path / "moved"
    (moved / "config.json").write_text("{ }")
    assert {name for name, found in fingerprint(moved).items() if found != before[name]} == {"config.json"}


@pytest.mark.parametrize("begin", [10, 100, 2 * MIB, 4 * MIB - 70_000])
def test_a_changed_header_and_a_changed_part_of_the_weights_are_seen(model, begin):
    """A run of 70,000 bytes cannot lie between two pieces, which begin some 66,500 bytes apart in 4 MiB."""
    before = fingerprint(model)["weights"]
    changed(model / "model.safetensors", begin, 70_000)
    assert fingerprint(model)["weights"] != before


def test_other_shards_and_other_sizes_are_other_weights(model):
    before = fingerprint(model)["weights"]
    whole = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(whole + b"\x00")
    assert fingerprint(model)["weights"] != before
    (model / "model.safetensors").unlink()
    assert fingerprint(model).keys() == {"config.json"}
    (model / "model-00001-of-00001.safetensors").write_bytes(whole)
    assert fingerprint(model)["weights"] != before


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xff" * 9])
def test_weights_of_no_form_have_a_hash_too(model, content):
    (model / "model.safetensors").write_bytes(content)
    assert len(fingerprint(model)["weights"]) == 64


def picture(colour):
    stream = io.BytesIO()
    Image.new("RGB", (9, 9), colour).save(stream, "PNG")
    return stream.getvalue()


def rows(folder, colour="red", answers=(1, 2, 3), question="How many"):
    folder.mkdir()
    (folder / "a.png").write_bytes(picture(colour))
    told = [{"question": f"{question} in {n}?", "answer": n, "image": "a.png", "more": {"x": [n]}} for n in answers]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told))
    return Dataset(
        kind="dataset", path=str(folder / "rows.jsonl"), answer="number", bad_rows="skip", apart_by=("question",)
    )


@pytest.fixture(autouse=True)
def cached_here(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))


def test_rows_are_known_by_all_that_they_hold_and_not_by_where(tmp_path):
    one = dataset.opened(rows(tmp_path / "one")).digest
    assert dataset.opened(rows(tmp_path / "two")).digest == one
    others = [
        rows(tmp_path / "painted", colour="blue"),
        rows(tmp_path / "answered", answers=(1, 2, 4)),
        rows(tmp_path / "ordered", answers=(2, 1, 3)),
        rows(tmp_path / "fewer", answers=(1, 2)),
        rows(tmp_path / "asked", question="How much"),
    ]
    assert len({one, *(dataset.opened(other).digest for other in others)}) == 6


def test_rows_that_are_left_out_or_turn_bad_make_another_set(tmp_path):
    whole = rows(tmp_path / "whole")
    digests = [dataset.opened(whole).digest]
    for answers in ((3,), (9,)):
        apart = rows(tmp_path / f"apart-{answers[0]}", answers=answers)
        digests.append(dataset.opened(whole.model_copy(update={"apart_from": "apart"}), apart).digest)
    assert digests[0] == digests[2] != digests[1]
    lines = (
        (tmp_path / "whole" / "rows.jsonl")
        .read_text()
        .replace('"a.png", "more": {"x": [2]}', '"b.png", "more": {"x": [2]}')
    )
    (tmp_path / "whole" / "rows.jsonl").write_text(lines)
    dataset.opened.cache_clear()
    assert dataset.opened(whole).bad == 1 and dataset.opened(whole).digest not in digests
