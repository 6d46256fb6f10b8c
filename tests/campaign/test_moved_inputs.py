"""A campaign whose model or dataset lies elsewhere goes on where it is the same, and is refused in one sentence where it is
another, over fake engines and real files."""

import json
import os
import shutil

import on_fakes
import pytest
from datasets import Dataset

from mmzero import campaign, shipped
from mmzero.journal import Journal
from mmzero.journal.fork import fork
from mmzero.sources import dataset
from mmzero.status import status_of

COLUMNS = "columns: {images: null, family: family}"


@pytest.fixture(autouse=True)
def fakes(tmp_path, monkeypatch):
    on_fakes.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    dataset.opened.cache_clear()


@pytest.fixture
def model(tmp_path):
    """Its files are links to the shipped ones: whoever changes one replaces it."""
    return shutil.copytree(shipped.model("tiny"), tmp_path / "model", copy_function=os.link)


@pytest.fixture
def folder(tmp_path, model):
    """One iteration of a model and ten rows, and more of both to come; the rows of `exam` are only measured by."""
    for name, numbers in (("own", range(10)), ("exam", range(20, 24))):
        write(tmp_path / f"{name}.jsonl", numbers)
    on_fakes.begin(
        tmp_path / "run",
        f"model.path={model}",
        f"sources={{own: {{kind: dataset, path: own.jsonl, answer: number, {COLUMNS}}},"
        f" exam: {{kind: dataset, path: exam.jsonl, answer: number, {COLUMNS}}}}}",
        "schedule={phases: [{train: solver, steps: 2, prompts: 3, group: 2, tasks: {own: 1.0}, says: {max_tokens: 64}}]}",
        "evaluate.suite=exam",
    )
    return tmp_path / "run"


def write(path, numbers, wrong=0):
    rows = [{"question": f"How many is {n}?", "answer": n + wrong * (n == 9), "family": "count"} for n in numbers]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def longer(call, folder, *sets):
    dataset.opened.cache_clear()  # a process of its own would open it anew
    return call("resume", folder, *(part for one in ("schedule.iterations=2", *sets) for part in ("--set", one)))


def bytes_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lease"}


def refused(call, folder, *sets):
    before = bytes_of(folder)
    code, out, err = longer(call, folder, *sets)
    assert (code, out, err.count("\n")) == (2, "", 1) and bytes_of(folder) == before
    return err


def test_a_model_that_lies_elsewhere_is_gone_on_with_and_the_ledger_says_so(folder, model, call, tmp_path):
    model.rename(tmp_path / "elsewhere")
    assert "does not exist; correct model.path" in refused(call, folder)
    code, _, err = longer(call, folder, "model.path=elsewhere")
    assert (code, err) == (0, "")
    (told,) = [sentence for sentence in status_of(folder).changes if "model.path" in sentence]
    assert told.startswith("from step 2 on model.path is now ")
    with Journal.open(folder, write=False) as journal:
        assert journal.steps() == [0, 1, 2, 3] and journal.recipe.model.path == str(tmp_path / "elsewhere")
        assert {(one.field, one.was) for one in journal.amendments[0].changes} >= {("model.path", str(model))}


def trained(model):
    """Every weight a little, as an update of them would."""
    whole = (model / "model.safetensors").read_bytes()
    begins = 8 + int.from_bytes(whole[:8], "little")
    (model / "model.safetensors").unlink()
    (model / "model.safetensors").write_bytes(whole[:begins] + bytes(byte ^ 1 for byte in whole[begins:]))


def retold(model):
    (model / "tokenizer_config.json").unlink()
    (model / "tokenizer_config.json").write_text("{}")


@pytest.mark.parametrize(("change", "what"), [(trained, "weights"), (retold, "tokenizer_config.json")])
@pytest.mark.parametrize("moved", [True, False])
def test_another_model_is_refused_wherever_it_lies(folder, model, call, tmp_path, change, what, moved):
    change(model)
    if moved:
        model.rename(tmp_path / "elsewhere")
    err = refused(call, folder, *([f"model.path={tmp_path}/elsewhere"] if moved else []))
    where = tmp_path / ("elsewhere" if moved else "model")
    assert err == (
        f"error: model at {where} differs in its {what} from what the campaign began with; put that back, name where"
        " it lies by --set model.path=…, or begin another campaign with another --out\n"
    )


