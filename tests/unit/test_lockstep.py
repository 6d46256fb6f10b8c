"""Dealing to ranks: nothing is lost or counted twice, and what a rank is lent is worth nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmzero.engines.lockstep import deal
from mmzero.types import Segment


def segment(name: int, image: bool, lengths: list[int], prompt: int = 5) -> Segment:
    total = sum(lengths)
    return Segment(
        images=("a",) if image else (),
        prompt_ids=np.full(prompt, name),
        lengths_G=np.array(lengths),
        ids_T=np.arange(total),
        logprobs_T=np.zeros(total, dtype=np.float32),
        mask_T=np.ones(total, dtype=bool),
        advantages_G=np.ones(len(lengths), dtype=np.float32),
        temperature=1.0,
    )


segments = st.builds(
    segment,
    st.integers(0, 10**6),
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 40),
)
microbatches = st.lists(st.lists(segments, min_size=1, max_size=4).map(tuple), max_size=7)


@given(microbatches, st.integers(1, 5))
def test_every_segment_is_learned_once_and_ranks_meet_in_every_module(given, ranks):
    ticks = deal(given, ranks)
    parts = [part for tick in ticks for microbatch in tick.microbatches for part in microbatch]
    taught = [part for part in parts if part.mask_T.all()]
    lent = [part for part in parts if not part.mask_T.any()]
    assert sorted(map(id, taught)) == sorted(id(part) for microbatch in given for part in microbatch)
    assert len(taught) + len(lent) == len(parts) and all(part.advantages_G.sum() == 0 for part in lent)
    for tick in ticks:
        assert len(tick.microbatches) == ranks and all(tick.microbatches)
        for has in (lambda one: bool(one.images), lambda one: one.lengths_G.max() > 1):
            assert len({any(map(has, microbatch)) for microbatch in tick.microbatches}) == 1


def test_one_rank_is_given_what_it_was():
    given = [(segment(1, True, [3, 2]), segment(2, False, [1])), (segment(3, False, [4]),)]
    assert [tick.microbatches for tick in deal(given, 1)] == [((one),) for one in given]


def test_the_dearest_is_cut_so_that_nobody_is_idle():
    given = [tuple(segment(i, False, [5, 5]) for i in range(4)), (segment(9, False, [5]),), (segment(8, False, [5]),)]
    (first, second) = deal(given, 2)
    assert all(part.mask_T.all() for tick in (first, second) for one in tick.microbatches for part in one)
    assert [len(one) for one in second.microbatches] == [2, 2]


def test_a_stand_in_is_the_beginning_of_the_longest_answer():
    (tick,) = deal([(segment(1, True, [1, 3]),), (segment(2, False, [2]),)], 2)
    lent = [part for microbatch in tick.microbatches for part in microbatch if not part.mask_T.any()]
    assert [(part.prompt_ids[0], part.images, part.lengths_G.tolist(), part.ids_T.tolist()) for part in lent] == [
        (1, ("a",), [2], [1, 2])
    ]
