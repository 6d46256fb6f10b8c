"""A learner that dies, a sampler that goes away, a publish that breaks off: the campaign ends as one nothing happened to."""

from types import SimpleNamespace

import fakes
import pytest

from mmzero import loop, overlap, supervise
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.errors import CampaignStopped, EngineError

QUICK = (
    "schedule.iterations=1",
    "schedule.phases.0.prompts=4",
    "schedule.phases.1.prompts=8",
    "evaluate.tasks=8",
    "budgets.backoff=0.001",
)


class Mortal(FakeLearner):
    """Dies at the calls that `deaths` counts down to, by method; dead, it refuses everything until it is restarted."""

    deaths: dict[str, list[int]] = {}  # noqa: RUF012 - shared on purpose: whoever makes the learner is the campaign
    restarts = 0

    def __init__(self, lr):
        super().__init__(lr)
        self._alive = True

    def _called(self, method):
        left = self.deaths.get(method, [])
        if left:
            left[0] -= 1
            if left[0] == 0:
                del left[0]
                self._alive = False
        if not self._alive:
            raise EngineError(f"rank 0 died in {method}")

    def learn(self, *args):
        self._called("learn")
        return super().learn(*args)

    def publish(self, *args):
        self._called("publish")
        super().publish(*args)

    def save(self, *args):
        self._called("save")
        super().save(*args)

    def load(self, *args):
        self._called("load")
        super().load(*args)

    def alive(self):
        return self._alive

    def restart(self):
        self._alive = True
        Mortal.restarts += 1
        super().restart()


class Counted(fakes.CountingSampler):
    asked: list[str] = []  # noqa: RUF012


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return {
        evolve: fakes.campaign(folder / evolve.__module__, fakes.recipe(*QUICK), evolve=evolve, sampler=sampler)
        for evolve, sampler in ((loop.evolve, Counted), (overlap.evolve, FakeSampler))
    }


@pytest.fixture
def deaths(monkeypatch):
    """Set what is to die when; nothing is asked twice is told by the counting sampler."""
    monkeypatch.setattr(fakes.CountingSampler, "asked", [])
    monkeypatch.setattr(Mortal, "restarts", 0)

    def set_to(**when):
        monkeypatch.setattr(Mortal, "deaths", {method: list(at) for method, at in when.items()})

    return set_to


def history(journal):
    return (journal.folder / supervise.HISTORY).read_text().splitlines()


def same(journal, other):
    assert journal.steps() == other.steps()
    for index in other.steps():
        assert fakes.timeless(journal.read(index)) == fakes.timeless(other.read(index))
    last = other.recipe.schedule.steps
    assert fakes.figures(journal) == fakes.figures(other)
    assert journal.evaluation("heldout", last) == other.evaluation("heldout", last)


@pytest.mark.parametrize(
    "when",
    [{"learn": [1]}, {"learn": [5, 1]}, {"publish": [4]}, {"save": [2]}, {"learn": [6], "load": [1]}],
    ids=["before any checkpoint", "twice", "publish", "save", "while it is loaded"],
)
def test_a_learner_that_dies_is_started_again_and_learns_the_same(untouched, deaths, tmp_path, when):
    deaths(**when)
    journal = fakes.campaign(tmp_path / "run", fakes.recipe(*QUICK), learner=Mortal, sampler=fakes.CountingSampler)
    died = sum(map(len, when.values()))
    assert Mortal.restarts == died and not any(Mortal.deaths.values())
    same(journal, untouched[loop.evolve])
    told = history(journal)
    assert sum(f"of at most {journal.recipe.budgets.restarts} in" in line for line in told) == died
    assert "main's learner was started again; going on from version" in told[-1]
    assert fakes.CountingSampler.asked == Counted.asked, "something was sampled twice, or not at all"


@pytest.mark.parametrize("when", [{"learn": [5]}, {"publish": [6]}])
def test_so_it_is_where_play_runs_ahead(untouched, deaths, tmp_path, when):
    deaths(**when)
    journal = fakes.campaign(tmp_path / "run", fakes.recipe(*QUICK), learner=Mortal, evolve=overlap.evolve)
    assert Mortal.restarts == 1 and journal.steps() == untouched[overlap.evolve].steps()
    assert len(journal.metrics()) == journal.recipe.schedule.steps
    first = journal.recipe.checkpoint.every  # what was committed before the death is the untouched run's
    assert fakes.figures(journal)[:first] == fakes.figures(untouched[overlap.evolve])[:first]


