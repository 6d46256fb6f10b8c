"""From an idea to a picture to votes: who is asked what, what is lost on the way, and what becomes a label."""

import math
from dataclasses import replace

import pytest
from play_material import recipe

from mmzero import scoring, sources
from mmzero.engines.fake import FakeRenderer, FakeSampler
from mmzero.errors import CampaignStopped, EngineError
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play, spoken
from mmzero.recipe.tree import Recipe
from mmzero.render import Result
from mmzero.roles import coder, open_proposer
from mmzero.sources.state import State
from mmzero.types import Cursor, Drawing, Episode, Idea, Played, Rejection, every

VOTES = {"of": "solver", "n": 5}
PHASES = [
    {"train": "proposer", "steps": 2, "prompts": 4, "group": 3, "draws": {"n": 2}, "votes": VOTES},
    {"train": "coder", "steps": 2, "prompts": 6, "group": 3, "votes": VOTES},
    {"train": "nobody", "steps": 2, "prompts": 8, "draws": {"n": 1}, "votes": {"of": "solver", "n": 8}},
    {"train": "solver", "steps": 2, "prompts": 4, "group": 3, "tasks": {"proposed": 1.0}},
]
PAID = [{"use": "rewards/answer.py:correct"}]


def campaign(phases=PHASES, source=None, **more):
    return recipe(
        roles={
            "proposer": {"policy": "main", "mode": "open", "rewards": PAID},
            "coder": {"policy": "main", "rewards": PAID},
            "solver": {"policy": "main", "rewards": PAID},
        },
        sources={"proposed": {"kind": "proposer", "labels": "majority", "gate": None, **(source or {})}},
        schedule={"iterations": 2, "phases": phases},
        **more,
    )


class Scripted(FakeSampler):
    """Says the good answer where a draw of the seed falls below the role's share."""

    def __init__(self, **shares):
        super().__init__()
        self.shares, self.asked = shares, []

    def play(self, asks):
        for ask in asks:
            self.asked.append(ask)
            yield tuple(self._scripted(ask, sibling, seed) for sibling, seed in enumerate(ask.seeds_G))

    def _scripted(self, ask, sibling, seed):
        good = int(seed % 1000 < 1000 * self.shares.get(ask.role, 1.0))
        return replace(self._answer(ask, sibling, seed), text=self._said(ask, good, seed))


