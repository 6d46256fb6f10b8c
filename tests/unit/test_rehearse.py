"""Earlier answers learned from again: which are kept and drawn, and by which log-probs they are weighed."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from losses_material import LOG2, LOG3, doubles
from play_material import answers, recipe, task

from mmzero.losses import Inputs, compute
from mmzero.recipe.tree import PRESETS, Learning, Mismatch, Rehearse
from mmzero.rehearse import Recent, again, noted
from mmzero.segment import segment
from mmzero.types import Cursor, Played, Scored


def phase(**rule):
    solver = recipe().schedule.phases[1]
    learning = solver.learning.model_copy(update={"advantage": "group_centered", "rehearse": Rehearse(**rule)})
    return solver.model_copy(update={"learning": learning})


def at(index, phase=1):
    return Cursor(index, 0, phase, index)


def played(index, *groups):
    """A step in which task `index`.g was paid these rewards, by version `index`."""
    scored = [
        Scored(
            rollout=replace(
                answers("4", task(f"{index}.{g}"), sibling=sibling), version=index, seed=100 * index + sibling
            ),
            reward=paid,
            parts={},
        )
        for g, rewards in enumerate(groups)
        for sibling, paid in enumerate(rewards)
    ]
    return Played(episodes=(), scored=tuple(scored))


def folded(steps, within=8):
    kept = ()
    for cursor, one in steps:
        kept = Recent(1, within)(kept, cursor, one)
    return kept


def test_pitfall_12_nothing_older_than_allowed_is_kept_or_drawn():
    steps = [(at(i), played(i, (0.0, 1.0))) for i in range(9)]
    kept = folded(steps, within=3)
    assert [cursor.index for cursor, _ in kept] == [6, 7, 8]
    drawn = again(kept, phase(share=0.9, within=3), at(10), 7, fresh=100)
    assert Counter(one.scored.rollout.version for one in drawn) == {7: 2, 8: 2}  # 6 is four steps old by now
    batch = segment(drawn, drop_constant=True, mask_truncated=False, tokens_per_segment=64, max_tokens=8)
    told = {"rehearsed": 4.0, "rehearsed_age": 3.0}
    assert noted(batch, drawn, phase(), at(10)).figures == {**batch.figures, **told}
    assert noted(batch, (), phase(), at(10)).figures["rehearsed_age"] == 0.0
    assert noted(batch, (), recipe().schedule.phases[1], at(10)) is batch


def test_only_the_phases_own_steps_are_kept():
    steps = [(at(0), played(0, (0.0, 1.0))), (at(1, phase=0), played(1, (0.0, 1.0))), (at(2), played(2, (1.0, 0.0)))]
    assert [cursor.index for cursor, _ in folded(steps)] == [0, 2]
    assert folded(steps, within=2)[0][0].index == 2


def test_what_teaches_nothing_is_never_drawn():
    kept = folded([(at(0), played(0, (1.0, 1.0, 1.0), (0.0, 1.0, 0.5)))])
    drawn = again(kept, phase(share=0.9), at(1), 7, fresh=50)
    assert sorted(one.advantage for one in drawn) == [-0.5, 0.5] and {one.scored.rollout.task.id for one in drawn} == {
        "0.1"
    }
    assert again((), phase(), at(1), 7, fresh=50) == again(kept, phase(share=0.01), at(1), 7, fresh=4) == ()


@pytest.mark.parametrize(("share", "fresh", "many"), [(0.5, 6, 6), (0.25, 6, 2), (0.75, 2, 6), (0.9, 100, 12)])
def test_a_share_of_the_answers_is_rehearsed_if_there_are_so_many(share, fresh, many):
    kept = folded([(at(i), played(i, (0.0, 1.0), (1.0, 0.0))) for i in range(3)])
    drawn = again(kept, phase(share=share), at(3), 7, fresh)
    assert len(drawn) == many == len({one.scored.rollout.id for one in drawn})
    assert drawn == again(kept, phase(share=share), at(3), 7, fresh)


def test_draws_are_in_proportion_to_the_size_of_the_advantage():
    # advantages -0.8 once and 0.2 four times: of one draw, half is the large one; flat where the power is 0
    kept = folded([(at(0), played(0, (0.0, 1.0, 1.0, 1.0, 1.0)))])
    for power, expected in ((1.0, 0.5), (0.0, 0.2), (2.0, 0.8)):
        large = 0
        for campaign in range(600):
            (one,) = again(kept, phase(share=0.5, power=power), at(1), campaign, fresh=1)
            large += one.advantage < 0
        assert large / 600 == pytest.approx(expected, abs=0.07)


def test_pitfall_12_a_rehearsed_answer_is_weighed_by_the_log_probs_it_was_drawn_with():
    """By hand, one update: -min(pi / behaviour, 2) A; an old answer of log-prob -1 is by now three times, or half, as
    likely, and a fresh one as likely as it was."""
    old, fresh = played(0, (0.0, 1.0)), played(1, (0.0, 1.0))
    drawn = again(folded([(at(0), old)]), phase(share=0.5), at(1), 7, fresh=2)
    stored = {0: (-1.0, -1.0), 1: (-1.0, -1.0)}
    samples = [
        replace(
            one,
            scored=replace(
                one.scored, rollout=replace(one.scored.rollout, logprobs=stored[one.scored.rollout.version])
            ),
        )
        for one in (*drawn, *again(folded([(at(0), fresh)]), phase(share=0.5), at(1), 7, fresh=2))
    ]
    batch = segment(samples, drop_constant=True, mask_truncated=False, tokens_per_segment=64, max_tokens=8)
    assert batch.sequences == 4 and batch.tokens == 8
    segments = [one for microbatch in batch.microbatches for one in microbatch]
    behaviour_T = torch.cat([torch.from_numpy(one.logprobs_T).double() for one in segments])
    advantages_T = torch.cat([torch.from_numpy(one.advantages_G.repeat(one.lengths_G)).double() for one in segments])
    logp_T = doubles(-1 + LOG3, -1 - LOG2, -1 + LOG3, -1 - LOG2, -1, -1, -1, -1).requires_grad_()
    inputs = Inputs(
        logp_T=logp_T, old_logp_T=logp_T.detach(), behaviour_logp_T=behaviour_T, advantages_T=advantages_T,
        mask_T=torch.ones(8, dtype=torch.bool), owner_T=torch.arange(4).repeat_interleave(2),
        tokens=batch.tokens, sequences=batch.sequences, max_tokens=8,
    )  # fmt: skip
    total, _ = compute(inputs, PRESETS["dapo"], 0.0, Mismatch(cap=2.0))
    (slope_T,) = torch.autograd.grad(total, logp_T)
    assert advantages_T.tolist() == [-0.5, -0.5, 0.5, 0.5] * 2
    assert slope_T.tolist() == pytest.approx(
        [2 * 0.5 / 8, 0.5 * 0.5 / 8, -2 * 0.5 / 8, -0.5 * 0.5 / 8] + [0.0625] * 2 + [-0.0625] * 2
    )


def test_a_task_that_is_there_from_two_steps_is_one_group_in_one_order():
    both = [
        one
        for index in (0, 1)
        for one in again(folded([(at(0), played(index, (0.0, 1.0)))]), phase(share=0.5), at(1), 7, fresh=2)
    ]
    both = [
        replace(one, scored=replace(one.scored, rollout=replace(one.scored.rollout, task=task("same")))) for one in both
    ]
    cuts = [
        segment(order, drop_constant=True, mask_truncated=False, tokens_per_segment=64, max_tokens=8).microbatches[0][0]
        for order in (both, both[::-1])
    ]
    assert cuts[0].advantages_G.tolist() == cuts[1].advantages_G.tolist() == [-0.5, -0.5, 0.5, 0.5]


@pytest.mark.parametrize("learning", [{"mismatch": {"correct": "none"}}, {"loss": "nll"}])
def test_rehearsing_without_weighing_is_refused(learning):
    with pytest.raises(ValueError, match=r"learning\.rehearse learns from what older weights said, but"):
        Learning(rehearse={"share": 0.2}, **learning)