def test_the_newest_checkpoint_is_looked_at_again_and_a_damaged_one_passed_over(untouched, deaths, tmp_path, caplog):
    deaths(learn=[7])
    folder = tmp_path / "run"
    learn = Mortal._called

    def damages(self, method):
        if method == "learn" and Mortal.deaths["learn"] == [1]:
            newest = max((folder / "checkpoints").glob("[0-9]*"))
            next(newest.rglob("policy.json")).write_text("[]")
        learn(self, method)

    Mortal._called, before = damages, Mortal._called
    try:
        journal = fakes.campaign(folder, fakes.recipe(*QUICK), learner=Mortal)
    finally:
        Mortal._called = before
    assert history(journal)[-1].endswith("going on from version 3") and "000006 is passed over" in caplog.text
    same(journal, untouched[loop.evolve])


def test_past_the_budget_it_stops_and_says_what_failed(deaths, tmp_path, monkeypatch):
    deaths(learn=[3, 1, 1, 2, 1])
    pauses = []
    monkeypatch.setattr(supervise, "time", SimpleNamespace(sleep=pauses.append))
    wanted = fakes.recipe(*QUICK, "budgets.restarts=4", "budgets.backoff=3", "checkpoint.every=1")
    with pytest.raises(CampaignStopped) as stopped:
        fakes.campaign(tmp_path / "run", wanted, learner=Mortal)
    said = str(stopped.value)
    assert said.startswith("engines failed 5 times and budgets.restarts allows 4: after 2 steps: rank 0 died in learn;")
    assert str(tmp_path / "run" / supervise.HISTORY) in said and "then resume" in said
    assert pauses == [3, 6, 12, 3]  # a step was learned before the fourth
    lines = (tmp_path / "run" / supervise.HISTORY).read_text().splitlines()
    assert len(lines) == 4 * 2 + 1 and "allows 4, so the campaign stops" in lines[-1]


def test_no_pause_is_longer_than_64_of_the_first(tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(supervise, "time", SimpleNamespace(sleep=pauses.append))
    budgets = fakes.recipe("budgets.restarts=20").budgets
    restarts = supervise.Restarts(budgets, supervise.History(tmp_path / "log", fakes.rooms(fakes.recipe(), 1).watch))
    for _ in range(9):
        restarts.spend(EngineError("gone"), learned=0)
    assert pauses == [5 * n for n in (1, 2, 4, 8, 16, 32, 64, 64, 64)]


class Away(FakeSampler):
    """Fails at the play that `at` counts down to, half-way through, `times` times."""

    at, times = 1, 1

    def play(self, asks):
        Away.at -= 1
        for number, group in enumerate(super().play(asks)):
            if Away.at <= 0 < Away.times and number == 3:
                Away.times -= 1
                raise EngineError("the sampler went away")
            yield group


@pytest.mark.parametrize("times", [1, 2], ids=["asked again", "so long that engines are started again"])
def test_a_sampler_that_goes_away_while_it_is_evaluated(untouched, tmp_path, monkeypatch, times, caplog):
    monkeypatch.setattr(Away, "at", 1)
    monkeypatch.setattr(Away, "times", times)
    journal = fakes.campaign(tmp_path / "run", fakes.recipe(*QUICK), sampler=Away)
    assert "the engine failed with 3 of 8 held-out answers: the sampler went away" in caplog.text
    assert (journal.folder / supervise.HISTORY).exists() == (times == 2)
    same(journal, untouched[loop.evolve])
    assert journal.evaluation("heldout", 0) == untouched[loop.evolve].evaluation("heldout", 0)


def test_a_learner_that_lives_begins_anew_too_where_nothing_is_saved_yet(tmp_path):
    """What it has learned since the start is learned again, and may not count twice."""

    class Gone(FakeSampler):
        times = 2  # asked once more, it is still away

        def play(self, asks):
            if self.version == 2 and Gone.times:
                Gone.times -= 1
                raise EngineError("the sampler is away")
            yield from super().play(asks)

    wanted = fakes.recipe(*QUICK, "evaluate.every=2", "checkpoint.every=100")
    journal = fakes.campaign(tmp_path / "run", wanted, sampler=Gone)
    assert "main's learner was started again; going on from version 0" in history(journal)[-1]
    same(journal, fakes.campaign(tmp_path / "untouched", wanted))


def test_who_looks_on_is_told_that_a_suite_is_asked(tmp_path):
    made = fakes.rooms(wanted := fakes.recipe(*QUICK), 1.0)
    stages = []
    made.watch.stage = lambda cursor, name: stages.append((cursor.index, name))
    with fakes.Journal.create(tmp_path / "run", wanted, {}) as journal:
        loop.evolve(made, journal)
    assert stages[0] == (0, "evaluate") and (6, "evaluate") in stages
