"""From an idea to a program to tasks that are answered, admitted and trained on: the whole chain over the real sandbox and
scripted roles."""

import json
from dataclasses import replace

import pytest
from generator_material import right

from mmzero import scoring, sources
from mmzero.engines import renderers
from mmzero.engines.fake import FakeRenderer, FakeSampler
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play
from mmzero.recipe.tree import Recipe
from mmzero.roles import chain, generator, open_proposer, reply
from mmzero.scoring.view import Moment, views
from mmzero.sources.state import State
from mmzero.types import Cursor, Generator, Idea, Played, Rejection, every

PAID = [{"use": "rewards/learnability.py:over_instances"}]
PROGRAMS = {one.reads.__name__: one for one in reversed(right()) if one.reads}  # the first of each
VOTES = {"of": "solver", "n": 4}
GATE = {"instances": 4, "counterfactuals": 2, "blind_votes": 0}
PHASES = [
    {"train": "coder", "steps": 2, "prompts": 2, "group": 2, "votes": VOTES, "learning": {"advantage": "batch"}},
    {"train": "solver", "steps": 1, "prompts": 5, "group": 2, "tasks": {"proposed": 1.0}},
]
IDEA = Idea(
    content="diagram", caption="Some discs.", easy_question="Which colour?", easy_answer="red", hard_question="How many discs?",
    hard_answer="4",
)  # fmt: skip


def recipe(phases=PHASES, **gate):
    return Recipe.model_validate(
        {
            "name": "programs", "model": {"path": "tiny"},
            "roles": {
                "proposer": {"policy": "main", "mode": "open", "rewards": PAID},
                "coder": {"policy": "main", "mode": "generator", "rewards": PAID},
                "solver": {"policy": "main", "rewards": PAID},
            },
            "sources": {"proposed": {"kind": "proposer", "gate": GATE | gate}},
            "schedule": {"phases": phases},
        }
    )  # fmt: skip


class Scripted(FakeSampler):
    """A proposer of one idea, a coder of these programs in turn, and a solver that is right in so many votes of four."""

    def __init__(self, *programs, right=2):
        super().__init__()
        self._programs, self._right, self.asked = programs, right, []

    def play(self, asks):
        for ask in asks:
            self.asked.append(ask)
            said = [self._scripted(ask, sibling) for sibling in range(len(ask.seeds_G))]
            yield tuple(replace(self._answer(ask, i, seed), text=said[i]) for i, seed in enumerate(ask.seeds_G))

    def _said(self, ask, said, seed):
        return ""  # written over

    def _scripted(self, ask, sibling):
        if ask.role == "proposer":
            return open_proposer.write(IDEA)
        if ask.role == "coder":
            turn = sum(one.role == "coder" for one in self.asked) - 1
            return self._programs[(2 * turn + sibling) % len(self._programs)]
        return reply.write("", ask.task.answer.text if sibling < self._right else "none")


def program(name):
    return generator.write(Generator(code=PROGRAMS[name].code))


