"""Answers that are made to go on: which they are, what is masked of them, and that nothing is learned from forced words."""

from dataclasses import replace

import pytest
import torch
from losses_material import inputs_of, loss_and_gradient
from play_material import recipe

from mmzero import rethink, sources
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.errors import EngineError
from mmzero.journal.codec import decode, encode
from mmzero.play import Players, play
from mmzero.recipe.tree import PRESETS, Mismatch, Rethink
from mmzero.scoring import figures as scored_figures
from mmzero.segment import segment
from mmzero.sources.state import State
from mmzero.types import Cursor, Played, Sample, Scored

TEXT = " Wait, again. "


def wanted(rule=None, **more):
    phase = {"train": "solver", "steps": 2, "prompts": 6, "group": 4, "tasks": {"bank": 1.0}, **more}
    return recipe(schedule={"phases": [phase | ({"rethink": rule} if rule else {})]})


class Listens(FakeSampler):
    def __init__(self, loses=lambda ask: False):
        super().__init__()
        self.asked, self.loses = [], loses

    def play(self, asks):
        for ask in asks:
            self.asked.append(ask)
            if self.loses(ask):
                raise EngineError("out of memory")
            yield from super().play([ask])


def played(rule=None, sampler=None, **more):
    spelt, at = wanted(rule, **more), Cursor(0, 0, 0, 0)
    phase, sampler = spelt.schedule.phases[0], sampler or Listens()
    tasks = sources.tasks(spelt, phase, at, State(), lambda png: "hash")
    return play(tasks, phase, at, Players(spelt, {"main": sampler}, lambda png: "hash")), sampler.asked


def all_of(episodes):
    return [one for episode in episodes for one in episode.rollouts]


def test_forced_words_are_masked_and_what_is_said_after_them_is_not():
    before, after = all_of(played()[0]), all_of(played({"share": 1.0, "texts": [TEXT]})[0])
    for draft, whole in zip(before, after, strict=True):
        # One token said, two forced words, one token said.
        assert whole.mask == (True, False, False, True) and whole.forced and not draft.forced
        assert whole.output_ids[0] == draft.output_ids[0] and len(whole.output_ids) == 4
        assert whole.logprobs[1:3] == (0.0, 0.0) and whole.logprobs[0] == draft.logprobs[0] < 0 > whole.logprobs[3]
        assert whole.text.startswith(draft.text + TEXT) and whole.text.count("<answer>") == 2
        assert (
            replace(whole, output_ids=draft.output_ids, logprobs=draft.logprobs, mask=draft.mask, text=draft.text)
            == draft
        )
    assert any(one.output_ids[0] != one.output_ids[3] for one in after), "the second answer is a draw of its own"


def test_a_share_of_the_answers_goes_on_and_the_others_are_as_they_would_have_been():
    plain, some = all_of(played(prompts=40)[0]), all_of(played({"share": 0.25, "texts": [TEXT]}, prompts=40)[0])
    chosen = [one.forced for one in some]
    assert 0.15 < sum(chosen) / len(chosen) < 0.35  # of 160 draws
    assert [one for one in some if not one.forced] == [one for one, goes in zip(plain, chosen, strict=True) if not goes]
    assert all_of(played({"share": 0.25, "texts": [TEXT]}, prompts=40)[0]) == some


def test_each_of_several_texts_is_drawn():
    asked = played({"share": 1.0, "texts": [" A ", " B "]})[1]
    forced = [begun.forced for ask in asked for begun in ask.begun_G]
    assert set(forced) == {" A ", " B "} and len(forced) == 24


def test_an_answer_that_was_cut_off_or_leaves_no_room_is_left_as_it_is():
    rule, (episode, *_) = Rethink(share=1.0, texts=(TEXT,)), played()[0]
    full = rule.tokens(TEXT) + 1
    for finish, most, goes in [("stop", full + 1, 4), ("stop", full, 0), ("length", 99, 0)]:
        group = tuple(replace(one, finish=finish) for one in episode.rollouts)
        assert len(rethink._chosen(group, rule, most)) == goes


def test_behind_noise_it_goes_on_behind_the_same_noise():
    episodes, asked = played({"share": 1.0, "texts": [TEXT]}, noise={"siblings": 2})
    first, second = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    assert [ask.noise for ask in second] == [ask.noise for ask in first] and any(ask.noise for ask in second)
    for episode in episodes:
        assert [one.sibling for one in episode.rollouts] == [0, 1, 2, 3] and all(one.forced for one in episode.rollouts)


