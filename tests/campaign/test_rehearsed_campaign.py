"""A campaign that learns again from what earlier steps said: the same after a kill, and never older than allowed."""

import fakes
import pytest

from mmzero.engines.fake import FakeLearner, FakeSampler

REHEARSED = ("schedule.phases.1.learning.rehearse.share=0.5", "schedule.phases.1.learning.rehearse.within=3")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return fakes.campaign(tmp_path_factory.mktemp("campaign") / "untouched", fakes.recipe(*REHEARSED))


def test_old_answers_are_learned_from_beside_new_ones(untouched, monkeypatch):
    rows = [row for row in untouched.metrics() if row["role"] == "solver"]
    assert rows[0]["rehearsed"] == 0 and all(row["rehearsed"] > 0 for row in rows[1:5])
    assert max(row["rehearsed_age"] for row in rows) == 3
    assert all("rehearsed" not in row for row in untouched.metrics() if row["role"] == "proposer")
    plain = fakes.recipe().schedule.phases[1]
    assert all(row["rehearsed"] <= plain.prompts * plain.group for row in rows)


@pytest.mark.parametrize("after", [90, 250])
def test_killed_and_resumed_rehearses_the_same(untouched, tmp_path, after):
    class Dies(FakeSampler):
        left = after

        def play(self, asks):
            for group in super().play(asks):
                Dies.left -= 1
                if not Dies.left:
                    raise KeyboardInterrupt
                yield group

    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "killed", fakes.recipe(*REHEARSED), sampler=Dies)
    resumed = fakes.campaign(tmp_path / "killed", fakes.recipe(*REHEARSED))
    assert fakes.figures(resumed) == fakes.figures(untouched)


def test_what_is_rehearsed_reaches_the_learner(tmp_path):
    sequences = []

    class Counts(FakeLearner):
        def learn(self, batch, learning):
            sequences.append((batch.sequences, batch.figures.get("rehearsed", 0)))
            return super().learn(batch, learning)

    fakes.campaign(tmp_path / "counted", fakes.recipe(*REHEARSED, "schedule.iterations=1"), learner=Counts)
    plain = fakes.recipe().schedule.phases[1]
    assert [many - old for many, old in sequences[-5:]] == [plain.prompts * plain.group] * 5
    assert sum(old for _, old in sequences) > 0