def played(sampler, renderer, index=0, state=State(), wanted=None):  # noqa: B008 - frozen
    wanted = wanted or recipe()
    cursor, phase = Cursor(index, 0, index // 2, index % 2), wanted.schedule.phase_at(index)
    known = sources.known(wanted, state)
    players = Players(wanted, {"main": sampler}, lambda png: f"picture{hash(png)}", renderer=renderer, known=known)
    return cursor, play(sources.tasks(wanted, phase, cursor, state, players.put), phase, cursor, players)


@pytest.fixture(scope="module")
def coded(sandbox):
    """Two requests, two programs each: one that is admitted, its copy, no program, and another one."""
    sampler = Scripted(program("hour"), program("hour"), "no program", program("row"))
    return sampler, *played(sampler, sandbox)


def test_a_program_is_asked_for_an_idea_run_judged_and_its_tasks_put_to_the_vote(coded):
    sampler, _, episodes = coded
    coders = [one for one in every(episodes) if one.rollouts and one.rollouts[0].role == "coder"]
    assert [[getattr(said, "reason", "program") for said in one.proposals] for one in coders] == [
        ["program", "duplicate"], ["no_code", "program"],
    ]  # fmt: skip
    assert "How many discs?" in coders[0].task.question
    assert [len(one.children) for one in coders] == [4, 4]
    assert coders[0].facts == {"ran/0": 1.0, "ran/1": 1.0} and coders[1].facts == {"ran/1": 1.0}
    asked = [child for one in coders for child in one.children]
    assert all(one.task.answer.warrant.kind == "computed" and len(one.rollouts) == 4 for one in asked)
    assert [ask.role for ask in sampler.asked] == ["proposer"] * 2 + ["coder"] * 2 + ["solver"] * 8


def test_the_coder_is_paid_by_its_instances(coded):
    _, _, episodes = coded
    coders = [one for one in every(episodes) if one.rollouts and one.rollouts[0].role == "coder"]
    shown = views(coders, Moment(0))
    assert [one["instances"] and len(one["instances"]) for one in shown] == [4, None, None, 4]
    assert all(solved == (True, True, False, False) for _, solved in shown[0]["instances"])
    assert [one["idea"] for one in shown] == [IDEA] * 4


def test_the_proposer_is_shown_what_came_of_its_idea(coded):
    _, _, episodes = coded
    shown = views(episodes, Moment(0))
    assert [len(one["instances"]) for one in shown] == [4, 4]
    assert [[drawn.status for drawn in one["drawings"]] for one in shown] == [["ok", "duplicate"], ["no_code", "ok"]]


def test_the_ledger_holds_it_and_the_next_step_knows_it(coded, sandbox):
    _, cursor, episodes = coded
    step = Played(episodes=episodes, scored=())
    assert decode(encode(step, 0), {}) == step
    state = State().after(cursor, step)
    assert len(state.admitted.prints) == 8
    _, again = played(Scripted(program("hour"), program("row")), sandbox, 1, state)
    coders = [one for one in every(again) if one.rollouts and one.rollouts[0].role == "coder"]
    assert {said.reason for one in coders for said in one.proposals} == {"duplicate"}


@pytest.mark.parametrize(("right", "found"), [(2, 8), (0, 0), (4, 0)])
def test_a_solver_trains_on_instances_that_some_votes_solved(right, found, coded, sandbox):
    cursor, episodes = played(Scripted(program("hour"), program("row"), right=right), sandbox)
    state = State().after(cursor, Played(episodes=episodes, scored=()))
    wanted = recipe()
    phase, at = wanted.schedule.phases[1], Cursor(2, 0, 1, 0)
    if not found:
        with pytest.raises(Exception, match="nothing to train on"):
            sources.tasks(wanted, phase, at, state, str)
        return
    tasks = sources.tasks(wanted, phase, at, state, str)
    assert len({task.id for task in tasks}) == 5 and {task.family for task in tasks} == {generator.FAMILY}
    assert all(task.answer.warrant.kind == "computed" and json.loads(task.scene)["code"] for task in tasks)


@pytest.mark.parametrize(("right", "majority"), [(0, 0.0), (1, 1.0)])
def test_how_often_votes_are_right_is_told_of_what_a_program_computed(right, majority, sandbox):
    _, episodes = played(Scripted(program("hour"), program("row"), right=right), sandbox)
    told = scoring.figures(episodes, ())
    assert told["votes_solved"] == right / 4 and told["majority_right"] == majority and told["ran"] == 1.0
    assert "easy_hard_gap" not in told  # nobody is asked an easy question about a program's pictures


def test_a_program_that_the_machinery_lost_is_a_failure_and_never_a_reward(sandbox):
    class Losing:
        def map(self, jobs):
            return [replace(one, status="infra_error") if job.code.strip() == PROGRAMS["row"].code.strip() else one
                    for job, one in zip(jobs, sandbox.map(jobs), strict=True)]  # fmt: skip

    wanted = recipe()
    wanted = wanted.model_copy(update={"budgets": wanted.budgets.model_copy(update={"infra_errors": 1.0})})
    _, episodes = played(Scripted(program("hour"), program("row")), Losing(), wanted=wanted)
    coder = next(one for one in every(episodes) if one.rollouts and one.rollouts[0].role == "coder")
    lost = [child for child in coder.children if child.failure]
    assert [one.failure for one in lost] == [chain.LOST] and lost[0].task.parent == coder.rollouts[1].id
    assert [one.rollout.sibling for one in views([coder], Moment(0))] == [0]
    assert coder.facts == {"ran/0": 1.0}
    step = Played(episodes=episodes, scored=())
    assert decode(encode(step, 0), {}) == step


def test_a_fake_renderer_makes_no_instance():
    _, episodes = played(Scripted(program("hour")), FakeRenderer())
    said = [one for each in every(episodes) for one in each.proposals if not isinstance(one, Idea)]
    assert {one.reason for one in said if isinstance(one, Rejection)} == {"no_question"} and len(said) == 4


# --- the recipe


def test_programs_compute_their_answers_and_are_rendered_as_what_they_are():
    wanted = recipe()
    assert (
        wanted.draws == "programs" and chain.questions(wanted, "coder") == 4 and chain.questions(wanted, "solver") == 1
    )
    assert renderers._kind(wanted) == "generator"
    with pytest.raises(
        ValueError, match="labels is majority, but the proposer's mode is open, whose answers are computed"
    ):
        recipe().model_validate(
            {**recipe().model_dump(by_alias=True), "sources": {"proposed": {"kind": "proposer", "labels": "majority"}}}
        )


def test_what_is_kept_out_is_looked_up_for_every_step(tmp_path, monkeypatch, sandbox):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "test.jsonl").write_text(
        json.dumps({"question": "To which hour, 0 to 11, does the black hand point?"}) + "\n"
    )
    _, episodes = played(Scripted(program("hour")), sandbox, wanted=recipe(decontaminate="test.jsonl"))
    said = [one for each in every(episodes) for one in each.proposals if isinstance(one, Rejection)]
    assert {one.reason for one in said} == {"contaminated"} and len(said) == 4
