"""What a benchmark says of seconds, lengths and names; the seconds themselves are nobody's test."""

import numpy as np
import pytest

from mmzero.types import Batch, Segment

from . import material, pairs
from .__main__ import chosen, measures


def test_ratios_are_taken_pair_by_pair():
    """The machine was twice as slow at the second pair: of the medians alone the ratio would be 5 / 2."""
    assert pairs.figures([1.0, 2.0, 4.0], [5.0, 3.0, 6.0]) == {"ours_s": 2.0, "peer_s": 5.0, "ratio": 1.5}


def test_a_first_run_of_each_is_not_counted():
    said = []
    pairs.in_turn(lambda: said.append("ours"), lambda: said.append("peer"), 2)
    assert said == ["ours", "peer"] * 3


def test_lengths_have_the_median_and_the_spread_they_are_said_to_have():
    drawn = material.lengths(1000, 300)
    assert np.median(drawn) == pytest.approx(100, abs=1) and max(drawn) == 300
    assert sum(length == 300 for length in drawn) == pytest.approx(1000 * 0.0336, abs=2)  # beyond 1.83 deviations
    inner = np.log([length for length in drawn if length < 300])
    assert np.quantile(inner, 0.16) == pytest.approx(np.log(100) - 0.6, abs=0.05)
    assert material.lengths(4, 64) == [11, 18, 26, 64]  # 64 / 3 times exp of -0.69, -0.19 and 0.19


def test_the_token_ratio_counts_padding():
    def segment(prompt, *answers):
        return Segment(
            images=(),
            prompt_ids=np.zeros(prompt, dtype=np.int64),
            lengths_G=np.array(answers),
            ids_T=np.zeros(sum(answers), dtype=np.int64),
            logprobs_T=np.zeros(sum(answers), dtype=np.float32),
            mask_T=np.ones(sum(answers), dtype=bool),
            advantages_G=np.zeros(len(answers), dtype=np.float32),
            temperature=1.0,
        )

    microbatches = ((segment(10, 2, 4), segment(12, 3)), (segment(5, 1),))
    padded, prefix = 3 * (12 + 4) + 6, 2 * 12 + 3 * 4 + 6
    batch = Batch(microbatches=microbatches, tokens=10, sequences=4, max_tokens=4)
    assert material.token_ratio(batch) == pytest.approx(padded / prefix)


def test_a_name_stands_for_itself_or_all_that_begin_so_and_what_is_shared_runs_once():
    assert [one.args for one in chosen(["learner_vs_trl/300x64"])] == [("learner", "measure", 300, 64)]
    assert [one.args[2:] for one in chosen(["learner_vs_padded", "learner_vs_trl"])] == [
        (300, 64),
        (300, 256),
        (1000, 256),
    ]
    assert len(chosen([])) == len(measures()) - 3
    with pytest.raises(SystemExit, match="there is no benchmark 'learner_vs_trk'; there are learner_vs_trl/300x64"):
        chosen(["learner_vs_trk"])
