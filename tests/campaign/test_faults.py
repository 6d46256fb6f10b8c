"""The whole loop over fake engines, killed, starved of disk and damaged wherever that can be done: it ends as a campaign
that was never touched, or says in one sentence what is wrong."""

import os
import random
import shutil
from contextlib import suppress

import on_fakes
import pytest
from deaths import Death, Full, Killed

from mmzero import campaign
from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal, lease
from mmzero.journal.verify import verify

MOMENTS = [
    (on_fakes.Sampler, "_group"),
    (on_fakes.Sampler, "receive"),
    (on_fakes.Learner, "learn"),
    (on_fakes.Learner, "save"),
    (on_fakes.Learner, "save_model"),
]


@pytest.fixture(scope="module", autouse=True)
def fakes():
    with pytest.MonkeyPatch.context() as patched:
        on_fakes.install(patched)
        patched.setattr(os, "fsync", lambda descriptor: None)  # a kill cannot tell, and the disk takes its time
        yield


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untouched") / "run"
    on_fakes.begin(folder)
    kept = on_fakes.state(folder)
    exported = sorted(name for name in kept[3] if name.startswith("exports/"))
    assert exported == ["exports/000002/main/policy.json", "exports/000004/main/policy.json"]
    return kept


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Three steps of four are learned and saved, the first checkpoint is already gone."""
    folder = tmp_path_factory.mktemp("begun") / "run"
    spoken = on_fakes.Sampler._group

    def dies(self, ask):
        if self.version == 3 and ask.temperature:
            raise Killed
        return spoken(self, ask)

    with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed):
        patched.setattr(on_fakes.Sampler, "_group", dies)
        on_fakes.begin(folder)
    return folder


def killed(folder, after):
    """Go on until `after` instants have passed; whether the process died of it."""
    with pytest.MonkeyPatch.context() as patched, suppress(Killed):
        death = Death(patched, after, MOMENTS)
        campaign.resume(folder)
    return death.dead


def committed(folder):
    """The tasks of the steps that are played."""
    with Journal.open(folder, write=False) as journal:
        episodes = [episode for index in journal.steps() for episode in journal.read(index).episodes]
        return {one.task.id for episode in episodes for one in (episode, *episode.children)}


def test_a_kill_at_every_instant_of_a_step_of_the_loop(begun, untouched, tmp_path):
    """Its play, its two commits, its evaluation, its checkpoint and the one that is let go for it."""
    for after in range(10_000):
        folder = shutil.copytree(begun, tmp_path / "run")
        dead = killed(folder, after)
        there = committed(folder)
        on_fakes.ASKED.clear()
        campaign.resume(folder)
        assert not there & set(on_fakes.ASKED), "a committed step was sampled again"
        assert on_fakes.state(folder) == untouched
        assert verify(folder).sound
        shutil.rmtree(folder)
        if not dead:
            break
    assert after > 60  # the step has that many instants to die at


def test_180_kills_at_random(untouched, tmp_path):
    """Several in one campaign, from its first instant on, until it has ended; then the next campaign."""
    draw, kills, campaigns = random.Random(7), 0, 0
    with pytest.MonkeyPatch.context() as patched:
        seen = Death(patched, 10**9, MOMENTS)
        on_fakes.begin(tmp_path / "counted")
    while kills < 180:
        folder, campaigns = tmp_path / f"run-{campaigns}", campaigns + 1
        with pytest.MonkeyPatch.context() as patched, suppress(Killed):
            death = Death(patched, draw.randrange(seen.seen // 4), MOMENTS)
            on_fakes.begin(folder)
        kills += death.dead
        while folder.exists() and killed(folder, draw.randrange(seen.seen // 4)):
            kills += 1
        if not folder.exists():  # it died before there was a campaign
            continue
        assert on_fakes.state(folder) == untouched and verify(folder).sound
        shutil.rmtree(folder)
    assert campaigns >= 20


def test_a_disk_that_is_full_at_any_instant_stops_with_a_sentence(begun, untouched, tmp_path):
    for after in range(10_000):
        folder = shutil.copytree(begun, tmp_path / "run")
        with pytest.MonkeyPatch.context() as patched:
            disk = Full(patched, after)
            try:
                campaign.resume(folder)
            except CampaignStopped as stopped:
                said = str(stopped)
        if not disk.full:
            break
        assert said.startswith(f"{folder} cannot be written (No space left on device); what is committed stands: give")
        assert said.endswith(f"go on with: mmzero resume {folder}") and "\n" not in said
        campaign.resume(folder)
        assert on_fakes.state(folder) == untouched and verify(folder).sound
        shutil.rmtree(folder)
    assert after > 12  # the step writes at that many places


def halved(content):
    return content[: len(content) // 2]


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def emptied(content):
    return b""


# What mmzero resume does about a file of each kind that is not what was written. "as if never": what the file held is made
# again from the rest, and the campaign ends as one never touched. Otherwise it is refused with exit code 2, and the file
# is named.
REFUSED, MADE_AGAIN = "refused", "made again"
KINDS = {
    "about.json": REFUSED,
    "recipe.json": REFUSED,
    "given.json": REFUSED,
    "plugins/*.py": REFUSED,
    "steps/000001/tasks.parquet": REFUSED,
    "steps/000001/rollouts.parquet": REFUSED,
    "steps/000001/rewards.parquet": REFUSED,
    "steps/000001/step.json": REFUSED,
    "manifest.jsonl": REFUSED,
    "metrics.jsonl": REFUSED,
    "images/*/*.png": MADE_AGAIN,
    "checkpoints/000003/main/policy.json": MADE_AGAIN,
    "checkpoints/000003/manifest.json": MADE_AGAIN,
    "lease": MADE_AGAIN,
}


@pytest.mark.parametrize("harm", [halved, flipped, emptied])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_of_any_kind_is_named(begun, untouched, tmp_path, monkeypatch, call, kind, harm):
    monkeypatch.setattr(lease, "SILENCE", 0.1)
    folder = shutil.copytree(begun, tmp_path / "run")
    path = sorted(folder.glob(kind))[0]
    path.write_bytes(harm(path.read_bytes()))
    name = path.relative_to(folder).as_posix()
    code, out, _ = call("verify", folder)
    silent = name == "lease" and harm is not flipped  # empty, as before the first owner, or cut where it was blank
    assert (code, name in out) == ((0, False) if silent else (3, True))
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    code, _, err = call("resume", folder)
    if KINDS[kind] is REFUSED:
        assert code == 2 and name in err and err.count("\n") == 1 and "restore" in err
        del before[folder / "lease"]
        assert all(file.read_bytes() == content for file, content in before.items())
    else:
        assert code == 0
        assert on_fakes.state(folder) == untouched


@pytest.mark.parametrize("harm", [halved, flipped, emptied])
def test_a_damaged_evaluation_is_named_by_who_reads_it(begun, tmp_path, call, harm):
    path = begun / "evaluations" / "000002-heldout.parquet"
    folder = shutil.copytree(begun, tmp_path / "run")
    (folder / "evaluations" / path.name).write_bytes(harm(path.read_bytes()))
    assert f"damaged: evaluations/{path.name}: its hash is not" in call("verify", folder)[1]
    with Journal.open(folder, write=False) as journal, pytest.raises(UserError, match=f"{path.name} is damaged"):
        journal.evaluation("heldout", 2)
