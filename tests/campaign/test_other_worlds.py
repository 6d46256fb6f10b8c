"""The real engines, small: what a campaign recorded is learned on by other ranks and stages, in a fork, at another path,
and after SIGTERM, to the end it would have had."""

import os
import shutil
import signal

import pytest
import worlds
from safetensors.numpy import load_file

from mmzero import campaign, cli
from mmzero.errors import CampaignStopped
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.tree import Recipe
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def wanted(tmp_path_factory) -> Recipe:
    model = random_vlm.build(
        "qwen3_vl", tmp_path_factory.mktemp("zoo") / "vlm", seed=2, hidden=64, layers=2, heads=2, kv_heads=1,
        intermediate=96, vision_hidden=32, vision_heads=1, vision_depth=2, initializer_range=0.1,
    )  # fmt: skip
    solver = {"train": "solver", "steps": 6, "prompts": 4, "group": 3, "tasks": {"bank": 1}, "says": {"max_tokens": 6}}
    learning = {"optimizer": {"lr": 1e-3}, "updates": 2, "kl": {"weight": 0.5}}
    return Recipe.model_validate(
        {
            "name": "small",
            "model": {"path": str(model), "dtype": "float32"},
            "roles": {"solver": {"policy": "main", "rewards": [{"use": "rewards/control.py:coin"}]}},
            "sources": {"bank": {"kind": "bank", "families": "primer", "skin": "tiny"}},
            "schedule": {"iterations": 1, "phases": [solver | {"learning": learning}]},
            "sampler": {"threads": 1},
            "learner": {"tokens_per_segment": 256},
            "checkpoint": {"every": 2, "keep": 9},
            "evaluate": {"tasks": 4, "majority": 0, "says": {"max_tokens": 4, "temperature": 0}},
            "log": {"terminal": "quiet"},
        }
    )


@pytest.fixture(scope="module")
def untouched(wanted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "untouched"
    campaign.run(wanted, folder.parent, folder)
    return folder


@pytest.fixture
def copy(untouched, tmp_path):
    return shutil.copytree(untouched, tmp_path / "another host's disk" / "run")


def weights(folder):
    with Journal.open(folder, write=False) as journal:
        cursor, checkpoint = journal.newest_checkpoint()
    return cursor.version, {
        (file.name, name): tensor.tobytes()
        for file in checkpoint.rglob("*.safetensors")
        for name, tensor in load_file(file).items()
    }


def test_two_ranks_at_stage_2_and_then_one_have_the_same_curve(copy, tmp_path):
    """`make faults` goes on to three ranks and back to two, at stage 3 and 2."""
    with Journal.open(copy, write=False) as journal:
        expected = {line["index"]: line for line in journal.metrics()}
    assert len({round(line["loss"], 4) for line in expected.values()}) > 3, "there is a curve to compare"
    for begins, ends, ranks, zero in [(0, 4, 2, 2), (4, 6, 1, 0)]:
        for index, told in worlds.learned(copy, tmp_path, begins, ends, ranks, zero).items():
            for figure in ("loss", "grad_norm", "gap", "entropy"):
                assert told[figure] == pytest.approx(expected[index][figure], abs=1e-3), (index, figure)


def test_a_fork_and_a_moved_campaign_end_as_the_untouched_one(copy, untouched, tmp_path):
    with pytest.raises(SystemExit) as left:
        cli.main(["fork", str(copy), "--at", "5", "--out", str(tmp_path / "fork")])
    assert left.value.code == 0
    shutil.rmtree(copy)
    campaign.resume(tmp_path / "fork")
    assert weights(tmp_path / "fork") == weights(untouched) and verify(tmp_path / "fork").sound


def test_replay_finds_the_figures_of_a_recorded_step(copy, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["replay", str(copy), "--step", "5"])
    said = capsys.readouterr().out
    assert left.value.code == 0 and said.splitlines()[-1].startswith("step 5, learned again from version 4: all ")


def test_asked_to_end_it_saves_and_goes_on_by_a_longer_schedule(wanted, untouched, tmp_path, monkeypatch):
    folder, commit = tmp_path / "asked", Journal.learned

    def asked(journal, cursor, figures):
        commit(journal, cursor, figures)
        if cursor.index == 0:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Journal, "learned", asked)
    short = wanted.schedule.phases[0].model_copy(update={"steps": 3})
    with pytest.raises(CampaignStopped, match=r"a checkpoint is saved; go on with: mmzero resume"):
        campaign.run(
            wanted.model_copy(update={"schedule": wanted.schedule.model_copy(update={"phases": (short,)})}),
            tmp_path,
            folder,
        )
    assert weights(folder)[0] == 1
    monkeypatch.undo()
    with pytest.raises(SystemExit) as left:
        cli.main(["resume", str(folder), "--set", "schedule.phases.0.steps=6", "--set", "checkpoint.keep=2"])
    assert left.value.code == 0
    assert weights(folder) == weights(untouched) and verify(folder).sound
