"""A step is played whole: siblings in order, every proposal beside its answer, and what an engine loses counted."""

import pytest
from play_material import recipe

from mmzero import sources
from mmzero.engines.fake import FakeSampler
from mmzero.errors import EngineError
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play
from mmzero.scoring import reward, score
from mmzero.sources.state import State
from mmzero.types import Cursor, Played, Proposal, Rejection

PROPOSER, SOLVER = Cursor(0, 0, 0, 0), Cursor(1, 0, 1, 0)


class Breaks(FakeSampler):
    """Fails once at each of these asks, counted from 0 over all calls, or for ever for these task ids."""

    def __init__(self, at=(), never=lambda ask: False):
        super().__init__()
        self.asked, self.at, self.never = [], set(at), never

    def play(self, asks):
        for ask in asks:
            self.asked.append(ask)
            if len(self.asked) - 1 in self.at or self.never(ask):
                raise EngineError("out of memory")
            yield from super().play([ask])


def played(cursor, sampler, **changes):
    wanted = recipe(**changes)
    phase = wanted.schedule.phase_at(cursor.index)
    asked = sources.tasks(wanted, phase, cursor, State(), lambda png: "hash")
    return asked, play(asked, phase, cursor, Players(wanted, {"main": sampler}, lambda png: "hash"))


def test_every_task_gets_its_siblings_in_order():
    asked, episodes = played(SOLVER, FakeSampler())
    assert [one.task for one in episodes] == list(asked) and len(asked) == 4
    assert all([rollout.sibling for rollout in one.rollouts] == [0, 1, 2] for one in episodes)
    assert len({rollout.seed for one in episodes for rollout in one.rollouts}) == 12
    assert played(SOLVER, FakeSampler())[1] == episodes


def test_a_proposal_becomes_a_task_that_is_put_to_the_vote():
    _, episodes = played(PROPOSER, FakeSampler())
    for episode in episodes:
        assert len(episode.proposals) == len(episode.rollouts) == len(episode.children) == 2
        for rollout, proposal, child in zip(episode.rollouts, episode.proposals, episode.children, strict=True):
            assert isinstance(proposal, Proposal) and child.task.parent == rollout.id and len(child.rollouts) == 4
            assert (child.task.family, child.task.level) == (proposal.family, proposal.level)
            assert child.task.seed % 2 == 0 and child.task.source == "proposed"


def test_what_an_engine_loses_once_is_asked_once_more():
    sampler = Breaks(at=[2])
    _, episodes = played(SOLVER, sampler, budgets={"infra_errors": 0})
    assert not any(one.failure for one in episodes) and len(sampler.asked) == 5
    assert episodes == played(SOLVER, FakeSampler())[1]


def test_what_is_lost_twice_is_a_failure_and_past_the_budget_the_engine_is_told_to_have_failed():
    lost = played(SOLVER, FakeSampler())[0][3].id
    sampler = Breaks(never=lambda ask: ask.task.id == lost)
    _, episodes = played(SOLVER, sampler)
    assert [one.failure for one in episodes] == [None, None, None, "sampler"] and episodes[3].rollouts == ()
    with pytest.raises(EngineError, match="1 of 4 groups of step 1"):
        played(SOLVER, sampler, budgets={"infra_errors": 0.2})


def test_lost_votes_leave_the_proposal_standing_and_the_step_can_be_kept():
    _, episodes = played(PROPOSER, Breaks(never=lambda ask: ask.role == "solver"))
    assert all(len(one.proposals) == 2 and all(child.failure for child in one.children) for one in episodes)
    assert score(episodes, [reward("own.py:own", lambda: 1.0, 1.0)], PROPOSER, {}, 0.0) == ()
    step = Played(episodes=episodes, scored=())
    assert decode(encode(step, 0), {}) == step


def test_lost_requests_have_no_proposals_and_what_is_scored_stands_in_an_episode():
    first = played(PROPOSER, FakeSampler())[0][2].id
    _, episodes = played(PROPOSER, Breaks(never=lambda ask: ask.task.id == first))
    assert [len(one.proposals) for one in episodes] == [2, 2, 0] and episodes[2].failure == "sampler"
    scored = score(episodes, [reward("own.py:own", lambda: 1.0, 1.0)], PROPOSER, {}, 0.0)
    step = Played(episodes=episodes, scored=scored)
    assert len(scored) == 4 and decode(encode(step, 0), {}) == step


def test_proposals_of_which_none_can_be_minted_are_rejections_without_children(monkeypatch):
    monkeypatch.setattr(FakeSampler, "_text", staticmethod(lambda ask, said: '{"family": "none", "level": 1}'))
    _, episodes = played(PROPOSER, FakeSampler())
    assert all(one.children == () and [type(made) for made in one.proposals] == [Rejection] * 2 for one in episodes)
