"""What votes say about programs and pictures once they are in: who is refused after all, what nothing is learned from, and
that the ledger says the same again."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from generator_material import right

from mmzero import scoring, sources
from mmzero.engines.fake import FakeRenderer, FakeSampler
from mmzero.errors import CampaignStopped, EngineError
from mmzero.gate import Known, Memory
from mmzero.gate.audit import guess_rate, guessed
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play, spoken
from mmzero.recipe.tree import Recipe
from mmzero.report import inventions
from mmzero.roles import coder, generator, open_proposer, reply, second_look
from mmzero.scoring.view import Moment, views
from mmzero.sources.state import State
from mmzero.types import Cursor, Drawing, Generator, Idea, Played, Rejection, every

PAID = [{"use": "rewards/learnability.py:over_instances"}]
HOUR = next(one for one in right() if one.reads and one.reads.__name__ == "hour")
VOTES = {"of": "solver", "n": 4}
PHASES = [
    {"train": "coder", "steps": 2, "prompts": 3, "group": 2, "votes": VOTES, "learning": {"advantage": "batch"}},
    {"train": "solver", "steps": 1, "prompts": 5, "group": 2, "tasks": {"proposed": 1.0}},
]


def recipe(mode, phases=PHASES, **gate):
    labels = "computed" if mode == "generator" else "majority"
    asked = {"instances": 4, "counterfactuals": 2, **gate}
    return Recipe.model_validate(
        {
            "name": "looked", "model": {"path": "tiny"}, "budgets": {"infra_errors": 1.0},
            "roles": {
                "proposer": {"policy": "main", "mode": "open", "rewards": PAID},
                "coder": {"policy": "main", "mode": mode, "rewards": PAID},
                "solver": {"policy": "main", "rewards": PAID},
            },
            "sources": {"proposed": {"kind": "proposer", "labels": labels, "gate": asked, "easy": 0, "hard": [0, 1]}},
            "schedule": {"phases": phases},
        }
    )  # fmt: skip


class Scripted(FakeSampler):
    """Ideas about squares, each other than the last or always `idea`; a coder of one program, or of what `draws` makes of
    an idea; a solver that says `sees(place, sibling, truth)` and `guesses(place, sibling, truth)` without the picture."""

    def __init__(self, sees=None, guesses=None, draws=None, idea=None, program=HOUR.code):
        super().__init__()
        self._sees, self._guesses = sees or (lambda i, g, truth: truth), guesses or (lambda i, g, truth: "none")
        self._draws, self._idea, self._program = draws, idea, program
        self.asked, self._truths = [], {}

    def play(self, asks):
        for place, ask in enumerate(asks):
            self.asked.append(ask)
            yield tuple(self._scripted(ask, place, i, seed) for i, seed in enumerate(ask.seeds_G))

    def _scripted(self, ask, place, sibling, seed):
        return replace(self._answer(ask, sibling, seed), text=self._text_of(ask, place, sibling, seed))

    def _said(self, ask, said, seed):
        return ""  # written over

    def _text_of(self, ask, place, sibling, seed):
        if ask.role == "proposer":
            return open_proposer.write(self._idea or squares(seed))
        if ask.role == "coder":
            idea = open_proposer.from_scene(ask.task.scene)
            drawing = Drawing(kind="svg", code=(self._draws or svg)(idea))
            return coder.write(drawing) if not self._program else generator.write(Generator(code=self._program))
        if ask.task.family == second_look.BLIND:
            return reply.write("", self._guesses(place, sibling, self._truths[ask.task.id.partition("/")[2]]))
        self._truths[ask.task.id] = truth = self._truth(ask.task)
        return reply.write("", self._sees(place, sibling, truth) if ask.task.kind != coder.EASY else truth)

    @staticmethod
    def _truth(task):
        if task.answer:
            return task.answer.text
        idea = open_proposer.from_scene(task.scene)
        return idea.easy_answer if task.kind == coder.EASY else idea.hard_answer


def squares(seed):
    many = seed // 2 % 50 + 2
    return Idea(
        content="geometry", caption=f"{many} squares, {seed:x}", easy_question="How many squares are there?",
        easy_answer=str(many), hard_question="How many corners have they together?", hard_answer=str(4 * many),
    )  # fmt: skip


def svg(idea, said=""):
    return f"<svg><!-- {idea.caption} -->{said}</svg>"


class Varied(FakeRenderer):
    """A picture of its own for every document, which no other looks like."""

    def map(self, jobs):
        return [replace(one, image=_noise(job.code)) for one, job in zip(super().map(jobs), jobs, strict=True)]


def _noise(code):
    draw = np.random.default_rng(list(code.encode()))
    return np.kron(draw.integers(0, 255, (16, 17, 3)), np.ones((4, 4, 1))).astype(np.uint8)


def played(wanted, sampler, renderer, state=State(), index=0, known=None):  # noqa: B008 - frozen
    cursor, phase = Cursor(index, 0, index // 2, index % 2), wanted.schedule.phase_at(index)
    known = known or sources.known(wanted, state)
    players = Players(wanted, {"main": sampler}, lambda png: f"picture{hash(png)}", renderer=renderer, known=known)
    episodes = play(sources.tasks(wanted, phase, cursor, state, players.put), phase, cursor, players)
    whole = Played(episodes=episodes, scored=())
    assert decode(encode(whole, index), {}) == whole
    after = state.after(cursor, whole)
    assert after == state.after(cursor, decode(encode(whole, index), {}))
    return episodes, after


def asked(episodes, family):
    return [one for one in every(episodes) if one.task.family == family]


def reasons(episodes):
    return [second_look.refused(one) for one in asked(episodes, generator.FAMILY)]


# --- programs


def test_instances_are_asked_again_without_their_pictures(sandbox):
    sampler = Scripted()
    episodes, state = played(recipe("generator", blind_votes=3), sampler, sandbox)
    seen, blind = asked(episodes, generator.FAMILY), asked(episodes, second_look.BLIND)
    assert len(seen) == len(blind) == 4  # of six programs all are copies of the first
    assert [one.task.id for one in blind] == [f"blind/{one.task.id}" for one in seen]
    assert all(one.task.images == () and one.task.answer is None and len(one.rollouts) == 3 for one in blind)
    assert [one.task.question for one in blind] == [one.task.question for one in seen]
    assert not {r.seed for one in blind for r in one.rollouts} & {r.seed for one in seen for r in one.rollouts}
    assert all(one.facts["right"] == 0 and 0 < one.facts["luck"] < 1 for one in blind)
    assert reasons(episodes) == [""] * 4 and len(state.stock) == len(state.admitted.prints) == 4
    assert not [ask for ask in sampler.asked if ask.task.family == second_look.BLIND and ask.images]


def test_a_program_that_can_be_answered_blindly_is_refused_after_all(sandbox):
    episodes, state = played(recipe("generator"), Scripted(guesses=lambda i, g, truth: truth), sandbox)
    coded = spoken(episodes, "coder")
    said = [one.reason for each in coded for one in each.proposals if isinstance(one, Rejection)]
    assert sorted(said) == ["blind"] + ["duplicate"] * 5
    assert reasons(episodes) == ["blind"] * 4 and not state.stock and not state.admitted.prints and not state.replay
    assert all(one["instances"] is None for one in views(coded, Moment(0)))
    assert [one["rejection"].reason for one in views(coded, Moment(0))].count("blind") == 1
    found = scoring.figures(episodes, ())
    assert (found["rejected/coder/blind"], found["blind_right"], found["ran"]) == (1.0, 1.0, 1.0)
    assert found["rendered"] == 0 and not [name for name in found if name.startswith("rejected/label")]
    assert state.usable.rejected["coder", "blind"] == 1 and not state.usable.usable["coder"]


def other(truth):
    return str((int(truth) + 5) % 12)


def test_votes_that_agree_on_other_answers_are_an_alarm(sandbox):
    """In two of four instances they flag these; in three the program is drawn from no more."""
    wanted = recipe("generator")
    episodes, state = played(wanted, Scripted(sees=lambda i, g, truth: other(truth) if i < 2 else truth), sandbox)
    assert reasons(episodes) == ["contradicted", "contradicted", "", ""]
    assert len(state.stock) == len(state.admitted.prints) == 2
    (shown,) = [one["instances"] for one in views(spoken(episodes, "coder"), Moment(0)) if one["instances"]]
    assert len(shown) == 2 and all(all(votes) for _, votes in shown)
    assert scoring.figures(episodes, ())["rejected/label/contradicted"] == 2
    episodes, state = played(wanted, Scripted(sees=lambda i, g, truth: other(truth) if i < 3 else truth), sandbox)
    assert {one.reason for each in spoken(episodes, "coder") for one in each.proposals if isinstance(one, Rejection)} == {
        "contradicted", "duplicate",
    }  # fmt: skip
    assert reasons(episodes) == ["contradicted"] * 4 and not state.stock
    off = recipe("generator", audit=False)
    episodes, state = played(off, Scripted(sees=lambda i, g, truth: other(truth) if i < 3 else truth), sandbox)
    assert reasons(episodes) == [""] * 4 and len(state.stock) == 4


def test_the_report_shows_what_votes_contradict_and_one_instance_of_each_idea(sandbox):
    wanted = recipe("generator")
    episodes, _ = played(wanted, Scripted(sees=lambda i, g, truth: other(truth) if i < 2 else truth), sandbox)
    step = Played(episodes=episodes, scored=())
    journal = SimpleNamespace(
        recipe=wanted, steps=lambda: [0], read=lambda index: step, images=SimpleNamespace(path=Path)
    )
    found = [one.asked[0] for one in inventions.contested(journal)]
    truths = [one.task.answer.text for one in asked(episodes, generator.FAMILY)[:2]]
    assert [(one.believed, one.said, one.agreed, one.votes, one.refused) for one in found] == [
        (truth, other(truth), 4, 4, "contradicted") for truth in truths
    ]  # fmt: skip
    (shown,) = inventions.newest(journal)
    assert len(shown.asked) == 1 and shown.asked[0].kind == "computed" and shown.picture is not None


def test_what_a_solver_cannot_do_yet_is_not_taken_from_it(sandbox):
    wanted = recipe("generator")
    for sees in (lambda i, g, truth: str(g), lambda i, g, truth: "14"):  # at a loss, and blind to what it sees
        episodes, state = played(wanted, Scripted(sees=sees), sandbox)
        assert reasons(episodes) == [""] * 4 and len(state.stock) == 4


def test_blind_answers_that_are_lost_cost_nobody_anything(sandbox):
    class Deaf(Scripted):
        def play(self, asks):
            asks = list(asks)
            if asks[0].task.family == second_look.BLIND:
                raise EngineError("out of memory")
            yield from super().play(asks)

    episodes, state = played(recipe("generator"), Deaf(), sandbox)
    assert all(one.failure == "sampler" for one in asked(episodes, second_look.BLIND))
    assert len(state.stock) == 4 and scoring.figures(episodes, ())["failures"] == 4
    assert [one["instances"] is not None for one in views(spoken(episodes, "coder"), Moment(0))].count(True) == 1


def test_a_program_needs_votes_that_can_agree_and_a_gate():
    few = [{**PHASES[0], "votes": {"of": "solver", "n": 2}}, PHASES[1]]
    with pytest.raises(ValueError, match=r"votes\.n is 2, and sources\.proposed\.gate\.audit asks whether votes agree"):
        recipe("generator", few)
    assert recipe("generator", few, audit=False)
    bare = recipe("generator").model_dump(by_alias=True)
    bare["sources"]["proposed"]["gate"] = None
    with pytest.raises(ValueError, match=r"sources\.proposed\.gate is null, but the coder's mode is generator"):
        Recipe.model_validate(bare)


# --- pictures


def pictured(wanted=None, state=State(), index=0, known=None, renderer=None, **scripted):  # noqa: B008 - frozen
    sampler = Scripted(program=None, **scripted)
    return *played(wanted or recipe("picture"), sampler, renderer or Varied(), state, index, known), sampler


def refusals(episodes):
    return [second_look.refused(one) for one in asked(episodes, coder.PICTURE) if one.task.kind == coder.HARD]


def test_the_hard_question_of_an_idea_is_asked_once_without_its_pictures():
    episodes, state, _ = pictured()
    blind = asked(episodes, second_look.BLIND)
    assert len(blind) == 3 and len(asked(episodes, coder.PICTURE)) == 3 * 2 * 2
    assert {one.task.question for one in blind} == {"How many corners have they together?"}
    assert refusals(episodes) == [""] * 6 and len(state.stock) == 6
    assert len(state.admitted.prints) == 3  # both drawings of an idea are the same
    assert scoring.figures(episodes, ())["blind_right"] == 0
    off, state, _ = pictured(recipe("picture", blind_votes=0))
    assert not asked(off, second_look.BLIND) and len(state.stock) == 6


def test_a_label_that_is_said_without_the_picture_teaches_nothing():
    episodes, state, _ = pictured(guesses=lambda i, g, truth: truth if i == 1 else "none")
    assert refusals(episodes) == ["", "", "blind", "blind", "", ""] and len(state.stock) == 4
    found = scoring.figures(episodes, ())
    assert (found["rejected/label/blind"], found["labels"], found["blind_right"]) == (2, 4, pytest.approx(1 / 3))
    assert all(isinstance(said, Drawing) for one in spoken(episodes, "coder") for said in one.proposals)
    assert all(one["drawings"] for one in views(spoken(episodes, "coder"), Moment(0)))  # who drew it is paid


def test_luck_in_guessing_is_what_comes_up_and_what_is_said_to_anything():
    assert guess_rate("2", ("2", "2", "3", "4"), ("2",) * 4, ()) == (1.0, pytest.approx(1 / 3), pytest.approx(1 / 81))
    assert guess_rate("2", ("2",) * 4, ("2",) * 4, ("2", "2", "2", "5")) == (1.0, 0.75, pytest.approx(0.75**4))
    assert guess_rate("2", ("2",), ("3", "none"), ()) == (0.0, pytest.approx(1 / 3), 1.0)
    assert guessed(1.0, 1 / 3, 1 / 81, 0.35).startswith("100% of answers without the picture are right")
    assert guessed(1.0, 1 / 3, 0.06, 0.35) == "" == guessed(0.5, 1 / 3, 0.01, 0.35)


def test_a_picture_that_says_its_answer_teaches_reading():
    def printed(idea):
        return svg(idea, f"<text>Corners: {idea.hard_answer}</text>")

    episodes, state, _ = pictured(draws=printed)
    assert refusals(episodes) == ["leaked"] * 6 and not state.stock and state.refused == {"leaked": 6}
    allowed, state, _ = pictured(recipe("picture", leaks="allow"), draws=printed)
    assert refusals(allowed) == [""] * 6 and len(state.stock) == 6


def test_an_idea_that_came_before_and_one_that_is_kept_out_are_refused():
    idea = squares(4)
    episodes, state, _ = pictured(idea=idea)
    assert refusals(episodes) == ["", "", *["duplicate"] * 4]  # its own drawings resemble each other, and may
    episodes, _, _ = pictured(state=state, index=1, idea=idea)
    assert refusals(episodes) == ["duplicate"] * 6
    known = Known(Memory(), state.admitted)
    assert refusals(pictured(known=known, idea=idea)[0]) == ["contaminated"] * 6
    assert refusals(pictured(state=state, index=1)[0]) == [""] * 6


def test_a_solver_without_labels_is_told_what_the_gate_refused():
    wanted = recipe("picture")
    _, state, _ = pictured(wanted, guesses=lambda i, g, truth: truth)
    assert not state.stock
    with pytest.raises(
        CampaignStopped, match=r"of 0 questions .*, and its gate refused 6 \(blind 6\); widen its bands"
    ):
        sources.tasks(wanted, wanted.schedule.phases[1], Cursor(2, 0, 1, 0), state, str)


@pytest.mark.parametrize(("enough", "low", "found"), [(0.0, 0.3, 0), (0.4, 0.0, 6)])
def test_bands_of_labels_by_vote_widen_and_say_so(enough, low, found):
    wanted = recipe("picture", enough=enough)
    narrow = wanted.model_dump(by_alias=True)
    narrow["sources"]["proposed"]["hard"] = [0.3, 0.4]
    wanted = Recipe.model_validate(narrow)
    _, state, _ = pictured(wanted)  # all agree about everything
    told = sources.figures(wanted, wanted.schedule.phases[1], Cursor(2, 0, 1, 0), state)
    assert (told["labelled"], told["yield"], told["within_bands"], told["band_low"]) == (6, 0, found, low)
    assert sources.figures(wanted, wanted.schedule.phases[0], Cursor(0, 0, 0, 0), state) == {}


def test_without_a_gate_nobody_is_asked_twice_and_nothing_refused():
    bare = recipe("picture").model_dump(by_alias=True)
    bare["sources"]["proposed"]["gate"] = None
    episodes, state, _ = pictured(Recipe.model_validate(bare), idea=squares(4))
    assert not asked(episodes, second_look.BLIND) and refusals(episodes) == [""] * 6 and len(state.stock) == 6
