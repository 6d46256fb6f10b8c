"""Segments and microbatches: nothing lost, nothing over the budget, nothing that depends on arrival."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmzero.errors import UserError
from mmzero.segment import cheaper, cost, segment
from mmzero.types import Rollout, Sample, Scored, Segment, Task


def sample(task="a", sibling=0, *, prompt=2, answer=2, advantage=1.0, finish="stop", mask=None, temperature=1.0):
    asked = Task(
        id=task,
        family="f",
        kind="k",
        level=0,
        question="?",
        images=(f"hash-{task}",),
        answer=None,
        scene="{}",
        source="s",
        seed=0,
    )
    rollout = Rollout(
        task=asked,
        role="solver",
        policy="main",
        version=0,
        sibling=sibling,
        prompt_ids=tuple(range(prompt)),
        output_ids=tuple(100 * sibling + position for position in range(answer)),
        logprobs=tuple(-0.5 - position for position in range(answer)),
        mask=mask or (True,) * answer,
        text="",
        finish=finish,
        temperature=temperature,
        seed=0,
    )
    return Sample(scored=Scored(rollout=rollout, reward=0.0, parts={}), advantage=advantage)


def cut(samples, *, drop_constant=True, mask_truncated=False, tokens_per_segment=64, max_tokens=32, **more):
    return segment(
        samples,
        drop_constant=drop_constant,
        mask_truncated=mask_truncated,
        tokens_per_segment=tokens_per_segment,
        max_tokens=max_tokens,
        **more,
    )


def padded_cost(microbatch):
    longest = max(int(one.lengths_G.max()) for one in microbatch)
    prompts = len(microbatch) * max(len(one.prompt_ids) for one in microbatch)
    return prompts + longest * sum(len(one.lengths_G) for one in microbatch)


def test_a_group_becomes_one_segment_of_flat_arrays():
    group = [sample(sibling=0, answer=2, advantage=0.5), sample(sibling=1, answer=1, advantage=-0.5, mask=(False,))]
    batch = cut(group)
    ((one,),) = batch.microbatches
    assert one.images == ("hash-a",) and one.temperature == 1.0
    assert one.prompt_ids.tolist() == [0, 1] and one.lengths_G.tolist() == [2, 1]
    assert one.ids_T.tolist() == [0, 1, 100] and one.logprobs_T.tolist() == [-0.5, -1.5, -0.5]
    assert one.mask_T.tolist() == [True, True, False] and one.advantages_G.tolist() == [0.5, -0.5]
    integers = (one.prompt_ids, one.lengths_G, one.ids_T)
    assert {array.dtype for array in integers} == {np.dtype(np.int64)}
    assert one.logprobs_T.dtype == one.advantages_G.dtype == np.float32 and one.mask_T.dtype == bool
    assert (batch.tokens, batch.sequences, batch.max_tokens) == (2, 2, 32)


def test_denominators_are_counted_before_constant_groups_are_dropped():
    samples = [sample("a", 0, advantage=0.0, answer=5), sample("a", 1, advantage=0.0), sample("b", 0, advantage=1.0)]
    dropped, kept = cut(samples), cut(samples, drop_constant=False)
    assert (dropped.tokens, dropped.sequences) == (kept.tokens, kept.sequences) == (9, 3)
    assert [one.images for microbatch in dropped.microbatches for one in microbatch] == [("hash-b",)]
    assert dropped.figures["dropped_sequences"] == 2 and kept.figures["dropped_sequences"] == 0
    assert dropped.figures["constant_groups"] == kept.figures["constant_groups"] == 0.5


def test_a_group_with_one_advantage_left_is_not_constant():
    batch = cut([sample(sibling=0, advantage=0.0), sample(sibling=1, advantage=1e-6)])
    assert batch.figures["constant_groups"] == 0 and batch.figures["dropped_sequences"] == 0


def test_a_truncated_answer_is_masked_only_on_request_and_stays_a_sequence():
    samples = [sample(sibling=0, answer=3, finish="length"), sample(sibling=1, answer=2)]
    scored, masked = cut(samples), cut(samples, mask_truncated=True)
    assert (scored.tokens, scored.sequences) == (5, 2) and (masked.tokens, masked.sequences) == (2, 2)
    assert scored.microbatches[0][0].mask_T.all()
    assert masked.microbatches[0][0].mask_T.tolist() == [False, False, False, True, True]
    assert scored.figures["truncated"] == masked.figures["truncated"] == 0.5
    assert masked.figures["mean_length"] == 2.5


def test_a_long_group_is_cut_where_the_budget_ends():
    # a prompt of 4 and answers padded to 3: two siblings cost 10, three would cost 13
    group = [sample(sibling=sibling, prompt=4, answer=3) for sibling in range(5)]
    batch = cut(group, tokens_per_segment=12)
    assert [[len(one.lengths_G) for one in microbatch] for microbatch in batch.microbatches] == [[2], [2], [1]]
    assert [one.ids_T[0] for microbatch in batch.microbatches for one in microbatch] == [0, 200, 400]


def test_neighbours_in_length_share_a_microbatch():
    lengths = {"a": 30, "b": 3, "c": 30, "d": 3}
    batch = cut([sample(task, prompt=prompt) for task, prompt in lengths.items()], tokens_per_segment=64)
    images = [[one.images[0] for one in microbatch] for microbatch in batch.microbatches]
    assert images == [["hash-b", "hash-d"], ["hash-a", "hash-c"]]
    assert batch.figures["microbatches"] == 2 and batch.figures["padding"] == 0


def test_one_long_answer_does_not_pad_its_short_siblings():
    # together 4 * 200 answer tokens run; the long one by itself costs 200, its prompt again and a pass: 600 are spared
    group = [sample(sibling=sibling, answer=200 if sibling == 1 else 1) for sibling in range(4)]
    batch = cut(group, tokens_per_segment=1000)
    assert [[one.lengths_G.tolist() for one in microbatch] for microbatch in batch.microbatches] == [
        [[1, 1, 1]],
        [[200]],
    ]
    assert batch.figures["padding"] == 0
    (together,) = cut(group, tokens_per_segment=1000, per_pass=10_000).microbatches
    assert sorted(int(length) for one in together for length in one.lengths_G) == [1, 1, 1, 200]


def test_a_long_prompt_is_not_run_again_for_a_little_padding():
    # apart they would spare 3 * 20 tokens of padding and run 500 tokens of prompt, and its picture, once more
    group = [sample(sibling=sibling, prompt=500, answer=25 if sibling == 1 else 5) for sibling in range(4)]
    ((one,),) = cut(group, tokens_per_segment=1000).microbatches
    assert one.lengths_G.tolist() == [5, 25, 5, 5]


def test_padding_is_the_share_of_tokens_that_are_none():
    # one prompt of 2, answers of 4 and 2 padded to 4: 10 tokens run, 8 are real
    batch = cut([sample(sibling=0, answer=4), sample(sibling=1, answer=2)])
    assert batch.figures["padding"] == pytest.approx(0.2)


def test_an_answer_that_cannot_fit_alone_is_refused_with_the_remedy():
    with pytest.raises(UserError, match=r"a#0 is 10 prompt and 7 answer tokens.*tokens_per_segment is 16.*to 17 or"):
        cut([sample(prompt=10, answer=7)], tokens_per_segment=16)
    assert len(cut([sample(prompt=10, answer=7)], tokens_per_segment=17).microbatches) == 1


def test_pitfall_08_a_prompt_is_whole_in_every_cut_or_refused():
    """Nothing here shortens a prompt, so no image in one can lose a token."""
    group = [sample(sibling=sibling, prompt=9, answer=3) for sibling in range(4)]
    for budget in range(12, 40):
        cuts = [one for microbatch in cut(group, tokens_per_segment=budget).microbatches for one in microbatch]
        assert all(one.prompt_ids.tolist() == list(range(9)) for one in cuts)
    with pytest.raises(UserError, match="a#0 is 9 prompt and 3 answer tokens"):
        cut(group, tokens_per_segment=11)


def test_siblings_of_different_prompts_are_refused():
    for other in (sample(sibling=1, prompt=3), sample(sibling=1, temperature=0.5)):
        with pytest.raises(ValueError, match="the siblings of a saw different"):
            cut([sample(sibling=0), other])


def test_nothing_to_learn_is_an_empty_batch():
    batch = cut([])
    assert (batch.microbatches, batch.tokens, batch.sequences) == ((), 0, 0)
    assert set(batch.figures.values()) == {0.0} and batch.figures.keys() == cut([sample()]).figures.keys()


@st.composite
def many_samples(draw):
    samples = []
    for task in range(draw(st.integers(1, 6))):
        prompt, advantages = draw(st.integers(1, 12)), st.sampled_from([0.0, 0.0, 1.0, -0.5])
        for sibling in range(draw(st.integers(1, 5))):
            answer, finish = draw(st.integers(1, 9)), draw(st.sampled_from(["stop", "length"]))
            mask = tuple(draw(st.lists(st.booleans(), min_size=answer, max_size=answer)))
            one = sample(
                f"task-{task}",
                sibling,
                prompt=prompt,
                answer=answer,
                finish=finish,
                mask=mask,
                advantage=draw(advantages),
            )
            samples.append(one)
    return samples


def contents(batch):
    """A batch as plain values, to compare."""
    return [
        [
            (one.images, one.prompt_ids.tolist(), one.lengths_G.tolist(), one.ids_T.tolist(), one.advantages_G.tolist())
            for one in microbatch
        ]
        for microbatch in batch.microbatches
    ]


@settings(deadline=None)
@given(many_samples(), st.randoms(), st.integers(21, 80), st.booleans(), st.booleans())
def test_arrival_changes_nothing(samples, random, budget, drop_constant, mask_truncated):
    chosen = {"drop_constant": drop_constant, "mask_truncated": mask_truncated, "tokens_per_segment": budget}
    shuffled = random.sample(samples, len(samples))
    one, other = cut(samples, **chosen), cut(shuffled, **chosen)
    assert contents(one) == contents(other) and one.figures == other.figures


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=6), st.integers(0, 300))
def test_no_other_runs_of_neighbours_cost_less(shapes, per_pass):
    samples = [sample(str(i), prompt=prompt, answer=answer) for i, (prompt, answer) in enumerate(shapes)]
    found = cut(samples, tokens_per_segment=1200, per_pass=per_pass).microbatches
    ordered = [one for microbatch in found for one in microbatch]

    def price(microbatches):
        return sum(per_pass + cost(one) for one in microbatches)

    for cuts in product((False, True), repeat=len(ordered) - 1):
        ends = [at for at, here in enumerate(cuts, 1) if here]
        others = [ordered[start:stop] for start, stop in pairwise([0, *ends, len(ordered)])]
        if all(padded_cost(one) <= 1200 for one in others):
            assert price(found) <= price(others) + 1e-6


@settings(deadline=None)
@given(many_samples(), st.integers(21, 80), st.booleans())
def test_every_answer_is_there_once_and_every_microbatch_within_budget(samples, budget, mask_truncated):
    batch = cut(samples, drop_constant=False, mask_truncated=mask_truncated, tokens_per_segment=budget)
    segments = [one for microbatch in batch.microbatches for one in microbatch]
    found = []
    for one in segments:
        assert len(one.ids_T) == len(one.logprobs_T) == len(one.mask_T) == one.lengths_G.sum()
        assert len(one.lengths_G) == len(one.advantages_G)
        ends = np.cumsum(one.lengths_G)
        for length, end, advantage in zip(one.lengths_G, ends, one.advantages_G, strict=True):
            found.append((one.images[0], tuple(one.ids_T[end - length : end].tolist()), float(advantage)))
    wanted = [
        (s.scored.rollout.task.images[0], s.scored.rollout.output_ids, float(np.float32(s.advantage))) for s in samples
    ]
    assert sorted(found) == sorted(wanted)
    assert all(padded_cost(microbatch) <= budget for microbatch in batch.microbatches)
    assert batch.tokens == sum(int(one.mask_T.sum()) for one in segments) and batch.sequences == len(samples)


def shaped(prompt, *answers):
    total = sum(answers)
    return Segment(
        images=(),
        prompt_ids=np.zeros(prompt, np.int64),
        lengths_G=np.array(answers, np.int64),
        ids_T=np.zeros(total, np.int64),
        logprobs_T=np.zeros(total, np.float32),
        mask_T=np.ones(total, bool),
        advantages_G=np.ones(len(answers), np.float32),
        temperature=1.0,
    )


MEASURED = [(40, 8), (40, 64), (40, 256), (272, 64), (272, 256), (272, 480), (992, 64), (992, 256), (992, 480)]


@pytest.mark.parametrize(("prompt", "answer"), MEASURED)
def test_eight_siblings_run_on_one_prompt_as_measured(prompt, answer):
    assert cheaper([shaped(prompt, *[answer] * 8)]) == "prefix"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), min_size=1, max_size=6))
def test_lone_answers_run_in_one_pass(shapes):
    assert cheaper([shaped(prompt, answer) for prompt, answer in shapes]) == "padded"


@settings(deadline=None)
@given(st.integers(1, 5000))
def test_a_second_pass_must_earn_its_cost_whatever_the_answers(answer):
    # one prompt spared is 63 + 63^2 / 12000 = 63.3 units of work, or 64 + 64^2 / 12000 = 64.3; a pass costs 64
    assert cheaper([shaped(63, answer, answer)]) == "padded" and cheaper([shaped(64, answer, answer)]) == "prefix"


def test_one_long_prompt_among_short_ones_makes_prefix_padding_dear():
    # padded rows cost 1003 each; prefix would pad three prompts to 1000 and their answers to 1000
    mixed = [shaped(1000, 3), shaped(3, 1000, 1000)]
    assert cheaper(mixed) == "padded" and cheaper(mixed[1:]) == "padded"
