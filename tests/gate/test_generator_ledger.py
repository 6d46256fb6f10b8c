"""Programs of a coder from the step that heard them: kept in the ledger, shown to rewards, remembered by the campaign."""

from dataclasses import replace

import numpy as np
import pytest
from generator_material import says

from mmzero.journal.codec import decode, encode
from mmzero.roles import generator, reply
from mmzero.roles.generator import Instance, answer_of
from mmzero.scoring.view import Moment, views
from mmzero.sources.state import State
from mmzero.types import Cursor, Episode, Generator, Played, Rejection

PROGRAM = Generator(code="def scene(seed): ...", reads=True)
CURSOR = Cursor(0, 0, 0, 0)


def instance(n):
    image = np.full((32, 32, 3), 255, np.uint8)
    image[4:12, 4 : 4 + 4 * n] = 0
    return Instance(2 * n, f'{{"n":{n}}}', f"How many of {n + 9} bars?", answer_of(n), image)


def voted(of, n, right, wrong, failure=None):
    task = generator.mint(instance(n), PROGRAM, of, lambda png: f"picture{n}", "proposed", "diagram")
    said = [str(n)] * right + ["none"] * wrong
    rollouts = [
        replace(of, task=task, role="solver", sibling=i, text=reply.write("", one), seed=100 * n + i)
        for i, one in enumerate(said)
    ]
    return Episode(task=task, rollouts=() if failure else tuple(rollouts), failure=failure)


@pytest.fixture
def coded():
    """Four programs: two tasks of which one was lost, refused after it ran, refused unread, and lost altogether."""
    first = says("a")
    rollouts = tuple(replace(first, sibling=i, text=text, seed=i) for i, text in enumerate("abcd"))
    return Episode(
        task=first.task, rollouts=rollouts,
        proposals=(PROGRAM, Rejection("constant", "always 4"), Rejection("no_code", "none"), PROGRAM),
        children=(
            voted(rollouts[0], 3, right=2, wrong=2), voted(rollouts[0], 5, 0, 0, failure="sampler"),
            voted(rollouts[0], 4, right=4, wrong=0), voted(rollouts[3], 6, 0, 0, failure="sampler"),
        ),
        facts={generator.ran(0): 1.0, generator.ran(1): 0.75, generator.ran(3): 1.0},
    )  # fmt: skip


def test_programs_are_read_back_from_the_ledger_as_they_were(coded):
    played = Played(episodes=(coded,), scored=())
    assert decode(encode(played, 0), {}) == played


def test_rewards_are_shown_the_tasks_of_a_program_and_on_how_many_seeds_it_ran(coded):
    one, two, three = views([coded], Moment(0, known={"who": 2}))
    assert [(task.answer.text, solved) for task, solved in one["instances"]] == [
        ("3", (True, True, False, False)), ("4", (True,) * 4),
    ]  # fmt: skip
    assert (one["ran"], one["proposal"], one["rejection"], one["known"]) == (1.0, PROGRAM, None, {"who": 2})
    assert (two["instances"], two["ran"], two["rejection"].reason) == (None, 0.75, "constant")
    assert (three["instances"], three["ran"], three["rejection"].reason) == (None, None, "no_code")


def test_what_was_admitted_is_remembered_once_from_the_committed_step_alone(coded):
    """Of the task whose votes were lost nothing is known, nor is it asked again."""
    played = Played(episodes=(coded,), scored=())
    state = State().after(CURSOR, decode(encode(played, 0), {}))
    assert state.admitted.templates() == {"how many of # bars": 2}
    assert {one.answer for one in state.admitted.prints} == {"3", "4"}
    assert state.admitted.copied(state.admitted.prints[0], 0.9)
    assert state.after(CURSOR, played).admitted == state.admitted


@pytest.mark.parametrize("reads", [1, "yes", None])
def test_a_program_that_is_none_is_refused(reads):
    with pytest.raises(ValueError, match="reads is"):
        Generator(code="x", reads=reads)
    with pytest.raises(ValueError, match="code is"):
        Generator(code="")
