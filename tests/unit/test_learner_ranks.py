"""What a learner's ranks are asked, in which order and under which version, over hosts that only write it down."""

from types import SimpleNamespace

import pytest

from mmzero.engines import learner_ranks
from mmzero.engines.learner_ranks import LearnerRanks
from mmzero.engines.turns import Turns
from mmzero.errors import EngineError


class Ordered:
    """A lock that tells whether it is held."""

    held = False

    def __enter__(self):
        assert not self.held
        self.held = True

    def __exit__(self, *_):
        self.held = False


class Rank:
    def __init__(self):
        self.asked, self.order = [], None

    def begin_open(self, *_, **__):
        pass

    def begin(self, method, *args):
        assert self.order.held, "another thread could be heard by the next rank first"
        self.asked.append((method, args[-1]))


class Sampler:
    route = "the way there"
    last_ask = None

    def __init__(self, deaths=()):
        self.version, self.deaths = 0, list(deaths)

    def received(self, version):
        self.version = version

    def replace_dead(self):
        return [self.deaths.pop()] if self.deaths else []


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(learner_ranks, "together", lambda begun: [None for _ in begun])
    monkeypatch.setattr(learner_ranks.meeting, "keep_store", lambda *_: SimpleNamespace(port=1))
    monkeypatch.setattr(learner_ranks.ray, "put", lambda value: value)
    hosts = [Rank(), Rank()]
    learner = LearnerRanks(hosts, Turns(shared=False), "here", 1.0)
    learner._order = hosts[0].order = hosts[1].order = Ordered()
    return learner, hosts


def test_a_sampler_replaced_while_they_learn_is_told_the_version_that_they_learn(made):
    learner, hosts = made
    sampler = Sampler()
    learner.publish([sampler], 3)
    learner.version = 5  # a step is about to be learned: another policy learned the one before
    learner.feed(sampler)
    assert sampler.version == 3, "nothing has been learned yet"
    learner.learn("batch", "how")
    learner.feed(sampler)
    assert sampler.version == 5, "what is asked of the ranks now they answer once they have learned"
    learner.publish([sampler], 5)
    assert hosts[0].asked == [("send", 3), ("send", 3), ("learn", "how"), ("send", 5), ("send", 5)]
    assert hosts[1].asked == hosts[0].asked


def test_a_replica_that_died_meanwhile_is_replaced_once_and_fed_the_same(made, monkeypatch):
    learner, hosts = made
    breaks = iter([True, False, True, True])

    def together(begun):
        if next(breaks, False):
            raise EngineError("a replica is gone")

    monkeypatch.setattr(learner_ranks, "together", together)
    sampler = Sampler(deaths=["replica 0"])
    learner.publish([sampler], 4)
    assert sampler.version == 4 and hosts[0].asked == [("send", 4)] * 2
    with pytest.raises(EngineError, match="a replica is gone"):
        learner.publish([sampler], 5)
    assert sampler.version == 4
