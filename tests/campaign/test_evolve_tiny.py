"""The better preset in small on real engines: three roles with one set of weights, a gate that asks blindly, a final suite."""

import pytest

from mmzero import campaign, telemetry
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.read import read
from mmzero.roles import second_look
from mmzero.types import every

pytestmark = pytest.mark.engines

SMALL = (
    "schedule.iterations=1", "schedule.phases.0.prompts=3", "schedule.phases.1.prompts=4", "schedule.phases.2.steps=2",
    "schedule.phases.2.prompts=6", "evaluate.tasks=12", "checkpoint.every=4", "log.terminal=quiet",
)  # fmt: skip


@pytest.mark.parametrize("name", ["evolve_tiny", "evolve_tiny_random"])
def test_three_roles_train_in_one_run_and_its_telemetry_is_complete(name, tmp_path):
    recipe, path = read(name, SMALL)
    report = campaign.run(recipe, path.parent, tmp_path / "run")
    with Journal.open(tmp_path / "run", write=False) as journal:
        rows = journal.metrics()
        assert [row["role"] for row in rows] == ["proposer", "coder", "solver", "solver"]
        assert all(row["updates"] + row["skipped"] > 0 for row in rows)
        (iteration,) = telemetry.newest(journal)
        told = {"proposals_valid", "rendered", "difficulty", "easy_hard_gap", "content_entropy", "distinct_pictures"}
        assert told | {"blind_right", "blind_luck", "printed"} <= iteration.means.keys() and iteration.probe.n == 12
        blind = [one for one in every(journal.read(0).episodes) if one.task.family == second_look.BLIND]
        assert blind and all(not one.task.images for one in blind)
        assert [journal.evaluation("final", version) is not None for version in (0, 2, 4)] == [True, False, True]
    assert report["final"]["suite"] == "final-tiny" and report["finished"]
    assert verify(tmp_path / "run").sound