def cursor(index):
    return Cursor(index, index // 8, index % 8 // 2, index % 2)


def played(index, sampler=None, wanted=None, state=State(), renderer=None):  # noqa: B008 - frozen
    wanted, at = wanted or campaign(), cursor(index)
    phase = wanted.schedule.phase_at(index)
    players = Players(wanted, {"main": sampler or Scripted()}, lambda png: "hash", renderer=renderer or FakeRenderer())
    return play(sources.tasks(wanted, phase, at, state, players.put), phase, at, players)


def test_an_idea_is_drawn_and_every_picture_asks_two_questions():
    sampler = Scripted()
    episodes = played(0, sampler)
    assert len(episodes) == 4 and all(
        len(one.rollouts) == len(one.proposals) == len(one.children) == 3 for one in episodes
    )
    for episode in episodes:
        for rollout, idea, drawn in zip(episode.rollouts, episode.proposals, episode.children, strict=True):
            assert isinstance(idea, Idea) and drawn.task.parent == rollout.id
            assert open_proposer.from_scene(drawn.task.scene) == idea and len(drawn.rollouts) == 2
            assert all(isinstance(one, Drawing) for one in drawn.proposals)
            assert [child.task.kind for child in drawn.children] == ["easy", "hard"] * 2
            assert all(len(child.rollouts) == 5 and child.task.images == ("hash",) for child in drawn.children)
    assert [ask.role for ask in sampler.asked] == ["proposer"] * 4 + ["coder"] * 12 + ["solver"] * 48
    assert len({rollout.seed for one in every(episodes) for rollout in one.rollouts}) == 12 + 24 + 240
    step = Played(episodes=episodes, scored=())
    assert decode(encode(step, 0), {}) == step and played(0) == episodes


def test_what_is_no_idea_is_not_drawn_and_what_is_not_rendered_not_asked_about():
    episodes = played(0, Scripted(proposer=0.5, coder=0.5))
    for one in every(episodes):
        for rollout, said in zip(one.rollouts, one.proposals, strict=False):
            asked = [child for child in one.children if child.task.parent == rollout.id]
            assert len(asked) == (0 if isinstance(said, Rejection) else 1 if isinstance(said, Idea) else 2)
    reasons = {said.reason for one in every(episodes) for said in one.proposals if isinstance(said, Rejection)}
    assert reasons == {"no_block"}  # the fake renderer draws whatever is written


def test_each_role_speaks_as_its_phase_says():
    wanted = campaign(
        phases=[{**PHASES[0], "says": {"max_tokens": 11}, "draws": {"n": 2, "says": {"max_tokens": 12, "temperature": 0.7}},
                 "votes": {**VOTES, "policy": "judge", "says": {"max_tokens": 13}}}],
        policies={"main": {}, "judge": {}},
    )  # fmt: skip
    main, judge = Scripted(), Scripted()
    phase = wanted.schedule.phases[0]
    players = Players(wanted, {"main": main, "judge": judge}, lambda png: "hash", renderer=FakeRenderer())
    play(sources.tasks(wanted, phase, cursor(0), State(), players.put), phase, cursor(0), players)
    assert {(ask.role, ask.policy, ask.max_tokens, ask.temperature) for ask in (*main.asked, *judge.asked)} == {
        ("proposer", "main", 11, 1.0), ("coder", "main", 12, 0.7), ("solver", "judge", 13, 1.0),
    }  # fmt: skip
    assert {ask.role for ask in judge.asked} == {"solver"}


def test_a_coder_learns_from_its_own_groups_only():
    episodes = played(2)
    assert all(len(one.rollouts) == 1 and one.rollouts[0].role == "proposer" for one in episodes)
    learned = spoken(episodes, "coder")
    assert len(learned) == 6 and all(len(one.rollouts) == 3 for one in learned)
    assert spoken(episodes, "proposer") == episodes and len(spoken(episodes, "solver")) == 36
    assert spoken(episodes, "nobody") == ()


class Half(FakeRenderer):
    """Renders by what a program's hash says, one in two."""

    def map(self, jobs):
        return [Result("crash", "L2") if job.seed % 2 else self._drawn(job) for job in jobs]


def test_a_filter_keeps_ideas_that_are_sometimes_rendered():
    phases = [*PHASES[:1], {**PHASES[1], "prompts": 24, "ideas": {"filter": [0.25, 0.75], "tries": 4}}, *PHASES[2:]]
    episodes = played(2, wanted=campaign(phases), renderer=Half())
    tried = [one for one in every(episodes) if "trial" in one.facts]
    assert len(tried) == 24 and all(len(one.rollouts) == 4 and one.children == () for one in tried)
    for one in tried:
        assert one.facts["rate"] == sum(isinstance(said, Drawing) for said in one.proposals) / 4
    kept = {one.task.id for one in spoken(episodes, "coder")}
    assert kept == {one.task.id for one in tried if 0.25 <= one.facts["rate"] <= 0.75} and 0 < len(kept) < 24
    seeds = [rollout.seed for one in every(episodes) for rollout in one.rollouts if rollout.role == "coder"]
    assert len(seeds) == len(set(seeds))  # what was tried is drawn again, not counted twice
    step = Played(episodes=episodes, scored=())
    assert decode(encode(step, 2), {}) == step


FILTERED = [*PHASES[:1], {**PHASES[1], "ideas": {"filter": [0.25, 0.75], "tries": 4}}, *PHASES[2:]]


class Mixed(FakeRenderer):
    """Of some ideas every drawing renders, of some none, and of the others one in two."""

    def map(self, jobs):
        return [
            self._drawn(job) if self._renders(len(job.code) % 3, job.seed) else Result("crash", "L2") for job in jobs
        ]

    @staticmethod
    def _renders(kind, seed):
        return kind == 0 or (kind == 1 and seed // 2 % 2 == 0)


def test_what_a_filter_drops_is_counted_by_reason():
    phases = [*PHASES[:1], {**FILTERED[1], "prompts": 24}, *PHASES[2:]]
    episodes = played(2, wanted=campaign(phases), renderer=Mixed())
    rates = [one.facts["rate"] for one in every(episodes) if "rate" in one.facts]
    found = scoring.figures(episodes, ())
    easy, hard = sum(rate > 0.75 for rate in rates), sum(rate < 0.25 for rate in rates)
    assert found["rejected/coder/too_easy"] == easy > 0 and found["rejected/coder/too_hard"] == hard > 0
    assert found["ideas_kept"] == 1 - (easy + hard) / 24 and 0 < easy + hard < 24
    assert len(spoken(episodes, "coder")) == 24 - easy - hard
    unfiltered = scoring.figures(played(2, renderer=Mixed()), ())
    assert "ideas_kept" not in unfiltered and "rejected/coder/too_easy" not in unfiltered


class Loses(FakeRenderer):
    def map(self, jobs):
        return [Result("infra_error", "L2") if i == 0 else self._drawn(job) for i, job in enumerate(jobs)]


def views(episodes, role, name):
    found = []
    namespace = {"found": found}
    reward = scoring.reward("own.py:own", eval(f"lambda {name}: found.append({name}) or 1.0", namespace))
    scoring.score(spoken(episodes, role), [reward], cursor(0), {}, 0.0)
    return found


def test_a_picture_that_the_machinery_lost_is_no_drawing_and_never_a_reward():
    episodes = played(0, renderer=Loses())
    lost = [one for one in every(episodes) if one.failure]
    assert [one.failure for one in lost] == ["renderer", "renderer"] and all(one.rollouts == () for one in lost)
    assert sorted(len(one) for one in views(episodes, "proposer", "drawings")) == [1] + [2] * 11
    episodes = played(2, renderer=Loses())
    assert len(views(episodes, "coder", "drawings")) == 17
    with pytest.raises(EngineError, match="lost to the engine"):
        played(0, wanted=campaign(budgets={"infra_errors": 0.01}), renderer=Loses())


class Overtaken(FakeRenderer):
    def map(self, jobs):
        return [Result("timeout", "L2") if i == 0 else self._drawn(job) for i, job in enumerate(jobs)]


class Programs(Scripted):
    def _said(self, ask, said, seed):
        if ask.role == "coder":
            return coder.write(Drawing(kind="python", code=f"print({seed})"))
        return super()._said(ask, said, seed)


def test_a_document_that_the_clock_overtook_is_lost_and_a_program_is_paid_for_it():
    """A document cannot sleep: then the machine was busy with others."""
    documents, programs = played(2, renderer=Overtaken()), played(2, Programs(), python(), renderer=Overtaken())
    assert [one.failure for one in every(documents) if one.failure] == ["renderer"] * 2
    assert not any(one.failure for one in every(programs))
    assert len(views(documents, "coder", "drawings")) == 17 and len(views(programs, "coder", "drawings")) == 18
    paid = [drawn.status for drawings in views(programs, "coder", "drawings") for drawn in drawings]
    assert paid.count("timeout") == 1 and "timeout" not in {
        drawn.status for drawings in views(documents, "coder", "drawings") for drawn in drawings
    }
    found = scoring.figures(documents, ())
    assert found["rendered"] == 1.0 and "rejected/coder/timeout" not in found


def python():
    plain = campaign().model_dump(by_alias=True)
    coding = plain["roles"]["coder"] | {"draws": "python"}
    return Recipe.model_validate(plain | {"roles": plain["roles"] | {"coder": coding}})


class NoVotes(Scripted):
    def play(self, asks):
        for ask in asks:
            if ask.role == "solver" and ask.task.kind == "hard":
                raise EngineError("out of memory")
            yield from super().play([ask])


def test_a_picture_whose_votes_were_lost_is_left_out():
    episodes = played(0, NoVotes())
    assert views(episodes, "proposer", "drawings") == [] and views(episodes, "proposer", "step") == []


def test_what_a_reward_is_shown_of_a_chain():
    episodes = played(0, Scripted(proposer=0.7, coder=0.6))
    drawings, ideas = views(episodes, "proposer", "drawings"), views(episodes, "proposer", "idea")
    assert [one is None for one in drawings] == [one is None for one in ideas] and 0 < drawings.count(None) < 12
    for drawn, idea in zip(drawings, ideas, strict=True):
        if drawn:
            assert len(drawn) == 2 and all(one.status == "ok" for one in drawn)
            assert all(one.easy == (idea.easy_answer,) * 5 and one.hard == (idea.hard_answer,) * 5 for one in drawn)
    coded = played(2, Scripted())
    assert all(len(one) == 1 for one in views(coded, "coder", "drawings"))
    assert all(isinstance(one, Drawing) for one in views(coded, "coder", "proposal"))
    assert all(isinstance(one, Idea) for one in views(coded, "coder", "idea"))


def states(sampler, upto, wanted=None, renderer=None):
    """The state that the step after these is played from."""
    state = State()
    for index in range(upto):
        wanted = wanted or campaign()
        if wanted.schedule.phase_at(index).train != "solver":
            episodes = played(index, sampler, wanted, state, renderer)
            state = state.after(cursor(index), Played(episodes=episodes, scored=()))
    return state


def drawn(state, index, source=None, phases=PHASES):
    wanted = campaign(phases, source)
    return sources.tasks(wanted, wanted.schedule.phase_at(index), cursor(index), state, lambda png: "hash")


OPEN = {"easy": 0.0, "hard": [0.0, 1.0]}


def test_votes_become_labels_that_say_how_sure_they_are():
    state = states(Scripted(solver=0.6), 6)
    assert len(state.stock) == 2 * (12 * 2 + 6 * 3 + 8)
    one = next(iter(state.stock.values()))
    assert one.task.kind == coder.HARD and one.task.answer.warrant.kind == "voted" and 0 < one.hard <= 1
    asked = drawn(state, 6, OPEN)
    assert len(asked) == 4 and all(task.answer.warrant.kind == "voted" and task.source == "proposed" for task in asked)


def test_a_solver_is_asked_within_the_bands_and_each_once_before_any_comes_again():
    state = states(Scripted(solver=0.6), 6)
    bands = {"easy": 0.5, "hard": [0.3, 0.7]}
    able = {id for id, one in state.stock.items() if one.easy >= 0.5 and 0.3 <= one.hard <= 0.7}
    assert 8 < len(able) < len(state.stock)
    first, second = drawn(state, 6, bands), drawn(state, 7, bands)
    assert {task.id for task in (*first, *second)} <= able and len({task.id for task in (*first, *second)}) == 8
    assert drawn(state, 6, bands) == first


def test_more_of_a_step_are_labels_that_it_has_not_asked_yet():
    state, wanted = states(Scripted(solver=0.6), 6), campaign(source=OPEN)
    phase = wanted.schedule.phase_at(6)
    first = drawn(state, 6, OPEN)
    more = sources.tasks(wanted, phase, cursor(6), state, lambda png: "hash", range(4, 10), {one.id for one in first})
    assert len(more) == 6 and not {one.id for one in first} & {one.id for one in more}


def test_labels_may_have_to_be_of_this_iteration_and_of_phases_that_train_nobody():
    state = states(Scripted(solver=0.6), 14)
    made = {id: (one.iteration, one.phase) for id, one in state.stock.items()}
    whole = [{**PHASES[3], "prompts": 200}]

    def of(index, **source):
        return {made[task.id] for task in drawn(state, index, {**OPEN, **source}, [*PHASES[:3], *whole])}

    assert of(14) == {(i, phase) for i in (0, 1) for phase in (0, 1, 2)}
    assert of(14, since="iteration") == {(1, 0), (1, 1), (1, 2)}
    assert of(14, since="iteration", labelled="nobody") == {(1, 2)}


def test_without_labels_a_bank_stands_in_and_without_a_bank_the_campaign_says_what_to_change():
    with pytest.raises(CampaignStopped, match=r"of 0 questions .* sources\.proposed lets none through .* widen"):
        drawn(State(), 6)
    plain = campaign().model_dump(by_alias=True)
    bank = Recipe.model_validate(plain | {"sources": plain["sources"] | {"bank": {"kind": "bank"}}})
    asked = sources.tasks(bank, bank.schedule.phases[3], cursor(6), State(), lambda png: "hash")
    assert len(asked) == 4 and all(task.answer.warrant.kind == "computed" for task in asked)


def barren(index, sampler, before=State(), renderer=None, wanted=None):  # noqa: B008 - frozen
    wanted = wanted or campaign()
    sources.refuse_barren(wanted, before, cursor(index), played(index, sampler, wanted, renderer=renderer))


def test_a_phase_in_which_nothing_was_usable_stops_with_the_reasons():
    nothing = Scripted(proposer=0.0)
    barren(0, nothing)  # the phase has another step
    before = states(nothing, 1)
    with pytest.raises(
        CampaignStopped, match=r"the proposer wrote in phase 0 of iteration 0 .* 24 tries \(no_block 24\)"
    ):
        barren(1, nothing, before)
    barren(1, nothing, states(Scripted(), 1))
    barren(1, Scripted(), before)


def test_each_phase_is_judged_by_itself():
    nothing = Scripted(proposer=0.0)
    state = states(Scripted(), 2)  # a whole phase in which all was usable
    state = state.after(cursor(2), Played(episodes=played(2, nothing), scored=()))
    with pytest.raises(CampaignStopped, match=r"in phase 1 of iteration 0 .* 12 tries"):
        barren(3, nothing, state)


class Crashes(FakeRenderer):
    def map(self, jobs):
        return [Result("crash", "L2") for _ in jobs]


def test_a_coder_that_draws_nothing_in_a_whole_phase_stops_it_too():
    before = states(Scripted(), 1, renderer=Crashes())
    with pytest.raises(
        CampaignStopped, match=r"the coder wrote .* 48 tries \(crash 48\); write another roles\.coder\.asks"
    ):
        barren(1, Scripted(), before, Crashes())


@pytest.mark.parametrize(("bounds", "told"), [([0.25, 0.75], "too_easy 12"), ([0.0, 0.5], "too_easy 12")])
def test_a_coder_that_is_left_no_idea_in_a_whole_phase_stops_it_with_the_reasons(bounds, told, caplog):
    """Everything is rendered, so all is usable and nobody is taught."""
    phases = [*PHASES[:1], {**FILTERED[1], "ideas": {"filter": bounds}}, *PHASES[2:]]
    filtered = campaign(phases)
    barren(2, Scripted(), wanted=filtered)  # the phase has another step
    assert "leaves the coder no idea in step 2: too_easy 6" in caplog.text
    before = State().after(cursor(2), Played(episodes=played(2, wanted=filtered), scored=()))
    with pytest.raises(
        CampaignStopped, match=rf"in phase 1 of iteration 0: .* none of 12 ideas .*\({told}\); raise the most"
    ):
        barren(3, Scripted(), before, wanted=filtered)
    barren(3, Scripted(), State().after(cursor(2), Played(episodes=played(2, wanted=filtered, renderer=Mixed()), scored=())),
           wanted=filtered)  # fmt: skip
    barren(3, Scripted(), before, wanted=campaign(phases, budgets={"barren": "go_on"}))


class Once(FakeRenderer):
    def map(self, jobs):
        return [Result("crash", "L2") if i else self._drawn(job) for i, job in enumerate(jobs)]


def test_ideas_that_are_too_hard_stop_it_too():
    hard = campaign([*PHASES[:1], {**FILTERED[1], "ideas": {"filter": [0.5, 1.0]}}, *PHASES[2:]])
    before = State().after(cursor(2), Played(episodes=played(2, wanted=hard, renderer=Once()), scored=()))
    with pytest.raises(CampaignStopped, match=r"\(too_hard 12\); lower the least"):
        barren(3, Scripted(), before, Once(), hard)


def test_figures_say_what_came_of_a_chain():
    episodes = played(0, Scripted(proposer=0.8, solver=0.6), renderer=Half())
    found = scoring.figures(episodes, ())
    ideas = sum(isinstance(said, Idea) for one in episodes for said in one.proposals)
    drawings = [said for one in spoken(episodes, "coder") for said in one.proposals]
    rendered = sum(isinstance(said, Drawing) for said in drawings)
    assert found["proposals_valid"] == ideas / 12 and found["rejected/no_block"] == 12 - ideas
    assert found["rendered"] == pytest.approx(rendered / len(drawings)) and found["labels"] == rendered
    assert found["rejected/coder/crash"] == len(drawings) - rendered
    contents = [said.content for one in episodes for said in one.proposals if isinstance(said, Idea)]
    shares = [contents.count(name) / len(contents) for name in set(contents)]
    assert (
        found["content_entropy"] == pytest.approx(sum(p * math.log(1 / p) for p in shares) / math.log(7)) and shares[1:]
    )
    assert 0 < found["hard_consistency"] == found["label_confidence"] < 1 and 0 < found["hard_as_proposed"] <= 1


class Prints(Scripted):
    """Every other drawing tells the answer to the hard question; all number their axes."""

    def _said(self, ask, said, seed):
        if ask.role != "coder":
            return super()._said(ask, said, seed)
        answer = open_proposer.from_scene(ask.task.scene).hard_answer
        told = f"<text>corners: {answer}</text>" if seed // 2 % 2 else ""
        axis = "".join(f"<text>{number}</text>" for number in range(40))
        return coder.write(Drawing(kind="svg", code=f"<svg>{axis}{told}</svg>"))


def test_figures_say_how_many_pictures_print_the_answer_with_a_gate_or_without():
    episodes = played(2, Prints(), renderer=Half())
    drawn = [
        rollout
        for one in spoken(episodes, "coder")
        for rollout, said in zip(one.rollouts, one.proposals, strict=True)
        if isinstance(said, Drawing)
    ]
    told = sum(rollout.seed // 2 % 2 for rollout in drawn)
    assert scoring.figures(episodes, ())["printed"] == pytest.approx(told / len(drawn)) and 0 < told < len(drawn)
    assert scoring.figures(played(2), ())["printed"] == 0.0


def test_nothing_is_said_of_pictures_where_there_are_none():
    assert (
        not {"rendered", "labels", "easy_consistency"}
        & scoring.figures([Episode(task=played(0)[0].task, rollouts=())], ()).keys()
    )