def test_a_group_that_was_lost_on_the_way_is_lost_whole():
    episodes, _ = played({"share": 0.5}, Listens(lambda ask: bool(ask.begun_G)))
    assert {one.failure for one in episodes} <= {"sampler", None} and any(one.failure for one in episodes)
    assert not any(one.forced for one in all_of(episodes))


def test_it_is_read_back_as_it_was_played():
    episodes, _ = played({"share": 0.5})
    whole = Played(
        episodes=episodes, scored=tuple(Scored(rollout=one, reward=1.0, parts={}) for one in all_of(episodes))
    )
    assert decode(encode(whole, 0), {}) == whole and any(one.forced for one in all_of(whole.episodes))
    phase = wanted({"share": 0.5}).schedule.phases[0]
    share = sum(one.forced for one in all_of(episodes)) / 24
    assert (
        rethink.figures(whole, phase) == {"rethought": share}
        and rethink.figures(whole, wanted().schedule.phases[0]) == {}
    )
    assert scored_figures(episodes, whole.scored)["malformed"] == 0, "the form of what was said last is asked"


def batch(rule):
    samples = [
        Sample(scored=Scored(rollout=one, reward=0.0, parts={}), advantage=one.sibling - 1.5)
        for one in all_of(played(rule)[0])
    ]
    return segment(samples, drop_constant=False, mask_truncated=False, tokens_per_segment=4096, max_tokens=8)


def test_denominators_count_what_was_chosen():
    assert batch({"share": 1.0, "texts": [TEXT]}).tokens == 24 * 2 and batch(None).tokens == 24


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("correct", ["truncated", "sequence_masked"])
def test_forced_words_get_a_gradient_of_exactly_zero_and_change_no_value(preset, correct):
    """By every loss, with KL, entropy and importance weights, whatever log-probs they have."""
    one = batch({"share": 1.0, "texts": [TEXT]}).microbatches[0][0]
    loss, random = PRESETS[preset].model_copy(update={"entropy": 0.1}), torch.Generator().manual_seed(3)
    now, moved = (-torch.rand(len(one.ids_T), generator=random, dtype=torch.float64) for _ in range(2))
    forced = [not mine for mine in one.mask_T]
    assert sum(forced) == len(forced) / 2

    def of(wild):
        logp = (now + torch.tensor(forced) * wild).requires_grad_()
        inputs = inputs_of(
            logp, old=(moved + torch.tensor(forced) * wild).tolist(), behaviour=one.logprobs_T.tolist(), anchor=moved.tolist(),
            entropy=-logp * logp, advantages=one.advantages_G.repeat(one.lengths_G), mask=one.mask_T.tolist(),
            owner=torch.arange(len(one.lengths_G)).repeat_interleave(torch.tensor(one.lengths_G)).tolist(),
        )  # fmt: skip
        return loss_and_gradient(inputs, loss, kl_weight=0.1, mismatch=Mismatch(correct=correct))

    (value, gradient, _), (other, wild_gradient, _) = of(0.0), of(-40.0)
    assert value == other and gradient == wild_gradient
    assert [slope for slope, of_a_forced in zip(gradient, forced, strict=True) if of_a_forced] == [0.0] * sum(forced)
    assert any(gradient)


def test_the_fake_learner_learns_from_no_forced_word():
    learned = []
    for rule in ({"share": 1.0, "texts": [" a "]}, {"share": 1.0, "texts": [" a b c d "]}):
        learner = FakeLearner(lr=1.0)
        learner.learn(batch(rule), None)
        learned.append(dict(learner.weights())["policy"].tolist())
    assert learned[0] == learned[1] and any(learned[0])


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ({"rethink": {"share": 0}}, "greater than 0"),
        ({"rethink": {"share": 0.5, "texts": []}}, "at least 1 item"),
        (
            {"rethink": {"share": 0.5, "texts": ["x" * 70]}, "says": {"max_tokens": 72}},
            r"has a text of up to 71 tokens, which leaves no room for an answer on either side of it within says.max_tokens 72",
        ),
        (
            {"rethink": {"share": 0.5}, "train": "proposer", "votes": {"n": 2}, "tasks": {}},
            "trains proposer and has rethink, which is for answers to questions; leave rethink out",
        ),
        (
            {"rethink": {"share": 0.5}, "answers": "written", "group": 1,
             "learning": {"loss": "nll", "advantage": "reward"}},
            "answers is written and it has rethink, which is for answers that are sampled; leave rethink out",
        ),
    ],
)  # fmt: skip
def test_rethinking_that_cannot_be_is_refused(phase, said):
    with pytest.raises(ValueError, match=said):
        wanted(**phase)
