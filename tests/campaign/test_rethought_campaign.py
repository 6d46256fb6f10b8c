"""A campaign in which some answers are made to go on: the same after a kill in the middle, and learned again to the bit."""

import fakes
import pytest

from mmzero import campaign
from mmzero.engines.fake import FakeSampler
from mmzero.journal import Journal

RETHOUGHT = ("schedule.phases.1.rethink.share=0.5", "schedule.phases.1.rethink.texts=[' Wait. ', ' Look again. ']")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return fakes.campaign(tmp_path_factory.mktemp("campaign") / "untouched", fakes.recipe(*RETHOUGHT))


def test_some_answers_go_on_and_the_figures_say_how_many(untouched):
    rows = [row for row in untouched.metrics() if row["role"] == "solver"]
    assert all(0.2 < row["rethought"] < 0.8 and row["malformed"] < 1 for row in rows)
    assert all("rethought" not in row for row in untouched.metrics() if row["role"] == "proposer")
    assert max(row["gap_max"] for row in rows) < 1e-6, "words that nobody chose are held against nobody"


class Dies(FakeSampler):
    """In the middle of a step, when so many answers have begun to go on."""

    left = 0

    def play(self, asks):
        def some(asks):
            for ask in asks:
                if ask.begun_G:
                    Dies.left -= 1
                    if not Dies.left:
                        raise KeyboardInterrupt
                yield ask

        return super().play(some(asks))


@pytest.mark.parametrize("after", [3, 100])
def test_killed_and_resumed_is_the_same(untouched, tmp_path, after):
    Dies.left = after
    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "killed", fakes.recipe(*RETHOUGHT), sampler=Dies)
    resumed = fakes.campaign(tmp_path / "killed", fakes.recipe(*RETHOUGHT))
    assert fakes.figures(resumed) == fakes.figures(untouched)


def test_a_step_learned_again_from_the_ledger_comes_to_the_same(untouched):
    with Journal.open(untouched.folder, write=False) as journal:
        rooms = fakes.rooms(journal.recipe, 2.0)
        found = campaign.relearn(rooms, journal, 0, 4)
        recorded = campaign.recorded_figures(journal, 4)
    assert recorded["rethought"] > 0
    names = [name for name in recorded if "second" not in name and "per_s" not in name]
    assert {name: found[name] for name in names} == {name: recorded[name] for name in names}
