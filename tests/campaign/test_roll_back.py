"""A campaign that goes wrong goes back: the range is kept, played anew with other draws, and the ledger stays exact."""

import fakes
import pytest

from mmzero import loop, overlap, report, supervise, watchdogs
from mmzero.engines.fake import FakeLearner
from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.read import read
from mmzero.status import status_of

QUICK = (
    "schedule.iterations=1",
    "schedule.phases.0.prompts=4",
    "schedule.phases.1.prompts=8",
    "evaluate.tasks=60",
    "evaluate.majority=0",
    "evaluate.every=3",
)


class Poisoned(FakeLearner):
    """Skips an update at these steps of its life, or forgets everything it has learned."""

    skips: tuple[int, ...] = ()
    forgets: tuple[int, ...] = ()
    learned = 0

    def learn(self, batch, learning):
        figures = dict(super().learn(batch, learning))
        Poisoned.learned += 1
        if Poisoned.learned in self.forgets:
            self._weights = -20 * abs(self._weights) - 20 * (self._weights == 0)
        return figures | {"skipped": float(Poisoned.learned in self.skips)}


@pytest.fixture
def poison(monkeypatch):
    def with_(**what):
        monkeypatch.setattr(Poisoned, "learned", 0)
        for name, steps in what.items():
            monkeypatch.setattr(Poisoned, name, steps)

    return with_


@pytest.mark.parametrize("evolve", [loop.evolve, overlap.evolve], ids=["one after the other", "ahead"])
def test_too_many_skipped_updates_lead_back_to_the_last_checkpoint(poison, tmp_path, evolve):
    poison(skips=(4, 5))
    wanted = fakes.recipe(*QUICK, "watchdogs.skipped={bound: 1, then: roll_back}")
    journal = fakes.campaign(tmp_path / "run", wanted, learner=Poisoned, evolve=evolve)
    assert journal.roll_backs == 1 and Poisoned.learned == 7 + 2, "steps 3 and 4 were learned twice"
    told = (journal.folder / supervise.HISTORY).read_text()
    assert "2 updates were skipped" in told and "rolled back to version 3" in told
    assert journal.steps() == list(range(7)) and [row["skipped"] for row in journal.metrics()] == [0.0] * 7
    assert verify(journal.folder).sound, verify(journal.folder).findings


def test_what_is_played_anew_asks_the_same_and_draws_otherwise(poison, tmp_path):
    poison(skips=(4,))
    wanted = fakes.recipe(*QUICK, "watchdogs.skipped={bound: 0, then: roll_back}")
    journal = fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    again = journal.read(3)
    poison(skips=())
    first = fakes.campaign(tmp_path / "other", wanted, learner=Poisoned).read(3)
    assert [one.task.id for one in again.episodes] == [one.task.id for one in first.episodes]
    seeds, others = ({r.seed for one in played.episodes for r in one.rollouts} for played in (again, first))
    assert not seeds & others


def test_a_fall_of_the_probe_leads_back_to_the_best_version(poison, tmp_path):
    poison(forgets=(6,))
    held_out = "evaluate.tasks=300"  # of twelve families a few steps teach a few
    wanted = fakes.recipe(
        *QUICK, held_out, "evaluate.roll_back=upper_bound_below_zero", "checkpoint.every=1", "checkpoint.keep=9"
    )
    journal = fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    told = (journal.folder / supervise.HISTORY).read_text()
    assert journal.roll_backs == 1 and "held-out answers of version 6 are worse than those of version 3" in told
    assert "rolled back to version 3" in told
    assert fakes.accuracy(journal, 6) >= fakes.accuracy(journal, 0)
    assert verify(journal.folder).sound, verify(journal.folder).findings


def test_after_each_phase_the_probe_accepts_or_undoes_it(poison, tmp_path):
    """A checkpoint stands where a phase was judged, whatever checkpoint.every says, and the best one stays."""
    wanted = fakes.recipe(
        *QUICK, "evaluate.every=0", "evaluate.phases=true", "evaluate.tasks=300", "evaluate.final=final-tiny",
        "evaluate.roll_back=upper_bound_below_zero", "checkpoint.every=100", "checkpoint.keep=1", "schedule.iterations=2",
    )  # fmt: skip
    poison(forgets=(12,))  # in the second iteration's solver phase
    journal = fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    told = (journal.folder / supervise.HISTORY).read_text()
    assert journal.evaluated_versions("heldout") == [0, 2, 7, 9, 14] and journal.roll_backs == 1
    assert "held-out answers of version 14 are worse than those of version" in told
    best = max((0, 2, 7, 9), key=lambda version: (fakes.accuracy(journal, version), version))
    assert f"rolled back to version {best}," in told and Poisoned.learned == 14 + (14 - best)
    assert fakes.accuracy(journal, 14) >= fakes.accuracy(journal, 0)
    # The final suite is answered at both ends and nowhere else, and shown at the end.
    assert journal.evaluated_versions("final") == [0, 14]
    assert status_of(journal.folder).evaluation["name"] == "heldout"
    found = report.write(journal, wall_s=1.0, peak_rss_gb=1.0)["final"]
    assert found["suite"] == "final-tiny" and found["n"] == 300
    assert found["gain"]["low"] < found["gain"]["mean"] <= found["gain"]["high"] <= 1
    assert found["gain"]["mean"] == pytest.approx(found["after"]["accuracy"] - found["before"]["accuracy"])
    assert "## The final suite" in (journal.folder / "report.md").read_text()


def test_what_others_learned_since_the_best_version_stays():
    wanted = read("evolve_qwen3vl_8b")[0]
    assert watchdogs._last_like(wanted, 20, 40) == 30 and watchdogs._last_like(wanted, 10, 20) == 10
    assert [version for version in range(41) if wanted.judged(version)] == [20, 40]
    assert wanted.kept.keep_best == 1 and fakes.recipe().kept == fakes.recipe().checkpoint


def test_a_final_suite_that_is_looked_at_on_the_way_is_none():
    with pytest.raises(UserError, match=r"evaluate\.final is 'probe-tiny', which is evaluate\.suite too"):
        fakes.recipe("evaluate.suite=probe-tiny", "evaluate.final=probe-tiny")
    with pytest.raises(UserError, match=r"evaluate\.final is 'bank', a source of kind bank"):
        fakes.recipe("evaluate.final=bank")


def test_past_its_budget_it_stops_and_a_resumed_one_remembers(poison, tmp_path):
    poison(skips=tuple(range(1, 99)))
    wanted = fakes.recipe(*QUICK, "watchdogs.skipped={bound: 1, then: roll_back}", "budgets.roll_backs=1")
    for _ in range(2):
        with pytest.raises(CampaignStopped, match=r"2 updates .* rolled back 1 times, and budgets.roll_backs allows 1"):
            fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    with Journal.open(tmp_path / "run", write=False) as journal:
        assert journal.roll_backs == 1 and journal.newest_checkpoint() is None
    assert verify(tmp_path / "run").sound


def test_killed_while_it_goes_back_it_goes_back_once(poison, tmp_path, monkeypatch):
    poison(skips=(4, 5))
    wanted = fakes.recipe(*QUICK, "watchdogs.skipped={bound: 1, then: roll_back}")
    begin = supervise.begin_again

    def dies(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(supervise, "begin_again", dies)
    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    monkeypatch.setattr(supervise, "begin_again", begin)
    poison(skips=())
    journal = fakes.campaign(tmp_path / "run", wanted, learner=Poisoned)
    assert journal.roll_backs == 1 and journal.steps() == list(range(7)) and verify(journal.folder).sound
