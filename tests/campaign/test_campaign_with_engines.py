"""The real engines, small: a campaign killed between two commits and resumed has the weights of an untouched one."""

import json

import pytest
from safetensors.numpy import load_file

from mmzero import campaign
from mmzero.export import export
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.tree import Recipe
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines

COIN = [{"use": "rewards/control.py:coin"}]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory) -> Recipe:
    model = random_vlm.build(
        "qwen3_vl", tmp_path_factory.mktemp("zoo") / "vlm", seed=2, hidden=64, layers=2, heads=2, kv_heads=1,
        intermediate=96, vision_hidden=32, vision_heads=1, vision_depth=2, initializer_range=0.1,
    )  # fmt: skip
    proposer = {"train": "proposer", "steps": 1, "prompts": 2, "group": 3, "votes": {"n": 2}, "says": {"max_tokens": 6}}
    solver = {"train": "solver", "steps": 3, "prompts": 3, "group": 3, "tasks": {"bank": 1}, "says": {"max_tokens": 6}}
    return Recipe.model_validate(
        {
            "name": "small",
            "model": {"path": str(model), "dtype": "float32"},
            "roles": {"proposer": {"policy": "main", "rewards": COIN}, "solver": {"policy": "main", "rewards": COIN}},
            "sources": {"bank": {"kind": "bank", "families": "primer", "skin": "tiny"}},
            "schedule": {"iterations": 1, "phases": [proposer, solver]},
            "learning": {"optimizer": {"lr": 1e-3}},
            "checkpoint": {"every": 2, "export_at": [4]},
            "evaluate": {"tasks": 8, "majority": 2, "says": {"max_tokens": 6, "temperature": 0}},
            "budgets": {"barren": "go_on"},  # its model has learned nothing
            "log": {"terminal": "quiet"},
        }
    )


@pytest.fixture(scope="module")
def untouched(wanted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "untouched"
    return folder, campaign.run(wanted, folder.parent, folder)


def weights(folder):
    with Journal.open(folder, write=False) as journal:
        checkpoint = journal.newest_checkpoint()[1]
    return {file.name: load_file(file) for file in checkpoint.rglob("*.safetensors")}


def exported(folder):
    return folder / "exports" / "000004" / "main" / "model.safetensors"


def test_the_report_lies_in_the_folder_and_training_moved_the_weights(untouched):
    folder, report = untouched
    assert json.loads((folder / "report.json").read_text())["heldout"]["before"]["n"] == 8
    assert report["heldout"]["after"]["n"] == 8 and report["finished"] and (folder / "report.md").is_file()
    with Journal.open(folder, write=False) as journal:
        assert any(row["grad_norm"] > 0 for row in journal.metrics())


@pytest.mark.parametrize("at", [1, 3])
def test_killed_and_resumed_has_the_same_weights_bit_for_bit(wanted, untouched, tmp_path, monkeypatch, at):
    folder, learned = tmp_path / "killed", Journal.learned

    def dies(journal, cursor, figures):
        if cursor.index == at:
            raise KeyboardInterrupt
        learned(journal, cursor, figures)

    monkeypatch.setattr(Journal, "learned", dies)
    with pytest.raises(KeyboardInterrupt):
        campaign.run(wanted, tmp_path, folder)
    monkeypatch.setattr(Journal, "learned", learned)
    campaign.resume(folder)
    ours, theirs = weights(folder), weights(untouched[0])
    assert exported(folder).read_bytes() == exported(untouched[0]).read_bytes()
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert all(ours[name][key].tobytes() == theirs[name][key].tobytes() for key in theirs[name])


def test_an_export_loads_and_a_finished_campaign_is_left_alone(untouched, tmp_path):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder, report = untouched
    out = export(folder, "solver", tmp_path / "model")
    AutoProcessor.from_pretrained(out)
    model = AutoModelForImageTextToText.from_pretrained(out)
    masters = next(tensors for name, tensors in weights(folder).items() if "master" in name or "model" in name)
    name, tensor = next(iter(model.named_parameters()))
    assert (tensor.detach().numpy() == masters[name]).all()
    with Journal.open(folder, write=False) as journal:
        oldest, *_ = journal.sound_checkpoints()
        before = load_file(next(journal.newest_checkpoint(oldest)[1].rglob("master.safetensors")))
    then = load_file(next(export(folder, "solver", tmp_path / "then", at=oldest).glob("*.safetensors")))
    assert (then[name] == before[name]).all() and not (then[name] == masters[name]).all(), (
        "of that step, not the newest"
    )
    assert campaign.resume(folder)["wall_s"] == report["wall_s"]


def test_what_was_exported_on_the_way_is_a_model_of_the_learners_weights(untouched):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder, _ = untouched
    AutoProcessor.from_pretrained(exported(folder).parent)
    parameters = dict(AutoModelForImageTextToText.from_pretrained(exported(folder).parent).named_parameters())
    masters = weights(folder)["master.safetensors"]  # of version 4, which is the last
    assert parameters.keys() == masters.keys() and len(masters) > 20
    assert all((parameters[name].detach().numpy() == tensor).all() for name, tensor in masters.items())
    found = verify(folder)
    assert found.sound and found.checked["exports"] == 1


def test_smoke_runs_one_step_of_every_phase(wanted, tmp_path):
    assert campaign.smoke(wanted, tmp_path)["phases"] == 2
