"""What a recipe says about inventing and drawing pictures fits together, or is refused in one sentence with a remedy."""

import pytest
from play_material import says, task
from pydantic import ValidationError

from mmzero.errors import UserError
from mmzero.plan import _phase
from mmzero.plan.refusals import refuse_short_context
from mmzero.recipe.tree import Recipe
from mmzero.roles import chain, coder, open_proposer
from mmzero.types import Idea

PAID = [{"use": "rewards/answer.py:correct"}]
VOTES = {"n": 5}
PHASES = {
    "proposer": {"train": "proposer", "steps": 1, "prompts": 3, "group": 4, "draws": {"n": 2}, "votes": VOTES},
    "coder": {"train": "coder", "steps": 1, "prompts": 6, "group": 3, "ideas": {"filter": [0.25, 0.75], "tries": 4},
              "votes": VOTES},
    "nobody": {"train": "nobody", "steps": 1, "prompts": 8, "draws": {"n": 1}, "votes": VOTES},
    "solver": {"train": "solver", "steps": 1, "prompts": 4, "group": 3, "tasks": {"proposed": 1.0}},
}  # fmt: skip


def recipe(*changes):
    """Each change is a place and what is written there; None takes it away."""
    raw = {
        "name": "chain",
        "model": {"path": "model"},
        "roles": {
            "proposer": {"policy": "main", "mode": "open", "rewards": PAID},
            "coder": {"policy": "main", "rewards": PAID},
            "solver": {"policy": "main", "rewards": PAID},
        },
        "sources": {"proposed": {"kind": "proposer", "labels": "majority"}},
        "schedule": {"phases": [dict(phase) for phase in PHASES.values()]},
    }
    for place, value in changes:
        *above, last = place.split(".")
        at = raw
        for part in above:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        if value is None:
            at.pop(last)
        else:
            at[last] = value
    return Recipe.model_validate(raw)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([("roles.proposer.mode", "picture")], r"roles\.proposer\.mode is picture, but a proposer's mode is spec or open"),
        ([("roles.coder.mode", "open")], r"roles\.coder\.mode is open, but a coder's mode is picture"),
        ([("roles.solver.mode", "spec")], r"roles\.solver\.mode is spec, but a solver's mode is none, so leave it out"),
        ([("roles.coder", None), ("schedule.phases", [PHASES["proposer"]])], r"roles has no coder .* add one"),
        ([("roles.proposer", None), ("schedule.phases", [PHASES["nobody"]])], r"roles has no proposer; add one"),
        ([("sources.proposed.labels", "computed")], r"labels is computed, but .* open, .* write labels: majority"),
        ([("roles.proposer.mode", "spec")], r"labels is majority, but .* spec, .* write labels: computed"),
        ([("sources", {"bank": {"kind": "bank"}}), ("roles.proposer.mode", "spec"),
          ("schedule.phases", [PHASES["coder"]])], r"train is coder, but .*mode is spec, .* set it to open"),
        ([("schedule.phases.0.draws", None)], r"phases\[0\]\.train is proposer, and nobody draws its ideas; add draws"),
        ([("schedule.phases.2.draws", None)], r"phases\[2\]\.train is nobody, and nobody draws its ideas; add draws"),
        ([("schedule.phases.0.ideas", {"tries": 3})], r"phases\[0\] trains the proposer, .* leave them out"),
        ([("schedule.phases.1.votes", None)], r"phases\[1\]\.train is coder, but votes is None; a coder is paid from"),
        ([("schedule.phases.2.votes", None)], r"phases\[2\]\.train is nobody, but votes is None; labels are made from"),
        ([("schedule.phases.0.votes", {"policy": "judge"})], r"votes\.policy is 'judge', which policies does not define"),
        ([("schedule.phases.1.ideas", {"filter": [0.8, 0.2]})], r"ideas\.filter is \[0\.8, 0\.2\]; write it as"),
        ([("sources.proposed.hard", [0.8, 0.2])], r"hard is \[0\.8, 0\.2\]; write it as"),
        ([("sources.proposed.labelled", "nobody"), ("schedule.phases", [PHASES["coder"], PHASES["solver"]])],
         r"phases\[1\] trains on sources\.proposed, .* but no phase trains nobody, .* write labelled: anywhere"),
        ([("sources.proposed.labelled", "nobody"), ("sources.proposed.since", "iteration"),
          ("schedule.phases", [PHASES["solver"], PHASES["nobody"]])], "no phase before it trains nobody"),
        ([("sampler", {"engine": "vllm"}), ("schedule.phases.0.draws", {"says": {"temperature": 3}})], "at temperature 3"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(changes, sentence):
    recipe()
    with pytest.raises(ValidationError, match=sentence):
        recipe(*changes)


def test_labels_of_an_earlier_iteration_are_labels_too():
    recipe(("sources.proposed.labelled", "nobody"), ("schedule.phases", [PHASES["solver"], PHASES["nobody"]]))


def test_a_phase_that_trains_nobody_needs_no_group_and_no_temperature():
    made = recipe(("schedule.phases.2.group", 1), ("schedule.phases.2.says", {"temperature": 0}))
    assert [made.policy_of(phase) for phase in made.schedule.phases] == ["main", "main", None, "main"]


def test_who_is_asked_after_whom():
    made = recipe()
    asked = [[(one.role, one.n) for one in chain.levels(made, phase)] for phase in made.schedule.phases]
    assert asked == [
        [("proposer", 4), ("coder", 2), ("solver", 5)],
        [("proposer", 1), ("coder", 3), ("solver", 5)],
        [("proposer", 1), ("coder", 1), ("solver", 5)],
        [("solver", 3)],
    ]
    assert [one.filter for one in chain.levels(made, made.schedule.phases[1])] == [None, (0.25, 0.75), None]


def test_a_plan_counts_everybody_who_speaks():
    made = recipe()
    plans = [_phase(made, phase) for phase in made.schedule.phases]
    # 3 requests x 4 ideas, 2 drawings of each, 5 answers to either question, and 5 to each idea's hard one without them
    assert (plans[0].samples, plans[0].votes) == (12, 24 + 24 * 2 * 5 + 12 * 5)
    # 6 ideas, 4 tries and 3 drawings of each
    assert (plans[1].samples, plans[1].votes) == (18, 6 + 24 + 18 * 2 * 5 + 6 * 5)
    assert (plans[2].samples, plans[2].votes, plans[2].policy, plans[2].group) == (0, 8 + 8 + 8 * 2 * 5 + 8 * 5, "-", 1)
    assert (plans[3].samples, plans[3].votes) == (12, 0)
    assert plans[2].tokens == 8 * 2048 + 8 * 4096 + 120 * 256


def test_a_context_too_short_for_the_longest_caption_is_refused():
    refuse_short_context(recipe())
    refuse_short_context(recipe(("sampler", {"engine": "vllm", "context": coder.MOST_PROMPT + 4096})))
    with pytest.raises(UserError, match=r"context is 8192 tokens, .*phases\.0 may be asked in .* raise it to \d+"):
        refuse_short_context(recipe(("sampler", {"engine": "vllm", "context": 8192})))
    alone = recipe(("sampler", {"engine": "vllm", "context": 512}), ("schedule.phases", [PHASES["solver"]]))
    refuse_short_context(alone)


def test_no_request_to_a_coder_is_longer_than_what_is_reckoned_with():
    full = {name: "\U0001f600" * (most // 4) for name, most in open_proposer.MOST_BYTES.items()}
    role = recipe().roles["coder"].model_copy(update={"hard_answer": "shown", "draws": "python"})
    asked = coder.request(Idea(content="data_chart", **full), says("…", task(right=None)), role)
    assert sum(open_proposer.MOST_BYTES.values()) < len(asked.question.encode()) <= coder.MOST_PROMPT
