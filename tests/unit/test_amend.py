"""What of a recipe may change on the way: a rule for every field, and the difference of two recipes there and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from mmzero.errors import UserError
from mmzero.recipe.amend import (
    AT_ONCE,
    FROM_NEXT,
    MOVED,
    RULES,
    Change,
    amended,
    changes,
    differences,
    refuse_what_stays,
    rule,
)
from mmzero.recipe.read import read, reread
from mmzero.recipe.tree import Coco, Dataset, Recipe


@pytest.fixture
def tiny():
    return read("tiny")[0]


@pytest.mark.parametrize("field", Recipe.model_fields)
def test_every_part_of_a_recipe_has_its_rule(field):
    assert any(pattern.split(".")[0] == field for pattern, _ in RULES), (
        f"decide in recipe/amend.py when {field} may change"
    )


def test_no_rule_names_a_field_that_is_not_there():
    def known(model, parts):
        if not parts:
            return True
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return True
        return parts[0] in model.model_fields and known(model.model_fields[parts[0]].annotation, parts[1:])

    assert all(known(Recipe, pattern.split(".")) for pattern, _ in RULES)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (("learner", "ranks"), AT_ONCE),
        (("sampler", "engine"), AT_ONCE),
        (("cluster", "address"), AT_ONCE),
        (("evaluate", "every"), AT_ONCE),
        (("schedule", "phases", 1, "learning", "optimizer", "lr"), FROM_NEXT),
        (("roles", "solver", "rewards", 0, "weight"), FROM_NEXT),
        (("sources", "bank", "band", 0), FROM_NEXT),
        (("seed",), "every draw of the campaign comes from it"),
        (("model", "path"), MOVED),
        (("model", "dtype"), "what was played was said and seen by this model"),
        (("sources", "mine", "path"), MOVED),
        (("roles", "solver", "policy"), "the weights that spoke and learned in this role are the other policy's"),
        (("unheard", "of"), "nothing is known of what it would do to what was played"),
    ],
)
def test_a_field_has_the_rule_that_fits_first(place, found):
    assert rule(place) == found


@pytest.mark.parametrize("kind", [Dataset, Coco])
def test_whatever_decides_which_rows_there_are_stays(kind):
    """A field that is new here must be decided: which row comes at which place is counted over the whole campaign."""
    may = {field for field in kind.model_fields if rule(("sources", "rows", field)) in (AT_ONCE, FROM_NEXT)}
    assert may == {"folder", "bad_rows"}


def test_what_stays_is_refused_with_its_reason(tiny):
    for sets, sentence in [
        (
            "seed=18",
            "seed is now 18, which was 17, and may not change: every draw of the campaign comes from it; leave it",
        ),
        ("model.dtype=bfloat16", "may not change: what was played was said and seen by this model"),
        ("evaluate.tasks=9", "compared task by task"),
        ("policies.main.train=lora", "checkpoints hold these weights"),
        ("sources.bank={kind: proposer}", "say which source they came from"),
    ]:
        with pytest.raises(UserError, match=sentence):
            refuse_what_stays(changes(tiny, reread(tiny, [sets])))
    whole = read("tiny", ["sources.more={kind: bank}"])[0]
    with pytest.raises(
        UserError, match=r"sources\.more, which was a mapping of \d keys, is gone, and may not change: what was"
    ):
        refuse_what_stays(changes(whole, tiny))
    refuse_what_stays(changes(tiny, whole))  # one more is welcome


def test_the_default_of_every_phase_reaches_the_phases_that_took_it(tiny):
    """The proposer's phase has a rate of its own; the solver's took the default."""
    rates = [phase.learning.optimizer.lr for phase in reread(tiny, ["learning.optimizer.lr=1e-4"]).schedule.phases]
    assert rates == [2e-5, 1e-4]
    losses = [phase.learning.loss for phase in reread(tiny, ["learning.loss=grpo"]).schedule.phases]
    assert {loss.aggregate for loss in losses} == {"sequence_mean"}
    both = ["learning.optimizer.lr=1e-4", "schedule.phases.1.learning.optimizer.lr=3e-4"]
    assert [phase.learning.optimizer.lr for phase in reread(tiny, both).schedule.phases] == [2e-5, 3e-4]
    assert reread(tiny, []) == tiny


def test_a_changed_recipe_is_validated_and_names_what_was_set(tiny):
    with pytest.raises(UserError, match=r"the campaign's recipe: .*group is 1 and its advantage"):
        reread(tiny, ["schedule.phases.1.group=1"])
    with pytest.raises(
        UserError, match=r"--set learner\.rank=2: learner\.rank is no key of learner; did you mean 'ranks'"
    ):
        reread(tiny, ["learner.rank=2"])


def test_changes_lead_from_one_recipe_to_the_other_and_through_json(tiny):
    sets = ["learner.ranks=2", "learner.zero=3", "sources.more={kind: bank}", "schedule.phases.1.tasks={more: 1.0}"]
    wanted = reread(tiny, sets)
    made = [Change.from_json(change.to_json()) for change in changes(tiny, wanted)]
    assert amended(tiny, made) == wanted
    assert {change.field for change in made} >= {"learner.ranks", "learner.zero", "sources.more"}
    assert amended(wanted, changes(wanted, tiny)) == tiny


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(was=values, now=values)
def test_differences_turn_one_value_into_the_other(was, now):
    import copy

    root = {"": copy.deepcopy(was)}
    for change in differences(was, now, ("",)):
        at = root
        for part in change.place[:-1]:
            at = at[part]
        told = change.to_json()
        if "now" in told:
            at[change.place[-1]] = told["now"]
        else:
            del at[change.place[-1]]
    assert repr(root[""]) == repr(now) or root[""] == now
    assert list(differences(now, now)) == []
