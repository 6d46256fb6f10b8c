"""Siblings behind noise: one group with the clean ones, learned from under the clean picture, and none of it at the end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from play_material import recipe

from mmzero import noisy, sources
from mmzero.credit import credit
from mmzero.engines.fake import FakeSampler
from mmzero.errors import EngineError
from mmzero.play import Players, play
from mmzero.recipe.tree import Noisy
from mmzero.segment import segment
from mmzero.sources.state import State
from mmzero.types import Cursor, Scored

STEPS = 10


def wanted(siblings=2, iterations=1, **more):
    phase = {"train": "solver", "steps": STEPS, "prompts": 3, "group": 5, "tasks": {"bank": 1.0}}
    noise = {"noise": {"siblings": siblings, **more}} if siblings else {}
    return recipe(schedule={"iterations": iterations, "phases": [phase | noise]})


class Listens(FakeSampler):
    def __init__(self, loses=lambda ask: False):
        super().__init__()
        self.asked, self.loses = [], loses

    def play(self, asks):
        for ask in asks:
            self.asked.append(ask)
            if self.loses(ask):
                raise EngineError("out of memory")
            yield from super().play([ask])


def played(step, sampler=None, **which):
    spelt, at = wanted(**which), Cursor(step, 0, 0, step)
    phase, sampler = spelt.schedule.phases[0], sampler or Listens()
    tasks = sources.tasks(spelt, phase, at, State(), lambda png: "hash")
    return tasks, play(tasks, phase, at, Players(spelt, {"main": sampler}, lambda png: "hash")), sampler.asked


def test_clean_and_noisy_siblings_are_one_group_of_the_clean_task():
    tasks, episodes, asked = played(0)
    assert [len(ask.seeds_G) for ask in asked] == [3] * 3 + [2] * 3
    assert [ask.noise is not None for ask in asked] == [False] * 3 + [True] * 3
    assert {ask.noise.steps for ask in asked[3:]} == {499} and len({ask.noise.seed for ask in asked[3:]}) == 3
    for task, episode in zip(tasks, episodes, strict=True):
        assert episode.task == task and [one.sibling for one in episode.rollouts] == [0, 1, 2, 3, 4]
        assert {one.task for one in episode.rollouts} == {task} and len({one.seed for one in episode.rollouts}) == 5
    _, without, _ = played(0, siblings=0)
    assert [[one.seed for one in episode.rollouts] for episode in episodes] == [
        [one.seed for one in episode.rollouts] for episode in without
    ]


def test_pitfall_13_statistics_are_joint_and_the_learner_is_shown_the_clean_picture():
    _, (episode, *_), _ = played(0)
    paid = [Scored(rollout=one, reward=float(one.sibling), parts={}) for one in episode.rollouts]
    samples = credit(paid, "group_centered")
    assert [sample.advantage for sample in samples] == [-2, -1, 0, 1, 2]  # about the mean of all five
    batch = segment(samples, drop_constant=True, mask_truncated=False, tokens_per_segment=4096, max_tokens=8)
    ((one,),) = batch.microbatches
    assert one.images == episode.task.images and len(one.lengths_G) == 5


def test_pitfall_13_at_the_end_noise_has_no_influence_at_all():
    _, noisy_episodes, asked = played(STEPS - 1)
    _, clean_episodes, clean_asked = played(STEPS - 1, siblings=0)
    assert noisy_episodes == clean_episodes and asked == clean_asked


def test_noise_fades_along_a_sigmoid_by_hand():
    # 500 / (1 + e^(30 (p - 2/3))): e^-20 is nothing, e^0 one, e^(30 / 12) 12.18, e^10 so much that less than one is left
    noise = Noisy(siblings=1)
    assert [noise.left(p) for p in (0.0, 2 / 3, 0.75, 1.0)] == [499, 250, 37, 0]


@given(st.integers(1, 1000), st.floats(0, 1), st.floats(0.1, 1e6), st.integers(1, 7), st.integers(1, 4))
def test_noise_never_grows_and_the_last_step_has_none(steps, middle, steepness, long, iterations):
    try:
        noise = Noisy(siblings=1, steps=steps, middle=middle, steepness=steepness)
    except ValueError as refused:
        assert "where its phase ends; raise steepness or lower middle" in str(refused)
        return
    phase = wanted().schedule.phases[0].model_copy(update={"noise": noise, "steps": long})
    told = [noisy.left(phase, Cursor(0, i, 0, step), iterations) for i in range(iterations) for step in range(long)]
    assert told == sorted(told, reverse=True) and told[-1] == 0 and told[0] <= steps


def test_the_phase_is_counted_over_all_iterations():
    phase = wanted(iterations=3).schedule.phases[0]
    assert noisy.left(phase, Cursor(0, 0, 0, STEPS - 1), 3) == 499
    assert noisy.left(phase, Cursor(0, 2, 0, 0), 3) < 250 and noisy.left(phase, Cursor(0, 2, 0, STEPS - 1), 3) == 0


def test_a_group_that_lost_a_part_is_lost_whole():
    """A baseline of clean siblings alone is another baseline."""
    first = played(0)[0][0].id
    for lost in (first, first + "~"):
        _, episodes, _ = played(0, Listens(lambda ask, lost=lost: ask.task.id == lost))
        assert episodes[0].failure == "sampler" and not episodes[0].rollouts


def test_a_task_without_pictures_has_nothing_to_hide():
    spelt = wanted()
    task = replace(played(0)[0][0], images=())
    plan = noisy.plan([task], {task.id: [1, 2, 3, 4, 5]}, spelt.schedule.phases[0], Cursor(0, 0, 0, 0), spelt)
    assert plan.tasks == (task,) and plan.seeds[task.id] == [1, 2, 3, 4, 5] and not plan.noise


@pytest.mark.parametrize(
    ("siblings", "more", "said"),
    [
        (
            5,
            {},
            "group 5 and noise.siblings 5; noise is for a solver's pictures, and at least one sibling must see them",
        ),
        (
            2,
            {"steepness": 3.0},
            "a noise of 500 steps with middle 0.666667 and steepness 3 still has 134 where its phase",
        ),
    ],
)
def test_noise_that_leaves_nothing_clean_is_refused(siblings, more, said):
    with pytest.raises(ValueError, match=said):
        wanted(siblings, **more)
