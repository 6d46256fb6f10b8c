"""Where tasks come from: the shares are kept, draws are counters, and a choice of family leans on no scene."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from play_material import answers, recipe, task

from mmzero import families, sources
from mmzero.sources import _allot, tasks
from mmzero.sources.archive import Archive
from mmzero.sources.posterior import FADE, Posterior
from mmzero.sources.state import State
from mmzero.types import Cursor, Episode, Played, Proposal

COUNT, ODD = Proposal(family="count", level=2), Proposal(family="odd", level=0)
BAND = (0.25, 0.75)


def drawn(state=State(), step=0, prompts=4, **shares):  # noqa: B008 - frozen
    wanted = recipe()
    phase = wanted.schedule.phases[1].model_copy(update={"tasks": shares or {"bank": 1.0}, "prompts": prompts})
    return tasks(wanted, phase, Cursor(step + 1, 0, 1, step), state, lambda png: "hash")


def test_shares_are_kept_and_spread_evenly():
    assert list(islice(_allot({"a": 0.5, "b": 0.5}), 4)) == ["a", "b", "a", "b"]
    assert Counter(islice(_allot({"a": 0.7, "b": 0.2, "c": 0.1}), 100)) == {"a": 70, "b": 20, "c": 10}


def test_a_share_smaller_than_a_step_comes_up_in_some_steps():
    asked = Counter(one.source for step in range(5) for one in drawn(step=step, bank=0.95, replay=0.05))
    assert asked == {"bank": 19, "replay": 1}


def test_a_step_draws_the_same_each_time_and_another_step_another():
    assert drawn() == drawn() and len({one.id for one in (*drawn(), *drawn(step=1))}) == 8
    assert all(one.seed % 2 == 0 for one in drawn(prompts=16))


def test_the_family_chosen_decides_nothing_about_its_scene(monkeypatch):
    """Both drawn from one stream, no counting task of level 0 had three things, and one number in three is three."""
    seen = Counter()

    def mint(family, level, seed, *rest, **more):
        if family == "count":
            seen[len(families.family(family).sample(0, seed).things)] += 1
        return replace(task(f"{seed}"), seed=seed)

    monkeypatch.setattr(sources.families, "mint", mint)
    drawn(prompts=2400)
    total = sum(seen.values())
    assert set(seen) == {2, 3, 4} and all(abs(seen[n] / total - 1 / 3) < 0.12 for n in seen)


def test_what_has_nothing_yet_leaves_its_share_to_the_bank():
    assert [one.source for one in drawn(proposed=0.5, replay=0.5)] == ["proposed", "replay"] * 2
    assert all(one.parent is None for one in drawn(proposed=1.0))


def test_proposals_that_teach_are_asked_again_with_new_scenes():
    archive = Archive().after([(COUNT, "p#0", 2, 4), (ODD, "p#1", 4, 4)], 10)
    asked = drawn(State(archive=archive), proposed=1.0)
    assert {(one.family, one.level, one.parent, one.source) for one in asked} == {("count", 2, "p#0", "proposed")}
    assert len({one.scene for one in asked}) == 4


def test_no_task_comes_twice_in_a_step():
    asked = drawn(State(replay=(task("old"),)), replay=1.0)
    assert [one.id for one in asked].count("old") == 1 and len({one.id for one in asked}) == 4


def test_an_unseen_cell_is_believed_to_be_solved_half_of_the_time_and_what_was_seen_fades():
    assert Posterior().rate(("count", 0)) == 0.5
    once = Posterior().after({("count", 0): (3, 1)})
    assert once.rate(("count", 0)) == 4 / 6
    assert once.after({}).rate(("count", 0)) == pytest.approx((3 * FADE + 1) / (4 * FADE + 2))
    assert once.after({("count", 0): (1, 1)}).seen[("count", 0)] == pytest.approx((3 * FADE + 1, FADE + 1))


def test_a_level_is_drawn_by_how_learnable_it_is():
    """Rates 0.9 beyond promote, 0.5 in the band, 0.1 below it: weights 0.1, 1, 0.3 of 1.4."""
    seen = Posterior().after({("count", 0): (8, 0), ("count", 2): (0, 8)})
    draws = [seen.level("count", range(3), BAND, 0.8, i / 1400) for i in range(1400)]
    assert [draws.count(level) for level in range(3)] == pytest.approx([100, 1000, 300], abs=1)


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 9), st.tuples(st.integers(0, 9), st.integers(0, 9))), st.floats(0, 1))
def test_every_draw_gives_a_level(outcomes, draw):
    seen = Posterior().after({("count", level): pair for level, pair in outcomes.items()})
    assert seen.level("count", range(10), BAND, 0.8, draw) in range(10)


def test_the_archive_adds_up_forgets_the_oldest_and_counts_by_cell():
    other = Proposal(family="count", level=2, knobs=(("by", "shape"),))
    archive = Archive().after([(COUNT, "a", 1, 4), (ODD, "b", 0, 4), (other, "c", 4, 4), (COUNT, "d", 1, 4)], 10)
    assert list(archive.records) == [ODD, other, COUNT] and archive.counts() == {"odd/0": 1, "count/2": 3}
    record = archive.records[COUNT]
    assert (record.times, record.solved, record.votes, record.parent) == (2, 2, 8, "d")
    assert record.learnability == pytest.approx(4 * 2 * 6 / (8 * 7)) and archive.teachable() == [(COUNT, record)]
    assert list(archive.after([(ODD, "e", 1, 2)], 2).records) == [COUNT, ODD]


def test_what_is_known_is_folded_from_what_was_played():
    request = task("proposal/1", family="proposal", right=None)
    said = tuple(answers("x", request, sibling=i) for i in range(2))
    minted = task("m", level=7, parent=said[0].id)
    lost = Episode(task=task("n", parent=said[1].id), rollouts=(), failure="sampler")
    voted = Episode(task=minted, rollouts=(answers("4", minted), answers("5", minted, sibling=1)))
    solved = Episode(task=task(), rollouts=(answers("4"), answers("4", sibling=1)))
    proposed = Episode(task=request, rollouts=said, proposals=(COUNT, ODD), children=(voted, lost))
    state = State().after(Cursor(0, 0, 0, 0), Played(episodes=(proposed, solved), scored=()))
    assert state.posterior.seen == {("count", 7): (1, 1), ("count", 2): (2, 0)}
    assert state.replay == (minted,)
    assert [(p, r.parent, r.solved, r.votes) for p, r in state.archive.records.items()] == [(COUNT, said[0].id, 1, 2)]
