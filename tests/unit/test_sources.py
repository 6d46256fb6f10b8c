"""Where tasks come from: shares are kept, draws are counters, what can be learned from comes most and nothing starves."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from play_material import answers, recipe, task

from mmzero import families, sources
from mmzero.recipe.tree import Bank
from mmzero.sources import _allot, _seed_asking, tasks
from mmzero.sources.archive import Archive, Coverage
from mmzero.sources.curriculum import Curriculum
from mmzero.sources.posterior import FADE, YIELD_FADE, Posterior
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
    asked = drawn(State(replay={"old": task("old"), "older": task("older")}), replay=1.0)
    ids = {one.id for one in asked}
    assert len(asked) == len(ids) == 4 and ids > {"old", "older"}


def believed(outcomes, fresh=()):
    """A posterior after one step; outcomes by (family, kind, level)."""
    return Posterior().after([(cell, *counts) for cell, counts in outcomes.items()], fresh)


def curriculum(posterior=Posterior(), visits=None, names=("count",), **bank):  # noqa: B008 - frozen
    return Curriculum(names, Bank(kind="bank", **bank), posterior, visits or {})


def picked(chooser, draws, seed=0):
    rng = Random(seed)
    return Counter(chooser.pick(rng) for _ in range(draws))


def test_an_unseen_cell_is_believed_to_be_solved_half_of_the_time_and_what_was_seen_fades():
    cell = ("count", "colour", 0)
    assert Posterior().rate(cell) == 0.5
    once = believed({cell: (3, 1)})
    assert once.rate(cell) == 4 / 6
    assert once.after([], []).rate(cell) == pytest.approx((3 * FADE + 1) / (4 * FADE + 2))
    assert once.after([(cell, 1, 1), (cell, 0, 2)], []).seen[cell] == pytest.approx((3 * FADE + 1, FADE + 3))


def test_how_sure_a_belief_is_comes_from_how_much_was_seen():
    """With n of n solved the belief is Beta(n + 1, 1), whose share below x is x to the n + 1; with none, the mirror."""
    cell = ("count", "colour", 0)
    assert believed({cell: (8, 0)}).below(cell, 0.8) == pytest.approx(0.8**9)
    assert believed({cell: (0, 8)}).below(cell, 0.25) == pytest.approx(1 - 0.75**9)
    assert Posterior().below(cell, 0.8) == pytest.approx(0.8)


def test_a_cell_is_drawn_by_how_learnable_it_is():
    """Level 0 is surely beyond promote, 1 and 2 are in the band, 3 is above it and not surely so: 0.1, 1, 1, 0.3."""
    seen = believed({("count", "k", 0): (30, 0), ("count", "k", 1): (4, 4), ("count", "k", 3): (7, 0)})
    chooser = curriculum(seen, visits={("count", "", level): 9**9 for level in range(4, 10)})
    drawn = Counter(level for _, _, level in picked(chooser, 9400).elements())
    assert sum(drawn[level] for level in (1, 2, *range(4, 10))) / 9400 == pytest.approx(8 / 8.4, abs=0.01)
    assert drawn[0] / 9400 == pytest.approx(0.1 / 8.4, abs=0.004) and drawn[3] / 9400 == pytest.approx(
        0.3 / 8.4, abs=0.007
    )


def weights(posterior, **bank):
    cells = curriculum(posterior, **bank)._cells["count"]
    return [max(weight for (_, _, at), weight in cells.items() if at == level) for level in range(10)]


def test_where_a_level_is_too_hard_those_above_are_left_alone_until_the_one_below_is_promoted():
    hard = {("count", "k", 3): (0, 16)}
    assert weights(believed(hard)) == [1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    assert weights(believed(hard | {("count", "k", 2): (13, 3)}))[2:5] == [0.3, 0.1, 0.1]  # 0.8, and not surely beyond
    assert weights(believed(hard | {("count", "k", 2): (30, 0)}))[2:5] == [0.1, 0.3, 0.1]  # promoted: level 3 opens
    assert weights(believed(hard | {("count", "k", 5): (8, 8)}))[3:8] == [0.1, 0.1, 1, 1, 1]  # seen to be learnable
    assert weights(believed({("count", "k", 0): (0, 16)}))[:3] == [0.3, 0.1, 0.1]  # the first level is always open
    assert weights(believed({("count", "k", 3): (1, 8)}))[2:5] == [1, 0.3, 0.3]  # 2 in 11, and not surely too hard


def test_a_recipe_says_what_is_learnable_and_when_to_promote():
    seen = believed({("count", "k", 0): (9, 0), ("count", "k", 1): (2, 6)})
    assert weights(seen)[:2] == [0.3, 1]
    assert weights(seen, band=(0.25, 0.5), promote=0.5)[0] == 0.1  # half to the tenth is unlikely enough
    assert weights(seen, band=(0.4, 0.75))[1] == 0.3 and weights(seen, band=(0.25, 1.0), promote=1.0)[0] == 1


@pytest.mark.parametrize("said", [{"band": [0.7, 0.3]}, {"band": [0.2, 0.9]}, {"promote": 0.5}])
def test_a_band_above_promote_or_upside_down_is_refused(said):
    with pytest.raises(ValueError, match=r"band \[0\..*\] and promote 0\.[58] do not combine; write band as"):
        Bank(kind="bank", **said)


def test_the_band_widens_as_fewer_groups_are_mixed():
    """One of four mixed is a yield of 0.25, which lacks 0.375 of 0.4: so far both ends move towards 0 and 1."""
    cell = ("count", "k", 0)
    poor = believed({}, fresh=[(cell, 4, 4), (cell, 0, 8), (cell, 8, 0), (cell, 0, 8)])
    assert poor.widened(BAND) == pytest.approx((0.25 * 0.625, 0.75 + 0.25 * 0.375))
    assert believed({}, fresh=[(cell, 4, 4), (cell, 8, 0)]).widened(BAND) == BAND == Posterior().widened(BAND)
    assert believed({}, fresh=[(cell, 0, 8)]).widened(BAND) == (0, 1)
    assert believed({}, fresh=[(cell, 0, 1)]).widened(BAND) == BAND  # a group of one is never mixed
    assert poor.after([], [(cell, 4, 4)]).mixed == pytest.approx((YIELD_FADE + 1, 4 * YIELD_FADE + 1))


def test_where_nothing_is_mixed_what_seemed_too_hard_is_open_again():
    hard = {("count", "k", level): (0, 16) for level in range(10)}
    assert weights(believed(hard)) == [0.3] + [0.1] * 9
    assert weights(believed(hard, fresh=[(("count", "k", 0), 0, 8)])) == [1] * 10


def test_of_equals_the_least_visited_comes_first_and_a_steps_own_draws_count():
    visits = {("count", "", level): 2 for level in range(10)} | {("count", "", 4): 0, ("count", "", 7): 1}
    chooser, rng = curriculum(visits=visits), Random(0)
    first = [chooser.pick(rng)[2] for _ in range(3)]
    assert first[0] == 4 and sorted(first) == [4, 4, 7]
    assert set(Counter(chooser.pick(rng)[2] for _ in range(20)).values()) == {2}


def test_families_are_visited_alike_where_alike_is_believed_of_them():
    names = tuple(families.names())
    counts = Counter(family for family, _, _ in picked(curriculum(names=names), 20 * len(names)).elements())
    assert min(counts.values()) >= 15 and max(counts.values()) <= 40  # a quarter of the draws is even luck


def test_a_campaigns_earlier_visits_count_for_families_and_for_levels():
    visits = {("count", "", 3): 50}
    families_of = Counter(one for one, _, _ in picked(curriculum(visits=visits, names=("count", "odd")), 40).elements())
    assert families_of["odd"] > 28  # all but half of a quarter, by luck
    wanted = recipe(sources={"bank": {"kind": "bank", "families": ["count"], "skin": "tiny"}})
    phase, cursor = wanted.schedule.phases[1], Cursor(1, 0, 1, 0)
    elsewhere = Coverage({("count", "", level): 9 for level in range(10) if level != 6})
    asked = tasks(wanted, phase, cursor, State(coverage=elsewhere), lambda png: "hash")
    assert [one.level for one in asked] == [6] * 4


def test_no_family_starves():
    """One family is all promoted and the rest is learnable: by weight alone it would get 1.3 of 1000 draws, and its
    quarter of an even share is 3.2 more."""
    names = tuple(families.names())
    done = believed({("count", "k", level): (40, 0) for level in range(10)})
    counts = Counter(family for family, _, _ in picked(curriculum(done, names=names), 10_000).elements())
    assert 25 < counts["count"] < 70 and len(counts) == len(names)


def test_a_learnable_kind_is_drawn_before_a_promoted_one_of_the_same_level():
    seen = believed({("lookup", "easy", 3): (40, 0), ("lookup", "fair", 3): (4, 4)})
    counts = picked(curriculum(seen, names=("lookup",)), 2000)
    assert counts["lookup", "fair", 3] > 5 * counts["lookup", "easy", 3] > 0


def test_a_scene_of_the_wanted_kind_is_looked_for_where_a_level_asks_several():
    """Level 0 of the pie chart asks for the largest or for the smallest slice."""
    mechanism = families.family("pie")
    known = ("largest", "smallest")

    def kinds(wanted, known, seeds=range(0, 80, 2)):
        found = [_seed_asking("pie", 0, wanted, known, seed) for seed in seeds]
        assert all(seed % 2 == 0 for seed in found) and len(set(found)) == len(found)
        return {mechanism.ask(mechanism.sample(0, seed))[0] for seed in found}

    assert kinds("largest", known) == {"largest"} and kinds("smallest", known) == {"smallest"}
    assert kinds("largest", ("largest", "other")) == {"largest", "smallest"}  # one never seen is as welcome
    assert _seed_asking("pie", 0, "largest", ("largest",), 8) == 8  # one kind: nothing is looked for
    assert _seed_asking("pie", 0, "none such", known, 8) == 8  # nothing found


def test_a_step_asks_for_the_kind_that_can_be_learned_from():
    wanted = recipe(sources={"bank": {"kind": "bank", "families": ["pie"], "skin": "small"}})
    phase = wanted.schedule.phases[1].model_copy(update={"prompts": 40})
    levels = {("pie", "k", level): (40, 0) for level in range(1, 10)}
    seen = believed(levels | {("pie", "largest", 0): (40, 0), ("pie", "smallest", 0): (4, 4)})
    asked = tasks(wanted, phase, Cursor(1, 0, 1, 0), State(posterior=seen), lambda png: "hash")
    counts = Counter(one.kind for one in asked if one.level == 0)
    assert counts["smallest"] > 10 and counts["smallest"] > 4 * counts["largest"]


@settings(deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.integers(0, 9)), st.tuples(st.integers(0, 99), st.integers(0, 99))
    ),
    st.integers(0, 8),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted),
)
def test_whatever_is_believed_a_cell_of_the_bank_is_drawn(outcomes, mixed, bounds):
    cells = {("count", kind, level): pair for (kind, level), pair in outcomes.items()}
    seen = believed(cells, [(("count", "a", 0), one < mixed, 4) for one in range(8)])
    chooser = curriculum(seen, names=("count", "odd"), band=tuple(bounds[:2]), promote=bounds[2])
    for family, kind, level in picked(chooser, 30):
        assert family in ("count", "odd") and level in range(10)
        assert (family, kind, level) in cells or (not kind and not chooser.known(family, level))


def test_the_archive_adds_up_forgets_the_oldest_and_counts_by_cell():
    other = Proposal(family="count", level=2, knobs=(("by", "shape"),))
    archive = Archive().after([(COUNT, "a", 1, 4), (ODD, "b", 0, 4), (other, "c", 4, 4), (COUNT, "d", 1, 4)], 10)
    assert list(archive.records) == [ODD, other, COUNT] and archive.counts() == {"odd/0": 1, "count/2": 3}
    record = archive.records[COUNT]
    assert (record.times, record.solved, record.votes, record.parent) == (2, 2, 8, "d")
    assert record.learnability == pytest.approx(4 * 2 * 6 / (8 * 7)) and archive.teachable() == [(COUNT, record)]
    assert list(archive.after([(ODD, "e", 1, 2)], 2).records) == [COUNT, ODD]


def test_coverage_counts_every_visit_and_never_fades():
    a, b = ("count", "colour", 0), ("odd", "pair", 3)
    assert Coverage().after([a, b, a]).after([b]).after([]).visits == {a: 2, b: 2}


def played(*outcomes):
    """One step: each task with which of its siblings were right."""
    episodes = []
    for one, right in outcomes:
        said = [one.answer.text if own else "wrong" for own in right]
        rollouts = tuple(answers(text, one, sibling=sibling) for sibling, text in enumerate(said))
        episodes.append(Episode(task=one, rollouts=rollouts))
    return Played(episodes=tuple(episodes), scored=())


def test_what_is_known_is_folded_from_what_was_played():
    request = task("proposal/1", family="proposal", right=None)
    said = tuple(answers("x", request, sibling=i) for i in range(2))
    minted = task("m", level=7, parent=said[0].id)
    lost = Episode(task=task("n", parent=said[1].id), rollouts=(), failure="sampler")
    voted = Episode(task=minted, rollouts=(answers("4", minted), answers("5", minted, sibling=1)))
    proposed = Episode(task=request, rollouts=said, proposals=(COUNT, ODD), children=(voted, lost))
    solved = played((task(), (True, True))).episodes
    state = State().after(Cursor(0, 0, 0, 0), Played(episodes=(proposed, *solved), scored=()))
    assert state.posterior.seen == {("count", "colour", 7): (1, 1), ("count", "colour", 2): (2, 0)}
    assert state.posterior.mixed == (0, 1)  # what a proposer chose says nothing about the band
    assert state.coverage.visits == {("count", "colour", 7): 1, ("count", "colour", 2): 1}
    assert state.replay == {"m": minted}
    assert [(p, r.parent, r.solved, r.votes) for p, r in state.archive.records.items()] == [(COUNT, said[0].id, 1, 2)]


def test_replay_holds_a_task_once_by_its_newest_outcome_and_lets_go_of_what_all_solve():
    one, two, again = task("one"), task("two"), replace(task("one"), source="replay")
    first = State().after(
        Cursor(0, 0, 0, 0), played((one, (True, False)), (two, (False, True)), (task("x"), (False, False)))
    )
    assert list(first.replay) == ["one", "two"]
    mixed = first.after(Cursor(1, 0, 0, 1), played((again, (False, True))))
    assert list(mixed.replay.values()) == [two, again]
    assert list(first.after(Cursor(1, 0, 0, 1), played((again, (False, False)))).replay) == ["two", "one"]
    assert list(mixed.after(Cursor(2, 0, 0, 2), played((again, (True, True)))).replay) == ["two"]
    assert (
        mixed.posterior.mixed == first.after(Cursor(1, 0, 0, 1), played()).posterior.mixed
    )  # a replayed one is no yield


def test_a_quarter_of_replay_is_a_quarter_and_no_task_piles_up():
    """Every group is mixed, so after the first step there is always something to replay."""
    state, asked = State(), []
    for step in range(6):
        now = drawn(state, step=step, prompts=16, bank=0.75, replay=0.25)
        state = state.after(Cursor(step + 1, 0, 1, step), played(*((one, (True, False)) for one in now)))
        asked.append(now)
    ids = [{one.id for one in now} for now in asked]
    assert all(len(here) == 16 for here in ids) and set(state.replay) == set.union(*ids)
    again = [len(here & set.union(*ids[:step])) for step, here in enumerate(ids[1:], 1)]
    assert again == [4] * 5 and len(state.replay) == 16 + 12 * 5