def test_rows_that_lie_elsewhere_and_in_another_form_are_gone_on_with(folder, call, tmp_path):
    (tmp_path / "there").mkdir()
    rows = [json.loads(line) for line in (tmp_path / "own.jsonl").read_text().splitlines()]
    Dataset.from_list(rows).to_parquet(tmp_path / "there" / "rows.parquet")
    (tmp_path / "own.jsonl").unlink()
    assert "there is no dataset own.jsonl" in refused(call, folder)
    code, _, err = longer(call, folder, "sources.own.path=there/rows.parquet")
    assert (code, err) == (0, "")
    assert (
        "from step 2 on sources.own.path is now 'there/rows.parquet', which was 'own.jsonl'"
        in status_of(folder).changes
    )


def test_a_model_that_is_not_here_yet_cannot_be_compared(folder, call):
    assert "model at somebody/model is not on this machine yet" in refused(call, folder, "model.path=somebody/model")


@pytest.mark.parametrize("name", ["own", "exam"])
@pytest.mark.parametrize("moved", [True, False])
def test_other_rows_are_refused_wherever_they_lie(folder, call, tmp_path, name, moved):
    where = "there.jsonl" if moved else f"{name}.jsonl"
    write(tmp_path / where, range(9, 19))
    err = refused(call, folder, *([f"sources.{name}.path={where}"] if moved else []))
    assert f"sources.{name} at {where} differs in its rows from what the campaign began with; put that back" in err


def test_without_a_word_of_what_is_new_it_is_compared_too(folder, call, tmp_path, monkeypatch):
    """A run that was ended before its end."""
    monkeypatch.setattr(on_fakes.Learner, "learn", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert longer(call, folder)[0] == 130
    write(tmp_path / "own.jsonl", range(10), wrong=1)
    dataset.opened.cache_clear()
    before = bytes_of(folder)
    code, out, err = call("resume", folder)
    assert (
        (code, out) == (2, "") and "sources.own at own.jsonl differs in its rows" in err and bytes_of(folder) == before
    )


def test_what_was_never_written_down_is_said_and_known_from_then_on(folder, call, tmp_path):
    """As in a campaign of a time when nothing was."""
    (folder / "given.json").unlink()
    shutil.copy(tmp_path / "own.jsonl", tmp_path / "there.jsonl")
    assert "sources.own lies elsewhere now, but what it was when the campaign began was not written down" in refused(
        call, folder, "sources.own.path=there.jsonl"
    )
    code, out, _ = longer(call, folder)
    said = "what model, sources.exam, sources.own held when the campaign began was not written down and could not be compared"
    assert code == 0 and said in out.splitlines()
    code, out, _ = longer(call, folder, "schedule.iterations=3", "sources.own.path=there.jsonl")
    assert code == 0 and "was not written down" not in out


def test_a_fork_and_a_replay_know_it_too(folder, call, model, tmp_path):
    fork(folder, 1, tmp_path / "fork")
    assert (tmp_path / "fork" / "given.json").read_bytes() == (folder / "given.json").read_bytes()
    trained(model)
    code, out, err = call("replay", folder, "--step", 1)
    assert (code, out) == (2, "") and "differs in its weights" in err
    code, _, err = call("export", folder, "--role", "solver", "--out", tmp_path / "out")
    assert code == 2 and "differs in its weights" in err and not (tmp_path / "out").exists()


def test_a_model_that_was_still_on_the_hub_is_known_once_it_is_here(tmp_path, model, monkeypatch):
    there = []
    monkeypatch.setattr("mmzero.model_files._fetched", lambda name: there[0] if there else None)
    rooms = campaign._rooms

    def fetches(*given):
        there.append(model)
        return rooms(*given)

    monkeypatch.setattr(campaign, "_rooms", fetches)
    on_fakes.begin(tmp_path / "hub", "model.path=somebody/model")
    with Journal.open(tmp_path / "hub", write=False) as journal:
        assert journal.given["model"]["config.json"] and journal.given["model"]["weights"]
