"""Turns on shared GPUs come in one order, and nothing moves while the turn stays with the same side."""

import pytest

from mmzero.engines.turns import Turns
from mmzero.errors import EngineError


class Side:
    def __init__(self, name, said):
        self.name, self.said = name, said

    def __getattr__(self, what):
        return lambda *args: self.said.append(" ".join((self.name, what, *args)))


def sides(shared=True):
    said = []
    turns, sampler, other, learner = Turns(shared), Side("s", said), Side("t", said), Side("l", said)
    turns.begin([sampler, other])
    turns.join(learner)
    return turns, sampler, said


def test_a_step_of_two_samplers_and_a_learner():
    turns, sampler, said = sides()
    turns.play()
    del said[:]
    turns.learn()
    turns.learn()
    turns.publish(sampler)
    turns.publish(sampler)
    turns.play()
    turns.play()
    assert said == [
        "s sleep", "t sleep", "l reload",
        "s wake weights",
        "l offload", "s wake cache", "t wake weights", "t wake cache",
    ]  # fmt: skip


def test_a_learner_that_opens_finds_samplers_asleep():
    _, _, said = sides()
    assert said == ["s sleep", "t sleep"]


def test_a_move_that_broke_off_is_gone_on_with_once_the_dead_learner_has_left():
    turns, sampler, said = sides()
    turns.play()
    dead, alive = turns._learners[0], Side("new", said)

    def died():
        raise EngineError("rank 0 died")

    dead.reload = died
    del said[:]
    for _ in range(2):
        with pytest.raises(EngineError):
            turns.learn()
    turns.leave(dead)
    turns.learn()
    turns.join(alive)
    turns.publish(sampler)
    turns.play()
    assert said == [
        "s sleep", "t sleep", "s wake weights", "new offload", "s wake cache", "t wake weights", "t wake cache",
    ]  # fmt: skip


def test_nobody_plays_on_a_move_that_broke_off():
    turns, _, said = sides()
    turns._learners[0].offload = lambda: 1 / 0
    del said[:]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            turns.play()
    assert said == []


def test_where_each_has_its_own_nothing_moves():
    turns, sampler, said = sides(shared=False)
    for turn in (turns.play, turns.learn, lambda: turns.publish(sampler), turns.play):
        turn()
    assert not said
