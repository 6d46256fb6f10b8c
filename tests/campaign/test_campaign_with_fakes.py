"""A whole campaign over fake engines: it learns, a null control does not, and a killed one ends as an untouched one."""

import fakes
import pytest

from mmzero.engines.fake import FakeSampler
from mmzero.errors import CampaignStopped, EngineError
from mmzero.types import Rejection


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return fakes.campaign(tmp_path_factory.mktemp("campaign") / "untouched", fakes.recipe())


def test_a_policy_improves_and_a_null_control_does_not(untouched, tmp_path):
    last = untouched.recipe.schedule.steps
    assert fakes.accuracy(untouched, last) - fakes.accuracy(untouched, 0) > 0.5
    null = fakes.campaign(tmp_path / "null", fakes.recipe(), lr=0.0)
    assert fakes.accuracy(null, last) == fakes.accuracy(null, 0)


def test_every_phase_played_and_proposals_became_tasks(untouched):
    roles = [row["role"] for row in untouched.metrics()]
    assert roles == ["proposer"] * 2 + ["solver"] * 5 + ["proposer"] * 2 + ["solver"] * 5
    later = untouched.read(len(roles) - 1).episodes
    proposed = [episode.task for episode in later if episode.task.source == "proposed"]
    assert proposed and all(task.parent and task.answer.warrant.kind == "computed" for task in proposed)


def test_training_and_suites_never_share_a_scene(untouched):
    trained = {episode.task.seed for index in untouched.steps() for episode in untouched.read(index).episodes}
    minted = {
        child.task.seed
        for index in untouched.steps()
        for episode in untouched.read(index).episodes
        for child in episode.children
    }
    heldout = {int(row["task_id"].split("/")[2], 16) for row in untouched.evaluation("heldout", 0)}
    assert all(seed % 2 == 0 for seed in trained | minted) and all(seed % 2 for seed in heldout)


@pytest.mark.parametrize("after", [1, 30, 90, 200, 330])
def test_killed_and_resumed_ends_as_never_touched(untouched, tmp_path, after):
    class Dies(fakes.CountingSampler):
        asked: list[str] = []  # noqa: RUF012

        def play(self, asks):
            for group in super().play(asks):
                if len(Dies.asked) == after:
                    raise KeyboardInterrupt
                yield group

    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "killed", fakes.recipe(), sampler=Dies)
    resumed = fakes.campaign(tmp_path / "killed", fakes.recipe())
    assert resumed.steps() == untouched.steps()
    for index in untouched.steps():
        assert fakes.timeless(resumed.read(index)) == fakes.timeless(untouched.read(index))
    assert fakes.figures(resumed) == fakes.figures(untouched)
    last = untouched.recipe.schedule.steps
    assert resumed.evaluation("heldout", last) == untouched.evaluation("heldout", last)


def test_a_committed_step_is_never_sampled_again(tmp_path, monkeypatch):
    monkeypatch.setattr(fakes.CountingSampler, "asked", [])
    folder = tmp_path / "counted"
    fakes.campaign(folder, fakes.recipe(), sampler=fakes.CountingSampler)
    once = len(fakes.CountingSampler.asked)
    newest = sorted((folder / "checkpoints").iterdir())
    for checkpoint in newest:
        next(checkpoint.rglob("policy.json")).write_text("[]")  # damaged: all is learned again, from the ledger
    fakes.campaign(folder, fakes.recipe(), sampler=fakes.CountingSampler)
    assert len(fakes.CountingSampler.asked) == once


class Loses(FakeSampler):
    """An engine that fails on its first ask of every call, until it has failed `times` times."""

    times = 1

    def play(self, asks):
        if Loses.times > 0:
            Loses.times -= 1
            raise EngineError("the engine went away")
        yield from super().play(asks)


def test_an_engine_that_fails_once_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(Loses, "times", 1)
    wanted = fakes.recipe("schedule.iterations=1", "evaluate.tasks=8", "evaluate.majority=0")
    monkeypatch.setattr("mmzero.evaluate.if_due", lambda *_, **__: None)
    journal = fakes.campaign(tmp_path / "loses", wanted, sampler=Loses)
    assert all(row["failures"] == 0 for row in journal.metrics())


def test_an_engine_that_stays_away_stops_the_campaign(tmp_path, monkeypatch):
    monkeypatch.setattr(Loses, "times", 10**9)
    monkeypatch.setattr("mmzero.evaluate.if_due", lambda *_, **__: None)
    with pytest.raises(CampaignStopped, match=r"8 of 8 groups of step 0 were lost"):
        fakes.campaign(tmp_path / "gone", fakes.recipe("budgets.restarts=0"), sampler=Loses)


class Babbles(FakeSampler):
    """A proposer that writes what it likes."""

    def _text(self, ask, said):
        return FakeSampler._text(ask, said) if ask.task.answer else '{"family": "count", "level": "x"}'


def test_a_malformed_proposal_is_counted_and_earns_nothing(tmp_path):
    recipe = fakes.recipe("schedule.iterations=1", "budgets.barren=go_on")
    journal = fakes.campaign(tmp_path / "babbles", recipe, sampler=Babbles)
    first = journal.metrics()[0]
    assert first["rejected/wrong_types"] == 32 and first["proposals_valid"] == 0 and first["missing"] == 0
    assert all(isinstance(one, Rejection) for episode in journal.read(0).episodes for one in episode.proposals)
    assert {scored.parts["learnability.unbiased"] for scored in journal.read(0).scored} == {0.0}
    with pytest.raises(
        CampaignStopped, match="nothing that the proposer wrote in phase 0 of iteration 0 could be used"
    ):
        fakes.campaign(tmp_path / "stops", fakes.recipe("schedule.iterations=1"), sampler=Babbles)
