"""Refilling a step: until every group teaches or the rounds are over, with what was drawn counted once and for all."""

import logging
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from play_material import answers, recipe, task

from mmzero import refill
from mmzero.credit import credit
from mmzero.engines.fake import FakeSampler
from mmzero.errors import CampaignStopped, EngineError
from mmzero.play import Players, play
from mmzero.recipe.tree import Refill
from mmzero.scoring import reward, score
from mmzero.segment import segment
from mmzero.sources import tasks
from mmzero.sources.state import State, fold
from mmzero.types import Cursor, Episode, Played, Scored

AT = Cursor(1, 0, 1, 0)


def phase(most=3, prompts=4):
    solver = recipe().schedule.phases[1]
    return solver.model_copy(update={"refill": Refill(most=most) if most else None, "prompts": prompts})


def group(id, *rewards):
    said = [answers("4", task(id), sibling=sibling, tokens=(5,) * (sibling + 1)) for sibling in range(len(rewards))]
    scored = tuple(
        Scored(rollout=one, reward=paid, parts={}, missing="" if paid is not None else "late")
        for one, paid in zip(said, rewards, strict=True)
    )
    return Episode(task=task(id), rollouts=tuple(said)), scored


def playing(teaches, asked):
    """A round in which item i is task i, whose siblings are paid 0 and 1 where `teaches(i)`."""

    def play(items, taken):
        asked.append((items, frozenset(taken)))
        made = [group(f"t{i}", 0.0, 1.0 if teaches(i) else 0.0) for i in items]
        return tuple(episode for episode, _ in made), tuple(one for _, scored in made for one in scored)

    return play


def ids(scored):
    return list(dict.fromkeys(one.rollout.task.id for one in scored))


def test_only_what_is_missing_is_asked_again_and_everything_stays_in_the_step():
    asked = []
    episodes, scored = refill.filled(playing(lambda i: i in (1, 4, 6, 7), asked), phase(), AT)
    assert [items for items, _ in asked] == [range(4), range(4, 7), range(7, 8)]
    assert asked[2][1] == {f"t{i}" for i in range(7)}
    assert [episode.task.id for episode in episodes] == [f"t{i}" for i in range(8)] and len(scored) == 16
    assert [episode.facts.get("round") for episode in episodes] == [None] * 4 + [1.0] * 3 + [2.0]
    assert ids(refill.counted(scored, phase())) == ["t1", "t4", "t6", "t7"]


def test_pitfall_10_refilling_ends_with_a_message(caplog):
    asked = []
    with caplog.at_level(logging.WARNING):
        episodes, scored = refill.filled(playing(lambda i: i == 5, asked), phase(most=3), AT)
    assert [len(items) for items, _ in asked] == [4, 4, 3, 3]
    assert "at most 3 times step 1 has 1 of 4 groups whose siblings were paid differently" in caplog.text
    assert "raise refill.most, or choose tasks that are neither always nor never solved" in caplog.text
    told = refill.figures(Played(episodes=episodes, scored=scored), phase())
    assert told == {"refill_rounds": 3.0, "refill_groups": 10.0, "teaching_groups": 1.0}
    assert ids(refill.counted(scored, phase())) == ["t0", "t1", "t2", "t5"]  # as many as without refilling


def test_a_full_step_is_asked_for_nothing_and_says_nothing(caplog):
    asked = []
    refill.filled(playing(lambda i: True, asked), phase(), AT)
    assert [items for items, _ in asked] == [range(4)] and not caplog.text


def test_without_refill_a_step_is_what_it_was(caplog):
    asked = []
    episodes, scored = refill.filled(playing(lambda i: False, asked), phase(most=0), AT)
    assert len(asked) == 1 and refill.counted(scored, phase(most=0)) == scored and not caplog.text
    assert refill.figures(Played(episodes=episodes, scored=scored), phase(most=0)) == {}


def test_a_group_of_which_one_reward_is_left_teaches_nothing():
    _, one_left = group("a", 1.0, None)
    _, two_left = group("b", 1.0, None, 0.0)
    assert ids(refill.counted((*one_left, *two_left), phase(prompts=1))) == ["b"]


def test_denominators_are_those_of_a_batch_of_the_phases_size():
    """Ten groups were played for four to learn from: the loss is divided by the tokens of those four."""
    _, scored = refill.filled(playing(lambda i: i > 5, []), phase(), AT)
    samples = credit(refill.counted(scored, phase()), "group")
    batch = segment(samples, drop_constant=True, mask_truncated=False, tokens_per_segment=64, max_tokens=8)
    assert len(scored) == 20 and batch.sequences == 8 and batch.tokens == 4 * (1 + 2)
    assert batch.figures["constant_groups"] == 0.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.booleans(), min_size=60, max_size=60), st.integers(1, 6), st.integers(1, 8))
