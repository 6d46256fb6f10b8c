"""MM-Zero's whole pipeline on real engines: the shipped recipe in small, with the model that can invent and draw."""

import pytest
from safetensors.numpy import load_file

from mmzero import campaign, shipped
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.read import read
from mmzero.roles import coder, open_proposer
from mmzero.roles.sieve import RATE, TRIAL
from mmzero.types import Drawing, Idea, Rejection, every

pytestmark = pytest.mark.engines

SMALL = (
    "schedule.phases.0.steps=1", "schedule.phases.0.prompts=3", "schedule.phases.1.steps=1", "schedule.phases.1.prompts=4",
    "schedule.phases.2.steps=1", "schedule.phases.2.prompts=24", "schedule.phases.3.steps=2", "schedule.phases.3.prompts=4",
    "evaluate.tasks=12", "checkpoint.every=5", "log.terminal=quiet",
)  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mm_zero_tiny") / "run"
    recipe, path = read("mm_zero_tiny", SMALL)
    report = campaign.run(recipe, path.parent, folder)
    with Journal.open(folder, write=False) as journal:
        yield recipe, report, journal


def asked(journal, index, family):
    return [one for one in every(journal.read(index).episodes) if one.task.family == family]


def test_every_role_speaks_and_learns_in_its_turn(played):
    _, report, journal = played
    rows = journal.metrics()
    assert [row["role"] for row in rows] == ["proposer", "coder", "nobody", "solver", "solver"]
    assert ["grad_norm" in row for row in rows] == [True, True, False, True, True]
    assert rows[0]["proposals_valid"] >= 0.7 and rows[1]["rendered"] >= 0.7 and rows[2]["labels"] > 0
    assert rows[1]["malformed"] <= 0.3, "what is written in the dialect has its form"
    assert report["finished"] and verify(journal.folder).sound


def test_what_is_invented_is_drawn_shape_by_shape_and_shown_to_solvers(played):
    recipe, _, journal = played
    for index in range(3):
        ideas = [said for one in asked(journal, index, open_proposer.FAMILY) for said in one.proposals]
        drawings = [one for one in asked(journal, index, coder.FAMILY) if TRIAL not in one.facts]
        assert any(isinstance(said, Idea) for said in ideas)
        for one in drawings:
            assert one.task.question == f"Draw {open_proposer.from_scene(one.task.scene).caption}."
        drawn = [said for one in drawings for said in one.proposals]
        svg = [said for said in drawn if isinstance(said, Drawing)]
        assert svg and {said.kind for said in svg} == {"svg"}
        assert not {said.reason for said in drawn if isinstance(said, Rejection)} & {"code_error", "violation"}
        questions = asked(journal, index, coder.PICTURE)
        assert len(questions) == 2 * len(svg)
        assert {len(one.rollouts) for one in questions} == {recipe.schedule.phases[index].votes.n}
        assert all(journal.images.path(one.task.images[0]).is_file() for one in questions)


def test_the_coder_draws_for_learning_what_it_rendered_often_enough_when_it_was_tried(played):
    recipe, _, journal = played
    phase, drawings = recipe.schedule.phases[1], asked(journal, 1, coder.FAMILY)
    tried = [one for one in drawings if TRIAL in one.facts]
    assert {len(one.rollouts) for one in tried} == {phase.ideas.tries}
    least, most = phase.ideas.filter
    fit = {one.task.id for one in tried if least <= one.facts[RATE] <= most}
    assert fit and fit == {one.task.id for one in drawings if TRIAL not in one.facts}


def test_the_solver_learns_from_what_its_votes_agreed_on(played):
    _, _, journal = played
    votes = {one.task.id: one for one in asked(journal, 2, coder.PICTURE)}
    for index in (3, 4):
        for one in asked(journal, index, coder.PICTURE):
            told = votes[one.task.id].facts["agreed"] / len(votes[one.task.id].rollouts)
            assert one.task.answer.warrant.kind == "voted" and one.task.answer.warrant.confidence == told
            assert 0.25 <= told <= 0.75


def test_each_policy_has_weights_of_its_own_that_moved(played):
    _, _, journal = played
    began = load_file(shipped.model("maker") / "model.safetensors")
    folder = journal.newest_checkpoint()[1]
    ended = {
        name: load_file(next((folder / name).rglob("*master*.safetensors"))) for name in ("proposer", "coder", "solver")
    }
    name = next(name for name in began if name in ended["solver"] and began[name].ndim > 1)
    tensors = [began[name], *(weights[name] for weights in ended.values())]
    for i, one in enumerate(tensors):
        assert all((one != other).any() for other in tensors[:i])
