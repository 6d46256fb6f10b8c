"""What a model proposes is text from a stranger: whatever it is, it becomes a proposal that can be minted or a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from play_material import answers, says

from mmzero import families
from mmzero.errors import UserError
from mmzero.families.skin import skin
from mmzero.roles import proposer
from mmzero.types import Proposal, Rejection, Task, training_seed

GOOD = Proposal(family="count", level=3, knobs=(("by", "shape"), ("things", 5)))


def parse(answer):
    return proposer.parse(answer, families.names())


def test_what_is_written_is_parsed_and_knobs_are_sorted():
    assert parse(proposer.write(GOOD)) == GOOD
    assert parse('{"knobs": {"things": 5, "by": "shape"}, "level": 3, "family": "count"}') == GOOD
    assert parse('{"family": "count", "level": 0}') == Proposal(family="count", level=0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "no_json"),
        ("count", "no_json"),
        ('{"family": "count", "level": 3', "no_json"),
        ("[" * 1999, "no_json"),
        ('{"a":' * 390, "no_json"),
        ("[" * 3000, "too_long"),
        ("9" * 3000, "too_long"),
        ("NaN", "wrong_keys"),
        ("[]", "wrong_keys"),
        ('["family", "level"]', "wrong_keys"),
        ('{"family": "count"}', "wrong_keys"),
        ('{"family": "count", "level": 3, "answer": 4}', "wrong_keys"),
        ('{"\N{FULLWIDTH LATIN SMALL LETTER F}amily": "count", "level": 3}', "wrong_keys"),
        ('{"family": ["count"], "level": 3}', "wrong_types"),
        ('{"family": "count", "level": true}', "wrong_types"),
        ('{"family": "count", "level": 3.0}', "wrong_types"),
        ('{"family": "count", "level": "3"}', "wrong_types"),
        ('{"family": "count", "level": NaN}', "wrong_types"),
        ('{"family": "count", "level": 1e400}', "wrong_types"),
        ('{"family": "count", "level": 3, "knobs": null}', "wrong_types"),
        ('{"family": "count", "level": 3, "knobs": ["by"]}', "wrong_types"),
        ('{"family": "count", "level": 3, "knobs": {"by": ["shape"]}}', "wrong_types"),
        ('{"family": "count", "level": 3, "knobs": {"things": 5.0}}', "wrong_types"),
        ('{"family": "Count", "level": 3}', "unknown_family"),
        ('{"family": "../count", "level": 3}', "unknown_family"),
        ('{"family": "\\ud800", "level": 3}', "unknown_family"),
        ('{"family": "count", "level": -1}', "out_of_range"),
        ('{"family": "count", "level": 10}', "out_of_range"),
        ('{"family": "count", "level": ' + "9" * 1900 + "}", "out_of_range"),
        ('{"family": "count", "level": 3, "knobs": {"things": true}}', "out_of_range"),
        ('{"family": "count", "level": 3, "knobs": {"things": "5"}}', "out_of_range"),
        ('{"family": "count", "level": 3, "knobs": {"things": 17}}', "out_of_range"),
        ('{"family": "count", "level": 3, "knobs": {"seed": 1}}', "out_of_range"),
        ('{"family": "count", "level": 3, "knobs": {"parent": "x"}}', "out_of_range"),
    ],
)
def test_every_way_of_failing_has_its_reason(answer, reason):
    assert parse(answer).reason == reason


def test_of_a_key_written_twice_the_last_stands_and_is_checked():
    assert parse('{"family": "count", "level": 1, "level": 3}') == Proposal(family="count", level=3)
    assert parse('{"family": "count", "level": 3, "level": 99}').reason == "out_of_range"


def test_a_family_the_recipes_banks_do_not_hold_is_not_proposed():
    assert proposer.parse(proposer.write(GOOD), allowed=("bars", "maze")).reason == "unknown_family"


def test_a_response_cut_off_or_without_an_answer_is_no_proposal():
    right = proposer.write(GOOD)
    assert proposer.read(answers(right), families.names()) == GOOD
    assert proposer.read(answers(right, finish="length"), families.names()).reason == "truncated"
    assert proposer.read(says(right), families.names()).reason == "no_answer"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["count", "shape"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SPECS = st.fixed_dictionaries(
    {"family": st.sampled_from([*families.names(), "none"]) | JSON, "level": st.integers(-1, 10) | JSON},
    optional={"knobs": st.dictionaries(st.sampled_from(["by", "things", "size", "x"]), JSON, max_size=2) | JSON},
)


@settings(deadline=None)
@given(st.text() | JSON.map(json.dumps) | SPECS.map(json.dumps))
def test_any_text_becomes_a_rejection_or_a_proposal_that_is_allowed(answer):
    made = parse(answer)
    if isinstance(made, Proposal):
        families.check_knobs(made.family, made.level, dict(made.knobs))
        assert type(made.level) is int and hash(made) and parse(proposer.write(made)) == made
    else:
        assert isinstance(made, Rejection) and made.reason and made.detail


def test_a_minted_task_names_its_parent_and_is_no_held_out_one():
    said = answers(proposer.write(GOOD))
    made = proposer.mint(GOOD, said, skin("tiny"), lambda png: "hash", "proposed")
    assert isinstance(made, Task) and made.parent == said.id and made.source == "proposed" and made.images == ("hash",)
    assert made.seed == training_seed("minted", said.seed) and made.seed % 2 == 0
    assert len(json.loads(made.scene)["things"]) == 5 and json.loads(made.scene)["by"] == "shape"


def test_knobs_that_have_no_scene_together_are_a_rejection(monkeypatch):
    def impossible(level, seed, **knobs):
        raise ValueError("five things in four cells")

    monkeypatch.setattr(families.family("count"), "sample", impossible)
    made = proposer.mint(GOOD, answers(""), skin("tiny"), lambda png: "hash", "proposed")
    assert made == Rejection("no_scene", "five things in four cells")


def test_even_seeds_ask_about_every_domain(monkeypatch):
    """Training seeds are even: a remainder by an even number of domains would leave half of them out."""
    monkeypatch.setattr(families, "names", lambda: {f"family{i}": f"domain{i}" for i in range(8)})
    asked = {
        proposer.request(training_seed(i), "proposer", "{domain}", tuple(families.names())).question for i in range(200)
    }
    assert asked == {f"domain{i}" for i in range(8)}


def test_a_request_can_have_no_right_answer_and_says_what_the_recipe_says():
    one = proposer.request(6, "proposer", "About {domain}: {{{families}}}", ("count", "bars"))
    assert one.answer is None and one.family == proposer.FAMILY and one.seed == 6
    assert one.question == f"About {one.kind}: {{count, bars}}"


@pytest.mark.parametrize("wording", ["{level}", "{}", "{domain", 'JSON such as {"family": 1}', "{domain.x}"])
def test_a_wording_with_other_braces_is_the_users_mistake(wording):
    with pytest.raises(UserError, match=r"roles\.proposer\.asks"):
        proposer.request(6, "proposer", wording, ("count",))
