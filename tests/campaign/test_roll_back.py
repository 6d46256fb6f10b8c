"""A campaign that goes wrong goes back: the range is kept, played anew with other draws, and the ledger stays exact."""

import fakes
import pytest

from mmzero import loop, overlap, supervise
from mmzero.engines.fake import FakeLearner
from mmzero.errors import CampaignStopped
from mmzero.journal import Journal
from mmzero.journal.verify import verify

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
