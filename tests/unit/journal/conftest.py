"""A small recipe and small played steps for the tests of the journal; knows no engine."""

import pytest

from mmzero.recipe import Recipe
from mmzero.types import (
    COMPUTED,
    Answer,
    Cursor,
    Episode,
    Played,
    Proposal,
    Rejection,
    Rollout,
    Scored,
    Task,
    Warrant,
    seed_of,
)

PLAIN = {
    "name": "small",
    "model": {"path": "tiny"},
    "roles": {
        "solver": {"policy": "main", "rewards": [{"use": "rewards/answer.py:correct", "with": {"strict": True}}]},
        "proposer": {"policy": "main", "rewards": [{"use": "rewards/learnability.py:unbiased"}]},
    },
    "sources": {"bank": {"kind": "bank"}, "proposed": {"kind": "proposer"}},
    "schedule": {
        "iterations": 2,
        "phases": [
            {"train": "proposer", "steps": 1, "votes": {"of": "solver"}, "learning": {"advantage": "batch"}},
            {"train": "solver", "steps": 2, "tasks": {"bank": 1.0}, "learning": {"loss": "dr_grpo"}},
        ],
    },
    "checkpoint": {"every": 1, "keep": 2},
}


@pytest.fixture
def recipe():
    return Recipe.model_validate(PLAIN)


def task(name, answer, parent=None):
    return Task(
        id=name, family="clock", kind="time", level=3, question="Wie spät ist es? 几点了", images=("ab" * 16,),
        answer=answer, scene='{"hour": 4}', source="bank", seed=seed_of(name), parent=parent,
    )  # fmt: skip


def rollout(of, sibling, index):
    return Rollout(
        task=of, role="solver", policy="main", version=index, sibling=sibling, prompt_ids=(5, 6, 7),
        output_ids=(8, 9 + sibling), logprobs=(-0.1 * (index + 1), -1e-300), mask=(True, False),
        text="<think>…</think>", finish="stop", temperature=1.0, seed=seed_of(of.id, sibling),
    )  # fmt: skip


@pytest.fixture
def play():
    """A step with a proposer's episode, the votes on what it minted, a rejection and a missing reward."""

    def played(index):
        request = task(f"ask-{index}", None)
        said = tuple(rollout(request, sibling, index) for sibling in range(2))
        minted = task(
            f"minted-{index}",
            Answer(kind="number", value=4, warrant=Warrant("voted", 0.75), tolerance=0.1),
            parent=said[0].id,
        )
        votes = Episode(task=minted, rollouts=(rollout(minted, 0, index), rollout(minted, 1, index)))
        proposing = Episode(
            task=request,
            rollouts=said,
            proposals=(Proposal(family="clock", level=2, knobs=(("hands", 2),)), Rejection("unparsable", "no JSON")),
            children=(votes,),
            facts={"minted": 1.0},
        )
        failed = Episode(
            task=task(f"lost-{index}", Answer(kind="text", value="x", warrant=COMPUTED)), rollouts=(), failure="died"
        )
        scored = (
            Scored(rollout=said[0], reward=0.25 + index, parts={"learnability": 0.25, "repetition": 0.0}),
            Scored(rollout=said[1], reward=None, parts={}, missing="judge timed out"),
        )
        return Played(episodes=(proposing, failed), scored=scored, seconds={"play": 0.1 * index})

    return played


@pytest.fixture
def at():
    """The cursor of a step in the small recipe: each iteration is one proposer step and two solver steps."""
    return lambda index: Cursor(index, index // 3, *((0, 0), (1, 0), (1, 1))[index % 3])
