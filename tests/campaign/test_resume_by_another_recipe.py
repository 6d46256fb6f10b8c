"""`mmzero resume --set` and `--recipe` over fake engines, as a person would call them: what is allowed is done and written
down, and what is not is one sentence and exit code 2, with nothing written."""

import json
import os
import shutil
import signal

import on_fakes
import pytest
import yaml

from mmzero import campaign, shipped
from mmzero.journal import Journal
from mmzero.journal.founding import FORMAT
from mmzero.report import write as report_of
from mmzero.status import status_of


@pytest.fixture(scope="module", autouse=True)
def real_rooms():
    """What a campaign runs on outside of this file."""
    real = campaign._rooms
    with pytest.MonkeyPatch.context() as patched:
        on_fakes.install(patched)
        yield real


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ended") / "run"
    on_fakes.begin(folder, "schedule.phases.1.steps=2")
    return folder


@pytest.fixture
def folder(ended, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(ended, tmp_path / "run")


def bytes_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_campaign_goes_on_by_what_was_set_and_says_so_ever_after(folder, call):
    code, out, err = call(
        "resume",
        folder,
        "--set",
        "schedule.phases.1.steps=4",
        "--set",
        "learning.optimizer.lr=3e-5",
        "--set",
        "seed=17",
    )
    assert (code, err) == (0, "")
    said = [
        "schedule.phases.1.steps is now 4, which was 2",
        "schedule.phases.1.learning.optimizer.lr is now 3e-05, which was 8e-05",
        "learning.optimizer.lr is now 3e-05, which was 8e-05",
    ]
    assert out.splitlines()[:-1] == said
    assert status_of(folder).changes == tuple(f"from step 3 on {sentence}" for sentence in said)
    assert all(f"from step 3 on {sentence}" in call("status", folder)[1] for sentence in said)
    assert "1 amendments" in call("verify", folder)[1] and call("verify", folder)[0] == 0
    with Journal.open(folder, write=False) as journal:
        assert journal.steps() == [0, 1, 2, 3, 4]
        rates = [journal.phase(cursor).learning.optimizer.lr for cursor in journal.cursors()]
        told = report_of(journal, 1.0, 1.0)
    assert rates == [2e-5, 8e-5, 8e-5, 3e-5, 3e-5]
    assert told["changes"][0] == {"step": 3, "at": ["schedule", "phases", 1, "steps"], "was": 2, "now": 4}
    assert "## What was changed on the way" in (folder / "report.md").read_text()


def test_it_learns_as_a_campaign_that_was_so_long_from_the_start(folder, call, tmp_path):
    call("resume", folder, "--set", "schedule.phases.1.steps=4")
    on_fakes.begin(tmp_path / "long", "schedule.phases.1.steps=4")
    assert on_fakes.state(folder)[:4] == on_fakes.state(tmp_path / "long")[:4]


def test_a_recipe_from_a_file_is_compared_whole(folder, call, tmp_path):
    with Journal.open(folder, write=False) as journal:
        plain = json.loads(journal.recipe.model_dump_json(by_alias=True))
    plain["checkpoint"]["keep"] = 5
    (tmp_path / "next.yaml").write_text(yaml.safe_dump(plain))
    assert call("resume", folder, "--recipe", "next.yaml")[:2] == (
        0,
        f"checkpoint.keep is now 5, which was 2\nthe report lies at {folder}/report.md\n",
    )
    code, _, err = call("resume", folder, "--recipe", "tiny")
    assert code == 2 and "may not change" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "seed=3",
            "seed is now 3, which was 17, and may not change: every draw of the campaign comes from it; leave it",
        ),
        ("schedule.phases.1.steps=1", "step 2 was played as step 1 of phase 1 in iteration 0 and would not be in the"),
        ("roles.solver.rewards.0.with={colour: red}", "has no parameter 'colour'"),
        ("learner.ranks=2", "choose the engine vllm"),
        ("learner.rank=2", "did you mean 'ranks'?"),
        ("sources.bank.skin=velvet", "velvet"),
    ],
)
def test_what_may_not_change_is_refused_before_anything_is_written(folder, call, change, sentence):
    before = bytes_of(folder)
    code, out, err = call("resume", folder, "--set", change)
    assert (code, out, err.count("\n")) == (2, "", 1) and sentence in err
    assert bytes_of(folder) == before


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda folder: shutil.rmtree(folder), "is not a campaign: it has no about.json"),
        (lambda folder: edit(folder / "about.json", '"format": ', '"format": 9'), "reads up to format"),
        (lambda folder: edit(folder / "recipe.json", '"seed": 17', '"seed": 18'), "recipe.json was edited by hand"),
        (lambda folder: edit(folder / "about.json", '"host": "', '"host": "x'), "about.json was edited by hand"),
    ],
)
@pytest.mark.parametrize("changes", [[], ["--set", "checkpoint.keep=3"]])
def test_a_folder_that_cannot_be_gone_on_with_gets_one_sentence(folder, call, harm, sentence, changes):
    harm(folder)
    before = bytes_of(folder)
    code, out, err = call("resume", folder, *changes)
    assert (code, out, err.count("\n")) == (2, "", 1) and sentence in err
    assert bytes_of(folder) == before
    assert call("fork", folder, "--at", 1, "--out", folder.parent / "fork")[0] == 2
    assert not (folder.parent / "fork").exists()


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) >= 1 and FORMAT < 9
    path.write_text(text.replace(old, new, 1))


