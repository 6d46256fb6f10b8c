"""Play one step ahead: the same steps, each spoken one version behind, and nothing lost or sampled twice."""

import threading

import fakes
import pytest

from mmzero import overlap
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.errors import CampaignStopped, EngineError


@pytest.fixture(scope="module")
def ahead(tmp_path_factory):
    return fakes.campaign(tmp_path_factory.mktemp("overlap") / "ahead", fakes.recipe(), evolve=overlap.evolve)


def spoken(journal, index):
    return {rollout.version for episode in journal.read(index).episodes for rollout in episode.rollouts}


def test_every_step_is_played_by_the_version_before_and_says_so(ahead):
    assert [spoken(ahead, index) for index in ahead.steps()] == [{max(index - 1, 0)} for index in ahead.steps()]
    assert [row["lag"] for row in ahead.metrics()] == [0.0] + [1.0] * (len(ahead.steps()) - 1)


def test_it_learns_all_the_same_and_the_plain_loop_has_no_lag(ahead, tmp_path):
    last = ahead.recipe.schedule.steps
    assert ahead.steps() == list(range(last))
    assert fakes.accuracy(ahead, last) - fakes.accuracy(ahead, 0) > 0.4
    assert {row["lag"] for row in fakes.campaign(tmp_path / "plain", fakes.recipe()).metrics()} == {0.0}


def test_play_and_learning_really_go_on_at_once(tmp_path, monkeypatch):
    """Each waits for the other to have begun: with one after the other nobody would come."""
    learn, play = FakeLearner.learn, FakeSampler.play
    learning, playing = threading.Event(), threading.Event()

    def meet_playing(self, *args):
        learning.set()
        assert playing.wait(60)
        return learn(self, *args)

    def meet_learning(self, asks):
        if threading.current_thread().name.startswith("play"):
            playing.set()
            assert learning.wait(60)
        return play(self, asks)

    monkeypatch.setattr(FakeLearner, "learn", meet_playing)
    monkeypatch.setattr(FakeSampler, "play", meet_learning)
    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "at once", fakes.recipe(), evolve=_until(2))


def _until(learned):
    """A campaign that is interrupted before it learns step number `learned`."""

    def evolve(rooms, journal):
        keep = journal.learned

        def counted(cursor, figures):
            keep(cursor, figures)
            if cursor.version == learned:
                raise KeyboardInterrupt

        journal.learned = counted
        overlap.evolve(rooms, journal)

    return evolve


@pytest.mark.parametrize("learned", [1, 4, 9])
def test_killed_and_resumed_loses_nothing_and_samples_nothing_twice(tmp_path, monkeypatch, learned):
    monkeypatch.setattr(fakes.CountingSampler, "asked", [])
    folder = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(folder, fakes.recipe(), sampler=fakes.CountingSampler, evolve=_until(learned))
    committed = fakes.campaign(
        folder, fakes.recipe("schedule.overlap=false"), evolve=lambda rooms, journal: None
    ).steps()
    before = len(fakes.CountingSampler.asked)
    resumed = fakes.campaign(folder, fakes.recipe(), sampler=fakes.CountingSampler, evolve=overlap.evolve)
    assert resumed.steps() == list(range(resumed.recipe.schedule.steps))
    trained = {episode.task.id for index in committed for episode in resumed.read(index).episodes}
    assert not trained & set(fakes.CountingSampler.asked[before:])


def test_an_engine_that_is_lost_while_it_plays_ahead_ends_the_campaign_as_ever(tmp_path):
    class Lost(FakeSampler):
        calls = 0

        def play(self, asks):
            Lost.calls += 1
            if Lost.calls > 6:
                raise EngineError("the engine is gone")
            return super().play(asks)

    with pytest.raises(CampaignStopped, match=r"lost to the engine|engine is gone"):
        fakes.campaign(tmp_path / "lost", fakes.recipe("budgets.restarts=0"), sampler=Lost, evolve=overlap.evolve)