def test_it_ends_and_the_batch_has_the_phases_size(teaches, most, prompts):
    asked, wanted = [], phase(most, prompts)
    episodes, scored = refill.filled(playing(lambda i: teaches[i % 60], asked), wanted, AT)
    assert len(asked) <= 1 + most
    drawn = [i for items, _ in asked for i in items]
    assert drawn == list(range(len(episodes)))
    kept = ids(refill.counted(scored, wanted))
    right = sum(teaches[i % 60] for i in drawn)
    assert len(kept) == prompts and sum(teaches[int(id[1:]) % 60] for id in kept) == min(right, prompts) == right


def drawn(items=None, taken=(), state=State()):  # noqa: B008 - frozen
    wanted = recipe()
    return tasks(wanted, wanted.schedule.phases[1], AT, state, lambda png: "hash", items, taken)


def test_more_items_are_others_and_the_first_stay_what_they_are():
    first, more = drawn(), drawn(range(4, 10))
    assert drawn(range(4)) == first == drawn(range(0, 10))[:4]
    assert len({one.id for one in first + more}) == 10
    assert drawn(range(4, 10), {more[2].id}) == more[:2] + more[3:]


def test_rows_of_a_dataset_go_on_where_refilling_stopped(tmp_path):
    """No row is asked twice in an epoch, refilled or not, and the state that says so is a fold over what was played."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"question": "q{i}", "answer": "a"}}\n' for i in range(40)))
    wanted = recipe(
        sources={"mine": {"kind": "dataset", "path": str(rows), "columns": {"images": None}}},
        schedule={"phases": [{"train": "solver", "steps": 3, "prompts": 4, "group": 2, "tasks": {"mine": 1.0}}]},
        roles={"solver": {"policy": "main", "rewards": [{"use": "rewards/answer.py:correct"}]}},
    )
    state, asked = State(), []
    for step in range(3):
        at = Cursor(step, 0, 0, step)

        def play(items, taken, at=at, state=state):
            made = tasks(wanted, wanted.schedule.phases[0], at, state, lambda png: "hash", items, taken)
            episodes = tuple(Episode(task=one, rollouts=(answers("a", one), answers("b", one))) for one in made)
            return episodes, tuple(Scored(rollout=r, reward=0.0, parts={}) for e in episodes for r in e.rollouts)

        searching = wanted.schedule.phases[0].model_copy(update={"refill": Refill(most=step)} if step else {})
        episodes, scored = refill.filled(play, searching, at)
        asked += [episode.task.id for episode in episodes]
        state = fold(state, at, Played(episodes=episodes, scored=scored))
    assert len(asked) == 4 + 8 + 12 and max(Counter(asked).values()) == 1
    assert state.refilled == {"mine": 4 + 8}


def test_a_lost_group_or_reward_of_a_small_round_counts_as_one_of_a_step():
    """One of one is 100 %, and of the step it belongs to a quarter, or a twelfth."""

    class Broken(FakeSampler):
        def play(self, asks):
            raise EngineError("out of memory")

    wanted = recipe(budgets={"infra_errors": 0.3})
    players = Players(wanted, {"main": Broken()}, lambda png: "hash")
    one, more = drawn(range(4, 5)), wanted.schedule.phases[1]
    assert [episode.failure for episode in play(one, more, AT, players, first=4)] == ["sampler"]
    with pytest.raises(EngineError, match="1 of 1 groups of step 1 were lost"):
        play(one, more, AT, players)
    episode, _ = group("a", 1.0)
    broken = [reward("own.py:own", lambda: 1 / 0, 1.0)]
    assert score([episode], broken, AT, {}, 0.1, among=12)[0].reward is None
    with pytest.raises(CampaignStopped, match="1 of 1 rewards of step 1 are missing"):
        score([episode], broken, AT, {}, 0.1)


@pytest.mark.parametrize("change", [{"train": "proposer", "votes": {"n": 4}}, {"learning": {"advantage": "batch"}}])
def test_refill_is_for_groups_that_are_compared_within(change):
    values = {"train": "solver", "steps": 1, "tasks": {"bank": 1.0}, "refill": {"most": 2}}
    with pytest.raises(ValueError, match="refill replaces groups whose siblings are paid alike, so train solver with"):
        recipe(schedule={"phases": [values | change]})