def test_a_live_run_is_not_interfered_with(folder, call):
    with Journal.open(folder):
        before = bytes_of(folder)
        code, out, err = call("resume", folder, "--set", "checkpoint.keep=3")
        assert (code, out) == (2, "") and "belongs to a live run" in err, "nothing changed, and nothing says it did"
        assert {path for path, content in bytes_of(folder).items() if before[path] != content} <= {folder / "lease"}


def test_a_folder_that_cannot_be_written_gets_one_sentence(folder, call):
    (folder / "lease").unlink()
    (folder / "lease").mkdir()  # what a disk that takes nothing looks like to whoever is root
    code, _, err = call("resume", folder)
    assert code == 2 and err.count("\n") == 1
    assert f"{folder} cannot be written (Is a directory); give it a writable folder" in err


def test_asked_to_end_while_engines_start_it_says_how_to_go_on(folder, call, monkeypatch):
    def starts(*_):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(campaign, "_rooms", starts)
    code, _, err = call("resume", folder, "--set", "schedule.phases.1.steps=3")
    assert (code, err) == (130, f"interrupted: resume with: mmzero resume {folder}\n")


def test_a_model_that_lost_its_processor_is_refused_before_engines_start(
    folder, call, monkeypatch, tmp_path, real_rooms
):
    monkeypatch.setattr(campaign, "_rooms", real_rooms)
    model = shutil.copytree(shipped.model("tiny"), tmp_path / "model")
    wanted = on_fakes.recipe(f"model.path={model}")
    uses = {
        one.use: shipped.root() / one.use.partition(":")[0] for role in wanted.roles.values() for one in role.rewards
    }
    Journal.create(tmp_path / "mine", wanted, uses).close()
    (model / "preprocessor_config.json").unlink(missing_ok=True)
    (model / "processor_config.json").unlink(missing_ok=True)
    before = bytes_of(tmp_path / "mine")
    code, out, err = call("resume", tmp_path / "mine")
    assert (code, out, err.count("\n")) == (2, "", 1) and f"the model folder {model} has no processor" in err
    del before[tmp_path / "mine" / "lease"]
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.parametrize("content", [b"", b'{"heldout": {"be', b"[1]", b"\xff"])
def test_a_damaged_report_is_made_again(folder, call, content):
    (folder / "report.json").write_bytes(content)
    (folder / ".report.md.3-0123456789ab.unfinished").write_bytes(b"half")
    assert ".report.md.3-0123456789ab.unfinished: a writer has not finished it" in call("verify", folder)[1]
    assert call("resume", folder) == (0, f"the report lies at {folder}/report.md\n", "")
    assert call("verify", folder)[0] == 0 and not list(folder.glob(".*.unfinished"))


def test_a_model_beside_its_recipe_is_found_from_any_working_folder(tmp_path, monkeypatch, call):
    shutil.copytree(shipped.model("tiny"), tmp_path / "deep" / "mine")
    (tmp_path / "deep" / "own.yaml").write_text("{extends: tiny, model: {path: mine}}")
    changes = [part for one in [*on_fakes.SETS, "schedule.phases.1.steps=1"] for part in ("--set", one)]
    monkeypatch.chdir(tmp_path)
    assert call("run", "deep/own.yaml", "--out", "run", *changes)[0] == 0
    with Journal.open(tmp_path / "run", write=False) as journal:
        assert journal.recipe.model.path == str(tmp_path / "deep" / "mine")
    longer = ["--set", "schedule.phases.1.steps=2"]
    assert call("resume", "run", "--recipe", "deep/own.yaml", *changes, *longer)[0] == 0
    monkeypatch.chdir("/")
    assert call("resume", tmp_path / "run", "--set", "schedule.phases.1.steps=3")[0] == 0
