"""A campaign whose steps are refilled: every round in the one committed step, and a killed one ends as an untouched one."""

import fakes
import pytest

REFILLED = ("schedule.phases.1.refill.most=3", "schedule.phases.1.learning.constant_groups=drop")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return fakes.campaign(tmp_path_factory.mktemp("campaign") / "untouched", fakes.recipe(*REFILLED))


def test_steps_hold_every_round_and_learn_from_as_many_groups_as_before(untouched):
    prompts = untouched.recipe.schedule.phases[1].prompts
    rows = [row for row in untouched.metrics() if row["role"] == "solver"]
    assert any(row["refill_rounds"] for row in rows) and max(row["refill_rounds"] for row in rows) <= 3
    for row in rows:
        played = untouched.read(row["index"])
        assert len(played.episodes) == prompts + row["refill_groups"] == len({one.task.id for one in played.episodes})
        assert row["constant_groups"] == pytest.approx(1 - row["teaching_groups"] / prompts)
    plain = fakes.recipe()
    assert sum(row["teaching_groups"] for row in rows) > 0 and plain.schedule.phases[1].refill is None


@pytest.mark.parametrize("after", [60, 250])
def test_killed_while_refilling_and_resumed_ends_as_never_touched(untouched, tmp_path, after):
    class Dies(fakes.CountingSampler):
        asked: list[str] = []  # noqa: RUF012

        def play(self, asks):
            for group in super().play(asks):
                if len(Dies.asked) == after:
                    raise KeyboardInterrupt
                yield group

    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "killed", fakes.recipe(*REFILLED), sampler=Dies)
    resumed = fakes.campaign(tmp_path / "killed", fakes.recipe(*REFILLED))
    assert resumed.steps() == untouched.steps()
    for index in untouched.steps():
        assert fakes.timeless(resumed.read(index)) == fakes.timeless(untouched.read(index))
    assert fakes.figures(resumed) == fakes.figures(untouched)
