"""A staged campaign over fake engines: a cold start on written answers, then stages that switch how long answers may be, how
many are compared and how many are asked, all at once and at the boundary, wherever the campaign was killed."""

import fakes
import pytest

from mmzero.types import Finish

COLD, SHORT, LONG = 3, 4, 4
BOUNDARIES = (COLD, COLD + SHORT, COLD + SHORT + LONG)


def staged(*sets):
    return fakes.read("tiny", [
        "schedule.iterations=2",
        "schedule.phases=["
        f"{{train: solver, answers: written, steps: {COLD}, prompts: 6, tasks: {{solutions: 1.0}}, says: {{max_tokens: 64}}}},"
        f"{{train: solver, steps: {SHORT}, prompts: 4, group: 6, tasks: {{bank: 1.0}}, says: {{max_tokens: 24}}}},"
        f"{{train: solver, steps: {LONG}, prompts: 5, group: 3, tasks: {{bank: 1.0}}, says: {{max_tokens: 48}}}}]",
        "sources={bank: {kind: bank, families: primer, skin: tiny, levels: [0, 1]},"
        " solutions: {kind: bank, families: primer, skin: tiny, levels: [0, 1]}}",
        "evaluate={suite: probe-tiny, tasks: 16, majority: 0, phases: true, says: {temperature: 0}}",
        "checkpoint.every=2",
        "log.terminal=quiet",
        *sets,
    ])[0]  # fmt: skip


class Recording(fakes.FakeSampler):
    """What each step asked for, by the version that answered it: (tokens, siblings, written) -> tasks."""

    asked: list[tuple[int, tuple[int, int, bool]]] = []  # noqa: RUF012 - shared on purpose

    def play(self, asks):
        def seen(asks):
            for ask in asks:
                if ask.temperature:  # an evaluation is greedy
                    self.asked.append((self.version, (ask.max_tokens, len(ask.seeds_G), ask.written is not None)))
                yield ask

        return super().play(seen(asks))


class Killed(KeyboardInterrupt):
    pass


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    Recording.asked = []
    journal = fakes.campaign(tmp_path_factory.mktemp("stages") / "untouched", staged(), sampler=Recording)
    return journal, list(Recording.asked)


def expected(index):
    """Tasks, siblings, most tokens, and whether the answers are written, of a step counted over the campaign."""
    at = index % (COLD + SHORT + LONG)
    return (6, 1, 64, True) if at < COLD else (4, 6, 24, False) if at < COLD + SHORT else (5, 3, 48, False)


def test_each_stage_asks_as_its_phase_says_and_switches_whole(untouched):
    journal, asked = untouched
    for index in range(journal.recipe.schedule.steps):
        tasks, siblings, tokens, written = expected(index)
        assert [how for version, how in asked if version == index] == [(tokens, siblings, written)] * tasks


def test_written_answers_are_committed_steps_that_no_policy_sampled(untouched):
    journal, _ = untouched
    for index in range(COLD):
        played = journal.read(index)
        finishes: set[Finish] = {one.finish for episode in played.episodes for one in episode.rollouts}
        assert finishes == {"written"} and all(one.reward == 1.0 for one in played.scored)
        for episode in played.episodes:
            (rollout,) = episode.rollouts
            assert (
                rollout.text.endswith(f"<answer>{episode.task.answer.text}</answer>") and "<think><" not in rollout.text
            )
    figures = journal.metrics()
    assert "accuracy" not in figures[0] and "accuracy" in figures[COLD]
    assert figures[0]["reward"] == 1.0 and figures[0]["malformed"] == 0 and figures[0]["tokens"] == 0


def test_the_cold_start_teaches_and_says_nothing_of_what_can_be_solved(untouched):
    journal, _ = untouched
    assert fakes.accuracy(journal, COLD) > fakes.accuracy(journal, 0)
    from mmzero.sources.state import State, fold

    state = journal.fold(journal.cursors()[COLD], State(), fold)
    assert state == State()


def test_every_end_of_a_phase_is_evaluated_and_no_other_step(untouched):
    journal, _ = untouched
    whole = sum((COLD, SHORT, LONG))
    wanted = {0, *BOUNDARIES, *(whole + at for at in BOUNDARIES)}
    assert {at for at in range(2 * whole + 1) if journal.evaluation("heldout", at)} == wanted


