"""A campaign that goes wrong goes back: the range is kept, played anew with other draws, and the ledger stays exact."""

import fakes
import pytest

from mmzero import loop, overlap, report, supervise, watchdogs
from mmzero.engines.fake import FakeLearner
from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.read import read, reread
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


@pytest.mark.parametrize(("keep", "version"), [(9, 3), (2, 4)])
def test_what_lasted_some_steps_leads_back_to_before_it_began(tmp_path, keep, version):
    """A checkpoint saved meanwhile has it already; where none is left from before, the oldest is taken, not the start."""
    wanted = fakes.recipe(
        *QUICK,
        "checkpoint.every=1",
        f"checkpoint.keep={keep}",
        "watchdogs.entropy={bound: 0.1, steps: 3, then: roll_back}",
    )

    class Fading(FakeLearner):
        learned = 0

        def learn(self, batch, learning):
            Fading.learned += 1
            return dict(super().learn(batch, learning)) | {"entropy": 0.05 if 4 <= Fading.learned <= 6 else 1.0}

    journal = fakes.campaign(tmp_path / "run", wanted, learner=Fading)
    told = (journal.folder / supervise.HISTORY).read_text()
    assert (
        "a token's entropy is 0.05 nats, for 3 steps in a row" in told and f"rolled back to version {version}," in told
    )
    assert journal.roll_backs == 1 and Fading.learned == 7 + 6 - version
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


@pytest.mark.parametrize(
    ("begins", "remedy"),
    [
        (("watchdogs.skipped={bound: 0, then: roll_back}", "budgets.roll_backs=0"), "budgets.roll_backs=1"),
        (("watchdogs.entropy={bound: 0.1, steps: 1, then: stop}",), "watchdogs.entropy.then=roll_back"),
    ],
)
def test_who_does_what_the_sentence_says_gets_on(tmp_path, begins, remedy):
    """A lower learning rate alone changes nothing: a step that is played is learned again as it was meant."""

    class Fast(FakeLearner):
        """Goes wrong above a learning rate."""

        def learn(self, batch, learning):
            fast = learning.optimizer.lr > 1e-5
            return dict(super().learn(batch, learning)) | {"skipped": float(fast), "entropy": 0.0 if fast else 1.0}

    def resumed(*sets):
        with Journal.open(tmp_path / "run") as journal:
            journal.amend(reread(journal.recipe, sets))
            wanted = journal.recipe
        return fakes.campaign(tmp_path / "run", wanted, learner=Fast)

    said = "raise that and resume|set to roll_back, so that these steps are played anew"
    with pytest.raises(CampaignStopped, match=said):
        fakes.campaign(tmp_path / "run", fakes.recipe(*QUICK, *begins), learner=Fast)
    with pytest.raises(CampaignStopped, match=said):
        resumed(*(f"schedule.phases.{at}.learning.optimizer.lr=1e-6" for at in (0, 1)))
    journal = resumed(remedy)
    assert journal.roll_backs == 1 and [row["entropy"] for row in journal.metrics()] == [1.0] * 7
    assert verify(journal.folder).sound, verify(journal.folder).findings


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
