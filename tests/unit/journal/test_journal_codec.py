"""Whatever a step may hold comes back from parquet as it was, to the bit."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mmzero.journal import codec, tables
from mmzero.types import (
    COMPUTED,
    GIVEN,
    Answer,
    Drawing,
    Episode,
    Idea,
    Played,
    Proposal,
    Rejection,
    Rollout,
    Scored,
    Task,
    Warrant,
)

texts = st.text(max_size=12)
names = st.text(min_size=1, max_size=6)
numbers = st.floats(allow_nan=False, allow_infinity=False)
seeds = st.integers(0, 2**63 - 1)
items = st.one_of(texts, st.integers(), numbers, st.booleans(), st.none(), st.tuples(st.integers(), texts))
warrants = st.one_of(st.sampled_from([COMPUTED, GIVEN]), st.builds(Warrant, st.just("voted"), st.floats(0, 1)))
VALUES = {
    "number": st.one_of(st.integers(), numbers),
    **dict.fromkeys(("text", "expression", "action", "mask"), texts),
    "boxes": st.lists(st.tuples(*[numbers] * 4), max_size=3).map(tuple),
    "points": st.lists(st.tuples(st.integers(-9, 9), numbers), max_size=3).map(tuple),
    "sequence": st.lists(items, max_size=4).map(tuple),
    "set": st.frozensets(items, max_size=4),
    "interval": st.tuples(numbers, numbers),
}


@st.composite
def answers(draw):
    kind = draw(st.sampled_from([*VALUES, "choice"]))
    choices = draw(st.lists(texts, min_size=1, max_size=4).map(tuple))
    value = draw(st.sampled_from(choices) if kind == "choice" else VALUES[kind])
    return Answer(
        kind=kind, value=value, warrant=draw(warrants), tolerance=draw(st.floats(0, 1)),
        choices=choices if kind == "choice" else draw(st.sampled_from([(), choices])),
    )  # fmt: skip


tasks = st.builds(
    Task, id=names, family=texts, kind=texts, level=st.integers(0, 9), question=texts,
    images=st.lists(st.sampled_from(["ab" * 16, "cd" * 16]), max_size=2).map(tuple),
    answer=st.none() | answers(), scene=texts, source=texts, seed=seeds, parent=st.none() | names,
)  # fmt: skip
proposals = st.one_of(
    st.builds(
        Proposal, family=texts, level=st.integers(),
        knobs=st.lists(st.tuples(texts, st.one_of(st.integers(), texts)), max_size=3).map(tuple),
    ),
    st.builds(
        Idea, content=st.sampled_from(["data_chart", "map", "other"]),
        **dict.fromkeys(("caption", "easy_question", "easy_answer", "hard_question", "hard_answer"), names),
    ),
    st.builds(Drawing, kind=st.sampled_from(["svg", "python"]), code=names),
    st.builds(Rejection, texts, texts),
)  # fmt: skip


@st.composite
def rollouts(draw, task, sibling):
    length = draw(st.integers(1, 5))

    def row(values):
        return tuple(draw(st.lists(values, min_size=length, max_size=length)))

    return Rollout(
        task=task, role=draw(texts), policy=draw(texts), version=draw(st.integers(0, 10**6)), sibling=sibling,
        prompt_ids=draw(st.lists(st.integers(0, 2**31 - 1), max_size=4).map(tuple)),
        output_ids=row(st.integers(0, 2**31 - 1)), logprobs=row(st.floats(max_value=0, allow_nan=False)),
        mask=row(st.booleans()), text=draw(texts), finish=draw(st.sampled_from(["stop", "length"])),
        temperature=draw(st.floats(0, 10)), seed=draw(seeds),
    )  # fmt: skip


@st.composite
def episodes(draw, depth=0):
    task = draw(tasks)
    said = tuple(draw(rollouts(task, sibling)) for sibling in range(draw(st.integers(0, 3))))
    paired = draw(st.booleans())
    return Episode(
        task=task, rollouts=said, proposals=tuple(draw(proposals) for _ in said) if paired else (),
        children=tuple(draw(st.lists(episodes(depth + 1), max_size=2))) if depth < 2 else (),
        facts=draw(st.dictionaries(texts, numbers, max_size=2)), failure=draw(st.none() | texts),
    )  # fmt: skip


def everything_said(episode):
    return [*episode.rollouts, *(said for child in episode.children for said in everything_said(child))]


@st.composite
def steps(draw):
    played = tuple(draw(st.lists(episodes(), max_size=3)))
    scored = []
    for rollout in [said for episode in played for said in everything_said(episode)]:
        parts = draw(st.dictionaries(texts, numbers, max_size=2))
        earned = draw(st.sampled_from(["reward", "missing", "unscored"]))
        if earned == "reward":
            scored.append(Scored(rollout=rollout, reward=draw(numbers), parts=parts))
        if earned == "missing":
            scored.append(Scored(rollout=rollout, reward=None, parts=parts, missing=draw(names)))
    order = draw(st.permutations(scored))
    return Played(episodes=played, scored=tuple(order), seconds=draw(st.dictionaries(texts, numbers, max_size=2)))


def through_parquet(played):
    rows = codec.encode(played, 7)
    kinds = (codec.TASKS, codec.ROLLOUTS, codec.REWARDS)
    read = codec.Rows(*(tables.from_parquet(tables.to_parquet(*pair)) for pair in zip(rows, kinds, strict=True)))
    return codec.decode(read, played.seconds)


# Shrinking so large a value takes minutes; the smaller tests below say where the fault lies.
@settings(
    max_examples=80,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps())
def test_a_step_comes_back_exactly(played):
    read = through_parquet(played)
    assert read == played
    assert repr(read) == repr(codec.decode(codec.encode(played, 7), played.seconds))  # 1 is not 1.0, -0.0 is not 0.0
    assert [repr(one.rollout.logprobs) for one in read.scored] == [repr(one.rollout.logprobs) for one in played.scored]


@given(answers())
def test_an_answer_keeps_its_types(answer):
    task = Task(id="t", family="", kind="", level=0, question="", images=(), answer=answer, scene="", source="", seed=0)
    read = through_parquet(Played(episodes=(Episode(task=task, rollouts=()),), scored=())).episodes[0].task.answer
    typed = sorted(map(repr, read.value)) if answer.kind == "set" else repr(read.value)
    assert typed == (sorted(map(repr, answer.value)) if answer.kind == "set" else repr(answer.value))


def test_the_scored_rollout_is_the_one_in_the_episode(play):
    read = through_parquet(play(0))
    assert read.scored[0].rollout is read.episodes[0].rollouts[0]
    assert read.episodes[0].children[0].task.parent == read.episodes[0].rollouts[0].id


def test_rows_are_of_use_to_a_person(play):
    rows = codec.encode(play(0), 7)
    assert [row["id"] for row in rows.tasks] == ["ask-0", "lost-0", "minted-0"]
    assert [row["parent_row"] for row in rows.tasks] == [None, None, 0]
    assert rows.tasks[2]["answer"] == rows.tasks[2]["answer_text"] == "4"
    assert (rows.tasks[2]["warrant"], rows.tasks[2]["confidence"]) == ("voted", 0.75)
    assert json.loads(rows.rollouts[0]["proposal"]) == {"family": "clock", "level": 2, "knobs": [["hands", 2]]}
    assert json.loads(rows.rewards[0]["parts"]) == {"learnability": 0.25, "repetition": 0.0}
    assert (rows.rewards[1]["reward"], rows.rewards[1]["missing"]) == (None, "judge timed out")


def test_of_two_answers_of_one_name_the_one_that_was_scored_is(play):
    """A task that is asked in two episodes: its answers share their ids, and each has its own reward."""
    made = play(0)
    first, second = (
        replace(made.episodes[0], rollouts=tuple(replace(one, text=text) for one in made.episodes[0].rollouts))
        for text in ("one", "two")
    )
    scored = tuple(Scored(rollout=one.rollouts[0], reward=pay, parts={}) for one, pay in ((second, 1.0), (first, 0.0)))
    read = through_parquet(Played(episodes=(first, second), scored=scored, seconds={}))
    assert [(one.rollout.text, one.reward) for one in read.scored] == [("two", 1.0), ("one", 0.0)]


def test_half_a_surrogate_pair_from_a_model_is_no_crash(play):
    made = play(0)
    broken = replace(made.episodes[0], proposals=(Rejection("unparsable", "\ud800!"), Rejection("x", "y")))
    read = through_parquet(replace(made, episodes=(broken, *made.episodes[1:])))
    assert read.episodes[0].proposals[0] == Rejection("unparsable", "?!")
    assert read == codec.decode(codec.encode(read, 7), read.seconds)


def test_what_would_be_lost_is_refused(play):
    made = play(0)
    with pytest.raises(ValueError, match="ask-0#0 was scored but stands in no episode"):
        codec.encode(replace(made, episodes=()), 7)
    with pytest.raises(ValueError, match="ask-0 has 2 rollouts and 1 proposals"):
        codec.encode(replace(made, episodes=(replace(made.episodes[0], proposals=(Rejection("a", "b"),)),)), 7)
    with pytest.raises(ValueError, match="stands in the episode of lost-0"):
        codec.encode(replace(made, episodes=(replace(made.episodes[1], rollouts=made.episodes[0].rollouts),)), 7)
    unwritable = Answer(kind="sequence", value=({"a": 1},), warrant=COMPUTED)
    with pytest.raises(ValueError, match="is a dict"):
        codec.encode(
            Played(episodes=(Episode(task=replace(made.episodes[0].task, answer=unwritable), rollouts=()),), scored=()),
            7,
        )


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "[]",
        "{}",
        '{"reason": "no_json"}',
        '{"kind": "svg", "code": "<svg/>", "more": 1}',
        '{"kind": "html", "code": "<svg/>"}',
        '{"kind": "svg", "code": 7}',
        '{"content": "poem", "caption": "c", "easy_question": "q", "easy_answer": "a", "hard_question": "q",'
        ' "hard_answer": "a"}',
    ],
)
def test_what_no_role_can_have_said_is_refused(text):
    with pytest.raises(ValueError, match=r"no role|nothing that a role|no drawing|content|it must be text"):
        codec._proposal(text)
