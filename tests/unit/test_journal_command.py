"""`mmzero verify`, `fork` and `replay` over a small campaign with fake engines, as a person would call them."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from mmzero import campaign, loop, shipped, supervise
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.journal import Journal
from mmzero.journal_command import compared
from mmzero.recipe import plugins
from mmzero.recipe.read import read
from mmzero.recipe.tree import Log
from mmzero.rooms import Rooms
from mmzero.scoring import reward
from mmzero.watch import make_watch

SETS = [
    "evaluate.tasks=4", "evaluate.majority=0", "schedule.iterations=1", "schedule.phases.1.steps=3",
    "checkpoint.every=2", "checkpoint.keep=9", "log.terminal=quiet",
]  # fmt: skip


def rooms(recipe, lr=2.0):
    return Rooms(
        recipe=recipe,
        samplers={name: FakeSampler() for name in recipe.policies},
        learners={name: FakeLearner(lr) for name in recipe.policies},
        rewards={
            role: [reward(one.use, plugins.load(one, shipped.root()), one.weight) for one in spoken.rewards]
            for role, spoken in recipe.roles.items()
        },
        watch=make_watch(Log(terminal="quiet"), Path(), recipe.name),
    )


def resumed(folder):
    with Journal.open(folder) as journal:
        made = rooms(journal.recipe)
        supervise.restore(made, journal.newest_checkpoint()[1], journal.newest_checkpoint()[0].version)
        loop.evolve(made, journal)
    return Journal.open(folder, write=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    recipe = read("tiny", SETS)[0]
    with Journal.create(folder, recipe, {}) as journal:
        loop.evolve(rooms(recipe), journal)
    return folder


@pytest.fixture
def folder(whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(whole, tmp_path / "run")


def harm(folder):
    path = folder / "steps" / "000001" / "rollouts.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def test_verify_says_sound_damaged_or_no_campaign(folder, call, tmp_path):
    code, out, err = call("verify", folder)
    assert (code, err) == (0, "") and out.startswith(f"{folder} is sound: ") and out.count("\n") == 1
    harm(folder)
    code, out, err = call("verify", folder)
    named, told = out.splitlines()
    assert code == 3 and told.startswith(f"{folder} is damaged: ")
    assert named.startswith("damaged: steps/000001/rollouts.parquet: its hash is not the one in manifest.jsonl")
    code, out, _ = call("verify", folder, "--json")
    told = json.loads(out)
    assert code == 3 and told["sound"] is False and told["checked"]["steps"] == 5
    assert [finding["where"] for finding in told["findings"]] == ["steps/000001/rollouts.parquet"]
    code, out, err = call("verify", tmp_path)
    assert (code, out) == (2, "") and "is not a campaign" in err and err.count("\n") == 1


def test_a_name_in_a_folder_does_not_steer_the_terminal(folder, call):
    (folder / "steps" / "\x1b[31mred").mkdir()
    code, out, _ = call("verify", folder)
    assert code == 0 and "\x1b" not in out and "red" in out


def test_a_fork_resumes_to_the_very_end_of_its_origin(folder, call, tmp_path):
    last = Journal.open(folder, write=False).recipe.schedule.steps
    code, out, _ = call("fork", folder, "--at", 3, "--out", tmp_path / "new")
    assert code == 0
    assert out.splitlines() == [
        f"{tmp_path / 'new'} shares 2 steps with {folder}, the newest checkpoint at 3 or before",
        f"go on with: mmzero resume {tmp_path / 'new'}",
    ]
    origin, forked = Journal.open(folder, write=False), resumed(tmp_path / "new")
    assert forked.steps() == origin.steps() == list(range(last))
    for index in origin.steps():
        assert dataclasses.replace(forked.read(index), seconds={}) == dataclasses.replace(
            origin.read(index), seconds={}
        )
    weights = [sorted((journal.newest_checkpoint()[1]).rglob("*.json")) for journal in (origin, forked)]
    assert [path.read_bytes() for path in weights[0]] == [path.read_bytes() for path in weights[1]]
    assert forked.evaluation("heldout", last) == origin.evaluation("heldout", last)
    assert call("verify", tmp_path / "new")[0] == 0


def test_a_fork_at_a_step_that_is_not_there_is_the_users_mistake(folder, call, tmp_path):
    code, out, err = call("fork", folder, "--at", 1, "--out", tmp_path / "new")
    assert (code, out) == (2, "") and "fork at one of the steps that have one: 2, 4, 5" in err
    assert call("fork", folder, "--at", 99, "--out", tmp_path / "new")[0] == 2
    assert not (tmp_path / "new").exists()


def test_an_export_of_a_version_that_is_not_kept_is_the_users_mistake(folder, call, tmp_path):
    code, out, err = call("export", folder, "--role", "solver", "--out", tmp_path / "model", "--at", 3)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "has no sound checkpoint of version 3; choose one of 2, 4, 5, and let checkpoint.keep_every keep" in err
    assert "has no role 'judge'" in call("export", folder, "--role", "judge", "--out", tmp_path / "model")[2]
    assert not (tmp_path / "model").exists()


def bytes_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("step", "start"), [(0, 0), (2, 2), (3, 2)])
def test_replay_learns_a_step_again_to_the_same_figures(folder, call, monkeypatch, step, start):
    before = bytes_of(folder)
    monkeypatch.setattr(campaign, "_rooms", lambda journal, *_: (rooms(journal.recipe), dict))
    code, out, _ = call("replay", folder, "--step", step)
    *_, told = out.splitlines()
    assert code == 0 and told.startswith(f"step {step}, learned again from version {start}: all ")
    assert told.endswith("figures are the same")
    code, out, _ = call("replay", folder, "--step", step, "--json")
    found = json.loads(out)
    assert found["figures"]["missing"] is not None and found["from"] == start
    assert all(same for *_, same in compared(found["figures"], found["recorded"]))
    assert bytes_of(folder) == before


def test_replay_shows_what_differs(folder, call, monkeypatch):
    with Journal.open(folder) as journal:
        line = next(one for one in journal.metrics() if one["index"] == 2)
        place = {name: line.pop(name) for name in ("index", "iteration", "phase", "step")}
        assert place["index"] == 2
        journal.learned(journal.cursors()[2], line | {"missing": 7.0})
    monkeypatch.setattr(campaign, "_rooms", lambda journal, *_: (rooms(journal.recipe), dict))
    _, out, _ = call("replay", folder, "--step", 2)
    assert [row.split()[0] for row in out.splitlines() if row.endswith("  differs")] == ["missing"]
    assert "1 of " in out.splitlines()[-1] and out.splitlines()[-1].endswith("figures differ")


def test_replay_of_a_step_never_learned_starts_no_engine(folder, call, monkeypatch):
    monkeypatch.setattr(campaign, "_rooms", lambda *_: pytest.fail("an engine was started"))
    code, out, err = call("replay", folder, "--step", 99)
    assert (code, out) == (2, "") and "cannot replay step 99: it has learned steps 0 to 4" in err