@pytest.mark.parametrize("moment", ["playing", "played", "learned", "saved"])
@pytest.mark.parametrize("at", [*(near for end in BOUNDARIES[:2] for near in (end - 1, end)), BOUNDARIES[2]])
def test_killed_around_a_boundary_and_resumed_is_as_never_touched(untouched, tmp_path, monkeypatch, at, moment):
    """`at` is the step before or after a switch; it ends while it is played, before it is learned, after that, or before its
    checkpoint."""
    journal, asked = untouched
    before = _die(monkeypatch, at, moment)
    Recording.asked = []
    with pytest.raises(Killed):
        fakes.campaign(tmp_path / "killed", staged(), sampler=Recording)
    before()
    resumed = fakes.campaign(tmp_path / "killed", staged(), sampler=Recording)
    assert fakes.figures(resumed) == fakes.figures(journal)
    for index in journal.steps():
        assert fakes.timeless(resumed.read(index)) == fakes.timeless(journal.read(index))
    if moment != "playing":  # what was committed was never asked for again
        assert sorted(Recording.asked) == sorted(asked)
    last = journal.recipe.schedule.steps
    assert resumed.evaluation("heldout", last) == journal.evaluation("heldout", last)


def _die(monkeypatch, at, moment):
    """Ends the process, as far as a test can, at a moment of step `at`; what comes back undoes it."""
    from mmzero.journal import Journal
    from mmzero.step import Step

    where, name = {
        "playing": (Step, "play"),
        "played": (Step, "batch"),
        "learned": (Journal, "learned"),
        "saved": (Step, "checkpoint_if_due"),
    }[moment]
    whole = getattr(where, name)

    def dies(self, *given, **named):
        index = given[0].index if where is Journal else self.cursor.index
        if index != at:
            return whole(self, *given, **named)
        if moment == "playing":
            whole(self, *given, **named)
        raise Killed

    monkeypatch.setattr(where, name, dies)
    return lambda: monkeypatch.setattr(where, name, whole)


def test_an_answer_too_long_is_left_out_and_counted(tmp_path, monkeypatch, caplog):
    def long(self, ask, sibling, seed, _answer=fakes.FakeSampler._answer):
        import dataclasses

        said = _answer(self, ask, sibling, seed)
        if ask.written is None or ask.task.level:
            return said
        many = {"output_ids": said.output_ids * 65, "logprobs": said.logprobs * 65, "mask": said.mask * 65}
        return dataclasses.replace(said, **many)

    monkeypatch.setattr(fakes.FakeSampler, "_answer", long)
    journal = fakes.campaign(tmp_path / "long", staged("schedule.iterations=1", "evaluate.tasks=8"))
    played = journal.read(0)
    left = [one for one in played.scored if one.missing]
    assert {one.missing for one in left} == {"its written answer is 65 tokens, more than says.max_tokens 64"}
    assert {one.rollout.task.level for one in left} == {0} and 0 < len(left) < len(played.scored)
    assert journal.metrics()[0]["missing"] == len(left) and "more than says.max_tokens 64" in caplog.text


def test_rewards_are_tried_on_what_was_sampled(untouched):
    from mmzero.scoring.trial import _of_campaign

    batches, _ = _of_campaign(untouched[0].folder, "rewards/answer.py:correct", None, None)
    steps = {int(place.split(",")[0].removeprefix("step ")) for batch in batches for _, place in batch}
    assert steps == {index for index in untouched[0].steps() if not expected(index)[3]}


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("vision_r1_tiny", [(160, 1, True), (64, 16, False), (128, 8, False)]),
        ("visual_rft_tiny", [(96, 1, True), (64, 8, False)]),
        ("thinking_tiny", [(160, 12, False)]),
    ],
)
def test_the_shipped_twins_run_as_they_are_written(tmp_path, name, stages):
    """Two steps of each phase, fewer prompts."""
    short = [f"schedule.phases.{i}.{what}" for i in range(len(stages)) for what in ("steps=2", "prompts=4")]
    Recording.asked = []
    wanted = fakes.read(name, [*short, "evaluate.tasks=8", "log.terminal=quiet"])[0]
    journal = fakes.campaign(tmp_path / name, wanted, sampler=Recording)
    for index in range(2 * len(stages)):
        assert {how for version, how in Recording.asked if version == index} == {stages[index // 2]}
    assert {at for at in range(len(stages) * 2 + 1) if journal.evaluation("heldout", at)} == set(
        range(0, 2 * len(stages) + 1, 2)
    )
